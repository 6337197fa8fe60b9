"""No text of the window stands in its source without being looked up in the reader's language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_THE_WINDOWS = {
    "guard.py": "ends the program before there is a language",
    "story.py": "speaks to whoever writes a story",
    "pdf_report.py": "the report's, in the language of the reports",
    "plan_exporting.py": "the plan's, in the language of the reports",
    "printing.py": "the report's, in the language of the reports",
    "technologies.py": "proper names",
}
"""Modules of gui/ whose words are nothing that the window says, and why."""

_TEXT = re.compile(r"[A-Za-z]\S* +\S*[A-Za-z]|^&?[A-Z][a-z&]+")
"""More than one word, or a word with a capital letter."""
_WORD = re.compile(r"[A-Za-z]{2,}")
_NO_TEXT = re.compile(
    r"(Alt|Ctrl|Shift)\+|(F\d+|Esc|Left|Right|Space|Home|End|PgUp|PgDown)$"  # keys
    r"|(\{\}\s*)?Isoscope( \{\})?$|\{\} — Isoscope$|isoscope: \{\}\s*$"  # names
    r"|(AppArmor|SELinux|Fusion|Linux \{\})$"
    r"|[A-Z]{2,}$|CapEff \{\}$|uid \{\}$|[KMGT]iB$|\{\} UTC$"  # abbreviations and units
    r"|\S*[./_%=-]\S*$|isoscope: \{|<p style|%Y"  # paths, keys of settings, markup, formats
)
_KEYS_OF_THE_CORE = {
    *("this machine", "not seen", "declared ≠ observed", "reference values", "at line "),
    *("On", "Do", "Settle it", "Bears on", "On {}"),
}
"""What gui/ compares with texts of the core, or hands to it."""
_NAMES_OF_WORK = {"forget map", "let go"}


def unlooked(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Texts that are not looked up, each with its line; ``{}`` stands for what is filled in."""
    left = {id(part) for node in ast.walk(tree) for part in _no_texts(node)}
    for node in ast.walk(tree):
        if id(node) in left:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if _TEXT.search(node.value):
                yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            text = "".join(map(str, parts))
            if _WORD.search(text):
                yield node.lineno, text


def _no_texts(node: ast.AST) -> Iterator[ast.AST]:
    """Parts of a node that are looked up, or nothing that a window says."""
    match node:
        case ast.Call(func=ast.Name(id="tr" | "trn"), args=args):
            for arg in args:
                yield from ast.walk(arg)
        case ast.Call(func=ast.Attribute(attr="setObjectName"), args=args):
            yield from args
        case ast.Raise() | ast.Expr(value=ast.Constant()):  # and docstrings
            yield from ast.walk(node)
        case (
            ast.AnnAssign(annotation=hint)
            | ast.arg(annotation=ast.expr() as hint)
            | ast.FunctionDef(returns=ast.expr() as hint)
        ):
            yield from ast.walk(hint)
        case ast.JoinedStr(values=values):
            yield from (value for value in values if isinstance(value, ast.Constant))
        case _:
            pass


MODULES = sorted(path for path in (ROOT / "gui").rglob("*.py") if path.name not in NOT_THE_WINDOWS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_is_looked_up(path: Path) -> None:
    found = [
        (line, text)
        for line, text in unlooked(ast.parse(path.read_text()))
        if not _NO_TEXT.match(text) and text not in _KEYS_OF_THE_CORE | _NAMES_OF_WORK
    ]
    assert not found, "use tr or trn of isoscope/texts.py; see CONTRIBUTING.md"


@pytest.mark.parametrize(
    "source",
    [
        'x.setText("Open tenants")',
        'x.setText(f"{n} left")',
        'x.setToolTip("&Open")',
        'Y = ("a b",)',
    ],
)
def test_a_text_that_is_not_looked_up_is_found(source: str) -> None:
    assert list(unlooked(ast.parse(source)))


@pytest.mark.parametrize(
    "source", ['x.setText(tr("Open tenants"))', '"""A docstring."""', 'raise ValueError(f"no {x}")']
)
def test_what_is_looked_up_or_no_text_is_left_alone(source: str) -> None:
    assert not list(unlooked(ast.parse(source)))


def test_no_text_that_is_looked_up_is_filled_in_before() -> None:
    """An f-string is another text for each value, and in no catalogue."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("tr", "trn"):
                assert not any(isinstance(arg, ast.JoinedStr) for arg in node.args), path
