"""Instances of Incus and LXD, containers and virtual machines, in the words of their server."""
