"""Looks at a host: host access, and one module per thing looked at.

A probe reads; it does not interpret. It needs only the standard library and
``isoscope.snapshot``, so that it can be packed and run on a host where nothing is installed.
"""
