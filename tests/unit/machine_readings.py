"""Snapshots of a host that are made by hand, reading by reading."""

import json

from isoscope.snapshot.document import Collector, Snapshot
from isoscope.snapshot.reading import Channel, Gap, Reading, Source

X86 = "processor\t: 0\nvendor_id\t: {vendor}\nmodel name\t: A CPU\nflags\t\t: fpu {flags}\n\n"


def file(path: str, content: str | bytes) -> Reading:
    """A file's reading."""
    raw = content.encode() if isinstance(content, str) else content
    return Reading(Source(Channel.FILE, path), 1.0, "root", content=raw)


def gap(path: str, reason: Gap, channel: Channel = Channel.FILE) -> Reading:
    """A reading that there is none."""
    return Reading(Source(channel, path), 1.0, "root", gap=reason, detail="as the system says")


def directory(path: str, *names: str) -> Reading:
    """A directory's reading."""
    return Reading(
        Source(Channel.DIRECTORY, path), 1.0, "root", content="\0".join(sorted(names)).encode()
    )


def link(path: str, target: str) -> Reading:
    """A link's reading."""
    return Reading(Source(Channel.LINK, path), 1.0, "root", content=target.encode())


def there(path: str) -> Reading:
    """The status of a file that exists."""
    return Reading(Source(Channel.STATUS, path), 1.0, "root", content=b'{"mode": 8576}')


def not_there(path: str) -> Reading:
    """The status of a file that does not exist."""
    return gap(path, Gap.ABSENT, Channel.STATUS)


def kernel(target: str, request: str, answer: object) -> Reading:
    """What an ioctl, a system call or an instruction answered."""
    return Reading(
        Source(Channel.KERNEL, target, request), 1.0, "root", content=json.dumps(answer).encode()
    )


def cpuid(
    leaf: int, subleaf: int = 0, *, eax: int = 0, ebx: int = 0, ecx: int = 0, edx: int = 0
) -> Reading:
    """One CPUID leaf."""
    registers = {"eax": eax, "ebx": ebx, "ecx": ecx, "edx": edx}
    return kernel("cpuid", f"leaf {leaf:#010x} subleaf {subleaf}", registers)


def cpuid_vendor(vendor: str, highest: int = 0x20) -> Reading:
    """CPUID leaf 0."""
    ebx, edx, ecx = (int.from_bytes(vendor[at : at + 4].encode(), "little") for at in (0, 4, 8))
    return cpuid(0, eax=highest, ebx=ebx, ecx=ecx, edx=edx)


def kvm(capability: str, value: int) -> Reading:
    """What KVM answers for a capability."""
    return kernel("/dev/kvm", f"KVM_CHECK_EXTENSION {capability}", {"value": value})


def cpuinfo(vendor: str = "GenuineIntel", flags: str = "") -> Reading:
    """``/proc/cpuinfo`` of an x86 machine."""
    return file("/proc/cpuinfo", X86.format(vendor=vendor, flags=flags))


def snapshot(*readings: Reading) -> Snapshot:
    """These readings, and nothing else."""
    return Snapshot.of(
        readings,
        collector=Collector("0", 0, None, "this machine"),
        started_at=1.0,
        finished_at=2.0,
    )
