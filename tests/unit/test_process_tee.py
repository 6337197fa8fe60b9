"""Process TEEs by what the kernel shows, and what only looks like one.

No hardware was seen: the paths, names and open files are those that the sources of the kernel, of
Gramine, Occlum, EGo, Enarx and of the Nitro driver name.
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.assessment.assess import assess
from isoscope.assessment.viewpoint import OPERATOR
from isoscope.assessment.vocabulary import Aspect, Direction, Property
from isoscope.bundled import built_in_profiles
from isoscope.inventory.build import build_inventory
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.observation import KERNEL, Party
from isoscope.inventory.process_tee import framework_of, mapped_bytes
from isoscope.inventory.process_tee_workloads import with_tee_use
from isoscope.inventory.tee_use import TeeUse
from isoscope.inventory.workload import Attributes, Workload, WorkloadKind
from isoscope.snapshot.reading import Channel, Gap, Source
from isoscope.snapshot.redact_command import redact_process_command
from isoscope.snapshot.tee_marks import telling_mappings
from tests.fakes.host import (
    HOST_ANSWERS,
    FakeHost,
    Link,
    Tree,
    a_container,
    a_host,
    a_process,
    container_id,
    snapshot_of,
)
from tests.fakes.workloads import a_container as made_container
from tests.fakes.workloads import an_inventory

ENCLAVE = "7f0000000000-7f0010000000 rw-s 00000000 00:06 120      /dev/sgx_enclave\n"
HEAP = "55d0c0000000-55d0c0021000 rw-p 00000000 00:00 0        [heap]\n"
SIMULATOR = (
    "7f1000000000-7f1000001000 r-xp 00000000 08:01 99       "
    "/opt/occlum/build/lib/libocclum-libos_sim.so\n"
)
LIBPAL = "/usr/lib/x86_64-linux-gnu/gramine/sgx/libpal.so"
SLICE = "/system.slice/app.service"


def a_tee(
    pid: int,
    *arguments: str,
    name: str = "",
    maps: str = HEAP,
    files: tuple[str, ...] = (),
    parent: int = 1,
    cgroup: str = SLICE,
) -> Tree:
    tree = a_process(pid, parent=parent, cgroup=cgroup)
    status = tree[f"/proc/{pid}/status"]
    assert isinstance(status, str)
    program = arguments[0]
    comm = name or program.rpartition("/")[2][:15]
    changed = [
        f"Name:\t{comm}" if line.startswith("Name:") else line for line in status.split("\n")
    ]
    return (
        tree
        | {
            f"/proc/{pid}/status": "\n".join(changed),
            f"/proc/{pid}/exe": Link(program),
            f"/proc/{pid}/cmdline": "".join(f"{word}\0" for word in arguments),
            f"/proc/{pid}/maps": maps,
            f"/proc/{pid}/fd/0": Link("/dev/null"),
        }
        | {f"/proc/{pid}/fd/{number}": Link(path) for number, path in enumerate(files, 3)}
    )


SGX: Tree = {"/dev/sgx_enclave": ""}
GRAMINE = ("/usr/lib/x86_64-linux-gnu/gramine/sgx/loader", LIBPAL, "init", "/srv/redis-server")
DIRECT = (GRAMINE[0].replace("/sgx/", "/direct/"), LIBPAL, "init", "/srv/redis-server")


def looked(*trees: Tree, uid: int = 0) -> tuple[FakeHost, Inventory]:
    host = FakeHost(a_host(), *trees, answers=HOST_ANSWERS, uid=uid)
    return host, build_inventory(snapshot_of(host))


def only(*trees: Tree) -> tuple[Workload, TeeUse]:
    _, found = looked(*trees)
    (workload,) = found.workloads
    assert workload.tee is not None
    assert workload.tee.value is not None
    return workload, workload.tee.value


def rungs(found: Inventory, workload: str, quality: Property) -> tuple[int, int]:
    done = assess(found, profile=built_in_profiles()[0], viewpoint=OPERATOR)
    aspect = Aspect(Direction.WORKLOAD_FROM_HOST, quality)
    verdict = done.workloads[workload].verdicts[aspect]
    return verdict.low, verdict.high


@pytest.mark.parametrize(
    ("arguments", "engine", "application"),
    [
        (GRAMINE, "gramine", "redis-server"),
        (("/opt/occlum/build/bin/occlum-run", "/bin/hello"), "occlum", "hello"),
        (("/opt/ego/bin/ego-host", "/opt/ego/share/ego-enclave:/srv/app"), "ego", "app"),
        (("/srv/made-with-the-sdk",), "sgx", ""),
    ],
)
def test_a_process_with_an_enclave_is_a_process_tee(
    arguments: tuple[str, ...], engine: str, application: str
) -> None:
    files = ("/dev/sgx_enclave",)
    workload, use = only(SGX, a_tee(400, *arguments, maps=ENCLAVE + HEAP, files=files))
    assert (workload.id, workload.kind) == ("enclave:400", WorkloadKind.PROCESS_TEE)
    assert workload.engine == engine
    assert (use.technology, use.application) == ("sgx", application)
    assert "268435456 bytes" in use.says


LOOK_ALIKES = [
    (DIRECT, HEAP, (), "gramine-direct"),
    (("/opt/occlum/build/bin/occlum-run", "/bin/hello"), HEAP + SIMULATOR, (), "simulates SGX"),
    (("/opt/ego/bin/ego-host", "/e:/srv/app"), HEAP, (), "OE_SIMULATION"),
    (("/usr/bin/enarx", "run", "--backend=nil", "a.wasm"), HEAP, (), "nil backend"),
    (("/usr/bin/enarx", "run", "a.wasm"), HEAP, ("/dev/kvm", "anon_inode:kvm-vm"), "kvm backend"),
    (GRAMINE, HEAP, ("/dev/sgx_enclave",), "no enclave is mapped"),
]


@pytest.mark.parametrize(("arguments", "maps", "files", "words"), LOOK_ALIKES)
def test_what_only_looks_like_a_tee_is_named_and_is_on_rung_0(
    arguments: tuple[str, ...], maps: str, files: tuple[str, ...], words: str
) -> None:
    tree = a_tee(400, *arguments, maps=maps, files=files)
    workload, use = only(SGX, tree)
    assert workload.kind is WorkloadKind.PROCESS_GROUP
    assert use.technology == "none"
    assert words in use.says
    _, found = looked(SGX, tree)
    for quality in (Property.CONFIDENTIALITY, Property.INTEGRITY):
        assert rungs(found, workload.id, quality) == (0, 0)


CLAIMS = [
    (GRAMINE, ENCLAVE, ("/dev/sgx_enclave",), "enclave:400"),
    (("/usr/bin/nitro-cli", "run-enclave"), HEAP, ("/dev/nitro_enclaves",), "enclave:400"),
    (("/usr/bin/nitro-cli", "run-enclave"), HEAP, ("anon_inode:ne-vm",), "enclave:400"),
    (("/usr/bin/enarx", "run", "a"), HEAP, ("/dev/sev", "anon_inode:kvm-vm"), "keep:400"),
    (("/usr/bin/enarx", "deploy", "a"), ENCLAVE, ("/dev/sgx_enclave",), "keep:400"),
]


@pytest.mark.parametrize(("arguments", "maps", "files", "identity"), CLAIMS)
def test_what_the_host_shows_of_a_process_tee_ends_at_rung_2_and_proves_nothing(
    arguments: tuple[str, ...], maps: str, files: tuple[str, ...], identity: str
) -> None:
    nodes: Tree = {"/dev/sgx_enclave": "", "/dev/nitro_enclaves": ""}
    _, found = looked(nodes, a_tee(400, *arguments, maps=maps, files=files))
    (workload,) = found.workloads
    assert (workload.id, workload.kind) == (identity, WorkloadKind.PROCESS_TEE)
    for quality in (Property.CONFIDENTIALITY, Property.INTEGRITY):
        assert rungs(found, identity, quality) == (0, 2)


def test_children_that_are_in_enclaves_too_are_of_the_same_workload() -> None:
    files = ("/dev/sgx_enclave",)
    _, found = looked(
        SGX,
        a_tee(400, *GRAMINE, maps=ENCLAVE, files=files),
        a_tee(401, *GRAMINE, maps=ENCLAVE, files=files, parent=400),
        a_tee(500, *GRAMINE, maps=ENCLAVE, files=files),
    )
    pids = {workload.id: workload.process and workload.process.pids for workload in found.workloads}
    assert pids == {"enclave:400": (400, 401), "enclave:500": (500,)}


def test_one_process_without_its_enclave_is_enough_for_the_group_to_be_in_none() -> None:
    files = ("/dev/sgx_enclave",)
    _, found = looked(
        SGX,
        a_tee(400, *GRAMINE, maps=ENCLAVE, files=files),
        a_tee(401, *GRAMINE, maps=HEAP, files=files, parent=400),
    )
    (workload,) = found.workloads
    assert workload.kind is WorkloadKind.PROCESS_GROUP
    assert rungs(found, workload.id, Property.CONFIDENTIALITY) == (0, 0)


def test_a_container_with_an_enclave_stays_a_container() -> None:
    container = a_container(4711)
    cgroup = next(text for path, text in container.items() if path == "/proc/4711/cgroup")
    inside = a_tee(4712, *GRAMINE, maps=ENCLAVE, files=("/dev/sgx_enclave",), parent=4711)
    _, found = looked(SGX, container, inside | {"/proc/4712/cgroup": cgroup})
    (workload,) = found.workloads
    assert workload.kind is WorkloadKind.CONTAINER
    assert container_id(4711) in workload.id
    assert workload.tee is not None
    assert workload.tee.value is not None
    assert "only 1 of its 2 processes" in workload.tee.value.says
    assert rungs(found, workload.id, Property.CONFIDENTIALITY) == (0, 0)


def test_open_files_that_were_denied_leave_it_unknown() -> None:
    tree = a_tee(400, *GRAMINE) | {"/proc/400/fd": Gap.DENIED, "/proc/400/maps": Gap.DENIED}
    _, found = looked(SGX, tree, uid=1000)
    (workload,) = found.workloads
    assert workload.tee is not None
    assert workload.tee.unknown is not None
    assert workload.tee.unknown.reason is Gap.DENIED


@pytest.mark.parametrize("arguments", [GRAMINE, ("/srv/made-with-the-sdk",)])
def test_mappings_that_were_not_read_leave_it_unknown_and_hide_nobody(
    arguments: tuple[str, ...],
) -> None:
    tree = a_tee(400, *arguments, maps=ENCLAVE, files=("/dev/sgx_enclave",))
    taken = snapshot_of(FakeHost(a_host(), SGX, tree, answers=HOST_ANSWERS))
    (workload,) = build_inventory(taken.without(Source(Channel.FILE, "/proc/400/maps"))).workloads
    assert workload.id == "enclave:400"
    assert workload.tee is not None
    assert not workload.tee.known


def test_where_a_tees_device_is_denied_open_files_are_a_place_that_was_not_seen() -> None:
    tree = a_tee(400, "/srv/app") | {"/proc/400/fd": Gap.DENIED}
    places = [hole.what for hole in looked(SGX, tree, uid=1000)[1].holes]
    assert any("enclaves in 1 processes" in place for place in places)
    places = [hole.what for hole in looked(tree, uid=1000)[1].holes]
    assert not any("enclaves" in place for place in places)


def test_without_a_tees_device_no_open_file_of_a_process_is_looked_at() -> None:
    host, found = looked(a_tee(400, "/srv/app"), a_container(4711))
    assert [workload.kind for workload in found.workloads] == [WorkloadKind.CONTAINER]
    assert not [s for s in host.asked if s.target.endswith(("/fd", "/maps", "/exe"))]


def test_with_a_tees_device_nothing_is_kept_of_a_process_that_does_not_hold_it() -> None:
    snapshot = snapshot_of(FakeHost(a_host(), SGX, a_tee(400, "/srv/app"), answers=HOST_ANSWERS))
    assert snapshot.file("/proc/400/maps").gap is Gap.NOT_READ
    assert snapshot.get(Channel.DIRECTORY, "/proc/400/fd").gap is Gap.NOT_READ


def test_what_the_kernel_shows_is_the_kernels_word() -> None:
    workload, _ = only(SGX, a_tee(400, *GRAMINE, maps=ENCLAVE, files=("/dev/sgx_enclave",)))
    assert workload.tee is not None
    assert workload.tee.parties == KERNEL


def test_another_program_of_the_same_name_is_no_process_tee() -> None:
    _, found = looked(SGX, a_tee(400, "/usr/bin/loader", "x"), a_tee(401, "/usr/bin/enarx", "cert"))
    assert found.workloads == ()


def test_of_its_arguments_no_more_is_kept_than_which_application_it_is() -> None:
    words = [*GRAMINE, "--password", "hunter2"]
    kept = redact_process_command("".join(f"{word}\0" for word in words).encode())
    assert b"hunter2" not in kept
    assert kept.startswith("\0".join(GRAMINE).encode())
    assert redact_process_command(kept) == kept
    keep = redact_process_command(b"/usr/bin/enarx\0run\0--backend=nil\0https://u:p@h/app\0")
    assert keep.startswith(b"/usr/bin/enarx\0run\0--backend=nil\0[")
    assert b"u:p" not in keep
    assert redact_process_command(keep) == keep


def test_of_its_mappings_neither_addresses_nor_other_files_are_kept() -> None:
    kept = telling_mappings((ENCLAVE + HEAP + SIMULATOR).encode())
    assert kept.count(b"\n") == 2
    assert b"7f00" not in kept
    assert b"heap" not in kept
    assert telling_mappings(kept) == kept
    assert mapped_bytes(kept.decode()) == {
        "/dev/sgx_enclave": 0x10000000,
        "/opt/occlum/build/lib/libocclum-libos_sim.so": 0x1000,
    }


def test_a_snapshot_holds_them_cut() -> None:
    tree = a_tee(400, *GRAMINE, maps=ENCLAVE + HEAP, files=("/dev/sgx_enclave",))
    kept = snapshot_of(FakeHost(a_host(), SGX, tree, answers=HOST_ANSWERS)).file("/proc/400/maps")
    assert kept.text().splitlines() == [
        "0-10000000 rw-s 00000000 00:06 120 /dev/sgx_enclave",
    ]


@given(st.binary(max_size=300))
def test_any_mappings_are_cut_to_what_stays_the_same_when_cut_again(content: bytes) -> None:
    once = telling_mappings(content)
    assert telling_mappings(once) == once


@given(st.text(max_size=300))
def test_any_mappings_have_sizes_that_are_positive(text: str) -> None:
    assert all(size > 0 for size in mapped_bytes(text).values())


@given(st.text(max_size=60), st.lists(st.text(max_size=30), min_size=1, max_size=5))
def test_any_command_line_is_of_a_framework_or_of_none(program: str, arguments: list[str]) -> None:
    framework, application = framework_of(program, tuple(arguments))
    assert "/" not in application
    assert framework or not application


def in_runtime(name: str, labels: dict[str, str] | None = None) -> Workload:
    workload = made_container("a", says={"runtime": name})
    workload = replace(workload, attributes=Attributes(labels=labels or {}))
    return with_tee_use(workload, {})


@pytest.mark.parametrize(
    ("runtime", "technology"),
    [
        ("kata-qemu-snp", "sev-snp"),
        ("io.containerd.kata-qemu-tdx.v2", "tdx"),
        ("kata-qemu-tdx-runtime-rs", "tdx"),
        ("kata-qemu-nvidia-gpu-snp", "sev-snp"),
        ("kata-qemu-se", "s390-pv"),
        ("kata-qemu-coco-dev", "none"),
        ("kata-qemu-coco-dev-runtime-rs", "none"),
    ],
)
def test_a_kata_runtimes_name_is_a_promise_of_its_engine(runtime: str, technology: str) -> None:
    tee = in_runtime(runtime).tee
    assert tee is not None
    assert tee.value is not None
    assert tee.value.technology == technology
    assert Party.CONTAINER_ENGINE in tee.parties
    found = an_inventory(in_runtime(runtime))
    high = 0 if technology == "none" else 2
    for quality in (Property.CONFIDENTIALITY, Property.INTEGRITY):
        assert rungs(found, found.workloads[0].id, quality) == (0, high)


@pytest.mark.parametrize("runtime", ["runc", "kata", "kata-qemu", "io.containerd.kata.v2", "snp"])
def test_another_runtime_promises_no_tee(runtime: str) -> None:
    assert in_runtime(runtime).tee is None


def test_init_data_of_a_kata_sandbox_is_named() -> None:
    labels = {"io.katacontainers.config.hypervisor.cc_init_data": "SDRz"}
    tee = in_runtime("kata-qemu-snp", labels).tee
    assert tee is not None
    assert tee.value is not None
    assert "init data" in tee.value.says
