"""Files in which QEMU keeps the memory of a guest."""

from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.build import build_inventory
from isoscope.inventory.observation import Observation
from isoscope.snapshot.monitor_sockets import memory_paths
from isoscope.snapshot.reading import Gap
from tests.fakes.host import FakeHost, a_host, a_monitor, snapshot_of

BACKEND = "memory-backend-file,id=ram,mem-path={},size=512M,share=on"


def files(*arguments: str, held: str, **gaps: Gap) -> Observation[tuple[str, ...]]:
    """What is said of one guest whose VMM holds this file open."""
    monitor = a_monitor(99, arguments=arguments, descriptors=("/dev/kvm", held))
    host = FakeHost(a_host(), monitor, gaps={f"/proc/99/{name}": gap for name, gap in gaps.items()})
    (workload,) = build_inventory(snapshot_of(host)).workloads
    assert workload.machine is not None
    assert workload.machine.makeup is not None
    found = workload.machine.makeup.memory_files
    assert found is not None
    return found


def test_one_with_a_name_is_found_among_what_the_vmm_holds_open() -> None:
    asked = ("-object", BACKEND.format("/dev/hugepages/guest"))
    assert files(*asked, held="/dev/hugepages/guest").value == ("/dev/hugepages/guest",)
    asked = ("-object", BACKEND.format("/dev/hugepages"))
    assert files(*asked, held="/dev/hugepages/ram").value == ("/dev/hugepages/ram",)
    assert files("-mem-path", "/srv/ram", held="/srv/ram").value == ("/srv/ram",)


def test_one_without_a_name_is_nobody_elses() -> None:
    asked = ("-object", BACKEND.format("/dev/hugepages"))
    held = "/dev/hugepages/qemu_back_mem.ram.9aKXyB (deleted)"
    assert files(*asked, held=held).value == ()
    assert files(held="/srv/disk.img").value == ()


def test_what_is_not_read_is_not_known() -> None:
    asked = ("-mem-path", "/srv/ram")
    assert files(*asked, held="/srv/ram", fd=Gap.DENIED).value is None
    monitor = a_monitor(99, arguments=asked, descriptors=("/dev/kvm", "/srv/ram"))
    gaps = {"/proc/99/fd/1": Gap.DENIED}
    (workload,) = build_inventory(snapshot_of(FakeHost(a_host(), monitor, gaps=gaps))).workloads
    assert workload.machine is not None
    assert workload.machine.makeup is not None
    assert workload.machine.makeup.memory_files is not None
    assert workload.machine.makeup.memory_files.value is None


@given(st.text(max_size=60))
def test_command_lines_of_any_kind_are_read(text: str) -> None:
    assert all(path.startswith("/") for path in memory_paths(f"mem-path={text}\0-mem-path\0{text}"))
