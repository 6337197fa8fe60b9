"""A private LXD, which speaks the API of Incus too: own directory, own database, own socket."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.integration.harness.containers import TENANT_LABEL
from tests.integration.harness.ground import (
    ComponentUnavailableError,
    Daemon,
    Ground,
    need_program,
    need_root,
    run_command,
)
from tests.integration.harness.image import busybox_tree

if TYPE_CHECKING:
    from pathlib import Path

#: Given to every container in its environment and its user data; no snapshot may hold it.
SECRET = "correct-horse-battery-staple"
INIT = b"#!/bin/sh\nexec /bin/sleep 1000000\n"
METADATA = b"architecture: x86_64\ncreation_date: 1700000000\nproperties: {description: busybox}\n"
IMAGE = "busybox"


@dataclass(frozen=True, slots=True)
class Instance:
    """One container of LXD."""

    name: str
    project: str
    #: None where it was not started.
    pid: int | None

    @property
    def workload_id(self) -> str:
        """Its id in the outside contract."""
        return f"lxd:{self.project}/{self.name}"


@dataclass(slots=True)
class Lxd:
    """A private LXD, whose containers' names begin with the run's mark, and so do their control
    groups'."""

    ground: Ground
    home: Path
    _client: list[str]
    _env: dict[str, str]
    _daemon: Daemon
    _instances: list[Instance] = field(default_factory=list)

    @classmethod
    def start(cls, ground: Ground) -> Lxd:
        """Start it and make its image; ComponentUnavailableError where that cannot be."""
        need_root()
        lxd, client = need_program("lxd"), need_program("lxc")
        home = ground.directory("lxd")
        home.chmod(0o711)
        env = dict(os.environ, LXD_DIR=str(home), LXD_CONF=str(ground.directory("lxd-client")))
        env["HOME"] = env["LXD_CONF"]
        ground.note_if_absent("directory", "/run/lxd")
        daemon = ground.start(
            "lxd", [lxd, "--group", "root", "--logfile", f"{home}/lxd.log"], env=env
        )
        started = cls(ground, home, [client], env, daemon)
        daemon.wait_until(started.answers)
        started._make_image()
        return started

    @property
    def url(self) -> str:
        """Where Isoscope is told to look."""
        return f"unix://{self.home}/unix.socket"

    def answers(self) -> bool:
        """Whether it answers yet."""
        asked = subprocess.run(
            [*self._client, "query", "/1.0"], capture_output=True, env=self._env, check=False
        )
        return asked.returncode == 0

    def command(self, *arguments: str) -> str:
        """Run its own client against it."""
        return run_command([*self._client, *arguments], env=self._env)

    def run(self, what: str, *options: str, tenant: str = "", start: bool = True) -> Instance:
        """Make a container in the project ``default``, and start it unless told otherwise."""
        name = f"{self.ground.mark}-{what}"
        arguments = ["init", IMAGE, name, "--config", f"environment.DB_PASSWORD={SECRET}"]
        arguments += ["--config", f"user.user-data={SECRET}"]
        if tenant:
            arguments += ["--config", f"user.{TENANT_LABEL}={tenant}"]
        self.command(*arguments, *options)
        if not start:
            return self._keep(Instance(name, "default", None))
        try:
            self.command("start", name)
        except RuntimeError as error:
            self._keep(Instance(name, "default", None))
            raise ComponentUnavailableError(f"LXD cannot run a container: {error}") from error
        state = json.loads(self.command("query", f"/1.0/instances/{name}/state"))
        return self._keep(Instance(name, "default", int(state["pid"])))

    def stop(self) -> None:
        """Remove what is left, then end the daemon."""
        for instance in self._instances:
            subprocess.run(
                [*self._client, "delete", "--force", instance.name],
                capture_output=True,
                env=self._env,
                check=False,
            )
        self._daemon.stop()
        for place in ("devlxd", "shmounts"):
            subprocess.run(
                ["umount", "-l", f"{self.home}/{place}"], capture_output=True, check=False
            )
        shutil.rmtree(self.home, ignore_errors=True)

    def _keep(self, instance: Instance) -> Instance:
        self._instances.append(instance)
        return instance

    def _make_image(self) -> None:
        image = self.ground.root / "lxd-image.tar"
        with tarfile.open(image, "w") as made:
            _add(made, "metadata.yaml", METADATA, 0o644)
            with tarfile.open(fileobj=io.BytesIO(busybox_tree())) as tree:
                for member in tree:
                    content = tree.extractfile(member) if member.isfile() else None
                    member.name = f"rootfs/{member.name}"
                    made.addfile(member, content)
            for name in ("sbin", "root", "run", "var"):
                directory = tarfile.TarInfo(f"rootfs/{name}")
                directory.type, directory.mode = tarfile.DIRTYPE, 0o755
                made.addfile(directory)
            _add(made, "rootfs/sbin/init", INIT, 0o755)
        self.command("image", "import", str(image), "--alias", IMAGE)
        image.unlink()
        self.command("storage", "create", "default", "dir")
        self.command(
            "profile", "device", "add", "default", "root", "disk", "path=/", "pool=default"
        )


def _add(archive: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), mode
    archive.addfile(member, io.BytesIO(content))
