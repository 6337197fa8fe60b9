"""Host access: the one way by which probes reach a host."""
