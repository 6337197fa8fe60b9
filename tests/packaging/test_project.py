"""What pyproject.toml, the locked versions and the built wheel promise each other."""

import importlib.metadata
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import isoscope

CHECKOUT = Path(__file__).parents[2]
REQUIREMENTS = CHECKOUT / "packaging" / "requirements"
PACKAGES = ("isoscope", "probes", "gui", "assets")

PROJECT: dict[str, Any] = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
GROUPS: dict[str, list[str]] = PROJECT["dependency-groups"]
WANTED = {
    "run": PROJECT["project"]["dependencies"] + GROUPS["build"],
    "test": PROJECT["project"]["dependencies"] + GROUPS["build"] + GROUPS["lint"] + GROUPS["test"],
    "libvirt": PROJECT["project"]["optional-dependencies"]["libvirt"],
}


def entries(use: str) -> list[str]:
    """Return the entries of a lock file, each with its hashes, comments left out."""
    text = (REQUIREMENTS / f"{use}.txt").read_text()
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return "\n".join(lines).replace("\\\n", " ").splitlines()


def locked(use: str) -> dict[str, set[str]]:
    """Return the versions of each package of a lock file; some differ by processor and Python."""
    versions: dict[str, set[str]] = {}
    for entry in entries(use):
        name, version = entry.split(" ")[0].split("==")
        versions.setdefault(canonicalize_name(name), set()).add(version)
    return versions


def test_packaging_is_no_package() -> None:
    # With an __init__.py it would hide the library of that name, and pytest and builds would fail.
    assert not list((CHECKOUT / "packaging").rglob("__init__.py"))


def test_the_version_is_the_same_everywhere() -> None:
    assert isoscope.__version__ == PROJECT["project"]["version"]


@pytest.mark.parametrize("use", WANTED)
def test_the_lock_has_every_dependency_in_a_version_that_is_allowed(use: str) -> None:
    versions = locked(use)
    for text in WANTED[use]:
        wanted = Requirement(text)
        found = versions[canonicalize_name(wanted.name)]
        assert all(wanted.specifier.contains(Version(version)) for version in found), text


@pytest.mark.parametrize("use", ["run", "test"])
def test_the_lock_has_what_its_packages_need_in_turn(use: str) -> None:
    versions = locked(use)
    for name in versions:
        for text in importlib.metadata.requires(name) or []:
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                assert canonicalize_name(needed.name) in versions, f"{name} needs {text}"


@pytest.mark.parametrize("use", WANTED)
def test_every_locked_file_has_a_hash_and_no_address(use: str) -> None:
    for entry in entries(use):
        assert re.search(r" --hash=sha256:[0-9a-f]{64}", entry), entry
    assert "://" not in (REQUIREMENTS / f"{use}.txt").read_text()


def test_tests_run_with_the_versions_that_users_run() -> None:
    tested = locked("test")
    assert {name: tested.get(name) for name in locked("run")} == locked("run")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    directory = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", directory],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return zipfile.ZipFile(next(directory.glob("*.whl")))


def test_the_wheel_holds_the_four_packages_and_all_their_files(wheel: zipfile.ZipFile) -> None:
    files = {
        path.relative_to(CHECKOUT).as_posix()
        for package in PACKAGES
        for path in (CHECKOUT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == files
    assert any(not name.endswith(".py") for name in held if name.startswith("assets/"))


def test_the_wheel_starts_the_command_line_and_carries_the_licence(wheel: zipfile.ZipFile) -> None:
    metadata = {name.partition("/")[2]: name for name in wheel.namelist() if ".dist-info/" in name}
    assert b"isoscope = isoscope.cli:main" in wheel.read(metadata["entry_points.txt"])
    assert b"License-Expression: Apache-2.0" in wheel.read(metadata["METADATA"])
    assert wheel.read(metadata["licenses/LICENSE"]) == (CHECKOUT / "LICENSE").read_bytes()
