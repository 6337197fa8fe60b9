"""XML documents that a host wrote, read without being led anywhere.

A document type declaration is refused, and with it every entity of its own: no text grows, and
nothing else is fetched. Depth and size are bounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

LARGEST = 8 * 1024 * 1024
"""Bytes of a document."""
_DEEPEST = 64
_MOST = 200_000


@dataclass(slots=True)
class Element:
    """One element. Names are local names, without a namespace or prefix."""

    name: str
    attributes: Mapping[str, str]
    namespace: str = ""
    prefix: str = ""
    text: str = ""
    """Its own text, stripped."""
    children: list[Element] = field(default_factory=list)

    def get(self, attribute: str) -> str:
        """An attribute; empty where it is not there."""
        return self.attributes.get(attribute, "")

    def all(self, *path: str) -> list[Element]:
        """Every element at a path of names below this one."""
        found = [self]
        for name in path:
            found = [child for each in found for child in each.children if child.name == name]
        return found

    def find(self, *path: str) -> Element | None:
        """The first element at a path."""
        found = self.all(*path)
        return found[0] if found else None

    def descendants(self) -> Iterator[Element]:
        """Every element below this one, in the document's order."""
        pending = list(reversed(self.children))
        while pending:
            found = pending.pop()
            yield found
            pending.extend(reversed(found.children))

    def quote(self) -> str:
        """Its tag as in the document, with its text."""
        attributes = "".join(f" {name}='{value}'" for name, value in self.attributes.items())
        return f"<{self.name}{attributes}>{self.text}"


def parse_xml(content: bytes) -> Element:
    """The root element of a document.

    Raises:
        ValueError: it is not well-formed, declares a document type, or is too large or deep.
    """
    if len(content) > LARGEST:
        raise ValueError("longer than is read")
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.namespace_prefixes = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    parser.StartDoctypeDeclHandler = builder.document_type
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise ValueError(f"not well-formed XML: {error}") from None
    if builder.root is None:
        raise ValueError("no element")
    return builder.root


class _Builder:
    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= _DEEPEST or self._count > _MOST:
            raise ValueError("nested too deeply, or of too many elements")
        namespace, local, prefix = _parts(name)
        plain = {_parts(key)[1]: value for key, value in attributes.items()}
        element = Element(local, plain, namespace, prefix)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._texts.append([])

    def end(self, _: str) -> None:
        self._open.pop().text = "".join(self._texts.pop()).strip()

    def characters(self, text: str) -> None:
        self._texts[-1].append(text)

    def document_type(self, *_: object) -> None:
        raise ValueError("it declares a document type")


def _parts(name: str) -> tuple[str, str, str]:
    """Namespace, local name and prefix of what expat writes as ``namespace local prefix``."""
    parts = name.split(" ")
    if len(parts) == 1:
        return "", parts[0], ""
    return parts[0], parts[1], parts[2] if len(parts) > 2 else ""
