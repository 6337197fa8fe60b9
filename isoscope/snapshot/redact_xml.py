"""Cuts secrets out of libvirt's XML documents."""

from __future__ import annotations

from xml.parsers import expat

from isoscope.snapshot.redact_command import redact_vmm_arguments
from isoscope.snapshot.secret_words import (
    CUT,
    label_names_a_secret,
    names_a_secret,
    without_secrets,
)

_DEEPEST = 200
# XML 1.0 §2.4 and, for attribute values, §2.3 and §3.3.3; quoted as libvirt does.
# (xml.sax.saxutils has this too, and takes 20 ms to import.)
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ATTRIBUTE = _TEXT | str.maketrans({"'": "&apos;", "\n": "&#10;", "\t": "&#9;"})
# https://libvirt.org/formatdomain.html; the namespace prefixes are those that libvirt writes.
_CUT_TEXT = frozenset(("cmdline", "initarg", "initenv", "cookie", "entry", "password", "passwd"))
"""Elements whose text is a command line, an environment or data handed to the guest:
``<os><cmdline>``, ``<initenv>``, ``<sysinfo>``'s and fw_cfg's ``<entry>`` …"""


def redact_xml(content: bytes) -> bytes:
    """The document without secrets; the very same bytes where there was nothing to cut.

    Raises:
        ValueError: it is not well-formed XML, declares a document type, or is nested too deeply.
    """
    redactor = _Redactor()
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.StartElementHandler = redactor.start
    parser.EndElementHandler = redactor.end
    parser.CharacterDataHandler = redactor.text
    parser.CommentHandler = redactor.comment
    parser.ProcessingInstructionHandler = redactor.instruction
    parser.StartDoctypeDeclHandler = redactor.document_type
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise ValueError(f"it is not well-formed XML: {error}") from None
    return redactor.document() if redactor.cuts else content


class _Redactor:
    """Writes a document again while expat reads it."""

    def __init__(self) -> None:
        self.cuts = 0
        self._pieces: list[str] = []
        self._names: list[str] = []
        self._cut_text: list[bool] = []
        self._open_tag = False
        self._arguments: list[str] = []
        self._text: list[str] = []

    def document(self) -> bytes:
        return "".join(self._pieces).encode("utf-8", "surrogateescape")

    def start(self, name: str, listed: list[str]) -> None:
        if len(self._names) >= _DEEPEST:
            raise ValueError("it is nested too deeply")
        self._flush()
        attributes = dict(zip(listed[::2], listed[1::2], strict=True))
        local = name.rpartition(":")[2].lower()
        parts = [
            f" {key}='{self._attribute(local, key, value, attributes).translate(_ATTRIBUTE)}'"
            for key, value in attributes.items()
        ]
        self._pieces.append(f"<{name}{''.join(parts)}")
        self._open_tag = True
        self._names.append(name)
        self._cut_text.append(self._hides_text(local, attributes))

    def end(self, name: str) -> None:
        self._flush_text()
        if self._open_tag:
            self._pieces.append("/>")
            self._open_tag = False
        else:
            self._pieces.append(f"</{name}>")
        self._names.pop()
        self._cut_text.pop()
        if name.rpartition(":")[2].lower() == "commandline":
            self._arguments.clear()

    def text(self, text: str) -> None:
        self._text.append(text)

    def comment(self, text: str) -> None:
        self._flush()
        self._pieces.append(f"<!--{self._changed(text.strip(), CUT)}-->")

    def instruction(self, target: str, data: str) -> None:
        self._flush()
        self._pieces.append(f"<?{target} {self._changed(data.strip(), CUT)}?>")

    def document_type(self, *_: object) -> None:
        raise ValueError("it declares a document type, which libvirt never does")

    def _attribute(self, element: str, name: str, value: str, others: dict[str, str]) -> str:
        local = name.rpartition(":")[2].lower()
        if element == "env" and local == "value":
            return self._changed(value, CUT if value else value)
        if element == "arg" and local == "value":
            self._arguments.append(value)
            kept = redact_vmm_arguments(self._arguments)[-1]
            return self._changed(value, kept)
        if local == "value" and label_names_a_secret(others.get("name", "")):
            return self._changed(value, CUT if value else value)
        if names_a_secret(local) and local not in ("passwdvalidto", "secrettype") and value:
            return self._changed(value, CUT)
        return self._changed(value, without_secrets(value))

    def _hides_text(self, element: str, attributes: dict[str, str]) -> bool:
        # <sysinfo> names the vendor and such with a word, what it hands to the guest with a path.
        name = attributes.get("name", "/")
        if element == "entry" and "/" not in name and not label_names_a_secret(name):
            return False
        return element in _CUT_TEXT or names_a_secret(element)

    def _changed(self, before: str, after: str) -> str:
        if before != after:
            self.cuts += 1
        return after

    def _flush_text(self) -> None:
        # expat hands a long text over in pieces, of which none shows the whole secret.
        text = "".join(self._text)
        self._text.clear()
        if not text:
            return
        self._close_tag()
        if any(self._cut_text) and text.strip():
            self._pieces.append(self._changed(text.strip(), CUT).translate(_TEXT))
        else:
            self._pieces.append(self._changed(text, without_secrets(text)).translate(_TEXT))

    def _flush(self) -> None:
        self._flush_text()
        self._close_tag()

    def _close_tag(self) -> None:
        if self._open_tag:
            self._pieces.append(">")
            self._open_tag = False
