"""Random platforms have the patch level that dcap-qvl finds, or a worse one, and never a better.

dcap-qvl verifies Intel's quotes on its own, and is no dependency. ISOSCOPE_DCAP_QVL_PYTHON names a
Python that has it; without, this is skipped.
"""

import json
import os
import random
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from isoscope.attestation.checks import Outcome
from isoscope.attestation.intel.verify import verify
from isoscope.attestation.question import Question
from tests.fakes import intel_evidence as fake

PYTHON = os.environ.get("ISOSCOPE_DCAP_QVL_PYTHON")
CASES = 400
STATUSES = (
    "UpToDate",
    "SWHardeningNeeded",
    "ConfigurationNeeded",
    "ConfigurationAndSWHardeningNeeded",
    "OutOfDate",
    "OutOfDateConfigurationNeeded",
    "Revoked",
)
OF_PARTS = ("UpToDate", "UpToDate", "UpToDate", "OutOfDate", "OutOfDate", "Revoked")
SCRIPT = """
import json, sys
import dcap_qvl
given = json.load(sys.stdin)
root = bytes.fromhex(given["root"])
for quote, text in given["cases"]:
    collateral = dcap_qvl.QuoteCollateralV3.from_json(text)
    try:
        found = dcap_qvl.verify_with_root_ca(bytes.fromhex(quote), collateral, root, given["at"])
        print(json.dumps([found.status, sorted(found.advisory_ids)]))
    except ValueError as error:
        print(json.dumps([str(error), []]))
"""


@dataclass(frozen=True)
class Platform:
    """A random platform's quote, and random collateral for it."""

    quote: bytes
    collateral: bytes
    updated: bool
    """Whether another TDX module runs than launched the TD."""


def near(values: Sequence[int], chance: random.Random) -> list[int]:
    """The same values, a few of them one lower or higher."""
    steps = [chance.choice((-1, -1, 1)) if chance.random() < 0.04 else 0 for _ in values]
    return [max(0, value + step) for value, step in zip(values, steps, strict=True)]


def level(tee: str, chance: random.Random) -> dict[str, Any]:
    advisories = chance.sample(["INTEL-SA-00001", "INTEL-SA-00002"], chance.randrange(3))
    return fake.tcb_level(
        chance.choice(STATUSES),
        *advisories,
        components=near(fake.COMPONENTS, chance),
        pcesvn=fake.PCESVN + chance.choice((0, 0, -1, 1)),
        tdx=near((6, 0, 3, *[0] * 13), chance) if tee == "TDX" else None,
    )


def height(one: dict[str, Any]) -> tuple[list[int], int, list[int]]:
    """Intel writes the highest first, which dcap-qvl relies on."""
    tcb = one["tcb"]
    sgx, tdx = tcb["sgxtcbcomponents"], tcb.get("tdxtcbcomponents", [])
    return [each["svn"] for each in sgx], tcb["pcesvn"], [each["svn"] for each in tdx]


def isv_levels(chance: random.Random) -> list[dict[str, Any]]:
    numbers = sorted(chance.sample(range(3, 8), 2), reverse=True)
    return [fake.isv_level(number, chance.choice(OF_PARTS)) for number in numbers]


def platform(chance: random.Random) -> Platform:
    tee = chance.choice(("TDX", "TDX", "SGX"))
    levels = [level(tee, chance) for _ in range(chance.randrange(1, 5))]
    changes: dict[str, Any] = {"tcbLevels": sorted(levels, key=height, reverse=True)}
    identity = fake.qe_identity(tee, tcbLevels=isv_levels(chance))
    if tee == "SGX":
        info = fake.tcb_info(tee, **changes)
        collateral = fake.make_collateral(tee=tee, info=info, identity=identity)
        return Platform(fake.make_sgx_quote(), collateral, updated=False)
    changes["tdxModuleIdentities"] = [
        fake.module(f"TDX_0{number}", *isv_levels(chance)) for number in (1, 3)
    ]
    svn = bytes((chance.choice((4, 5, 6, 7)), chance.choice((0, 1, 1, 2, 3)), 3, *[0] * 13))
    values, body_type = {"tee_tcb_svn": svn}, chance.choice((2, 3))
    if body_type == 3:
        values["tee_tcb_svn2"] = chance.choice((svn, fake.TEE_TCB_SVN))
    quote = fake.make_quote(
        version=5, body_type=body_type, body=fake.td_report(body_type, **values)
    )
    info = fake.tcb_info(tee, **changes)
    collateral = fake.make_collateral(tee=tee, info=info, identity=identity)
    return Platform(quote, collateral, updated=values.get("tee_tcb_svn2", svn) != svn)


@pytest.mark.skipif(PYTHON is None, reason="ISOSCOPE_DCAP_QVL_PYTHON names no Python with dcap-qvl")
def test_no_random_platform_is_better_than_dcap_qvl_finds_it() -> None:
    chance = random.Random(5)
    platforms = [platform(chance) for _ in range(CASES)]
    given = {
        "root": fake.pki().root.raw.hex(),
        "at": int(fake.NOW.timestamp()),
        "cases": [[one.quote.hex(), one.collateral.decode()] for one in platforms],
    }
    done = subprocess.run(
        [str(PYTHON), "-c", SCRIPT],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = [json.loads(line) for line in done.stdout.splitlines()]
    roots = fake.pki().roots
    for one, (status, advisories) in zip(platforms, theirs, strict=True):
        found = verify(one.quote, Question(fake.NOW, roots, collateral=one.collateral))
        ours = found.claims["tcb_status"]
        if status not in STATUSES and "Relaunch" not in status:  # an error
            assert found.outcome is Outcome.REFUSED, (status, ours)
        elif not one.updated:  # dcap-qvl looks at the running module only to advise a new launch
            assert [ours, sorted(found.claims["advisories"].split())] == [status, advisories]
        elif found.outcome is Outcome.VERIFIED:
            assert ours == status
