"""The shape of the code: who may import whom, what the core may not do, and how long a module is.

The direction of imports is import-linter's to check, from the contracts in ``pyproject.toml``. Here
is what those cannot say.
"""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
CORE = ("snapshot", "attestation", "inventory", "assessment", "reports")
PURE = [CHECKOUT / "isoscope" / name for name in CORE]
LONGEST_MODULE = 300
LONGEST_MAIN_WINDOW = 250

# What a probe may use where Isoscope is installed, beside the standard library; requests is what
# docker speaks with, and raises the errors of.
PROBE_LIBRARIES = {"docker", "libvirt", "psutil", "requests"}
# Calls that read, write or ask the clock.
FUNCTIONS = {"open", "print", "input"}
METHODS = {
    "read_bytes",
    "read_text",
    "write_bytes",
    "write_text",
    "iterdir",
    "now",
    "today",
    "utcnow",
}


def modules(*directories: Path) -> list[Path]:
    return sorted(path for directory in directories for path in directory.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Yield every module or name that a source file imports, at its top or within a function."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def strangers(path: Path, libraries: set[str], modules: tuple[str, ...]) -> set[str]:
    """Return what a file imports beyond the standard library, the libraries and the modules."""
    return {
        name
        for name in imported(path)
        if name.split(".")[0] not in sys.stdlib_module_names | libraries
        and not f"{name}.".startswith(tuple(f"{module}." for module in modules))
    }


def forbidden_calls(source: str) -> list[str]:
    """Return the calls in source that read, write or ask the clock, by their names."""
    names = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in FUNCTIONS:
                names.append(name)
            case ast.Call(func=ast.Attribute(attr=name)) if name in METHODS:
                names.append(name)
    return names


def lint_imports(checkout: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of a checkout, which has to be the first place to import from."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )


def test_imports_keep_their_direction() -> None:
    result = lint_imports(CHECKOUT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("probes/__init__.py", "import PySide6.QtCore", "Qt is the window's"),
        ("probes/__init__.py", "import isoscope.assessment", "Probes know snapshots"),
        ("isoscope/assessment/__init__.py", "import isoscope.reports", "Imports go one way"),
        ("isoscope/inventory/__init__.py", "import subprocess", "The core only computes"),
    ],
)
def test_an_import_against_the_direction_is_found(
    tmp_path: Path, module: str, line: str, contract: str
) -> None:
    for package in ("isoscope", "probes", "gui", "assets"):
        shutil.copytree(CHECKOUT / package, tmp_path / package)
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    with (tmp_path / module).open("a") as source:
        source.write(f"\n{line}\n")
    result = lint_imports(tmp_path)
    broken = [row for row in result.stdout.splitlines() if row.endswith("BROKEN")]
    assert result.returncode != 0
    assert any(contract in row for row in broken), result.stdout


@pytest.mark.parametrize(
    "path", modules(CHECKOUT / "probes"), ids=lambda path: path.relative_to(CHECKOUT).as_posix()
)
def test_a_probe_needs_only_the_standard_library_and_snapshots(path: Path) -> None:
    allowed = ("probes", "isoscope.snapshot", "isoscope.__version__")
    assert strangers(path, PROBE_LIBRARIES, allowed) == set()


@pytest.mark.parametrize(
    "path",
    modules(CHECKOUT / "isoscope" / "snapshot"),
    ids=lambda path: path.relative_to(CHECKOUT).as_posix(),
)
def test_snapshots_need_only_the_standard_library(path: Path) -> None:
    assert strangers(path, set(), ("isoscope.snapshot",)) == set()


@pytest.mark.parametrize(
    "path", modules(*PURE), ids=lambda path: path.relative_to(CHECKOUT).as_posix()
)
def test_the_core_does_no_input_or_output_and_asks_no_clock(path: Path) -> None:
    assert forbidden_calls(path.read_text()) == []


@pytest.mark.parametrize(
    "line", ["open('x')", "print(1)", "path.read_text()", "datetime.now(UTC)", "Path.iterdir(p)"]
)
def test_a_forbidden_call_is_found(line: str) -> None:
    assert forbidden_calls(f"def judge():\n    return {line}\n")


def test_one_module_alone_imports_pyqtgraph_and_numpy() -> None:
    importers = {
        path.relative_to(CHECKOUT).as_posix()
        for path in modules(*(CHECKOUT / name for name in ("isoscope", "probes", "gui", "assets")))
        if any(name.split(".")[0] in ("pyqtgraph", "numpy") for name in imported(path))
    }
    assert importers == {"gui/widgets/plotting.py"}


def test_heavy_libraries_wait_until_they_are_needed() -> None:
    heavy = ["PySide6", "docker", "libvirt", "numpy", "psutil", "pyqtgraph", "requests"]
    code = f"import sys, isoscope.cli; print(*set({heavy}) & set(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == []


@pytest.mark.parametrize(
    "path",
    modules(CHECKOUT / "isoscope", CHECKOUT / "probes", CHECKOUT / "gui"),
    ids=lambda path: path.relative_to(CHECKOUT).as_posix(),
)
def test_a_module_can_be_read_in_one_sitting(path: Path) -> None:
    longest = LONGEST_MAIN_WINDOW if path.name == "main_window.py" else LONGEST_MODULE
    assert len(path.read_text().splitlines()) <= longest
