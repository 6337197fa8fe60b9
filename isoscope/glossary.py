"""What the words of Isoscope mean: the one text for the window's glossary and ``explain``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

import assets


@dataclass(frozen=True, slots=True)
class Term:
    """One word with its meaning."""

    word: str
    """As it stands on the screen; no two terms have the same."""
    about: str
    """The group that it belongs to."""
    meaning: str
    also: tuple[str, ...] = ()
    """Other ways in which it is written."""
    see: tuple[str, ...] = ()
    """Words of other terms that help to understand it."""

    def speaks_of(self, words: str) -> bool:
        """Whether every one of these words is found in it, whatever their case."""
        text = " ".join((self.word, *self.also, self.meaning)).casefold()
        return all(word in text for word in words.casefold().split())

    def is_called(self, beginning: str) -> bool:
        """Whether it is written so, or begins so, in one of its ways."""
        wanted = beginning.casefold()
        return any(name.casefold().startswith(wanted) for name in (self.word, *self.also))


@cache
def terms() -> tuple[Term, ...]:
    """All of them, in the order of a text that explains them."""
    return tuple(
        Term(
            entry["word"],
            entry["about"],
            entry["meaning"],
            tuple(entry.get("also", ())),
            tuple(entry.get("see", ())),
        )
        for entry in tomllib.loads(assets.text("glossary.toml"))["term"]
    )


def matching(words: str) -> tuple[Term, ...]:
    """The terms that speak of all these words; those that are called so come first."""
    found = (term for term in terms() if term.speaks_of(words))
    return tuple(sorted(found, key=lambda term: not term.is_called(words.strip())))


def term_of(word: str) -> Term | None:
    """The term that is written so, whatever the case; None where there is none."""
    wanted = word.casefold()
    for term in terms():
        if wanted in (term.word.casefold(), *(name.casefold() for name in term.also)):
            return term
    return None
