"""The host assessed: what it is, which mechanisms its kernel runs, what its CPU is known for, and
which TEE technologies it has."""

from isoscope.inventory.machine.facts import host_facts

__all__ = ["host_facts"]
