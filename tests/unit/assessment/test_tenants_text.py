"""Changing the tenants file: what was written stays, what is written says what was meant."""

from __future__ import annotations

import tomllib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isoscope.assessment.profile import Profile, parse_profile
from isoscope.assessment.tenants import TenantRule, TenantRulesError, parse_tenant_rules
from isoscope.assessment.tenants_text import (
    profile_text,
    reference_values_text,
    rule_text,
    with_profile,
    with_reference_values,
    with_rules,
)
from isoscope.assessment.toml_text import line_of_error, quoted
from isoscope.assessment.vocabulary import ASPECTS
from isoscope.attestation.reference_values import parse_reference_values
from isoscope.bundled import built_in_profiles

FILE = """\
# Who owns what here.
# Ask Jo before changing it.

# acme's, since 2024
[[rule]]
tenant = "acme"   # the old name
name = 'acme-*'

# globex pays for these
[[rule]]
tenant = "globex"
label = { team = "globex" }

[profile]
acme = "regulated-workload" # as the contract says

[reference-values.acme.sev-snp]
# release 2
measurement = ["9f", "77"]  # either
"""

WRITABLE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


def rule(tenant: str = "initech", **patterns: str) -> TenantRule:
    """A rule on such patterns."""
    return TenantRule(tenant, patterns, {}, "new")


def test_a_rule_is_put_before_what_is_said_of_the_next_one_and_the_rest_stays() -> None:
    written = with_rules(FILE, [rule(name="printer")], 1)
    added = '[[rule]]\ntenant = "initech"\nname = "printer"\n\n'
    assert written == FILE.replace("# globex pays", f"{added}# globex pays")


def test_a_rule_that_comes_last_is_written_at_the_end() -> None:
    written = with_rules(FILE, [rule(name="printer")], 2)
    assert written == f'{FILE}\n[[rule]]\ntenant = "initech"\nname = "printer"\n'
    assert [r.tenant for r in _rules(written)] == ["acme", "globex", "initech"]


def test_the_first_rule_of_an_empty_file_is_all_of_it() -> None:
    assert with_rules("", [rule(id="a"), rule(id="b")], 0) == (
        '[[rule]]\ntenant = "initech"\nid = "a"\n\n[[rule]]\ntenant = "initech"\nid = "b"\n'
    )


def test_the_line_ends_of_the_file_are_kept() -> None:
    written = with_rules(FILE.replace("\n", "\r\n"), [rule(name="x")], 0)
    assert "\n" not in written.replace("\r\n", "")


@pytest.mark.parametrize(
    "text",
    [
        'rule = [{ tenant = "a", name = "b" }]\n',
        '[[rule]]\ntenant = "a"\nname = """\n[[rule]]\n"""\n[[rule]]\ntenant = "b"\nname = "x"\n',
    ],
)
def test_a_file_in_which_a_rule_cannot_be_placed_is_refused_not_broken(text: str) -> None:
    with pytest.raises(TenantRulesError, match="write each rule as"):
        with_rules(text, [rule(name="x")], 1)


@given(WRITABLE, WRITABLE, st.dictionaries(WRITABLE, WRITABLE, max_size=3), st.integers(0, 2))
@settings(max_examples=150, deadline=None)
def test_whatever_a_host_calls_things_a_rule_reads_back_as_it_was(
    tenant: str, name: str, labels: dict[str, str], place: int
) -> None:
    new = TenantRule(tenant, {"name": name}, labels, "new")
    found = _rules(with_rules(FILE, [new], place))[place]
    assert (found.tenant, found.patterns, found.labels) == (tenant, {"name": name}, labels)


@given(WRITABLE)
@settings(max_examples=150, deadline=None)
def test_nothing_invisible_is_written(text: str) -> None:
    assert quoted(text).isprintable()
    assert tomllib.loads(f"a = {quoted(text)}") == {"a": text}


def test_half_a_surrogate_pair_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="surrogate"):
        rule_text(rule(name="\ud800"))


@pytest.mark.parametrize("profile", built_in_profiles(), ids=lambda p: p.id)
def test_a_profile_reads_back_as_it_was(profile: Profile) -> None:
    assert parse_profile(profile_text(profile), profile.id) == profile


@given(WRITABLE, WRITABLE, WRITABLE)
@settings(max_examples=100, deadline=None)
def test_a_tenants_own_profile_reads_back_and_goes_again(
    tenant: str, title: str, description: str
) -> None:
    own = Profile("own", title, description, {ASPECTS[0]: 1, ASPECTS[4]: 2})
    written = with_profile(FILE, tenant, own)
    found = parse_tenant_rules(written, "t", lambda _: own).profiles[tenant]
    assert (found.title, found.description, found.required) == (title, description, own.required)
    named = with_profile(written, tenant, "exposed-site")
    assert tomllib.loads(named)["profile"][tenant] == "exposed-site"
    if tenant != "acme":
        assert tomllib.loads(with_profile(named, tenant, None)) == tomllib.loads(FILE)


def test_a_profile_is_changed_where_it_stands_and_comments_stay() -> None:
    written = with_profile(FILE, "globex", "exposed-site")
    assert written == FILE.replace(
        "# as the contract says\n", '# as the contract says\nglobex = "exposed-site"\n'
    )
    without = with_profile(FILE, "acme", None)
    assert "[profile]" not in without
    assert "# globex pays for these" in without
    assert "measurement = [" in without


def test_reference_values_are_shown_as_a_document_of_their_own_and_written_back() -> None:
    shown = reference_values_text(FILE, "acme")
    assert shown == '[sev-snp]\n# release 2\nmeasurement = ["9f", "77"]  # either\n'
    more = f"# ours\n{shown}vmpl = 0\n\n[tdx]\nmrtd = '00'\n"
    written = with_reference_values(FILE, "acme", more)
    assert "# release 2" in written
    assert "# either" in written
    assert "# ours" in written
    kinds = tomllib.loads(written)["reference-values"]["acme"]
    assert kinds == tomllib.loads(more)
    assert parse_reference_values(reference_values_text(written, "acme"), "x").kinds
    assert tomllib.loads(with_reference_values(written, "acme", "# nothing")) == {
        key: value for key, value in tomllib.loads(FILE).items() if key != "reference-values"
    }


@given(WRITABLE)
@settings(max_examples=50, deadline=None)
def test_reference_values_of_any_tenant_read_back(tenant: str) -> None:
    written = with_reference_values(FILE, tenant, "[tdx]\nmrtd = '00'\n")
    assert reference_values_text(written, tenant) == "[tdx]\nmrtd = '00'\n"


@pytest.mark.parametrize(
    "text",
    [
        '[reference-values]\nacme = { tdx = { mrtd = "00" } }\n',
        'reference-values.acme.tdx.mrtd = "00"\n',
        '[reference-values.acme]\ntdx.mrtd = "00"\n',
        """[reference-values.acme.tdx]
mrtd = "00"
[[rule]]
tenant = "a"
name = "b"
[reference-values.globex.tdx]
mrtd = "11"
""",
    ],
)
def test_reference_values_written_in_other_ways_are_shown_and_changed_or_refused(text: str) -> None:
    assert tomllib.loads(reference_values_text(text, "acme")) == {"tdx": {"mrtd": "00"}}
    expected = tomllib.loads(text)
    expected["reference-values"]["acme"]["tdx"]["mrtd"] = "22"
    with suppress(TenantRulesError):
        written = with_reference_values(text, "acme", "[tdx]\nmrtd = '22'\n")
        assert tomllib.loads(written) == expected


PIECES = (
    '[[rule]]\ntenant = "a"\nname = "b"\n',
    'rule = [{ tenant = "a", name = "b" }]\n',
    "[rule.label]\n",
    'label.x = "y"\n',
    "[profile]\n",
    'acme = "x"\n',
    "[profile.acme]\n",
    "[profile.acme.host-from-workload]\nintegrity = 2\n",
    'profile.acme = "x"\n',
    'profile = { acme = "x" }\n',
    "[reference-values]\n",
    "[ reference-values . 'acme' ]\n",
    '[reference-values.acme.tdx]\nmrtd = "1"\n',
    "[reference-values.globex.tdx]\n",
    'tdx.mrtd = "2"\n',
    'acme = { tdx = { mrtd = "1" } }\n',
    "# said\n",
    "\r\n",
    'title = """\n[[rule]]\n"""\n',
)


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), st.integers(0, 3))
@settings(max_examples=400, deadline=None)
def test_however_a_file_is_written_a_change_is_made_as_meant_or_refused(
    text: str, place: int
) -> None:
    new = Profile("own", "Own", "", {ASPECTS[0]: 1})
    try:
        expected = tomllib.loads(text)
        parse_tenant_rules(text, "t", lambda _: new)
    except ValueError:
        return  # only a file that can be read is changed
    shown = reference_values_text(text, "acme")
    assert tomllib.loads(shown) == expected.get("reference-values", {}).get("acme", {})
    place = min(place, len(expected.get("rule", [])))
    with suppress(TenantRulesError):
        assert _rules(with_rules(text, [rule(name="x")], place))[place].tenant == "initech"
    for tenant in ("acme", "new"):
        values = "# ours\n[tdx]\nmrtd = '9'\n"
        with suppress(TenantRulesError):
            written = with_reference_values(text, tenant, values)
            assert reference_values_text(written, tenant).endswith("mrtd = '9'\n")
        for profile in (new, "named", None):
            with suppress(TenantRulesError):
                written = with_profile(text, tenant, profile)
                found = parse_tenant_rules(written, "t", lambda _: new)
                assert (tenant in found.profiles) is (profile is not None)


def test_tables_of_tenants_that_stand_between_rules_are_changed_too() -> None:
    text = f"{FILE}\n[[rule]]\ntenant = 'x'\nname = 'y'\n\n[reference-values.x.tdx]\nmrtd = '1'\n"
    written = with_reference_values(text, "acme", "[tdx]\nmrtd = '2'\n")
    assert reference_values_text(written, "acme") == "[tdx]\nmrtd = '2'\n"
    assert reference_values_text(written, "x") == "[tdx]\nmrtd = '1'\n"
    assert len(_rules(written)) == 3


def test_the_line_of_a_wrong_value_is_told() -> None:
    text = "[tdx]\nmrtd = '00'\n\n[no-such]\na = [\n1,\n]\n"
    assert line_of_error(text, lambda beginning: parse_reference_values(beginning, "x")) == 4
    wrong = "[tdx]\nmrtd = [\n  '00',\n  7,\n]\nother = 1\n"
    assert line_of_error(wrong, lambda beginning: parse_reference_values(beginning, "x")) == 5


def _rules(text: str) -> tuple[TenantRule, ...]:
    return parse_tenant_rules(text, "t", lambda _: built_in_profiles()[0]).rules
