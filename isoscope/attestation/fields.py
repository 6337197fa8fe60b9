"""Binary layouts, read front to back: every step says what it wanted where the bytes end."""

from __future__ import annotations


class EvidenceError(ValueError):
    """Bytes that are no evidence of the kind they were taken for; one line says why."""


class Fields:
    """A cursor over bytes that somebody else made.

    Integers are little endian, as AMD's and Intel's structures have them.

    Args:
        data: the bytes.
        what: what they are to be, with which every error begins.
    """

    __slots__ = ("_at", "_data", "_what")

    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self._what = what
        self._at = 0

    @property
    def at(self) -> int:
        """How many bytes have been read."""
        return self._at

    @property
    def left(self) -> int:
        """How many bytes have not."""
        return len(self._data) - self._at

    def take(self, size: int, name: str) -> bytes:
        """The next bytes.

        Raises:
            EvidenceError: there are fewer.
        """
        if size > self.left:
            raise EvidenceError(
                f"{self._what}: {name} needs {size} bytes at {self._at}, and {self.left} are left"
            )
        taken = self._data[self._at : self._at + size]
        self._at += size
        return taken

    def integer(self, size: int, name: str) -> int:
        """The next unsigned integer of ``size`` bytes.

        Raises:
            EvidenceError: the bytes end before it does.
        """
        return int.from_bytes(self.take(size, name), "little")

    def skip(self, size: int, name: str) -> None:
        """Passes over bytes that mean nothing here.

        Raises:
            EvidenceError: there are fewer.
        """
        self.take(size, name)

    def rest(self) -> bytes:
        """All bytes that are left."""
        return self.take(self.left, "the rest")

    def error(self, problem: str) -> EvidenceError:
        """An error of this document, to be raised."""
        return EvidenceError(f"{self._what}: {problem}")
