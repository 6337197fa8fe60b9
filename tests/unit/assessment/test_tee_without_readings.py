"""Removing a reading of a host with TEEs never improves a verdict, and never makes one certain.

No hardware was seen: the host is made of what the kernel and the frameworks document.
"""

import pytest

from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Gap
from probes.kernel import KernelProbe
from probes.machine import HostProbe
from probes.tee import TeeProbe
from tests.fakes.host import HOST_ANSWERS, FakeHost, Tree, a_container, a_host, a_monitor
from tests.fakes.host import snapshot_of as read
from tests.unit.assessment.test_without_readings import Whole
from tests.unit.test_encrypted_guests import HELD, SNP, counting
from tests.unit.test_process_tee import DIRECT, ENCLAVE, GRAMINE, SGX, a_tee

FILES = ("/dev/sgx_enclave",)
KEEP = ("/usr/bin/enarx", "run")
TELLING = ("/misc.", "/proc/4", "/proc/50", "/dev/")


def host_with_tees(count: int) -> Snapshot:
    container = a_container(4711)
    inside: Tree = a_tee(4712, *GRAMINE, maps=ENCLAVE, files=FILES, parent=4711)
    host = FakeHost(
        a_host(),
        SGX,
        counting(count),
        a_monitor(500, arguments=SNP, guest="bank", descriptors=HELD),
        a_tee(400, *GRAMINE, maps=ENCLAVE, files=FILES),
        a_tee(401, *GRAMINE, maps=ENCLAVE, files=FILES, parent=400),
        a_tee(410, *DIRECT),
        a_tee(420, "/opt/ego/bin/ego-host", "/e:/srv/app"),
        a_tee(430, *KEEP, "--backend=nil"),
        a_tee(431, *KEEP, files=("/dev/sev", "anon_inode:kvm-vm")),
        container,
        inside | {"/proc/4712/cgroup": container["/proc/4711/cgroup"]},
        answers=HOST_ANSWERS,
    )
    return read(host, probes=[KernelProbe(), HostProbe(), TeeProbe()])


@pytest.mark.parametrize("count", [0, 2, 5])
def test_without_any_one_reading_of_tees_no_verdict_is_better(count: int) -> None:
    whole = Whole(host_with_tees(count))
    telling = [s for s in whole.snapshot.readings if any(part in s.target for part in TELLING)]
    assert len(telling) > 100
    for source in telling:
        whole.without(source)


def test_nor_where_one_of_a_process_tee_could_not_be_read() -> None:
    whole = Whole(host_with_tees(2))
    for source, reading in whole.snapshot.readings.items():
        if "/proc/4" in source.target and reading.gap is None:
            whole.unread(source, Gap.DENIED)
