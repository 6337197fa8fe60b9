"""Nodes of an explanation: what is shown as a tree, as plain immutable text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from isoscope.assessment.vocabulary import Status


class NodeStyle(StrEnum):
    """How a node looks."""

    SECTION = "section"
    """The heading of a part."""
    PLAIN = "plain"
    QUOTE = "quote"
    """Raw text from the host, in a fixed-width font, line breaks kept."""
    COMMANDS = "commands"
    """Commands that somebody may run, in a fixed-width font."""


@dataclass(frozen=True, slots=True)
class Node:
    """One node; its texts are already visible plain text."""

    text: str
    note: str = ""
    style: NodeStyle = NodeStyle.PLAIN
    mark: Status | None = None
    """The shape before the text: what speaks for, against, or is unknown."""
    children: tuple[Node, ...] = ()
    expanded: bool = False
    """Whether it is open at first."""
    findings: tuple[tuple[str, str], ...] = ()
    """Ids of findings with their workloads that it would change: what can be supposed."""

    def as_text(self, depth: int = 0) -> str:
        """The node and all below it, indented, to be copied."""
        indent = "    " * depth
        own = [line for part in (self.text, self.note) for line in part.splitlines()]
        return "\n".join(
            [indent + line for line in own] + [child.as_text(depth + 1) for child in self.children]
        )


def section(text: str, children: tuple[Node, ...], *, empty: str, expanded: bool = True) -> Node:
    """A part with its heading; one that has nothing says so."""
    return Node(
        text,
        style=NodeStyle.SECTION,
        children=children or (Node(empty),),
        expanded=expanded,
    )
