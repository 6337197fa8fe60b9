"""What parsers of this package share: strict numbers, JSON answers, gaps in words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from isoscope.inventory.observation import KERNEL, Observation, Party, parsed
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Channel, Gap, Reading

T = TypeVar("T")

HOST = "host"
"""Subject of every observation of this package."""

ANSWERED = frozenset((None, Gap.ABSENT, Gap.UNSUPPORTED, Gap.DENIED))
"""Gaps by which the host itself answers that it does not show something. Whatever else is missing
could have spoken otherwise."""

_DECIMAL = re.compile(r"[0-9]{1,20}")
_LONGEST_JSON = 64 * 1024
_MOST_CPUS = 65_536


def decimal(text: str) -> int:
    """A number of at most 20 decimal digits.

    Raises:
        ValueError: it is anything else; signs, blanks within and digits of other scripts count.
    """
    stripped = text.strip()
    if not _DECIMAL.fullmatch(stripped):
        raise ValueError(f"{shown(stripped)} is not a decimal number")
    return int(stripped)


def flag(text: str) -> bool:
    """A boolean as the kernel prints it: ``Y``, ``N``, ``1`` or ``0``.

    Raises:
        ValueError: it is anything else.
    """
    stripped = text.strip()
    if stripped not in ("Y", "N", "1", "0"):
        raise ValueError(f"{shown(stripped)} is none of Y, N, 1 and 0")
    return stripped in ("Y", "1")


def line(text: str) -> str:
    """One line that is not empty, without the newline at its end.

    Raises:
        ValueError: it is empty, or there are more.
    """
    stripped = text.strip(" \t\n\0")
    if not stripped:
        raise ValueError("it is empty")
    if "\n" in stripped:
        raise ValueError("it has more than one line")
    return stripped


def cpu_list(text: str) -> frozenset[int]:
    """CPUs as in ``0-3,8``: cpuset(7), "List format".

    Raises:
        ValueError: it has another shape, or names a CPU beyond 65,535.
    """
    cpus: set[int] = set()
    for item in text.strip().split(","):
        first, dash, last = item.partition("-")
        low, high = decimal(first), decimal(last) if dash else decimal(first)
        if not low <= high < _MOST_CPUS:
            raise ValueError(f"{shown(item)} is no range of CPUs")
        cpus.update(range(low, high + 1))
    return frozenset(cpus)


def numbers(reading: Reading) -> dict[str, int] | None:
    """The whole numbers of a JSON object that a probe made; None where it is none."""
    if reading.content is None or reading.truncated or len(reading.content) > _LONGEST_JSON:
        return None
    try:
        found = json.loads(reading.text())
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, int) and not isinstance(value, bool)
    }


def json_object(text: str) -> dict[str, object]:
    """A JSON object.

    Raises:
        ValueError: it is no JSON object, too long or too deep.
    """
    if len(text) > _LONGEST_JSON:
        raise ValueError("it is too long for an answer")
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is too deep for an answer") from error
    if not isinstance(found, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - the document is wrong
    return found


def shown(text: str) -> str:
    """A piece of hostile text, short and quoted, for an explanation."""
    return repr(text if len(text) <= 40 else text[:40] + "…")


def settling(reading: Reading, otherwise: str) -> str:
    """What a reader can do about a gap; ``otherwise`` is for what the host does not have."""
    match reading.gap:
        case Gap.DENIED if reading.source.target == "cpuid":
            return "run Isoscope where its process may have executable memory (SELinux execmem)"
        case Gap.DENIED if reading.source.target == "/dev/kvm":
            return "run Isoscope as root or in the group kvm"
        case Gap.DENIED:
            return "run Isoscope as root"
        case Gap.NOT_READ:
            return "collect again, with the probes host and tee"
        case Gap.TIMED_OUT:
            return "collect again with a longer --timeout"
        case _:
            return otherwise


def read(
    key: str,
    reading: Reading,
    parse: Callable[[str], T],
    otherwise: str,
    *,
    parties: frozenset[Party] = KERNEL,
    excerpt: str | None = None,
) -> Observation[T]:
    """What one reading of the host says."""
    return parsed(
        HOST,
        key,
        reading,
        parse,
        parties=parties,
        settled_by=settling(reading, otherwise),
        excerpt=excerpt,
    )


def first_known(observations: Iterable[Observation[T]]) -> Observation[T]:
    """The first that is known; where none is, the first.

    Raises:
        ValueError: there are none.
    """
    candidates = list(observations)
    if not candidates:
        raise ValueError("no observations to choose from")
    return next((o for o in candidates if o.known), candidates[0])


def first_answer(observations: Iterable[Observation[T]]) -> Observation[T]:
    """The first that is known, looking further only where the host answered that it does not show
    the one before: a reading that is missing could have said the opposite of the next.

    Raises:
        ValueError: there are none.
    """
    found: Observation[T] | None = None
    for candidate in observations:
        found = candidate
        if found.unknown is None or found.unknown.reason not in ANSWERED:
            return found
    if found is None:
        raise ValueError("no observations to choose from")
    return found


def listed(snapshot: Snapshot, directory: str, name: str) -> bool | None:
    """Whether a directory has an entry of that name; None where it was not listed.

    A file that could not be found is only known not to be there when its directory was seen: a
    captured tree lacks what nobody copied.
    """
    reading = snapshot.directory(directory)
    if reading.content is None or reading.truncated:
        return None
    return name in reading.names()


def kernel_answer(snapshot: Snapshot, target: str, request: str) -> Reading:
    """The reading of an ioctl, a system call or a CPU instruction."""
    return snapshot.get(Channel.KERNEL, target, request)


def status(snapshot: Snapshot, path: str) -> Reading:
    """The reading of a file's status."""
    return snapshot.get(Channel.STATUS, path)
