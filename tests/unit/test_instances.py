"""Incus and LXD: instances, what they say, and which processes are theirs."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isoscope.assessment.tenants import NO_RULES, claim
from isoscope.inventory.build import build_inventory
from isoscope.inventory.described import Described, described_workloads
from isoscope.inventory.instances.described import described_instances
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.network import Apart
from isoscope.inventory.workload import DeclaredContainer, DeclaredMachine, Volume, WorkloadKind
from isoscope.snapshot.manager_places import LIST_INSTANCES, SERVER
from isoscope.snapshot.reading import Channel, Gap, Reading
from isoscope.snapshot.redact import redacted
from tests.fakes.host import HOST_NAMESPACES, FakeHost, Link, Tree, a_host, a_process, snapshot_of
from tests.fakes.instances import URL, a_server, an_incus, an_instance, answer, as_text
from tests.unit.engine_snapshots import only, reading, snapshot

LXD = "unix:///var/lib/lxd/unix.socket"
HOME = "/var/lib/incus/containers"


def described(
    config: dict[str, object] | None = None,
    devices: dict[str, dict[str, str]] | None = None,
    networks: tuple[object, ...] = (),
    **fields: object,
) -> Described:
    return only(
        snapshot(an_incus(an_instance("web", config, devices, **fields), networks=networks))
    )


def container(
    config: dict[str, object] | None = None,
    devices: dict[str, dict[str, str]] | None = None,
    networks: tuple[object, ...] = (),
) -> DeclaredContainer:
    found = described(config, devices, networks).container
    assert found is not None
    return found


def machine(
    config: dict[str, object] | None = None, devices: dict[str, dict[str, str]] | None = None
) -> DeclaredMachine:
    found = described(config, devices, type="virtual-machine").machine
    assert found is not None
    return found


def first_in(pid: int, cgroup: str, monitor: int = 0, title: str = "") -> Tree:
    """The first process of a container of LXC's, and its monitor."""
    tree = a_process(pid, parent=monitor or 2, cgroup=cgroup, seccomp=2)
    status = str(tree[f"/proc/{pid}/status"])
    tree[f"/proc/{pid}/status"] = status.replace(f"NSpid:\t{pid}", f"NSpid:\t{pid}\t1")
    if monitor:
        tree |= a_process(monitor, parent=1, cgroup=cgroup.replace("payload", "monitor"))
        tree[f"/proc/{monitor}/cmdline"] = f"{title}\0"
    return tree


def inventory(*trees: Tree, said: list[Reading]) -> Inventory:
    return build_inventory(snapshot_of(FakeHost(a_host(), *trees), *said))


def title(name: str, home: str = HOME) -> str:
    return f"[lxc monitor] {home} {name}"


class TestWhichAreThere:
    def test_an_instance_is_known_by_its_project_and_name(self) -> None:
        found = described(project="shop")
        assert (found.id, found.name, found.engine) == ("incus:shop/web", "shop/web", "incus")
        assert found.kind is WorkloadKind.SYSTEM_CONTAINER

    def test_who_answers_names_the_engine_whatever_the_socket_is_called(self) -> None:
        said = an_incus(an_instance(), url=URL, server=a_server("lxd"))
        assert only(snapshot(said)).id == "lxd:default/web"

    def test_who_claims_to_be_another_engine_is_called_by_its_place(self) -> None:
        said = an_incus(an_instance(), url=LXD, server=a_server("docker"))
        assert only(snapshot(said)).id == "lxd:default/web"

    def test_one_that_is_stopped_does_not_run(self) -> None:
        found = described(status="Stopped")
        assert (found.state, found.runs) == ("stopped", False)

    @pytest.mark.parametrize("status", ["Running", "Frozen", "Error", ""])
    def test_any_other_counts_as_if_it_ran(self, status: str) -> None:
        assert described(status=status).runs

    def test_instances_of_other_members_of_a_cluster_run_elsewhere(self) -> None:
        here, there = an_instance("a", location="h1"), an_instance("b", location="h2")
        assert only(snapshot(an_incus(here, there))).name == "a"

    def test_a_server_that_is_not_there_is_no_hole(self) -> None:
        assert described_instances(snapshot()) == ([], [])

    @pytest.mark.parametrize("gap", [Gap.DENIED, Gap.REFUSED, Gap.TIMED_OUT])
    def test_one_that_does_not_answer_is_a_hole(self, gap: Gap) -> None:
        found, holes = described_instances(snapshot([reading(Channel.ENGINE, LXD, SERVER, gap)]))
        assert found == []
        assert [hole.what for hole in holes] == [f"LXD at {LXD}"]

    @pytest.mark.parametrize("listing", [Gap.TIMED_OUT, {"metadata": 3}, b"<html>", answer([{}])])
    def test_a_list_that_cannot_be_read_is_a_hole(self, listing: object) -> None:
        found, holes = described_instances(snapshot(an_incus(listing=listing)))
        assert found == []
        assert [hole.what for hole in holes] == [f"instances of Incus at {URL}"]

    def test_a_server_that_lists_one_project_only_leaves_a_hole(self) -> None:
        old = a_server()
        old["metadata"]["api_extensions"] = ["projects"]  # type: ignore[index]
        found, holes = described_instances(snapshot(an_incus(an_instance(), server=old)))
        assert (len(found), len(holes)) == (1, 1)

    def test_a_place_that_nobody_looked_at_is_a_hole(self) -> None:
        snapshot = snapshot_of(FakeHost(a_host()), managers_absent=False)
        assert any("Incus" in hole.what for hole in described_workloads(snapshot)[1])

    @pytest.mark.parametrize("name", ["../x", "a/b", "", "x" * 100, "a b"])
    def test_a_name_that_none_can_have_is_not_taken_for_one(self, name: str) -> None:
        found, holes = described_instances(snapshot(an_incus(an_instance(name))))
        assert (found, len(holes)) == ([], 1)


class TestWhatContainersSay:
    def test_without_settings_it_has_what_every_container_has(self) -> None:
        found = container()
        assert found.privileged.value is False
        assert (found.network_mode.value, found.pid_mode.value) == ("private", "private")
        assert found.security_options.value == ()
        assert found.memory.value is not None
        assert found.memory.value.amount is None
        assert (found.volumes.value, found.devices.value) == ((), ())
        assert found.details is not None
        assert found.details.user_namespace_mode.value == "private"

    def test_privileged_means_the_host_s_user_namespace(self) -> None:
        found = container({"security.privileged": "true"})
        assert found.details is not None
        assert found.details.user_namespace_mode.value == "host"
        assert found.privileged.value is False

    @pytest.mark.parametrize(
        ("config", "options"),
        [
            ({"security.syscalls.deny_default": "false"}, ("seccomp=unconfined",)),
            ({"security.syscalls.blacklist_default": "0"}, ("seccomp=unconfined",)),
            (
                {
                    "security.syscalls.deny_default": "false",
                    "security.syscalls.intercept.mount": "true",
                },
                (),
            ),
            ({"security.syscalls.deny_default": "true"}, ()),
        ],
    )
    def test_whether_it_gives_a_filter_at_all(
        self, config: dict[str, object], options: tuple[str, ...]
    ) -> None:
        assert container(config).security_options.value == options

    def test_a_list_of_what_is_allowed_denies_the_rest(self) -> None:
        found = container({"security.syscalls.allow": "read\nwrite\n"})
        assert found.details is not None
        assert found.details.given_filter is not None
        given_filter = found.details.given_filter.value
        assert given_filter is not None
        assert (given_filter.allows_the_rest, given_filter.allowed) == (False, 2)

    def test_what_is_handed_through_to_lxc_can_change_everything(self) -> None:
        found = container({"raw.lxc": "[cut by Isoscope]"})
        assert not found.privileged.known
        assert not found.pid_mode.known
        assert not found.security_options.known
        assert found.networks.known

    @pytest.mark.parametrize(
        ("text", "amount"),
        [("64MiB", 64 << 20), ("1GB", 10**9), ("1024", 1024), ("2TiB", 2 << 40)],
    )
    def test_memory_is_an_amount(self, text: str, amount: int) -> None:
        memory = container({"limits.memory": text}).memory.value
        assert memory is not None
        assert memory.amount == amount

    @pytest.mark.parametrize("text", ["50%", "much", "1XB", "-1", "٣MiB"])
    def test_memory_that_is_none_is_not_known(self, text: str) -> None:
        assert not container({"limits.memory": text}).memory.known

    def test_a_soft_limit_limits_nothing(self) -> None:
        soft: dict[str, object] = {"limits.memory": "64MiB", "limits.memory.enforce": "soft"}
        memory = container(soft).memory.value
        assert memory is not None
        assert memory.amount is None

    @pytest.mark.parametrize(
        ("text", "amount"), [("25ms/100ms", 0.25), ("50%", None), ("", None), ("1ms/0ms", None)]
    )
    def test_only_time_of_a_period_limits_cpu(self, text: str, amount: float | None) -> None:
        cpu = container({"limits.cpu.allowance": text}).cpu.value
        assert cpu is not None
        assert cpu.amount == amount

    @pytest.mark.parametrize(("text", "cpus"), [("0-3,7", "0-3,7"), ("2", ""), ("", "")])
    def test_cpus_are_pinned_by_a_list(self, text: str, cpus: str) -> None:
        found = container({"limits.cpu": text})
        assert found.details is not None
        assert found.details.cpus.value == cpus

    def test_paths_of_the_host_and_volumes_of_a_pool_are_storage(self) -> None:
        found = container(
            None,
            {
                "host": {"type": "disk", "source": "/srv", "path": "/srv", "readonly": "true"},
                "data": {"type": "disk", "pool": "p", "source": "v", "path": "/data"},
                "gone": {"type": "none"},
            },
        )
        assert found.volumes.value == (
            Volume("bind", "/srv", "/srv", writable=False),
            Volume("volume", "p/v", "/data", writable=True),
        )

    def test_devices_of_the_host_are_named(self) -> None:
        found = container(
            None,
            {
                "sda": {"type": "unix-block", "source": "/dev/sda", "path": "/dev/disk"},
                "gpu": {"type": "gpu", "gputype": "physical"},
                "usb": {"type": "usb", "vendorid": "dead"},
            },
        )
        assert found.devices.value == ("/dev/sda", "/dev/dri gputype=physical", "/dev/bus/usb")

    def test_its_environment_is_counted_and_never_kept(self) -> None:
        config = {"environment.DB_PASSWORD": "x", "environment.LANG": "C"}
        (_, listing, _) = an_incus(an_instance("web", config))
        kept = redacted(listing)
        assert b"DB_PASSWORD" not in (kept.content or b"")
        found = only(snapshot(an_incus(an_instance(), listing=kept.content))).container
        assert found is not None
        assert found.details is not None
        assert found.details.environment.value == 1


class TestNetworks:
    BRIDGE = ({"name": "br0", "type": "bridge", "managed": True},)

    def test_a_managed_network_is_a_bridge_of_that_name(self) -> None:
        nic = {"eth0": {"type": "nic", "network": "br0"}}
        config: dict[str, object] = {"volatile.eth0.host_name": "veth1"}
        attached = container(config, nic, self.BRIDGE).networks.value
        assert attached is not None
        assert [(a.network, a.kept_apart_by, a.port) for a in attached] == [
            ("br0", Apart.NOTHING, "veth1")
        ]

    def test_isolated_ports_and_filtered_addresses_are_said(self) -> None:
        nic = {
            "eth0": {
                "type": "nic",
                "nictype": "bridged",
                "parent": "br1",
                "security.port_isolation": "true",
                "security.ipv4_filtering": "true",
            }
        }
        attached = container(None, nic).networks.value
        assert attached is not None
        assert [(a.network, a.kept_apart_by, a.drops_forged) for a in attached] == [
            ("br1", Apart.ISOLATED_PORTS, True)
        ]

    def test_a_network_that_nobody_lists_makes_all_of_them_unknown(self) -> None:
        nic = {"eth0": {"type": "nic", "network": "br0"}}
        assert not container(None, nic).networks.known

    @pytest.mark.parametrize("kind", ["routed", "p2p", "physical", "sriov"])
    def test_a_link_with_the_host_alone_is_on_no_segment(self, kind: str) -> None:
        nic = {"eth0": {"type": "nic", "nictype": kind, "parent": "eno1"}}
        assert container(None, nic).networks.value == ()


class TestMachines:
    def test_what_its_settings_say(self) -> None:
        found = machine(
            {"limits.memory": "2GiB", "limits.cpu": "0-3"},
            {
                "share": {"type": "disk", "source": "/srv", "path": "/srv"},
                "image": {"type": "disk", "source": "/img/a.raw"},
                "card": {"type": "pci", "address": "0000:01:00.0"},
            },
        )
        assert found.launch_security.value is not None
        assert found.launch_security.value.kind == "none"
        assert found.memory is not None
        assert found.memory.value is not None
        assert found.cpu is not None
        assert found.cpu.value is not None
        assert (found.memory.value.amount, found.cpu.value.amount) == (2 << 30, 4)
        assert [v.kind for v in found.disks.value or ()] == ["filesystem", "disk"]
        assert found.passed_through.value == ("pci 0000:01:00.0",)

    @pytest.mark.parametrize(
        ("config", "kind"),
        [
            ({"security.sev": "true"}, "sev"),
            ({"security.sev": "true", "security.sev.policy.es": "true"}, "sev-es"),
        ],
    )
    def test_a_tee_is_its_claim(self, config: dict[str, object], kind: str) -> None:
        claimed = machine(config).launch_security.value
        assert claimed is not None
        assert claimed.kind == kind

    def test_what_is_handed_through_to_qemu_can_change_everything(self) -> None:
        found = machine({"raw.qemu": "[cut by Isoscope]"})
        assert not found.launch_security.known
        assert not found.disks.known
        assert not found.passed_through.known

    def test_what_stands_in_qemu_s_own_file_is_not_known(self) -> None:
        found = machine()
        assert not found.may_merge_pages.known
        assert found.makeup is not None
        assert not found.makeup.parts.known

    def test_it_is_the_vmm_with_its_uuid(self) -> None:
        uuid = "0c02f8c9-6b16-4b21-b3bf-398c6e9880b0"
        tree = a_process(60, parent=1, name="qemu-system-x86")
        tree["/proc/60/cmdline"] = (
            f"qemu-system-x86_64\0-name\0web\0-uuid\0{uuid}\0-readconfig\0x\0"
        )
        vm = an_instance("web", {"volatile.uuid": uuid}, type="virtual-machine")
        (found,) = inventory(tree, said=an_incus(vm)).workloads
        assert (found.id, found.pid, found.seen_by) == (
            "incus:default/web",
            60,
            ("incus", "kernel"),
        )


class TestWhoseProcesses:
    def test_an_instance_is_what_its_monitor_says_that_it_watches(self) -> None:
        tree = first_in(50, "/lxc.payload.web", 49, title("web"))
        (found,) = inventory(tree, said=an_incus(an_instance())).workloads
        assert (found.id, found.pid, found.seen_by) == (
            "incus:default/web",
            50,
            ("incus", "kernel"),
        )

    def test_one_of_a_project_is_kept_under_both_names(self) -> None:
        tree = first_in(50, "/lxc.payload.shop_web", 49, title("shop_web"))
        said = an_incus(an_instance(project="shop"))
        (found,) = inventory(tree, said=said).workloads
        assert (found.id, found.pid) == ("incus:shop/web", 50)

    def test_without_a_monitor_nobody_says_which_processes_are_its(self) -> None:
        """LXC names the cgroup of one of its own likewise."""
        tree = first_in(50, "/lxc.payload.web")
        found = inventory(tree, said=an_incus(an_instance())).workloads
        assert {w.id: w.pid for w in found} == {"incus:default/web": None, "lxc:web": 50}

    def test_a_container_of_lxc_of_the_same_name_is_another(self) -> None:
        theirs = first_in(50, "/lxc.payload.web", 49, title("web", "/var/lib/lxc"))
        tree = first_in(60, "/lxc.payload.web-1", 59, title("web"))
        found = inventory(theirs, tree, said=an_incus(an_instance())).workloads
        assert {w.id: w.pid for w in found} == {"incus:default/web": 60, "lxc:web": 50}

    def test_what_lxc_keeps_under_that_name_is_not_what_runs(self) -> None:
        tree = first_in(50, "/lxc.payload.web", 49, title("web"))
        config = [
            reading(Channel.DIRECTORY, "/var/lib/lxc", "", b"web"),
            reading(Channel.STATUS, "/var/lib/lxc/web/config", "", {"mode": 33188}),
        ]
        found = inventory(tree, said=[*an_incus(an_instance()), *config])
        assert [w.id for w in found.workloads] == ["incus:default/web"]
        assert [w.id for w in found.stopped] == ["lxc:web"]

    def test_one_that_is_said_to_be_stopped_and_runs_is_a_disagreement(self) -> None:
        tree = first_in(50, "/lxc.payload.web", 49, title("web"))
        said = an_incus(an_instance(status="Stopped"))
        (found,) = inventory(tree, said=said).workloads
        assert [d.key for d in found.disagreements] == ["state"]

    def test_a_container_without_the_user_namespace_that_it_was_given_differs(self) -> None:
        tree = first_in(50, "/lxc.payload.web", 49, title("web"))
        tree["/proc/50/ns/user"] = Link(f"user:[{HOST_NAMESPACES['user']}]")
        (found,) = inventory(tree, said=an_incus(an_instance())).workloads
        assert "user_namespace" in [d.key for d in found.disagreements]
        said = an_incus(an_instance("web", {"security.privileged": "true"}))
        (found,) = inventory(tree, said=said).workloads
        assert "user_namespace" not in [d.key for d in found.disagreements]


class TestTenants:
    def test_whose_it_is_stands_in_its_settings(self) -> None:
        said = an_incus(an_instance("web", {"user.isoscope.tenant": "acme"}))
        (found,) = inventory(
            first_in(50, "/lxc.payload.web", 49, title("web")), said=said
        ).workloads
        assert claim(found, NO_RULES).tenant == "acme"

    def test_one_that_says_nothing_is_nobody_s(self) -> None:
        (found,) = inventory(
            first_in(50, "/lxc.payload.web", 49, title("web")), said=an_incus(an_instance())
        ).workloads
        assert found.attributes_unknown is None
        assert claim(found, NO_RULES).tenant == "incus:default/web"

    def test_one_whose_settings_are_none_may_be_anybody_s(self) -> None:
        said = an_incus(an_instance() | {"expanded_config": 3})
        (found,) = inventory(
            first_in(50, "/lxc.payload.web", 49, title("web")), said=said
        ).workloads
        assert found.attributes_unknown is not None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["name", "type", "nictype", "expanded_config", "limits.cpu", "path", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(ANYTHING, ANYTHING, st.sampled_from(["container", "virtual-machine"]))
def test_whatever_a_server_says_nothing_raises(config: object, devices: object, kind: str) -> None:
    entry = an_instance(type=kind) | {"expanded_config": config, "expanded_devices": devices}
    build_inventory(snapshot_of(FakeHost(a_host()), *an_incus(entry, networks=config)))
    described_instances(snapshot(an_incus(listing=as_text(answer(devices)))))


class TestRedaction:
    SECRET = "correct-horse"

    def kept(self, document: object, request: str = LIST_INSTANCES) -> str:
        return redacted(reading(Channel.ENGINE, URL, request, document)).text()

    @pytest.mark.parametrize(
        "config",
        [
            {"environment.A": SECRET},
            {"user.user-data": SECRET},
            {"cloud-init.vendor-data": SECRET},
            {"raw.lxc": SECRET},
            {"volatile.vsock_token": SECRET},
            {"environment": SECRET},
            {"environment": {"A": SECRET}},
            {"security": {"x": SECRET}},
            {"user.isoscope.tenant": f"https://a:{SECRET}@b"},
        ],
    )
    def test_settings_that_are_not_needed_are_cut(self, config: dict[str, object]) -> None:
        assert self.SECRET not in self.kept(answer([an_instance("web", config)]))

    def test_of_devices_only_what_is_known_is_kept(self) -> None:
        device = {"type": "disk", "raw.mount.options": self.SECRET, "user.note": self.SECRET}
        kept = self.kept(answer([an_instance("web", None, {"d": device})]))
        assert self.SECRET not in kept
        assert '"type":"disk"' in kept

    def test_what_a_server_is_configured_with_is_cut(self) -> None:
        server = a_server()
        server["metadata"]["config"] = {"loki.auth.password": self.SECRET}  # type: ignore[index]
        assert self.SECRET not in self.kept(server, SERVER)

    def test_descriptions_and_errors_are_free_text_and_cut(self) -> None:
        entry = an_instance() | {"description": self.SECRET, "snapshots": [{"x": self.SECRET}]}
        assert self.SECRET not in self.kept(answer([entry]) | {"error": self.SECRET})

    def test_that_something_is_handed_through_is_kept(self) -> None:
        kept = json.loads(self.kept(answer([an_instance("web", {"raw.lxc": "lxc.x = 1"})])))
        assert kept["metadata"][0]["expanded_config"]["raw.lxc"] == "[cut by Isoscope]"

    def test_what_is_no_document_is_not_kept_at_all(self) -> None:
        kept = redacted(reading(Channel.ENGINE, URL, LIST_INSTANCES, b"password: x"))
        assert kept.content is None

    @settings(max_examples=150, deadline=None)
    @given(ANYTHING)
    def test_cutting_twice_cuts_no_more(self, document: object) -> None:
        once = redacted(reading(Channel.ENGINE, URL, LIST_INSTANCES, as_text(document)))
        assert redacted(once) == once
