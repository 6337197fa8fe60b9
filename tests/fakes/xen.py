"""What Xen 4.17 shows and says in the domain that controls the others."""

from collections.abc import Mapping

from isoscope.snapshot.reading import Channel, Reading
from isoscope.snapshot.xen import DESCRIBE_DOMAINS, LIST_DOMAINS
from tests.fakes.host import Link, Tree, a_process
from tests.unit.engine_snapshots import reading

UUID = "0c02f8c9-6b16-4b21-b3bf-398c6e9880b0"
OTHER_UUID = "1c02f8c9-6b16-4b21-b3bf-398c6e9880b0"
DOM0: Tree = {
    "/sys/hypervisor/type": "xen\n",
    "/sys/hypervisor/properties/features": "000228f0\n",
    "/proc/xen/capabilities": "control_d\n",
}
DOMU: Tree = {
    "/sys/hypervisor/type": "xen\n",
    "/sys/hypervisor/properties/features": "000220f0\n",
}
DOMAIN_0 = {"domid": 0, "config": {"c_info": {"type": "pv", "name": "Domain-0"}}}
"""As Xen 4.17 lists it: without a UUID."""


def a_guest(
    kind: str = "pvh", number: int = 3, uuid: str = UUID, **config: object
) -> dict[str, object]:
    """An entry of ``xl list --long``."""
    build = {"max_vcpus": 2, "max_memkb": 262144, "target_memkb": 262144, f"type.{kind}": {}}
    found: dict[str, object] = {
        "c_info": {"type": kind, "name": "web", "uuid": uuid},
        "b_info": build,
    }
    return {"domid": number, "config": found | config}


def listed(*entries: dict[str, object], states: Mapping[int, str] | None = None) -> list[Reading]:
    """Both lists, in which dom0 stands too; ``states`` are of further or other domains."""
    numbers: dict[object, str] = {0: "r-----"} | {entry["domid"]: "-b----" for entry in entries}
    numbers.update((states or {}).items())
    short = [{"domid": number, "state": state} for number, state in numbers.items()]
    return [
        reading(Channel.LIBRARY, "xl", LIST_DOMAINS, short),
        described(DOMAIN_0, *entries),
    ]


def described(*entries: object) -> Reading:
    """The list with what each domain is made of."""
    return reading(Channel.LIBRARY, "xl", DESCRIBE_DOMAINS, list(entries))


def a_device_model(pid: int, number: int, *, serves_xen: bool = True) -> Tree:
    """The QEMU of dom0 that emulates devices of a guest."""
    tree = a_process(pid, name="xen-qemu-system-i386")
    arguments = ["/usr/libexec/xen-qemu-system-i386", "-xen-domid", str(number), "-M", "xenfv"]
    tree[f"/proc/{pid}/cmdline"] = "\0".join(arguments) + "\0"
    tree[f"/proc/{pid}/fd/3"] = Link("/dev/xen/privcmd" if serves_xen else "/dev/null")
    return tree
