"""Process TEEs by what the kernel shows of their processes: enclaves of SGX, Enarx Keeps, Nitro
enclaves; and what is taken for one: simulation, Gramine without SGX, Enarx's kvm and nil backends.

The kernel shows that the enclave's device is mapped. It shows neither whether the enclave was
finished, nor what runs in it, nor whether it allows debugging: only evidence does.
Sources: Documentation/arch/x86/sgx.rst; the manuals of Gramine, Occlum, EGo and Enarx.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from isoscope.inventory.host import Hole
from isoscope.inventory.observation import KERNEL, Observation, known, unknown
from isoscope.inventory.process_table import Process, ProcessTable, hole_of
from isoscope.inventory.tee_use import TeeUse
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Channel, Gap, Reading
from isoscope.snapshot.tee_marks import ENCLAVE_DEVICES, NITRO_DEVICES, NODES

_STARTS = ("run", "deploy", "exec")
"""What Enarx is asked for when it starts a Keep."""
_NONE = "none"


@dataclass(frozen=True, slots=True)
class _Shown:
    """What one process shows."""

    pid: int
    subject: str
    program: str
    """Its executable's path, by the kernel where that could be read."""
    arguments: tuple[str, ...]
    open: frozenset[str]
    mapped: Mapping[str, int]
    """Bytes by the path that is mapped."""
    readings: tuple[Reading, ...]

    def observed(self, use: TeeUse) -> Observation[TeeUse]:
        excerpt = "\n".join(
            [
                f"program {self.program}",
                *sorted(f"open {path}" for path in self.open),
                *sorted(f"mapped {path}: {size} bytes" for path, size in self.mapped.items()),
            ]
        )
        return known(self.subject, "tee", use, *self.readings, parties=KERNEL, excerpt=excerpt)


def process_tees(snapshot: Snapshot, table: ProcessTable) -> Mapping[int, Observation[TeeUse]]:
    """By process id, the use of a TEE that each process makes that makes any, or looks like it."""
    found: dict[int, Observation[TeeUse]] = {}
    for process in table.processes.values():
        base = f"/proc/{process.pid}"
        looked_at = (snapshot.file(f"{base}/maps"), snapshot.directory(f"{base}/fd"))
        if all(reading.gap is Gap.NOT_READ for reading in looked_at):
            continue
        use = _use_of(snapshot, process)
        if use is not None:
            found[process.pid] = use
    return found


def _use_of(snapshot: Snapshot, process: Process) -> Observation[TeeUse] | None:
    base = f"/proc/{process.pid}"
    maps, files = snapshot.file(f"{base}/maps"), snapshot.directory(f"{base}/fd")
    exe, command = snapshot.link(f"{base}/exe"), snapshot.file(f"{base}/cmdline")
    arguments = tuple(command.text().removesuffix("\0").split("\0"))
    links = [snapshot.link(f"{base}/fd/{name}") for name in files.names()]
    shown = _Shown(
        process.pid,
        f"process {process.pid}",
        exe.text() or arguments[0],
        arguments,
        frozenset(link.text() for link in links if link.gap is None),
        mapped_bytes(maps.text()),
        (maps, files, exe, command),
    )
    framework, application = framework_of(shown.program, arguments)
    in_nitro = next((path for path in NITRO_DEVICES if path in shown.open), "")
    if in_nitro:
        says = f"it holds {in_nitro}: it started a Nitro enclave"
        return shown.observed(TeeUse("aws-nitro", says, "nitro-enclaves", application))
    size = sum(shown.mapped.get(path, 0) for path in ENCLAVE_DEVICES)
    if size:
        says = f"the kernel shows {size} bytes of an enclave in process {process.pid}"
        return shown.observed(TeeUse("sgx", says, framework or "sgx", application))
    if not framework and shown.open.isdisjoint(ENCLAVE_DEVICES):
        return None
    closed = (Gap.ABSENT, Gap.GONE)
    needed = [link for link in links if link.gap not in closed] if framework == "enarx" else []
    unread = next((one for one in (maps, files, *needed) if one.gap is not None), None)
    if unread is not None:
        return unknown(
            shown.subject,
            "tee",
            unread.gap or Gap.NOT_READ,
            f"whether process {process.pid} is in a TEE is not known: {unread.source}: "
            f"{unread.gap}",
            "run Isoscope as root",
            *shown.readings,
        )
    if not framework:
        return None  # it may only ask the device what it can do
    if framework == "enarx":
        return shown.observed(_keep(shown, application))
    return shown.observed(TeeUse(_NONE, _why_none(shown, framework), framework, application))


def framework_of(program: str, arguments: tuple[str, ...]) -> tuple[str, str]:
    """Which framework a program starts process TEEs for, and the application's file name; both
    empty where it is none."""
    name, first = program.rpartition("/")[2], _name(arguments[1:2])
    if program.endswith("/gramine/sgx/loader"):
        return "gramine", _name(arguments[3:4])
    if program.endswith("/gramine/direct/loader"):
        return "gramine-direct", _name(arguments[3:4])
    if name in ("occlum-run", "occlum_exec_server"):
        return "occlum", first if name == "occlum-run" else ""
    if name == "ego-host":
        return "ego", _name((arguments[1].rpartition(":")[2],) if len(arguments) > 1 else ())
    if name == "enarx" and any(word in _STARTS for word in arguments[1:3]):
        return "enarx", ""
    return "", ""


def _name(arguments: tuple[str, ...]) -> str:
    """The file's name of the first argument, unless it was cut."""
    word = arguments[0] if arguments else ""
    return "" if word.startswith("[") else word.rpartition("/")[2][:100]


def mapped_bytes(maps: str) -> dict[str, int]:
    """Bytes that are mapped of each file, by ``proc_pid_maps(5)``; lines of another shape, and
    memory without a file, are left out."""
    found: dict[str, int] = {}
    for line in maps.splitlines():
        fields = line.split(None, 5)
        first, dash, last = fields[0].partition("-") if fields else ("", "", "")
        if len(fields) < 6 or not dash:
            continue
        try:
            size = int(last, 16) - int(first, 16)
        except ValueError:
            continue
        if size > 0:
            found[fields[5]] = found.get(fields[5], 0) + size
    return found


def _keep(shown: _Shown, application: str) -> TeeUse:
    """An Enarx Keep that has no enclave: the same program serves every backend."""
    has_vm = any("kvm-vm" in path for path in shown.open)
    if "/dev/sev" in shown.open and has_vm:
        says = "an Enarx Keep that holds /dev/sev and a VM"
        return TeeUse("sev-snp", says, "enarx", application)
    if has_vm:
        says = "an Enarx Keep of the kvm backend: a VM whose memory is not encrypted, and no TEE"
    else:
        says = "an Enarx Keep of the nil backend: an ordinary process, and no TEE"
    return TeeUse(_NONE, says, "enarx", application)


def _why_none(shown: _Shown, framework: str) -> str:
    simulated = next((path for path in shown.mapped if "_sim.so" in path), "")
    if simulated:
        return f"it simulates SGX ({simulated.rpartition('/')[2]}), which is no TEE"
    if framework == "gramine-direct":
        return "Gramine runs it without SGX (gramine-direct), which is no TEE"
    if framework == "ego":
        return "no enclave is mapped: EGo simulates SGX (OE_SIMULATION=1), or did not start one"
    return f"no enclave is mapped: {framework} did not start one"


def unseen_enclaves(snapshot: Snapshot, table: ProcessTable) -> tuple[Hole, ...]:
    """Where a TEE's device is and open files were denied: those processes may be in an enclave."""
    if all(snapshot.get(Channel.STATUS, path).content is None for path in NODES):
        return ()
    listings = (snapshot.directory(f"/proc/{pid}/fd") for pid in table.processes)
    denied = [listing for listing in listings if listing.gap is Gap.DENIED]
    if not denied:
        return ()
    what = f"enclaves in {len(denied)} processes whose open files were denied"
    return (hole_of(what, denied[0], Gap.DENIED, "run Isoscope as root"),)
