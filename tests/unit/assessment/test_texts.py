"""What a person reads of a measure or exposure."""

import re

import pytest

from isoscope.assessment.catalogue import CATALOGUE
from isoscope.assessment.declaration import Declaration
from isoscope.assessment.ladders import LADDERS
from isoscope.assessment.vocabulary import FindingKind
from isoscope.bundled import built_in_profiles
from tests.fakes.workloads import a_container, a_machine, assessed

EVERY = list(CATALOGUE.values())
FORBIDDEN = re.compile(
    r"\b(?:in)?secur(?:e|ed|ely)\b|\b(?:un)?trust(?:ed|worthy)\b|\b(?:un)?safe(?:ly)?\b",
    re.IGNORECASE,
)
"""Words that are verdicts nobody can give."""
NAMES = re.compile(
    r"[Tt]rusted execution environment|Trusted Computing Group|Secure Execution|Secure Boot"
)


def says_no_verdict(text: str) -> bool:
    return FORBIDDEN.search(NAMES.sub("", text)) is None


@pytest.mark.parametrize("declaration", EVERY, ids=lambda declaration: declaration.id)
class TestEach:
    def test_has_a_name_that_stays(self, declaration: Declaration) -> None:
        assert CATALOGUE[declaration.id] is declaration
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+|privileged|attested", declaration.id)
        assert declaration.kind in FindingKind

    def test_says_what_why_how_and_where_from(self, declaration: Declaration) -> None:
        assert 5 <= len(declaration.title) <= 60
        assert not declaration.title.endswith(".")
        for text in (declaration.what, declaration.why, declaration.remedy):
            assert len(text) >= 25
            assert text[0].isupper() or text.startswith("/")
            assert text.endswith((".", ")"))
        assert declaration.by_hand
        assert declaration.references

    def test_judges_nobody_in_words(self, declaration: Declaration) -> None:
        for text in (
            declaration.title,
            declaration.what,
            declaration.why,
            declaration.by_hand,
            declaration.remedy,
            *declaration.references,
        ):
            assert says_no_verdict(text), text
            assert "  " not in text
            assert "\n" not in text


@pytest.mark.parametrize("declaration", EVERY, ids=lambda declaration: declaration.id)
def test_an_abbreviation_keeps_its_capitals(declaration: Declaration) -> None:
    assert not re.search(r"\bcPU", declaration.title + declaration.what)


def test_two_are_never_called_the_same() -> None:
    titles = [declaration.title for declaration in EVERY]
    assert len(set(titles)) == len(titles)


def test_ladders_and_profiles_judge_nobody_in_words() -> None:
    texts = [
        text for ladder in LADDERS.values() for r in ladder.rungs for text in (r.name, r.holds_when)
    ]
    texts += [text for p in built_in_profiles() for text in (p.title, p.description)]
    assert all(says_no_verdict(text) for text in texts)


def test_findings_judge_nobody_in_words_and_are_one_line() -> None:
    found = assessed(a_container("c", tenant="acme"), a_machine("g", tenant="blue"))
    for workload in found.workloads:
        for finding in found.findings(workload):
            assert says_no_verdict(finding.says), finding.says
            assert finding.says
            assert "\n" not in finding.says
            assert not finding.says.endswith(".")


@pytest.mark.parametrize("text", ["this is secure", "Trusted", "an unsafe guess", "securely"])
def test_the_words_are_found(text: str) -> None:
    assert not says_no_verdict(text)
