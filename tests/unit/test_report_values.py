"""Values of observations as reports show them."""

from isoscope.inventory.workload import Capabilities
from isoscope.reports.values import value_as_json


def test_capabilities_are_shown_by_their_names() -> None:
    found = value_as_json(Capabilities(effective=1 << 21, bounding=(1 << 21) | 1, last=40))
    assert found == {"effective": "SYS_ADMIN", "bounding": "CHOWN, SYS_ADMIN"}
