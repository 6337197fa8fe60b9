"""Profiles: what somebody requires."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.assessment.ladders import ladder
from isoscope.assessment.profile import Profile, ProfileError, parse_profile
from isoscope.assessment.vocabulary import ASPECTS
from isoscope.bundled import PROFILE_NAMES, built_in_profiles
from tests.fakes.workloads import HW_A, HW_C, HW_I, WH_C


def test_a_profile_requires_what_it_names_and_nothing_else() -> None:
    text = """
        title = "Mine"
        description = "What I want."
        [host-from-workload]
        confidentiality = 2
        integrity = 0
    """
    profile = parse_profile(text, "mine")
    assert (profile.id, profile.title, profile.description) == ("mine", "Mine", "What I want.")
    assert [profile.least(aspect) for aspect in (HW_C, HW_I, HW_A)] == [2, 0, None]


def test_one_without_a_title_is_called_by_its_file() -> None:
    assert parse_profile("[host-from-workload]\nintegrity = 1", "mine").title == "mine"


@pytest.mark.parametrize(
    "text", ["", "title = 'Mine'", "[host-from-workload]", "[host-from-workload]\nintegrity = 0"]
)
def test_one_that_requires_nothing_is_refused(text: str) -> None:
    with pytest.raises(ProfileError, match="mine: requires nothing; name a rung"):
        parse_profile(text, "mine")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[host", "mine: not TOML"),
        ("titel = 'x'", "mine: 'titel' is not known; use workload-from-workload"),
        ("title = 1", "mine: title is not text"),
        ("host-from-workload = 1", "mine: host-from-workload is not a table"),
        ("[host-from-workload]\nsecrecy = 1", "host-from-workload.secrecy is not known"),
        ("[host-from-workload]\nintegrity = 6", "is 6, not a rung of 0 to 5"),
        ("[host-from-workload]\nintegrity = -1", "is -1, not a rung of 0 to 5"),
        ("[host-from-workload]\nintegrity = true", "is True, not a rung"),
        ("[host-from-workload]\nintegrity = 1.0", "is 1.0, not a rung"),
        ("[workload-from-host]\navailability = 1", "is 1, not a rung of 0 to 0"),
        ("a = " + "[" * 5000, "mine: not TOML"),
        ("a = 1" + "0" * 5000, "mine: not TOML"),
    ],
)
def test_one_that_says_something_else_gets_one_line(text: str, message: str) -> None:
    with pytest.raises(ProfileError) as error:
        parse_profile(text, "mine")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@given(st.text())
def test_no_text_is_a_crash(text: str) -> None:
    with suppress(ProfileError):
        parse_profile(text, "mine")


def test_the_five_built_in_ones_are_there() -> None:
    assert tuple(profile.id for profile in built_in_profiles()) == PROFILE_NAMES
    assert [profile.title for profile in built_in_profiles()] == [
        "Personal laptop",
        "Shared team host",
        "Public multi-tenant cloud",
        "Regulated workload",
        "Exposed site",
    ]


@pytest.mark.parametrize("profile", built_in_profiles(), ids=lambda profile: profile.id)
def test_each_says_for_whom_it_is_and_asks_for_what_there_is(profile: Profile) -> None:
    assert len(profile.description) > 20
    assert profile.required
    for aspect in ASPECTS:
        least = profile.least(aspect)
        assert least is None or 0 < least <= ladder(aspect).top


def test_only_those_who_keep_the_operator_out_ask_for_a_tee() -> None:
    asking = [profile.id for profile in built_in_profiles() if profile.least(WH_C)]
    assert asking == ["regulated-workload", "exposed-site"]
