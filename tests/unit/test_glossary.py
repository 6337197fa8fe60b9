"""Every word that the window uses for a verdict is in the glossary, and leads on to others."""

from __future__ import annotations

import re

import pytest

from gui.technologies import TECHNOLOGY
from isoscope.assessment.vocabulary import Direction, FindingKind, FindingState, Property, Status
from isoscope.cli import main
from isoscope.glossary import matching, term_of, terms
from isoscope.reports.words import DIRECTION, PARTY, STATUS, SYMBOL, finding_in_words

DESIGN = (
    "host",
    "workload",
    "tenant",
    "party",
    "observation",
    "measure",
    "exposure",
    "ladder",
    "rung",
    "profile",
    "viewpoint",
    "verdict",
    "reading",
    "snapshot",
)
"""The vocabulary of the design, §2."""

ON_SCREEN = (
    *DESIGN,
    *STATUS.values(),
    *SYMBOL.values(),
    *(DIRECTION[direction] for direction in Direction),
    *(quality.value for quality in Property),
    *(finding_in_words(kind, state) for kind in FindingKind for state in FindingState),
    *TECHNOLOGY.values(),
    "TEE",
    "nonce",
    "reference value",
    *[
        "seccomp",
        "namespace",
        "capability",
        "cgroup",
        "LSM",
        "MAC label",
        "SELinux",
        "AppArmor",
        "lockdown",
        "KVM",
        "VMM",
        "IOMMU",
        "TPM",
        "Secure Boot",
        "microcode",
        "SMT",
        "KSM",
        "PSI",
        "HW·C",
    ],
)


@pytest.mark.parametrize("word", sorted(set(ON_SCREEN)))
def test_a_word_of_the_screen_is_explained(word: str) -> None:
    term = term_of(word)
    assert term is not None
    assert term.meaning.endswith(".")


def test_no_word_stands_twice_and_every_hint_leads_somewhere() -> None:
    names = [name.casefold() for term in terms() for name in (term.word, *term.also)]
    assert sorted(names) == sorted(set(names))
    words = {term.word for term in terms()}
    assert {hint for term in terms() for hint in term.see} <= words
    assert all(term.word not in term.see for term in terms())


def test_every_party_and_every_status_is_named() -> None:
    party = term_of("party")
    assert party is not None
    assert all(name in party.meaning for name in PARTY.values())
    assert len(Status) == len({term_of(STATUS[status]) for status in Status})


def test_nothing_is_called_secure_trusted_or_safe() -> None:
    for term in terms():
        said = re.sub(
            r"[Tt]rusted (execution environment|computing base|platform module)", "", term.meaning
        )
        assert not re.search(r"\b(secure|trusted|safe)\b", said, re.IGNORECASE), term.word


def test_the_search_finds_words_and_meanings_the_word_itself_first() -> None:
    assert next(iter(matching("rung"))).word == "rung"
    assert "AMD SEV-SNP" in [term.word for term in matching("snp")]
    assert "workload from host" in [term.word for term in matching("administrators READING")]
    assert matching("no such word at all") == ()
    assert matching("") == terms()


def test_explain_tells_a_word_and_lists_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "Falls short"]) == 0
    assert "is below what is required." in capsys.readouterr().out
    assert main(["explain"]) == 0
    listed = capsys.readouterr().out
    assert all(f"  {term.word}" in listed for term in terms())
    assert main(["explain", "viewpiont"]) == 2
    assert "did you mean viewpoint" in capsys.readouterr().err
