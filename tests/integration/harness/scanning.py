"""Running Isoscope as its users do, and reading what it answers by the outside contract."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.harness.containers import UNPRIVILEGED_ID
from tests.integration.harness.ground import ComponentUnavailableError

REPOSITORY = Path(__file__).resolve().parents[3]
SECONDS_FOR_A_SCAN = 90.0

WW = "workload-from-workload"
HW = "host-from-workload"
WH = "workload-from-host"
DIRECTIONS = (WW, HW, WH)
C, I, A = "confidentiality", "integrity", "availability"  # noqa: E741
PROPERTIES = (C, I, A)

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One cell of the answer."""

    of: str
    raw: Json

    @property
    def low(self) -> int:
        """The rung that is certain."""
        return int(self.raw["low"])

    @property
    def high(self) -> int:
        """The rung that is possible."""
        return int(self.raw["high"])

    @property
    def rungs(self) -> tuple[int, int]:
        """Both, low first."""
        return self.low, self.high

    @property
    def status(self) -> str:
        """How it compares with the profile."""
        return str(self.raw["status"])

    @property
    def held_by(self) -> frozenset[str]:
        """The ids of the measures and exposures that hold it at its low rung."""
        return frozenset(str(each["id"]) for each in self.raw["held_by"])

    @property
    def unknowns(self) -> frozenset[str]:
        """The ids of what keeps low and high apart."""
        return frozenset(str(each["id"]) for each in self.raw["unknowns"])

    @property
    def standard(self) -> bool:
        """Whether a container stands on rung 2 towards the host, but for what a distribution leaves
        open: whether it carried fixes back into a runtime with an old number."""
        return self.rungs == (2, 2) or (
            self.rungs == (1, 2) and self.unknowns == {"runtime-with-known-escape"}
        )

    @property
    def named(self) -> frozenset[str]:
        """Everything named in its explanation."""
        return self.held_by | self.unknowns


@dataclass(frozen=True, slots=True)
class Rated:
    """A tenant or a workload of the answer."""

    name: str
    raw: Json

    def verdict(self, direction: str, quality: str) -> Verdict:
        """The one verdict of that direction and property."""
        [found] = [
            each
            for each in self.raw["verdicts"]
            if each["direction"] == direction and each["property"] == quality
        ]
        return Verdict(f"{self.name}: {direction}, {quality}", found)

    def verdicts(self) -> list[Verdict]:
        """All nine."""
        return [
            self.verdict(direction, quality) for direction in DIRECTIONS for quality in PROPERTIES
        ]


@dataclass(frozen=True, slots=True)
class Scan:
    """One finished scan."""

    exit_status: int
    document: Json
    standard_error: str
    #: Wall time of the whole process, in seconds.
    seconds: float

    def tenants(self) -> dict[str, Rated]:
        """Every tenant of the answer by name."""
        return {each["name"]: Rated(each["name"], each) for each in self.document["tenants"]}

    def tenant(self, name: str) -> Rated:
        """One tenant."""
        return self.tenants()[name]

    def workloads(self) -> dict[str, Rated]:
        """Every workload of the answer by id."""
        return {each["id"]: Rated(each["id"], each) for each in self.document["workloads"]}

    def workload(self, identifier: str) -> Rated:
        """One workload."""
        return self.workloads()[identifier]

    def state(self, workload: str, measure_or_exposure: str) -> str:
        """What was found of one measure or exposure for one workload."""
        [found] = [
            each
            for each in self.workload(workload).raw["findings"]
            if each["id"] == measure_or_exposure
        ]
        return str(found["finding"])

    def probe(self, name: str) -> Json:
        """What one probe says of itself."""
        [found] = [each for each in self.document["probes"] if each["name"] == name]
        return dict(found)

    def observations(self, identifiers: Iterable[str]) -> list[Json]:
        """The observations that a finding names."""
        wanted = set(identifiers)
        return [each for each in self.document["observations"] if each["id"] in wanted]

    def finding(self, verdict: Verdict, identifier: str) -> Json:
        """One entry of ``held_by`` or ``unknowns`` by its id."""
        for each in [*verdict.raw["held_by"], *verdict.raw["unknowns"]]:
            if each["id"] == identifier:
                return dict(each)
        raise AssertionError(f"{verdict.of} does not name {identifier}: {sorted(verdict.named)}")

    def evidence(self, verdict: Verdict, identifier: str) -> list[Json]:
        """The observations behind one finding."""
        return self.observations(self.finding(verdict, identifier)["observations"])

    def sources(self, verdict: Verdict, identifier: str) -> set[str]:
        """Where the observations behind one finding were read: files, API calls."""
        return {
            str(piece["source"])
            for each in self.evidence(verdict, identifier)
            for piece in [each, *each.get("further_evidence", [])]
        }

    def rests_on(self, verdict: Verdict, identifier: str, path: str) -> bool:
        """Whether one finding rests on a reading of that path."""
        return any(
            source == path or source.startswith(f"{path} ")
            for source in self.sources(verdict, identifier)
        )

    def reasons(self, verdict: Verdict) -> set[str]:
        """Why the unknowns of a verdict are unknown: denied, timed out …"""
        return {str(each["unknown"]["reason"]) for each in verdict.raw["unknowns"]}


def readable_by_nobody(path: Path) -> bool:
    """Whether another user can get at a file: every directory above it lets others in."""
    resolved = path.resolve()
    if not all(parent.stat().st_mode & 0o001 for parent in resolved.parents):
        return False
    return bool(resolved.stat().st_mode & 0o004)


def unprivileged_python() -> tuple[str, dict[str, str]]:
    """An interpreter that another user can run with this one's packages, and its environment.

    The virtual environment's own where it can be reached; otherwise the system's Python of
    the same version, given the environment's packages (both are ABI-compatible).
    """
    if readable_by_nobody(Path(sys.executable)):
        return sys.executable, {}
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    system = Path("/usr/bin", version)
    packages = Path(sys.prefix, "lib", version, "site-packages")
    if not system.exists() or not readable_by_nobody(packages):
        raise ComponentUnavailableError(f"no {version} that user {UNPRIVILEGED_ID} could run")
    return str(system), {"PYTHONPATH": f"{REPOSITORY}:{packages}"}


def run_isoscope(
    *arguments: str, unprivileged: bool = False, timeout: float = SECONDS_FOR_A_SCAN
) -> subprocess.CompletedProcess[str]:
    """Run ``isoscope`` with these arguments, as root or as the unprivileged user."""
    python, extra = unprivileged_python() if unprivileged else (sys.executable, {})
    env = {key: value for key, value in os.environ.items() if not key.startswith("DOCKER_")}
    env.update(extra, HOME="/nonexistent", XDG_RUNTIME_DIR="/nonexistent", NO_COLOR="1")
    nobody = UNPRIVILEGED_ID if unprivileged else None
    return subprocess.run(
        [python, "-m", "isoscope", *arguments],
        capture_output=True,
        text=True,
        env=env,
        cwd=REPOSITORY,
        timeout=timeout,
        check=False,
        user=nobody,
        group=nobody,
        extra_groups=[] if unprivileged else None,
    )


def scan(*options: str, unprivileged: bool = False) -> Scan:
    """Scan this machine and read the answer; AssertionError when there is none."""
    started = time.monotonic()
    done = run_isoscope("scan", "--format", "json", *options, unprivileged=unprivileged)
    seconds = time.monotonic() - started
    try:
        document = json.loads(done.stdout)
    except ValueError:
        raise AssertionError(f"no answer, exit {done.returncode}: {done.stderr}") from None
    assert done.returncode in (0, 1, 3), f"exit {done.returncode}: {done.stderr}"
    keep(done.stdout)
    return Scan(done.returncode, document, done.stderr, seconds)


def keep(answer: str) -> None:
    """Save an answer for whoever looks into a failure, where the environment asks for it."""
    directory = os.environ.get("ISOSCOPE_KEEP_ANSWERS")
    if directory:
        test = re.sub(r"\W+", "-", os.environ.get("PYTEST_CURRENT_TEST", ""))
        Path(directory, f"{test}-{time.time_ns()}.json").write_text(answer, encoding="utf-8")
