"""Isoscope: who is isolated from whom on this host, and on whose word.

The packages stand in one line and depend only leftwards: ``probes → snapshot → inventory →
assessment → reports → (cli, gui)``. Nothing in this package touches a host or Qt; ``isoscope.cli``
alone puts the parts together.
"""

__version__ = "0.1.0"
