"""The tenants file as text: what is changed in it leaves the rest as somebody wrote it.

Every change is read again before it is handed out; one that would say anything else is refused.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Comment, Item, Table

from isoscope.assessment.profile import Profile
from isoscope.assessment.tenants import TenantRule, TenantRulesError
from isoscope.assessment.toml_text import key, quoted
from isoscope.assessment.vocabulary import Direction, Property

_RULE = re.compile(r"""[ \t]*\[\[[ \t]*(rule|"rule"|'rule')[ \t]*\]\]""")


def rule_text(rule: TenantRule) -> str:
    """A rule as a ``[[rule]]`` table.

    Raises:
        ValueError: it holds what TOML cannot.
    """
    lines = ["[[rule]]", f"tenant = {quoted(rule.tenant)}"]
    lines += [f"{key(name)} = {quoted(pattern)}" for name, pattern in rule.patterns.items()]
    if rule.labels:
        labels = ", ".join(f"{key(name)} = {quoted(p)}" for name, p in rule.labels.items())
        lines.append(f"label = {{ {labels} }}")
    return "\n".join(lines) + "\n"


def profile_text(profile: Profile) -> str:
    """A profile as the TOML document that `parse_profile` reads.

    Raises:
        ValueError: it holds what TOML cannot.
    """
    return _profile_text(profile, "")


def _profile_text(profile: Profile, within: str) -> str:
    parts = [
        f"title = {quoted(profile.title)}\ndescription = {quoted(profile.description)}\n",
    ]
    for direction in Direction:
        required = [
            f"{aspect.property} = {profile.required[aspect]}\n"
            for aspect in sorted(profile.required, key=lambda one: list(Property).index(one[1]))
            if aspect.direction is direction
        ]
        if required:
            parts.append(f"[{within}{direction}]\n{''.join(required)}")
    return "\n".join(parts)


def with_rules(text: str, rules: Sequence[TenantRule], place: int) -> str:
    """The file with further rules.

    Args:
        text: the file, which holds rules that can be read.
        rules: the new ones.
        place: how many of its rules stay before them.

    Raises:
        TenantRulesError: its rules are written in a way in which none can be put between them.
        ValueError: a rule holds what TOML cannot.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if _RULE.match(line)]
    new = "\n".join(map(rule_text, rules)).replace("\n", newline)
    if place < len(starts):
        at = starts[place]
        while at > 0 and lines[at - 1].lstrip().startswith("#"):  # what is said of that rule
            at -= 1
        before, after = "".join(lines[:at]), newline + "".join(lines[at:])
    else:
        before, after = text, ""
    if before and not before.endswith("\n"):
        before += newline
    if before and not before.endswith(2 * newline):
        before += newline
    expected = tomllib.loads(text)
    expected.setdefault("rule", [])[place:place] = tomllib.loads(new)["rule"]
    return _agreed(before + new + after, expected)


def with_profile(text: str, tenant: str, profile: Profile | str | None) -> str:
    """The file with another profile of a tenant's own.

    Args:
        text: the file.
        tenant: whose.
        profile: the profile itself, the name of one that is found elsewhere, or None for none.

    Raises:
        TenantRulesError: it is written in a way in which that cannot be changed.
        ValueError: the tenant's name or the profile holds what TOML cannot.
    """
    if profile is None:
        return _with_entry(text, "profile", tenant, "")
    if isinstance(profile, str):
        return _with_entry(text, "profile", tenant, f"{key(tenant)} = {quoted(profile)}\n")
    return _with_entry(
        text,
        "profile",
        tenant,
        f"[{key(tenant)}]\n{_profile_text(profile, f'{key(tenant)}.')}\n",
    )


def with_reference_values(text: str, tenant: str, values: str) -> str:
    """The file with other reference values of a tenant's.

    Args:
        text: the file.
        tenant: whose.
        values: a document with a table per kind of evidence; with nothing in it for none.

    Raises:
        TenantRulesError: it, or the values, are written in a way in which that cannot be changed.
        ValueError: the tenant's name holds what TOML cannot, or the values are no TOML.
    """
    table = tomlkit.table(is_super_table=True)
    with _ours():
        for name, item in tomlkit.parse(values).body:
            if name is None:
                table.add(cast("Comment", item))
            else:
                table.append(name, item)
    if not table.value:
        return _with_entry(text, "reference-values", tenant, "")
    return _with_entry(text, "reference-values", tenant, f"{key(tenant)} = 0\n", table)


def reference_values_text(text: str, tenant: str) -> str:
    """The reference values of a tenant as a document of their own; empty where there are none."""
    expected = tomllib.loads(text).get("reference-values", {}).get(tenant, {})
    if not expected:
        return ""
    try:
        with _ours():
            kinds = tomlkit.parse(text)["reference-values"][tenant]
            for _, item in kinds.value.body if isinstance(kinds, Table) else ():
                if isinstance(item, Table):
                    item.display_name = None  # it has the whole path
            return _agreed(tomlkit.dumps(kinds).strip() + "\n", expected)
    except TenantRulesError:  # written in another way, such as on one line
        return tomlkit.dumps(expected)


def _with_entry(text: str, table: str, tenant: str, entry: str, value: Item | None = None) -> str:
    """The file with ``table.TENANT`` as in a document that holds only the tenant, or without it
    where that is empty."""
    expected = tomllib.loads(text)
    expected.setdefault(table, {}).pop(tenant, None)
    with _ours():
        document = tomlkit.parse(text)
        holder = document.setdefault(table, tomlkit.table(is_super_table=entry.startswith("[")))
        if tenant in holder:
            del holder[tenant]
        if entry:
            name, item = tomlkit.parse(entry).body[0]
            holder[name] = value or item
            expected[table][tenant] = (value or item).unwrap()
        if not holder:
            document.remove(table)
            del expected[table]
        return _agreed(tomlkit.dumps(document), expected)


@contextmanager
def _ours() -> Iterator[None]:
    """Errors of the library as errors of the file."""
    try:
        yield
    except TenantRulesError:
        raise
    except (TOMLKitError, ValueError, RecursionError) as error:
        raise TenantRulesError(f"the file cannot be changed in place: {error}") from error


def _agreed(written: str, expected: Mapping[str, Any]) -> str:
    """The text, if it says exactly what it should.

    Raises:
        TenantRulesError: it says anything else.
    """
    try:
        agrees = tomllib.loads(written) == expected
    except ValueError:
        agrees = False
    if not agrees:
        raise TenantRulesError(
            "the file is written in a way in which this cannot be changed in place: write each "
            "rule as [[rule]], and each tenant's profile and reference values as tables"
        )
    return written
