"""What looks like a secret in text, and the marks that are left where one was cut."""

from __future__ import annotations

import re
from functools import lru_cache

CUT = "[cut by Isoscope]"
"""Stands where a text was cut."""
CUT_SHORT = "[cut]"
"""The same where blanks would change the meaning; in JSON ``{"[cut]": 7}`` says how many."""
CUT_SECRETS = "[cut] named like secrets"
"""Beside ``CUT_SHORT``: how many of the variables cut had names like those of secrets."""

_ALWAYS = r"passw(?:or)?d|passphrase|secret|token|credential|api[_-]?key|private[_-]?key"
_NAME = re.compile(_ALWAYS, re.IGNORECASE)
# "auth" but not "author"; "key" anywhere, "pwd" and "pass" as words of their own.
_LABEL_NAME = re.compile(
    rf"{_ALWAYS}|auth(?!or(?!i))|key|cookie|bearer|(?<![a-z])(?:pwd|pass|pat)(?![a-z])",
    re.IGNORECASE,
)
_USER_INFO = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#\s]*)@")
_QUERY = re.compile(rf"([?&][^=&\s]*(?:{_ALWAYS}|key|sig|auth)[^=&\s]*=)[^&\s#]+", re.IGNORECASE)
# In text that nobody structured, what follows may belong to the secret: cut to the end.
_ASSIGNED = re.compile(rf"([\w.-]*(?:{_ALWAYS})[\w.-]*=).+", re.IGNORECASE | re.DOTALL)
_QUOTED = re.compile(
    rf"""(["'][^"'\s]*(?:{_ALWAYS})[^"'\s]*["']\s*:).+""", re.IGNORECASE | re.DOTALL
)


_LONGEST_KNOWN = 64
"""Characters of a name that is remembered: the fields of documents are few, and come again."""


def names_a_secret(name: str) -> bool:
    """Whether a field or parameter of this name holds a secret: ``password``, ``authToken`` …"""
    return _field_name(name) if len(name) <= _LONGEST_KNOWN else _NAME.search(name) is not None


@lru_cache(maxsize=2048)
def _field_name(name: str) -> bool:
    return _NAME.search(name) is not None


def label_names_a_secret(name: str) -> bool:
    """Whether a label or option, whose name somebody chose freely, may hold a secret."""
    return _LABEL_NAME.search(name) is not None


def without_url_secrets(text: str) -> str:
    """The text with ``user:password@`` and secret query parameters cut out of its URLs.

    The user name alone stays where it is no secret: ``ssh://root@host``.
    """
    if "://" not in text:
        return text
    return _QUERY.sub(rf"\1{CUT_SHORT}", _USER_INFO.sub(_cut_user_info, text))


def _cut_user_info(found: re.Match[str]) -> str:
    scheme, user_info = found.groups()
    user, colon, _ = user_info.partition(":")
    if scheme.lower().endswith("ssh"):
        return f"{scheme}://{user}:{CUT_SHORT}@" if colon else found.group()
    return f"{scheme}://{CUT_SHORT}@"


def without_secrets(text: str) -> str:
    """The text with the secrets cut that its own words announce: ``password=…``, URLs."""
    text = without_url_secrets(text)
    if "=" in text:
        text = _ASSIGNED.sub(rf"\1{CUT}", text)
    if ":" in text:
        text = _QUOTED.sub(rf'\1 "{CUT}"', text)
    return text
