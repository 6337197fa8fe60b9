"""Labels of AppArmor and SELinux: the weakest counts, and what cannot be told is not told."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.host import Selinux, SelinuxState
from isoscope.inventory.observation import KERNEL, Observation, known, unknown
from isoscope.inventory.process_table import read_process_table
from isoscope.inventory.security_label import NO_LABEL, parse_label, read_label
from isoscope.inventory.workload import SecurityLabel
from isoscope.snapshot.reading import Gap
from tests.fakes.host import (
    FakeHost,
    Tree,
    a_container,
    a_host,
    a_process,
    cgroup_of_container,
    container_id,
    snapshot_of,
)

CONTEXT = "system_u:system_r:container_t:s0:c1,c2"
ENFORCING = known("host", "selinux", Selinux(SelinuxState.ENFORCING), parties=KERNEL)
PERMISSIVE = known("host", "selinux", Selinux(SelinuxState.PERMISSIVE), parties=KERNEL)
NOT_KNOWN: Observation[Selinux] = unknown("host", "selinux", Gap.DENIED, "denied", "run as root")
CONFINED = "docker-default (enforce)"


def label_of(
    *labels: str | Gap, selinux: Observation[Selinux] = ENFORCING, uid: int | None = 0
) -> Observation[SecurityLabel]:
    """The label of a container whose processes 10, 11 … have these."""
    trees: list[Tree] = [a_container(10, label=labels[0])]
    for pid, label in enumerate(labels[1:], start=11):
        current = label if isinstance(label, Gap) else f"{label}\n"
        trees.append(a_process(pid, parent=10, cgroup=cgroup_of_container(10)))
        trees.append({f"/proc/{pid}/attr/current": current})
    snapshot = snapshot_of(FakeHost(a_host(), *trees, uid=uid))
    group = read_process_table(snapshot).containers[container_id(10)]
    return read_label("docker:x", group, snapshot, selinux)


class TestAppArmor:
    @pytest.mark.parametrize(
        ("text", "enforced"),
        [
            (CONFINED, True),
            ("libvirt-0a1b (enforce)", True),
            ("web (kill)", True),
            ("web (complain)", False),
            ("web (unconfined)", False),
            ("web//&:ns:other (mixed)", False),
            ("a (enforce) (complain)", False),
            ("unconfined", False),
        ],
    )
    def test_the_mode_decides(self, text: str, enforced: bool) -> None:
        assert parse_label(f"{text}\n", enforcing=None) == SecurityLabel("apparmor", text, enforced)


class TestSelinux:
    @pytest.mark.parametrize(
        "domain",
        [
            "container_t",
            "container_init_t",
            "svirt_t",
            "svirt_tcg_t",
            "svirt_lxc_net_t",
            "web.process",
        ],
    )
    def test_a_domain_for_workloads_confines_where_it_is_enforced(self, domain: str) -> None:
        text = f"system_u:system_r:{domain}:s0:c1,c2\0"
        assert parse_label(text, enforcing=True) == SecurityLabel(
            "selinux", text[:-1], enforced=True, categories="s0:c1,c2"
        )
        assert not parse_label(text, enforcing=False).enforced

    @pytest.mark.parametrize("domain", ["unconfined_t", "spc_t", "initrc_t", "virtd_t"])
    def test_a_managers_or_unconfined_domain_never_confines(self, domain: str) -> None:
        for enforcing in (True, False, None):
            assert not parse_label(f"u:r:{domain}:s0", enforcing=enforcing).enforced

    def test_whether_another_domain_confines_is_not_known(self) -> None:
        with pytest.raises(ValueError, match="whether the policy confines 'mine_t'"):
            parse_label("u:r:mine_t:s0", enforcing=True)
        assert not parse_label("u:r:mine_t:s0", enforcing=False).enforced

    def test_without_a_level_there_are_no_categories(self) -> None:
        assert parse_label("u:r:container_t", enforcing=True).categories == ""

    def test_what_is_not_known_to_be_enforced_is_not_known(self) -> None:
        found = label_of(CONTEXT, selinux=NOT_KNOWN)
        assert found.value is None
        assert "whether SELinux enforces" in found.doubt.explanation

    def test_permissive_confines_nothing(self) -> None:
        found = label_of(CONTEXT, selinux=PERMISSIVE).value
        assert found is not None
        assert not found.enforced
        assert found.categories == "s0:c1,c2"


class TestNoLabel:
    def test_a_kernel_without_a_labelling_module(self) -> None:
        assert label_of(Gap.UNSUPPORTED).value == NO_LABEL  # EINVAL of the real kernel

    def test_an_empty_label(self) -> None:
        assert parse_label("\n", enforcing=True) == NO_LABEL

    @pytest.mark.parametrize("text", ["_", "a:b", "::", "enforce", ":ns:unconfined", "(enforce)"])
    def test_another_modules_label_is_not_understood(self, text: str) -> None:
        with pytest.raises(ValueError, match="is no label"):
            parse_label(text, enforcing=True)


class TestAllProcesses:
    def test_one_unconfined_process_is_enough(self) -> None:
        """It may have entered privileged and been adopted by the container's first process."""
        for labels in ((CONFINED, "unconfined"), ("unconfined", CONFINED)):
            found = label_of(*labels).value
            assert found is not None
            assert found.label == "unconfined"

    def test_one_process_that_was_not_read_leaves_it_unknown(self) -> None:
        assert label_of(CONFINED, Gap.DENIED).doubt.reason is Gap.DENIED

    def test_a_known_weak_one_settles_it(self) -> None:
        found = label_of(CONFINED, Gap.DENIED, "unconfined").value
        assert found is not None
        assert not found.enforced

    def test_one_that_ended_meanwhile_does_not_count(self) -> None:
        found = label_of(CONFINED, Gap.GONE).value
        assert found is not None
        assert found.enforced

    def test_a_file_that_a_captured_tree_lacks_does(self) -> None:
        assert not label_of(CONFINED, Gap.ABSENT, uid=None).known

    def test_all_confined(self) -> None:
        found = label_of(CONFINED, CONFINED).value
        assert found == SecurityLabel("apparmor", CONFINED, enforced=True)


@given(text=st.text(max_size=80), enforcing=st.none() | st.booleans())
def test_hostile_labels_raise_only_value_error(text: str, enforcing: bool | None) -> None:
    with suppress(ValueError):
        label = parse_label(text, enforcing=enforcing)
        assert not label.enforced or enforcing or label.module == "apparmor"


def test_where_the_kernel_refuses_the_readers_own_no_module_gives_labels() -> None:
    tree = a_container(10)
    del tree["/proc/10/attr/current"]
    host = FakeHost(a_host(), tree, gaps={"/proc/self/attr/current": Gap.UNSUPPORTED})
    snapshot = snapshot_of(host)
    group = read_process_table(snapshot).containers[container_id(10)]
    assert read_label("x", group, snapshot, ENFORCING).value == NO_LABEL
