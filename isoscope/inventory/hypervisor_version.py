"""Which version of a VMM runs a guest: as libvirt says, unless the program was exchanged since the
guest was started.

Sources: libvirt-host, ``virConnectGetVersion`` (major * 1000000 + minor * 1000 + release);
virsh(1), version; proc(5), ``/proc/PID/exe``.
"""

from __future__ import annotations

import re

from isoscope.inventory.declared import Program
from isoscope.inventory.json_fields import NotSaidError, get_int, get_str, parse_json
from isoscope.inventory.observation import VM_MANAGER, Doubt, Observation, parsed, unknown
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Channel

_REQUEST = "virConnectGetVersion"
_BY_HAND = "virsh version; qemu-system-x86_64 --version"
_RUNNING = re.compile(r"^Running hypervisor: (\S{1,40}) ([0-9.]{1,20})$", re.MULTILINE)
_REPLACED = " (deleted)"
_USUAL = ("/usr/bin/", "/usr/libexec/")
"""Where the VMM is that libvirt starts unless a guest's ``<emulator>`` says otherwise."""


def hypervisor_of(snapshot: Snapshot, uri: str, subject: str) -> Observation[Program]:
    """The VMM that a connection starts guests with, by its version."""
    return parsed(
        subject,
        "hypervisor-version",
        snapshot.get(Channel.LIBVIRT, uri, _REQUEST),
        parse_hypervisor,
        parties=VM_MANAGER,
        settled_by=_BY_HAND,
    )


def parse_hypervisor(text: str) -> Program:
    """The program in ``virConnectGetVersion``, or in what ``virsh version`` prints.

    Raises:
        ValueError: it is neither.
    """
    document = parse_json(text)
    try:
        said = _RUNNING.search(get_str(document, "text"))
    except NotSaidError:
        number = get_int(document, "version")
        if not 0 < number < 10**9:
            raise ValueError("its number is none") from None
        parts = (number // 1_000_000, number // 1000 % 1000, number % 1000)
        return Program(get_str(document, "type")[:40], ".".join(map(str, parts)))
    if said is None:
        raise ValueError("it names no running hypervisor")
    return Program(said[1], said[2])


def still_running(
    program: Observation[Program] | None, snapshot: Snapshot, pid: int
) -> Observation[Program] | None:
    """The same, unless the process runs another program than the one that libvirt speaks of."""
    if program is None or program.value is None:
        return program
    link = snapshot.link(f"/proc/{pid}/exe")
    path = link.text()
    if path.startswith(_USUAL) and not path.endswith(_REPLACED):
        return program
    says = (
        "its VMM was started before the one that is there now"
        if path.endswith(_REPLACED)
        else f"its VMM is {path[:80]}, of which nobody says the version"
    )
    if link.gap is not None:
        says = f"which program its VMM runs: {link.source}: {link.gap}"
    reason = link.gap or Doubt.NOT_SAID
    settled = "restart the guest, or run Isoscope as root"
    return unknown(program.subject, program.key, reason, says, settled, link, parties=VM_MANAGER)
