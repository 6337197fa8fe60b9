"""What a pane shows, as text for the clipboard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gui.nodes import Node, NodeStyle
from gui.rows import KIND
from gui.words import question
from isoscope.texts import tr

if TYPE_CHECKING:
    from gui.explaining import Explained


def verdict_text(explained: Explained) -> str:
    """A verdict with its ladder, its reasons and the evidence behind them, folded or not."""
    verdict = explained.verdict
    required = f" ({tr('required')})"
    rungs = [
        f"{'>' if verdict.low <= rung.level <= verdict.high else ' '} "
        f"{rung.level} {rung.name}: {rung.holds_when}"
        f"{required if rung.level == verdict.required else ''}"
        for rung in reversed(explained.rungs)
    ]
    return "\n".join(
        (
            f"{KIND[explained.subject.kind]} {explained.name}",
            question(verdict.aspect),
            explained.headline,
            "",
            *rungs,
            "",
            nodes_text(explained.nodes),
        )
    )


def nodes_text(nodes: Sequence[Node]) -> str:
    """All nodes with what is below them, indented."""
    return "\n".join(node.as_text() for node in nodes)


def commands_text(nodes: Sequence[Node]) -> str:
    """The commands that show by hand what nodes say, each once, under what it shows as a comment.

    Empty where there are none.
    """
    found: dict[str, str] = {}
    for about, commands in _commands(nodes, ""):
        found.setdefault(commands, about)
    return "\n".join(f"# {about}\n{commands}" for commands, about in found.items())


def _commands(nodes: Sequence[Node], about: str) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if node.style is NodeStyle.COMMANDS:
            yield about, node.text
        # The node with a mark has the title of the catalogue. Nothing that the host says goes
        # along: not every shell takes what follows a # for a comment.
        yield from _commands(node.children, node.text if node.mark is not None else about)
