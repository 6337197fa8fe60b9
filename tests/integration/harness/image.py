"""The one image that every container runs: a busybox that needs nothing else."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

from tests.integration.harness.ground import ComponentUnavailableError, need_program

IMAGE = "isoscope-test:1"
#: What every container runs: nothing, for much longer than the tests.
IDLE = ("sleep", "1000000")
DIRECTORIES = ("bin", "dev", "etc", "proc", "sys", "tmp", "data", "host", "engine")
APPLETS = ("sh", "sleep", "cat", "ls", "id")


def busybox_tree() -> bytes:
    """A tar archive of the file tree; ComponentUnavailableError without a static busybox."""
    busybox = Path(need_program("busybox"))
    # A static executable names no program interpreter; ld.so knows that without being asked to run.
    asked = subprocess.run(["ldd", str(busybox)], capture_output=True, check=False)
    if asked.returncode == 0:
        raise ComponentUnavailableError(f"{busybox} is not static (package busybox-static)")
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name in DIRECTORIES:
            directory = tarfile.TarInfo(name)
            directory.type, directory.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(directory)
        content = busybox.read_bytes()
        program = tarfile.TarInfo("bin/busybox")
        program.size, program.mode = len(content), 0o755
        tar.addfile(program, io.BytesIO(content))
        for name in APPLETS:
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    return archive.getvalue()
