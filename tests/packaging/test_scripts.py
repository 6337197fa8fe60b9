"""packaging/run, packaging/test and .ci/run: what they install, and how they stop.

Each test works on a copy of the scripts in a directory of its own, with a ``PATH`` of stand-ins for
the package managers and for Python: nothing is installed, and no network is used.
"""

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
SCRIPTS = ["packaging/run", "packaging/test", "packaging/lock", "packaging/environment.sh"]
SHELLS = [name for name in ("sh", "dash", "bash") if shutil.which(name)]
CANNOT_GO_ON = 69
# What every Debian, Ubuntu and Fedora has.
TOOLS = """
    bash cat chmod dirname env grep id ls mkdir mktemp pwd readlink rm sh sha256sum touch tr uname
""".split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Machine:
    """A copy of the scripts, and the only commands that they find."""

    checkout: Path
    commands: Path

    def command(self, name: str, script: str) -> None:
        """Put a stand-in for a command into PATH; it first notes how it was called."""
        path = self.commands / name
        path.unlink(missing_ok=True)
        log = shlex.quote(str(self.calls_file))
        path.write_text(f'#!/bin/sh\nprintf "%s\\n" "{name} $*" >>{log}\n{script}\n')
        path.chmod(0o755)

    @property
    def calls_file(self) -> Path:
        return self.checkout / "calls"

    @property
    def calls(self) -> list[str]:
        return self.calls_file.read_text().splitlines() if self.calls_file.exists() else []

    def start(
        self, *command: str | Path, cwd: Path | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=cwd or self.checkout,
            env={"PATH": str(self.commands), "TMPDIR": str(self.checkout), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def shell(self, code: str) -> subprocess.CompletedProcess[str]:
        """Run code with the shared functions, as the scripts do."""
        return self.start("sh", "-euc", f". packaging/environment.sh\n{code}")

    def become_user(self) -> None:
        self.command("id", "echo 1000")

    def have_environment(self) -> None:
        """Make what a first run leaves behind, without installing anything."""
        subprocess.run(
            [sys.executable, "-m", "venv", "--without-pip", self.checkout / ".venv"], check=True
        )
        isoscope = self.checkout / ".venv/bin/isoscope"
        isoscope.write_text('#!/bin/sh\nprintf "<%s>" "$@"\npwd\nexit 3\n')
        isoscope.chmod(0o755)
        assert self.shell("fingerprint run >.venv/isoscope-run").returncode == 0


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    checkout = tmp_path / "a checkout"
    shutil.copytree(CHECKOUT / "packaging", checkout / "packaging")
    shutil.copytree(CHECKOUT / ".ci", checkout / ".ci")
    shutil.copy(CHECKOUT / "pyproject.toml", checkout)
    commands = tmp_path / "commands"
    commands.mkdir()
    for tool in TOOLS:
        if found := shutil.which(tool):
            (commands / tool).symlink_to(found)
    return Machine(checkout, commands)


NEEDS = """
library:libnowhere.so.1 libnowhere1
command:nowhere nowhere,nowhere-data nowhere-for-fedora
command:elsewhere elsewhere
header:nowhere libnowhere-dev
command:sh dash
"""


@pytest.fixture
def provide_needs() -> str:
    return f"open_log\nprovide 'A test' '{NEEDS}' || stop \"$problem\""


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_posix_shell(shell: str, script: str) -> None:
    result = subprocess.run(
        [shell, "-n", CHECKOUT / script], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("script", [*SCRIPTS, ".ci/run"])
def test_shellcheck_finds_nothing(script: str) -> None:
    shellcheck = shutil.which("shellcheck")
    if shellcheck is None:
        pytest.skip("shellcheck is not installed")
    result = subprocess.run(
        [shellcheck, "--external-sources", script],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("script", ["packaging/run", "packaging/test", "packaging/lock", ".ci/run"])
def test_a_command_can_be_started(script: str) -> None:
    assert os.access(CHECKOUT / script, os.X_OK)


def test_a_second_run_starts_at_once_and_asks_nobody(machine: Machine, tmp_path: Path) -> None:
    machine.have_environment()
    for installer in ("apt-get", "dnf", "sudo", "pip", "python3"):
        machine.command(installer, "exit 1")
    result = machine.start(
        machine.checkout / "packaging/run", "scan", "--root", "a tree", cwd=tmp_path
    )
    assert result.stdout == f"<scan><--root><a tree>{tmp_path}\n"
    assert (result.returncode, result.stderr, machine.calls) == (3, "", [])


def test_without_what_qt_loads_it_goes_on_without_the_window(machine: Machine) -> None:
    shared = machine.checkout / "packaging/environment.sh"
    shared.write_text(shared.read_text().replace("libEGL.so.1 libegl1", "libnone.so.1 libnone1"))
    machine.have_environment()
    isoscope = machine.checkout / ".venv/bin/isoscope"
    isoscope.write_text('#!/bin/sh\necho "display: ${DISPLAY-none}"\n')
    machine.become_user()
    machine.command("dnf", "exit 1")
    result = machine.start("packaging/run", DISPLAY=":7")
    assert (result.returncode, result.stdout) == (0, "display: none\n")
    assert result.stderr.startswith("isoscope: going on without the window: ")
    assert "as root: dnf install " in result.stderr
    assert "libnone.so.1()(64bit)" in result.stderr


@pytest.mark.parametrize(
    "changed",
    ["packaging/requirements/run.txt", "packaging/requirements/libvirt.txt", "pyproject.toml"],
)
def test_a_changed_lock_is_installed(machine: Machine, changed: str) -> None:
    machine.have_environment()
    assert machine.shell("is_ready run").returncode == 0
    with (machine.checkout / changed).open("a") as file:
        file.write("# renewed\n")
    assert machine.shell("is_ready run").returncode != 0


def test_an_environment_of_another_place_is_not_used(machine: Machine, tmp_path: Path) -> None:
    machine.have_environment()
    moved = Machine(machine.checkout.rename(tmp_path / "moved"), machine.commands)
    assert moved.shell("is_ready run").returncode != 0


def test_an_environment_whose_python_this_user_may_not_start_is_named(machine: Machine) -> None:
    machine.have_environment()
    python = machine.checkout / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/root/a python/bin/python3")
    result = machine.shell("may_write() { false; }\nopen_log\nprepare run")
    assert result.returncode == CANNOT_GO_ON
    assert result.stderr.count("\n") == 1
    assert "/.venv is there, but " in result.stderr
    assert "may not start its Python, /root/a python/bin/python3; make .venv anew" in result.stderr


def test_without_python_and_package_manager_one_line_says_so(machine: Machine) -> None:
    result = machine.start("packaging/run")
    assert result.returncode == CANNOT_GO_ON
    assert result.stderr == (
        "isoscope: Isoscope (Python >= 3.11) needs python3, and this system has neither"
        " apt-get nor dnf to install it with\n"
    )


def test_a_python_that_is_too_old_is_named(machine: Machine) -> None:
    machine.command("python3", "exit 1")
    result = machine.start("packaging/run")
    assert result.returncode == CANNOT_GO_ON
    assert result.stderr.count("\n") == 1
    assert "no Python from 3.11 to 3.14" in result.stderr


def test_without_root_one_line_says_what_root_has_to_do(machine: Machine) -> None:
    machine.become_user()
    machine.command("apt-get", "exit 1")
    result = machine.start("packaging/run")
    assert result.returncode == CANNOT_GO_ON
    assert result.stderr == (
        "isoscope: Isoscope (Python >= 3.11) needs system packages, and installing them needs root;"
        " as root: apt-get install python3 python3-venv\n"
    )
    assert not any(call.startswith("apt-get") for call in machine.calls)


def test_without_network_one_line_says_so(machine: Machine) -> None:
    pip = (
        'case "$*" in *"pip install"*) echo "Temporary failure in name resolution"; exit 1 ;; esac'
    )
    venv = (
        'case "$*" in "-m venv"*) mkdir -p .venv/bin; cp "$0" .venv/bin/python ;; esac\n'
        'case "$*" in *version_info*2*) echo 3.11 ;; esac'
    )
    (machine.commands / "cp").symlink_to(shutil.which("cp") or "/bin/cp")
    machine.command("python3", f"{pip}\n{venv}")
    result = machine.start("packaging/run")
    assert result.returncode == CANNOT_GO_ON
    *_, last = result.stderr.splitlines()
    assert last.startswith(
        "isoscope: could not install the Python packages (no network? details in"
    )
    assert not (machine.checkout / ".venv/isoscope-run").exists()


def test_apt_is_asked_once_and_its_lists_are_renewed_when_it_fails(
    machine: Machine, provide_needs: str
) -> None:
    machine.command("apt-get", 'case "$*" in *update) touch updated ;; *) test -e updated ;; esac')
    result = machine.shell(provide_needs)
    install = (
        "apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends"
        " libnowhere1 nowhere nowhere-data elsewhere libnowhere-dev"
    )
    update = "apt-get -o DPkg::Lock::Timeout=300 update"
    assert [call for call in machine.calls if call.startswith("apt-get")] == [
        install,
        update,
        install,
    ]
    assert result.returncode == 0
    assert result.stderr == (
        "isoscope: A test needs system packages; installing:"
        " libnowhere1 nowhere nowhere-data elsewhere libnowhere-dev\n"
    )


def test_dnf_is_asked_for_what_packages_provide(machine: Machine, provide_needs: str) -> None:
    machine.command("dnf", "exit 0")
    assert machine.shell(provide_needs).returncode == 0
    (call,) = machine.calls
    assert call == (
        "dnf install -y --setopt=install_weak_deps=False libnowhere.so.1()(64bit)"
        " nowhere-for-fedora /usr/bin/elsewhere pkgconfig(nowhere)"
    )


def test_a_failed_installation_is_one_line_that_names_the_log(
    machine: Machine, provide_needs: str
) -> None:
    machine.command("dnf", "echo 'Error: No match'; exit 1")
    result = machine.shell(provide_needs)
    *_, last = result.stderr.splitlines()
    log = Path(last.removesuffix(")").rpartition("details in ")[2])
    assert result.returncode == CANNOT_GO_ON
    assert "failed (details in " in last
    assert log.read_text() == "Error: No match\n"


def test_a_user_installs_through_sudo(machine: Machine, provide_needs: str) -> None:
    machine.become_user()
    machine.command("dnf", "exit 0")
    (machine.commands / "true").symlink_to(shutil.which("true") or "/bin/true")
    machine.command("sudo", 'shift; exec "$@"')
    assert machine.shell(provide_needs).returncode == 0
    assert [call for call in machine.calls if call.startswith("sudo -n dnf install")]


def test_libraries_and_headers_that_are_there_are_not_installed_again(machine: Machine) -> None:
    machine.command("dnf", "exit 0")
    result = machine.shell(
        "open_log\nprovide 'A test' 'library:libc.so.6 libc6\nfile:/etc/passwd x'"
    )
    assert (result.returncode, result.stderr, machine.calls) == (0, "", [])


def test_ci_runs_the_tests_as_ci_without_standard_input(machine: Machine) -> None:
    (machine.checkout / "packaging/test").write_text(
        '#!/bin/sh\nread -r line && echo "read $line"\n'
        'echo "CI=$CI in $PWD, $# arguments"\nexit 5\n'
    )
    result = machine.start(machine.checkout / ".ci/run", cwd=machine.commands)
    assert result.stdout == f"CI=true in {machine.checkout}, 0 arguments\n"
    assert result.returncode == 5
