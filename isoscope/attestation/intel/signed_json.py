"""JSON documents of Intel's, read by path, and the exact bytes of a value within one.

Intel signs the bytes of a value as they stand inside of the document around it: written anew, the
same value would have another signature.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from isoscope.attestation.fields import EvidenceError

_SPACE = re.compile(r"[ \t\r\n]*")
_HEXADECIMAL = re.compile(r"(?:[0-9a-fA-F]{2})*")
_WHEN = "%Y-%m-%dT%H:%M:%SZ"
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class JsonObject:
    """An object, and where it stands, with which errors begin."""

    members: Mapping[str, Any]
    where: str

    def _get(self, key: str, kind: type, words: str) -> Any:  # noqa: ANN401
        value = self.members.get(key)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise EvidenceError(f"{self.where}: {key} is no {words}")
        return value

    def has(self, key: str) -> bool:
        """Whether there is such a member."""
        return key in self.members

    def text(self, key: str) -> str:
        """A text.

        Raises:
            EvidenceError: the member is missing, or none.
        """
        return str(self._get(key, str, "text"))

    def number(self, key: str, most: int) -> int:
        """A whole number from 0 to ``most``.

        Raises:
            EvidenceError: the member is missing, or none.
        """
        number = int(self._get(key, int, "whole number"))
        if not 0 <= number <= most:
            raise EvidenceError(f"{self.where}: {key} is not from 0 to {most}")
        return number

    def octets(self, key: str, size: int) -> bytes:
        """Bytes that are written in hexadecimal.

        Raises:
            EvidenceError: the member is missing, or none of that size.
        """
        text = self.text(key)
        if len(text) != 2 * size or not _HEXADECIMAL.fullmatch(text):
            raise EvidenceError(f"{self.where}: {key} is not {size} bytes in hexadecimal")
        return bytes.fromhex(text)

    def time(self, key: str) -> datetime:
        """A time in UTC.

        Raises:
            EvidenceError: the member is missing, or none.
        """
        text = self.text(key)
        try:
            return datetime.strptime(text, _WHEN).replace(tzinfo=UTC)
        except ValueError:
            raise EvidenceError(f"{self.where}: {key} is no time: {text[:40]!r}") from None

    def object(self, key: str) -> JsonObject:
        """An object.

        Raises:
            EvidenceError: the member is missing, or none.
        """
        return JsonObject(self._get(key, dict, "object"), f"{self.where}.{key}")

    def objects(self, key: str) -> list[JsonObject]:
        """A list of objects.

        Raises:
            EvidenceError: the member is missing, or none.
        """
        found = []
        for at, one in enumerate(self._get(key, list, "list")):
            where = f"{self.where}.{key}[{at}]"
            if not isinstance(one, dict):
                raise EvidenceError(f"{where} is no object")
            found.append(JsonObject(one, where))
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty where there is no such member.

        Raises:
            EvidenceError: the member is none.
        """
        if key not in self.members:
            return ()
        found = self._get(key, list, "list")
        if not all(isinstance(one, str) for one in found):
            raise EvidenceError(f"{self.where}: {key} is no list of texts")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object: its value, and the bytes that it stands in."""

    value: Any
    raw: bytes


def read_object(data: bytes, name: str) -> JsonObject:
    """The object that the bytes are.

    Raises:
        EvidenceError: they are none.
    """
    return JsonObject({key: one.value for key, one in read_members(data, name).items()}, name)


def read_members(data: bytes, name: str) -> Mapping[str, Member]:
    """The members of the object that the bytes are.

    Raises:
        EvidenceError: they are none, or name a member twice.
    """
    try:
        return _members(data.decode("utf-8"), name)
    except (UnicodeError, ValueError, IndexError, RecursionError) as error:
        if isinstance(error, EvidenceError):
            raise
        raise EvidenceError(f"{name}: not JSON: {str(error)[:80]}") from None


def _members(text: str, name: str) -> Mapping[str, Member]:
    at = _past(text, 0)
    if text[at : at + 1] != "{":
        raise EvidenceError(f"{name}: not a JSON object")
    found: dict[str, Member] = {}
    at = _past(text, at + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        at = _past(text, at)
        if not isinstance(key, str) or text[at] != ":":
            raise ValueError("a member without a name")
        start = _past(text, at + 1)
        value, at = _DECODER.raw_decode(text, start)
        if key in found:
            raise EvidenceError(f"{name}: {key[:40]!r} twice")
        found[key] = Member(value, text[start:at].encode())
        at = _past(text, at)
        if text[at] == ",":
            at = _past(text, at + 1)
            if text[at] == "}":
                raise ValueError("a comma before the end")
        elif text[at] != "}":
            raise ValueError("no comma between two members")
    if _past(text, at + 1) != len(text):
        raise ValueError("something after its end")
    return found


def _past(text: str, at: int) -> int:
    """Where the white space from there ends."""
    match = _SPACE.match(text, at)
    return match.end() if match else at
