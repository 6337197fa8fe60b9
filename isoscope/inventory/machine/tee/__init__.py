"""TEE technologies of the host: which stages are there, which is missing, and what turns it on.

All of it is the host's word (design §1): it says what workloads could use, never that one does.
"""

from isoscope.inventory.machine.tee.all import tee_availability

__all__ = ["tee_availability"]
