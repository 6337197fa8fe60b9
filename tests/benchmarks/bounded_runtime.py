"""An OCI runtime for machines whose root lacks a capability: it asks runc for no more than that.

``docker run --privileged`` asks for every capability that the kernel knows, and runc refuses where
the bounding set of the engine has less, as in many virtual machines and containers. Run as a
program, this leaves out of the bundle's ``config.json`` what cannot be given, then becomes runc.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.harness.containers import DockerEngine

NAME = "bounded"
#: ``capabilities(7)`` by number, as far as a virtual machine is known to lack one.
NAMED = {16: "CAP_SYS_MODULE", 17: "CAP_SYS_RAWIO", 24: "CAP_SYS_RESOURCE", 25: "CAP_SYS_TIME"}


def add_to(engine: DockerEngine) -> None:
    """Let a running private dockerd offer it, as runtime ``bounded``."""
    home = engine.ground.directory("docker")
    program = home / NAME
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I "{__file__}" "$@"\n')
    program.chmod(0o755)
    settings = home.joinpath("daemon.json")
    known = json.loads(settings.read_text())
    known["runtimes"][NAME] = {"path": str(program)}  # beside those that it has
    settings.write_text(json.dumps(known))
    os.kill(int(home.joinpath("docker.pid").read_text()), signal.SIGHUP)
    deadline = time.monotonic() + 10
    while NAME not in engine.command("info", "--format={{json .Runtimes}}"):
        if time.monotonic() > deadline:
            raise RuntimeError("the private dockerd does not take up a further runtime")
        time.sleep(0.1)


def not_given() -> set[str]:
    """Names of capabilities that this process cannot pass on."""
    status = Path("/proc/self/status").read_text()
    bounding = int(status.split("CapBnd:")[1].split()[0], 16)
    return {name for number, name in NAMED.items() if not bounding >> number & 1}


def main() -> None:
    """Changes the bundle that is about to be created, and becomes runc."""
    arguments = sys.argv[1:]
    if "--bundle" in arguments:
        config = Path(arguments[arguments.index("--bundle") + 1], "config.json")
        document = json.loads(config.read_text())
        lacking = not_given()
        for kind, names in document["process"].get("capabilities", {}).items():
            document["process"]["capabilities"][kind] = [n for n in names if n not in lacking]
        config.write_text(json.dumps(document))
    os.execvp("runc", ["runc", *arguments])


if __name__ == "__main__":
    main()
