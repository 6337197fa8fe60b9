"""The private directory of one integration run, and what is started from it."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.integration.harness import keeper

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SECONDS_FOR_A_DAEMON_TO_ANSWER = 30.0
SECONDS_FOR_A_DAEMON_TO_END = 15.0
SECONDS_FOR_THE_KEEPER_TO_CLEAN = 60.0
SECONDS_FOR_A_COMMAND = 60.0


class ComponentUnavailableError(Exception):
    """A component cannot run on this machine; the message says why."""


@dataclass(slots=True)
class Daemon:
    """One process started for the run, and the file its output goes to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def last_words(self) -> str:
        """The last lines that it wrote."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return " | ".join(lines[-3:]) or "it wrote nothing"

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Wait for ``ready``; raise ComponentUnavailableError if it ends or does not get there."""
        deadline = time.monotonic() + SECONDS_FOR_A_DAEMON_TO_ANSWER
        while not ready():
            if self.process.poll() is not None:
                raise ComponentUnavailableError(f"{self.name} ended at once: {self.last_words()}")
            if time.monotonic() > deadline:
                self.stop()
                raise ComponentUnavailableError(f"{self.name} does not answer: {self.last_words()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask it to end, and end it if it does not."""
        self.process.terminate()
        try:
            self.process.wait(SECONDS_FOR_A_DAEMON_TO_END)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass(slots=True)
class Ground:
    """A private directory under the temporary one, with a keeper that empties it at the end.

    Its name is the token that marks every process and control group of the run. It may be
    entered by every user, because part of the tests scan as an unprivileged one.
    """

    root: Path
    _keeper: subprocess.Popen[bytes] = field(repr=False)

    @classmethod
    def prepare(cls) -> Ground:
        """Make the directory and start its keeper."""
        root = Path(tempfile.gettempdir(), f"isoscope-{keeper.MARK_PREFIX}{secrets.token_hex(4)}")
        root.mkdir(mode=0o755)
        process = subprocess.Popen(
            [sys.executable, "-I", keeper.__file__, str(root)],
            stdin=subprocess.PIPE,
            start_new_session=True,  # the terminal's Ctrl-C is not for the keeper
        )
        return cls(root, process)

    @property
    def token(self) -> str:
        """The name of the control group that the containers of this run share."""
        return self.root.name

    @property
    def mark(self) -> str:
        """What every process, control group, link and guest of this run carries in its name.

        Short enough to begin the name of a network link (15 characters) or what libvirt
        keeps of a guest's name in that of its control group (20).
        """
        return keeper.mark_of(self.root)

    def note(self, kind: str, value: str) -> None:
        """Have the keeper remove a ``link``, ``cgroup``, ``file``, ``directory`` (if empty) or
        ``tree`` (if it carries the mark) at the end."""
        with (self.root / keeper.LEDGER_NAME).open("a", encoding="utf-8") as ledger:
            ledger.write(json.dumps([kind, value]) + "\n")

    def note_if_absent(self, kind: str, path: str) -> None:
        """Note a path outside the private directory that an engine is about to create."""
        if not os.path.lexists(path):
            self.note(kind, path)

    def note_cgroup_if_absent(self, name: str) -> None:
        """Note a top-level control group that an engine is about to create."""
        if not any(keeper.CGROUP_ROOT.glob(f"*/{name}")):
            self.note("cgroup", name)

    def directory(self, name: str) -> Path:
        """Make a directory of the run, that everybody may enter."""
        path = self.root / name
        path.mkdir(mode=0o755, parents=True, exist_ok=True)
        return path

    def start(
        self, name: str, command: Sequence[str], *, env: Mapping[str, str] | None = None
    ) -> Daemon:
        """Start a process that lives on beside the tests."""
        log = self.root / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.root,
                env=dict(env) if env is not None else None,
                start_new_session=True,
            )
        return Daemon(name, process, log)

    def close(self) -> None:
        """End the run: let the keeper remove what is left, and hear whether it could."""
        assert self._keeper.stdin is not None
        self._keeper.stdin.close()
        if self._keeper.wait(SECONDS_FOR_THE_KEEPER_TO_CLEAN) != 0:
            raise RuntimeError(f"something of {self.root} could not be removed, see above")


def run_command(
    command: Sequence[str], *, env: Mapping[str, str] | None = None, stdin: bytes | None = None
) -> str:
    """Run a command to its end and return what it printed; an error carries its last words."""
    done = subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        env=dict(env) if env is not None else None,
        timeout=SECONDS_FOR_A_COMMAND,
        check=False,
    )
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace").strip() or f"status {done.returncode}"
        raise RuntimeError(f"{' '.join(command)}: {words}")
    return done.stdout.decode("utf-8", "replace").strip()


def need_root() -> None:
    """Raise ComponentUnavailableError unless this is root: the engines under test are rootful."""
    if os.geteuid() != 0:
        raise ComponentUnavailableError("the private engines need root")


def need_program(name: str) -> str:
    """The path of a program; ComponentUnavailableError when it is not installed."""
    for directory in [*os.get_exec_path(), "/usr/sbin", "/sbin"]:
        candidate = Path(directory, name)
        if os.access(candidate, os.X_OK):
            return str(candidate)
    raise ComponentUnavailableError(f"{name} is not installed")
