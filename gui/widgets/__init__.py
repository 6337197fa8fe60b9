"""Widgets that know what they draw and nothing of where it comes from."""
