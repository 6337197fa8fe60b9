"""What a script prints in a network namespace of its own, whose devices and rules it makes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest


def told_in_its_own_network(script: str, *tools: str) -> str:
    """Runs a shell script, whose ``$0`` is this Python; skips where it cannot run.

    Args:
        script: makes what it looks at, and prints what it sees.
        tools: programs that it needs beside ``unshare(1)`` and ``ip(8)``.
    """
    if os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "ip", *tools))):
        pytest.skip(f"a network namespace of its own takes root, iproute2 and {', '.join(tools)}")
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", script, sys.executable],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(f"that cannot be made here: {done.stderr.strip()[-200:]}")
    return done.stdout
