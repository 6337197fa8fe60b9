"""Readings → typed facts: the host, its workloads, its LSMs, its TEEs.

One parser for each kind of document; joining turns what they say into observations, each with the
parties that it relies on. What the kernel shows outranks what a daemon describes.
"""
