"""The targets of the long fuzzing hold on their own seeds, cut and changed, in a short run too."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.attestation.fields import EvidenceError
from tests.fuzz.targets_documents import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_are_taken(name: str) -> None:
    function, seeds = TARGETS[name]
    assert seeds
    for seed in seeds:
        assert function(seed) is not None


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.data())
def test_changed_seeds_are_taken_or_no_evidence(name: str, data: st.DataObject) -> None:
    function, seeds = TARGETS[name]
    seed = bytearray(data.draw(st.sampled_from(list(seeds))))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(seed) - 1))
        seed[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(seed)) | st.just(len(seed)))
    try:
        function(bytes(seed[:cut]))
    except EvidenceError:
        return
