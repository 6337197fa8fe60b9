"""The commands of a measure's text with what they are about filled in, ready to be pasted.

Texts name it in capitals: PID, NAME and CGROUP of the workload, OTHER_PID, OTHER_NAME and
OTHER_CGROUP of one on the other side. What is not known of a workload stays as it stands in the
text.
"""

from __future__ import annotations

import re
import shlex

from isoscope.inventory.workload import Workload

_PLACES = re.compile(r"\b(?:OTHER_)?(?:PID|NAME|CGROUP)\b")
_PASTED_WHOLE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]{1,200}")
"""What a terminal takes as one word and shows as it is, once it is quoted."""


def filled_in(text: str, workload: Workload, other: Workload | None = None) -> str:
    """A measure's ``by_hand`` for one workload; every value is quoted for ``sh(1)``.

    Args:
        text: of the measure or exposure.
        workload: whom the finding is about.
        other: one on the other side, where the finding names some.
    """
    values = _values(workload, "") | (_values(other, "OTHER_") if other is not None else {})

    def value(place: re.Match[str]) -> str:
        found = values.get(place.group(), "")
        if _PASTED_WHOLE.fullmatch(found) is None or found.startswith("-"):
            return place.group()
        return shlex.quote(found)

    return _PLACES.sub(value, text)


def _values(workload: Workload, prefix: str) -> dict[str, str]:
    pids = workload.process.pids if workload.process is not None else ()
    pid = pids[0] if pids else workload.pid
    return {
        f"{prefix}PID": "" if pid is None else str(pid),
        f"{prefix}NAME": workload.name,
        f"{prefix}CGROUP": workload.attributes.cgroup.strip("/"),
    }
