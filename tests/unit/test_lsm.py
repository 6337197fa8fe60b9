"""Which Linux Security Modules are active, and the states of SELinux and AppArmor."""

import pytest

from isoscope.inventory.host import Apparmor, Selinux, SelinuxState
from isoscope.inventory.machine import host_facts
from isoscope.inventory.machine.lsm import (
    parse_lsm_ids,
    parse_lsms,
    parse_profiles,
    parse_selinux_config,
)
from isoscope.inventory.observation import Doubt
from isoscope.snapshot.reading import Gap, Reading
from tests.unit.machine_readings import directory, file, gap, kernel, snapshot

LSM = "/sys/kernel/security/lsm"
ENFORCE = "/sys/fs/selinux/enforce"
CONFIG = "/etc/selinux/config"
NO_SELINUXFS = gap(ENFORCE, Gap.ABSENT)


def test_lsms_are_those_of_securityfs_in_their_order() -> None:
    facts = host_facts(snapshot(file(LSM, "lockdown,capability,yama,selinux,bpf")))
    assert facts.lsms.value == ("lockdown", "capability", "yama", "selinux", "bpf")


def test_the_system_call_answers_where_securityfs_is_not_mounted() -> None:
    ids = kernel("lsm", "lsm_list_modules(2)", {"ids": [108, 100, 104, 999]})
    facts = host_facts(snapshot(gap(LSM, Gap.ABSENT), ids))
    assert facts.lsms.value == ("lockdown", "capability", "apparmor", "id 999")


def test_a_list_that_nobody_read_is_not_replaced_by_the_system_call() -> None:
    ids = kernel("lsm", "lsm_list_modules(2)", {"ids": [100]})
    assert not host_facts(snapshot(ids)).lsms.known


@pytest.mark.parametrize("text", ["", "a b", "selinux;bpf", "x" * 40])
def test_what_is_no_list_of_lsms_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        parse_lsms(text)


@pytest.mark.parametrize("text", ["{}", "[]", '{"ids": []}', '{"ids": ["a"]}', '{"ids": [true]}'])
def test_what_is_no_list_of_ids_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse_lsm_ids(text)


@pytest.mark.parametrize(
    ("enforce", "state"), [("1", SelinuxState.ENFORCING), ("0\n", SelinuxState.PERMISSIVE)]
)
def test_selinux_is_what_selinuxfs_says(enforce: str, state: SelinuxState) -> None:
    facts = host_facts(
        snapshot(
            file(ENFORCE, enforce),
            file("/sys/fs/selinux/mls", "1"),
            file(CONFIG, "# SELINUX=disabled\nSELINUX=enforcing\nSELINUXTYPE=targeted \n"),
        )
    )
    assert facts.selinux.value == Selinux(state, "targeted", mls=True)


def test_selinux_is_absent_where_the_kernel_lists_other_lsms_only() -> None:
    facts = host_facts(snapshot(NO_SELINUXFS, file(LSM, "capability,apparmor")))
    assert facts.selinux.value == Selinux(SelinuxState.ABSENT)


@pytest.mark.parametrize(
    "sign", [file(CONFIG, "SELINUX=disabled\n"), file("/proc/cmdline", "quiet selinux=0\n")]
)
def test_selinux_is_disabled_where_something_asked_for_that(sign: Reading) -> None:
    facts = host_facts(snapshot(NO_SELINUXFS, file(LSM, "capability"), sign))
    assert facts.selinux.value is not None
    assert facts.selinux.value.state is SelinuxState.DISABLED


def test_an_active_selinux_without_a_policy_is_disabled_by_its_configuration() -> None:
    facts = host_facts(
        snapshot(NO_SELINUXFS, file(LSM, "capability,selinux"), file(CONFIG, "SELINUX=disabled\n"))
    )
    assert facts.selinux.value is not None
    assert facts.selinux.value.state is SelinuxState.DISABLED


def test_an_active_selinux_that_is_not_mounted_here_is_unknown() -> None:
    facts = host_facts(snapshot(NO_SELINUXFS, file(LSM, "capability,selinux")))
    assert facts.selinux.unknown is not None
    assert "selinuxfs" in facts.selinux.unknown.settled_by


def test_the_kernels_file_systems_tell_where_lsms_are_not_listed() -> None:
    without = file("/proc/filesystems", "nodev\tproc\n\text4\n")
    having = file("/proc/filesystems", "nodev\tproc\nnodev\tselinuxfs\n")
    assert host_facts(snapshot(NO_SELINUXFS, without)).selinux.known
    assert not host_facts(snapshot(NO_SELINUXFS, having)).selinux.known


def test_selinux_is_unknown_where_nothing_was_read() -> None:
    assert not host_facts(snapshot()).selinux.known
    assert not host_facts(snapshot(NO_SELINUXFS)).selinux.known
    assert not host_facts(snapshot(file(ENFORCE, "2"))).selinux.known


def test_keys_of_the_configuration_are_whole_words() -> None:
    config = parse_selinux_config("MYSELINUX=x\nSELINUXTYPE=mls # comment\nselinux=disabled\n")
    assert (config.state, config.policy) == ("", "mls")


PROFILES = (
    "docker-default (enforce)\nlibvirtd (enforce)\n/usr/bin/man (complain)\n"
    "snap.x (kill)\nplasmashell (unconfined)\n"
)


def test_apparmor_counts_profiles_by_their_mode() -> None:
    facts = host_facts(
        snapshot(
            file(LSM, "capability,apparmor"),
            file("/sys/module/apparmor/parameters/enabled", "Y\n"),
            file("/sys/kernel/security/apparmor/profiles", PROFILES),
        )
    )
    assert facts.apparmor.value == Apparmor(
        enabled=True, profiles_enforced=3, profiles_complaining=1
    )


def test_profiles_that_may_not_be_read_stay_uncounted() -> None:
    facts = host_facts(
        snapshot(
            file(LSM, "capability,apparmor"),
            file("/sys/module/apparmor/parameters/enabled", "Y\n"),
            gap("/sys/kernel/security/apparmor/profiles", Gap.DENIED),
        )
    )
    assert facts.apparmor.value == Apparmor(enabled=True)


def test_a_profile_may_have_parentheses_in_its_name() -> None:
    assert parse_profiles("a (complain) (enforce)\n") == (1, 0)
    with pytest.raises(ValueError, match="no profile"):
        parse_profiles("docker-default\n")


def test_apparmor_is_off_where_the_kernel_lists_other_lsms_only() -> None:
    facts = host_facts(snapshot(file(LSM, "capability,selinux")))
    assert facts.apparmor.value == Apparmor(enabled=False)


def test_a_missing_parameter_counts_only_where_the_modules_were_listed() -> None:
    parameter = gap("/sys/module/apparmor/parameters/enabled", Gap.ABSENT)
    assert not host_facts(snapshot(parameter)).apparmor.known
    facts = host_facts(snapshot(parameter, directory("/sys/module", "kvm")))
    assert facts.apparmor.value == Apparmor(enabled=False)


def test_a_parameter_of_another_shape_is_not_understood() -> None:
    facts = host_facts(snapshot(file("/sys/module/apparmor/parameters/enabled", "maybe\n")))
    assert facts.apparmor.unknown is not None
    assert facts.apparmor.unknown.reason is Doubt.NOT_UNDERSTOOD
