"""Data that ships with Isoscope: schema, profiles, texts, templates."""

from __future__ import annotations

from importlib.resources import files


def text(path: str) -> str:
    """The text of a bundled file; ``path`` is relative to this package: ``schema/….json``.

    Raises:
        FileNotFoundError: there is no such file.
    """
    return files(__name__).joinpath(path).read_text(encoding="utf-8")


def data(path: str) -> bytes:
    """The bytes of a bundled file.

    Raises:
        FileNotFoundError: there is no such file.
    """
    return files(__name__).joinpath(path).read_bytes()
