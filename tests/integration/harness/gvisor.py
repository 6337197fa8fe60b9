"""gVisor's runtime, as engines are told to use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: gVisor wants a network namespace with something in it, or to be told that there is no network.
#: Where it is not installed, whoever asks for it is told so by its engine.
_PROGRAM = """#!/bin/sh
exec runsc --network=none {flags} "$@"
"""


def gvisor_without_network(home: Path, *flags: str) -> Path:
    """A program in this directory that runs gVisor without a network, and with these flags."""
    directory = home / "gvisor"
    directory.mkdir(exist_ok=True)
    program = directory / "-".join(["runsc", *flags]).replace("=", "-")
    program.write_text(_PROGRAM.format(flags=" ".join(flags)))
    program.chmod(0o755)
    return program
