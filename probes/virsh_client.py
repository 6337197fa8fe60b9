"""Asks one libvirt connection by ``virsh``, where libvirt-python is not installed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time

from isoscope.snapshot.reading import Gap
from probes.host.access import NoAnswerError

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# virDomainState, by the words that virsh's filters know
_STATES = (("running", 1), ("paused", 3), ("shutoff", 5))


class VirshClient:
    """``virsh``, one short process for each question. It is told never to ask for a password."""

    def __init__(self, uri: str, until: float) -> None:
        """``until`` is the ``time.monotonic()`` value at which every question is given up."""
        self._uri = uri
        self._until = until
        self._read_only = True

    def open(self, *, read_write: bool) -> bytes:
        """See ``LibvirtClient``."""
        self._read_only = not read_write
        try:
            self._virsh("uri")
        except NoAnswerError as error:
            if self._read_only or error.gap is not Gap.DENIED:
                raise
            self._read_only = True
            self._virsh("uri")
        return json.dumps({"read_only": self._read_only}).encode()

    def version(self) -> bytes:
        """See ``LibvirtClient``. What virsh says is words; they are kept as such."""
        return json.dumps({"text": self._virsh("version").decode("utf-8", "replace")}).encode()

    def library_version(self) -> bytes:
        """See ``LibvirtClient``."""
        text = self._virsh("version", "--daemon").decode("utf-8", "replace")
        return json.dumps({"text": text}).encode()

    def capabilities(self) -> bytes:
        """See ``LibvirtClient``."""
        return self._virsh("capabilities")

    def domain_capabilities(self) -> bytes:
        """See ``LibvirtClient``."""
        return self._virsh("domcapabilities")

    def domains(self) -> tuple[bytes, list[str]]:
        """See ``LibvirtClient``. Its ids are in the domains' XML alone."""
        pairs = self._lines("list", "--all", "--uuid", "--name")
        state_of: dict[str, int] = {}
        for word, state in _STATES:
            for uuid in self._lines("list", "--all", "--uuid", f"--state-{word}"):
                state_of[uuid] = state
        listed = []
        for pair in pairs:
            uuid, _, name = pair.partition(" ")
            if _UUID.fullmatch(uuid):
                listed.append(
                    {"uuid": uuid, "name": name.strip(), "id": None, "state": state_of.get(uuid)}
                )
        return json.dumps(listed).encode(), [f"{each['uuid']} {each['name']}" for each in listed]

    def domain(self, uuid: str) -> bytes:
        """See ``LibvirtClient``."""
        return self._virsh("dumpxml", uuid)

    def networks(self) -> tuple[bytes, list[str]]:
        """See ``LibvirtClient``."""
        uuids = self._lines("net-list", "--all", "--uuid")
        listed = [{"uuid": uuid, "name": None} for uuid in uuids if _UUID.fullmatch(uuid)]
        return json.dumps(listed).encode(), [str(each["uuid"]) for each in listed]

    def network(self, uuid: str) -> bytes:
        """See ``LibvirtClient``."""
        return self._virsh("net-dumpxml", uuid)

    def close(self) -> None:
        """Nothing is kept open."""

    def _lines(self, *command: str) -> list[str]:
        text = self._virsh(*command).decode("utf-8", "surrogateescape")
        return [line.strip() for line in text.splitlines() if line.strip()]

    def _virsh(self, *command: str) -> bytes:
        program = shutil.which("virsh")
        if program is None:
            raise NoAnswerError(Gap.UNSUPPORTED, "neither libvirt-python nor virsh is installed")
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("no answer in time")
        mode = ["--readonly"] if self._read_only else []
        try:
            done = subprocess.run(  # noqa: S603 - no shell, and every argument is ours or a UUID
                [program, "--quiet", *mode, f"--connect={self._uri}", *command],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=left,
                env={**os.environ, "LC_ALL": "C", "LIBVIRT_AUTOSTART": "0"},
                start_new_session=True,  # without a terminal no password can be asked for
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise TimeoutError("no answer in time") from error
        if done.returncode != 0:
            raise _of_virsh(done.stderr.decode("utf-8", "replace"))
        return done.stdout


_GAP_OF_WORDS = (
    ("no connection driver available", Gap.ABSENT),
    ("was built without", Gap.ABSENT),
    ("No such file or directory", Gap.ABSENT),
    ("Permission denied", Gap.DENIED),
    ("authentication", Gap.DENIED),
    ("access denied", Gap.DENIED),
    ("forbidden", Gap.DENIED),
    ("Connection refused", Gap.REFUSED),
    ("Domain not found", Gap.GONE),
    ("Network not found", Gap.GONE),
    ("not supported", Gap.UNSUPPORTED),
)


def _of_virsh(errors: str) -> NoAnswerError:
    """What the words of virsh mean; it has no other way to tell."""
    detail = " ".join(errors.split())[:300]
    for words, gap in _GAP_OF_WORDS:
        if words in detail:
            return NoAnswerError(gap, detail)
    return NoAnswerError(Gap.REFUSED, detail or "virsh failed without a word")
