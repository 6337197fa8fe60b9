"""What verifying a quote with its collateral costs, beside dcap-qvl on the same quotes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from isoscope.attestation import certificate, signature
from isoscope.attestation.intel.verify import verify
from isoscope.attestation.question import Question
from isoscope.attestation.roots import parse_roots
from tests.benchmarks.measuring import measure, table
from tests.captures import directory_of_captures

if TYPE_CHECKING:
    from collections.abc import Callable

#: A Python that has dcap-qvl, which no test here needs; this one where it is not set.
OTHER_PYTHON = os.environ.get("ISOSCOPE_DCAP_QVL_PYTHON", sys.executable)
RUNS = 20
MOST_SECONDS = 0.040
QUOTES = {
    "tdx/v4-uptodate": datetime(2025, 7, 1, tzinfo=UTC),
    "tdx/v5-tcb-unsupported": datetime(2026, 3, 1, tzinfo=UTC),
    "sgx/v3-config-needed": datetime(2025, 7, 1, tzinfo=UTC),
}
OURS, THEIRS = "isoscope", "dcap-qvl"
ROOTS = Path(__file__).parents[2] / "assets/attestation/roots.toml"
SCRIPT = """
import json, sys, time
import dcap_qvl
quote, collateral, at = open(sys.argv[1], "rb").read(), open(sys.argv[2]).read(), int(sys.argv[3])
def once():
    started = time.process_time()
    try:
        status = dcap_qvl.verify(quote, dcap_qvl.QuoteCollateralV3.from_json(collateral), at).status
    except ValueError as error:
        status = str(error)
    return time.process_time() - started, status
once()
runs = [once() for _ in range(int(sys.argv[4]))]
print(json.dumps({"seconds": sorted(s for s, _ in runs)[len(runs) // 2], "status": runs[0][1]}))
"""


def place(name: str) -> Path:
    captures = directory_of_captures()
    if captures is None or not (captures / "attestation" / name).is_dir():
        pytest.skip("the captures of attestation evidence are not here: set ISOSCOPE_CAPTURES")
    return captures / "attestation" / name


@lru_cache
def has_theirs() -> bool:
    done = subprocess.run([OTHER_PYTHON, "-c", "import dcap_qvl"], capture_output=True, check=False)
    return done.returncode == 0


def ours(name: str) -> Callable[[], float]:
    """The middle CPU time of several runs, each with nothing read before."""
    quote = (place(name) / "quote.bin").read_bytes()
    collateral = (place(name) / "collateral.json").read_bytes()
    roots = parse_roots(ROOTS.read_text(encoding="utf-8"))
    question = Question(QUOTES[name], roots, collateral=collateral)

    def once() -> float:
        for cache in (signature.public_key, signature.ecdsa_key, certificate.parse_certificate):
            cache.cache_clear()
        started = time.process_time()
        verify(quote, question)
        return time.process_time() - started

    return lambda: sorted(once() for _ in range(RUNS))[RUNS // 2]


def theirs(name: str) -> Callable[[], float]:
    """The same of dcap-qvl, in a process of its own."""
    files = [str(place(name) / file) for file in ("quote.bin", "collateral.json")]
    at = str(int(QUOTES[name].timestamp()))

    def work() -> float:
        command = [OTHER_PYTHON, "-c", SCRIPT, *files, at, str(RUNS)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return float(json.loads(done.stdout)["seconds"])

    return work


@pytest.mark.parametrize("name", QUOTES)
def test_a_quote_with_collateral_is_verified_within_40_ms_of_cpu_time(name: str) -> None:
    candidates = {OURS: ours(name)}
    if has_theirs():
        candidates[THEIRS] = theirs(name)
    times = measure(candidates)
    print(table(f"{name}, milliseconds of CPU time", times, THEIRS if has_theirs() else OURS))
    assert times[OURS].median <= MOST_SECONDS
