"""Whether the host's kernel takes a workload's processes for root: ``user_namespaces(7)``."""

from __future__ import annotations

from isoscope.assessment.judgement import Judgement, any_of, test
from isoscope.inventory.workload import ProcessFacts


def capabilities_count(process: ProcessFacts) -> Judgement:
    """Whether its capabilities count against what the host's user namespace owns."""
    return test(
        process.capabilities_hold_on_host,
        bool,
        yes="its capabilities count on the host",
        no="its capabilities count only in its own user namespace",
    )


def maps_root(process: ProcessFacts) -> Judgement:
    """Whether one of its user ids is the host's 0. A user namespace of its own does not rule that
    out: any process may map its own user id into one that it makes, ``user_namespaces(7)``."""
    return test(
        process.user_id_map,
        lambda extents: any(item.outside == 0 for item in extents),
        yes="a user id inside is the host's root",
        no="no user id inside is the host's root",
    )


def is_root(process: ProcessFacts) -> Judgement:
    """Whether files of the kernel take it for root, which ask for user id 0 and not for a
    capability: proc_sysctl.c, test_perm()."""
    return any_of(
        capabilities_count(process),
        maps_root(process),
        otherwise="root inside is not root for them",
    )
