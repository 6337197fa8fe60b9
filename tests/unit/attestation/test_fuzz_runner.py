"""The long-run fuzz runner finds what it is to find, and its targets hold for a short while."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from isoscope.attestation.fields import EvidenceError
from tests.fuzz import run
from tests.fuzz.mutation import Inputs

SEEDS = [bytes(range(64)), b'{"report": "00"}']


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    before = signal.getsignal(signal.SIGPROF)
    yield
    signal.signal(signal.SIGPROF, before)


@pytest.mark.parametrize("name", run.targets("snp/"))
def test_a_target_answers_200_inputs_with_a_value_or_an_evidence_error(
    name: str, tmp_path: Path
) -> None:
    result = run.fuzz(name, run.targets(name)[name], range(200), 0, keep=tmp_path)
    assert result.kept == []
    assert result.inputs == 200
    assert result.accepted, "no seed is accepted: it tests little"


def test_inputs_are_the_same_for_the_same_seed_and_others_for_another() -> None:
    first, same, other = (Inputs(SEEDS, "it", seed) for seed in (0, 0, 1))
    assert [first.at(n) for n in range(300)] == [same.at(n) for n in range(300)]
    assert [first.at(n) for n in range(2, 300)] != [other.at(n) for n in range(2, 300)]


def test_the_seeds_come_first_and_hardly_any_input_twice() -> None:
    inputs = [Inputs(SEEDS, "it").at(number) for number in range(1000)]
    assert inputs[:2] == SEEDS
    assert len(set(inputs)) > 800


def test_whatever_is_no_evidence_error_is_a_crash_whose_input_is_kept(tmp_path: Path) -> None:
    def broken(data: bytes) -> object:
        if data[:1] == b"\0":
            raise IndexError("out of it")
        raise EvidenceError("as it should")

    result = run.fuzz("it", (broken, SEEDS), range(50), 0, keep=tmp_path)

    assert 0 < result.crashes < 50
    path, _, said = result.kept[0].partition(": ")
    assert Path(path).read_bytes() == SEEDS[0]
    assert said.startswith("IndexError: out of it")


def test_an_input_that_takes_too_long_is_a_crash(tmp_path: Path) -> None:
    def slow(data: bytes) -> object:
        until = time.monotonic() + 30
        while data == SEEDS[1] and time.monotonic() < until:
            pass
        return None

    result = run.fuzz("it", (slow, SEEDS), range(2), 0, keep=tmp_path)

    assert result.crashes == 1
    assert "TooSlowError" in result.kept[0]


def test_a_process_that_dies_names_the_input_at_work(tmp_path: Path) -> None:
    parent = os.getpid()

    def deadly(data: bytes) -> object:
        if data == SEEDS[1] and os.getpid() != parent:
            os._exit(11)
        return None

    options = run.arguments(["--count", "5", "--failures", str(tmp_path)])
    (result,) = run.run({"it": (deadly, SEEDS)}, options)

    assert result.crashes == 1
    assert "ended with 11" in result.kept[0]
    assert Path(result.kept[0].partition(": ")[0]).read_bytes() == SEEDS[1]


def test_memory_above_the_limit_is_a_crash(tmp_path: Path) -> None:
    def greedy(data: bytes) -> object:
        # Written to, so that it counts also where the process that forked had room to spare.
        return b"x" * (2 * run.BYTES_ABOVE_START) if data == SEEDS[1] else None

    options = run.arguments(["--count", "3", "--failures", str(tmp_path)])
    (result,) = run.run({"it": (greedy, SEEDS)}, options)

    assert result.crashes == 1
    assert "MemoryError" in result.kept[0]
    assert result.inputs == 3


def test_a_name_that_no_target_has_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--only", "no such target"]) == 2
    assert "no such target" in capsys.readouterr().err
