"""What Docker and Podman say of their containers becomes facts, field by field."""

import json

import pytest

from isoscope.inventory.described import described_workloads
from isoscope.inventory.network import Apart, NetworkAttachment
from isoscope.inventory.observation import Doubt, Party
from isoscope.inventory.workload import DeclaredContainer, Limit, WorkloadKind
from isoscope.snapshot.bundle_places import configurations_of
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from tests.unit.engine_snapshots import (
    BRIDGE,
    DATABASE,
    DOCKER,
    HELPER,
    ISOLATED,
    PODMAN,
    PODMAN_VERSION,
    WEB,
    engine,
    inspection,
    only,
    reading,
    snapshot,
)


def declared(**changes: object) -> DeclaredContainer:
    found = only(snapshot(engine(containers={WEB: inspection(**changes)}))).container
    assert found is not None
    return found


def test_a_container_has_its_engines_name_state_and_attributes() -> None:
    found = only(snapshot(engine(containers={WEB: inspection()})))
    assert (found.id, found.kind, found.name) == (f"docker:{WEB}", WorkloadKind.CONTAINER, "web")
    assert (found.state, found.runs, found.pid) == ("running", True, 4711)
    assert found.attributes.labels == {"isoscope.tenant": "acme"}
    assert found.attributes.image == "shop/web:3"
    assert found.attributes_unknown is None
    assert found.security_labels is not None
    assert found.security_labels.value == ("apparmor docker-default",)


def test_every_declared_fact_rests_on_the_engines_word_and_quotes_it() -> None:
    privileged = declared(HostConfig__Privileged=True).privileged
    assert privileged.value is True
    assert Party.CONTAINER_ENGINE in privileged.parties
    (evidence,) = privileged.evidence
    assert evidence.source == f"{DOCKER} GET /containers/{WEB}/json"
    assert evidence.excerpt == "HostConfig.Privileged: true"


@pytest.mark.parametrize(
    ("changes", "amount"),
    [
        ({"HostConfig__NanoCpus": 1_500_000_000}, 1.5),
        ({"HostConfig__CpuQuota": 20_000, "HostConfig__CpuPeriod": 50_000}, 0.4),
        ({"HostConfig__CpuQuota": 50_000}, 0.5),
        ({"HostConfig__CpuQuota": -1}, None),
        ({}, None),
    ],
)
def test_cpu_time_is_limited_in_either_way(
    changes: dict[str, object], amount: float | None
) -> None:
    limit = declared(**changes).cpu.value
    assert limit is not None
    assert limit.amount == amount


@pytest.mark.parametrize("none", [None, 0, -1])
def test_no_limit_of_processes_is_worded_in_three_ways(none: object) -> None:
    assert declared(HostConfig__PidsLimit=none).processes.value == Limit(None)


def test_a_limit_of_memory_is_in_bytes() -> None:
    assert declared(HostConfig__Memory=64 << 20).memory.value == Limit(
        64 << 20, "HostConfig.Memory"
    )


def test_capabilities_are_named_in_one_way() -> None:
    found = declared(HostConfig__CapAdd=["sys_admin", "CAP_NET_RAW"], HostConfig__CapDrop=["all"])
    assert found.capabilities_added.value == ("CAP_SYS_ADMIN", "CAP_NET_RAW")
    assert found.capabilities_dropped.value == ("ALL",)


def test_a_field_of_the_wrong_type_is_unknown_alone() -> None:
    found = declared(HostConfig__Privileged="no", HostConfig__Memory=64)
    assert found.privileged.unknown is not None
    assert found.privileged.unknown.reason is Doubt.NOT_UNDERSTOOD
    assert "HostConfig.Privileged is not true or false" in found.privileged.unknown.explanation
    assert found.memory.value == Limit(64.0, "HostConfig.Memory")


def test_a_field_that_is_not_there_is_not_said() -> None:
    document = inspection()
    del document["HostConfig"]["ReadonlyRootfs"]
    found = only(snapshot(engine(containers={WEB: document}))).container
    assert found is not None
    assert found.read_only_root.unknown is not None
    assert found.read_only_root.unknown.reason is Doubt.NOT_SAID


def test_a_bridge_is_named_as_the_host_names_it() -> None:
    assert declared().networks.value == (
        NetworkAttachment(
            f"br-{BRIDGE[:12]}", "front", "bridge", Apart.NOTHING, drops_forged=False
        ),
    )


def test_a_network_without_communication_between_containers_says_so() -> None:
    found = declared(NetworkSettings__Networks={"back": {"NetworkID": ISOLATED}})
    assert found.networks.value == (
        NetworkAttachment("br-back", "back", "bridge", Apart.FIREWALL, drops_forged=False),
    )


@pytest.mark.parametrize("mode", ["none", "host"])
def test_no_network_and_the_hosts_network_are_no_segment(mode: str) -> None:
    assert declared(HostConfig__NetworkMode=mode).networks.value == ()


@pytest.mark.parametrize("networks", [Gap.DENIED, [], b"{", [{"Name": 1}]])
def test_attachments_are_unknown_where_the_networks_are(networks: object) -> None:
    taken = snapshot(engine(containers={WEB: inspection()}, networks=networks))
    found = only(taken).container
    assert found is not None
    assert not found.networks.known
    assert found.privileged.known


def test_who_joins_anothers_network_namespace_is_on_its_networks() -> None:
    joined = inspection(
        Name="/spy", HostConfig__NetworkMode=f"container:{WEB}", NetworkSettings__Networks={}
    )
    taken = snapshot(engine(containers={DATABASE: joined, WEB: inspection()}))
    found = {each.name: each.container for each in described_workloads(taken)[0]}
    spy, web = found["spy"], found["web"]
    assert spy is not None
    assert web is not None
    assert spy.networks.value == web.networks.value
    assert spy.networks.subject == f"docker:{DATABASE}"


def test_who_joins_a_container_that_nobody_knows_is_on_unknown_networks() -> None:
    assert not declared(HostConfig__NetworkMode=f"container:{DATABASE}").networks.known


def test_containers_that_join_each_other_in_a_circle_are_on_unknown_networks() -> None:
    one = inspection(HostConfig__NetworkMode=f"container:{DATABASE}")
    other = inspection(HostConfig__NetworkMode=f"container:{WEB}")
    taken = snapshot(engine(containers={WEB: one, DATABASE: other}))
    for each in described_workloads(taken)[0]:
        assert each.container is not None
        assert not each.container.networks.known


def mounted(source: str) -> dict[str, object]:
    return {
        "Type": "volume",
        "Name": "data",
        "Source": source,
        "Destination": "/data",
        "RW": True,
    }


def test_a_volume_that_is_a_bind_mount_is_the_directory_that_it_binds() -> None:
    volumes = {"Volumes": [{"Name": "data", "Options": {"o": "bind", "device": "/srv/shared"}}]}
    document = inspection(Mounts=[mounted("/var/lib/docker/volumes/data/_data")])
    found = only(snapshot(engine(containers={WEB: document}, volumes=volumes))).container
    assert found is not None
    assert found.volumes.value is not None
    assert found.volumes.value[0].source == "/srv/shared"


def test_what_stands_behind_a_volume_is_unknown_where_the_volumes_are() -> None:
    document = inspection(Mounts=[mounted("/var/lib/docker/volumes/data/_data")])
    taken = snapshot(engine(containers={WEB: document}, volumes=Gap.TIMED_OUT))
    found = only(taken).container
    assert found is not None
    assert not found.volumes.known


def test_a_container_that_ended_meanwhile_is_not_there() -> None:
    taken = snapshot(engine(containers={WEB: inspection(), DATABASE: Gap.GONE}))
    assert [each.id for each in described_workloads(taken)[0]] == [f"docker:{WEB}"]


def test_a_container_that_could_not_be_described_is_there_with_unknown_facts() -> None:
    found = only(snapshot(engine(containers={WEB: Gap.TIMED_OUT})))
    assert (found.name, found.state, found.runs) == ("listed", "running", True)
    assert found.attributes.labels == {"from": "list"}
    assert found.container is not None
    assert found.container.privileged.unknown is not None
    assert found.container.privileged.unknown.reason is Gap.TIMED_OUT


def test_labels_that_nobody_told_are_unknown_and_not_none() -> None:
    listing = [{"Id": WEB}]
    found = only(snapshot(engine(containers={WEB: Gap.DENIED}, listing=listing)))
    assert found.attributes_unknown is not None
    assert found.attributes_unknown.reason is Gap.DENIED
    assert found.runs


def test_an_engine_met_at_two_sockets_has_each_container_once() -> None:
    twice = [*engine(containers={WEB: inspection()}), *engine("unix:///x", {WEB: inspection()})]
    assert only(snapshot(twice)).id == f"docker:{WEB}"


def test_of_two_ways_in_the_one_that_describes_counts() -> None:
    one = engine("unix:///a", {WEB: Gap.DENIED})
    other = engine("unix:///b", {WEB: inspection()})
    found = only(snapshot(one, other))
    assert found.container is not None
    assert found.container.privileged.known


def test_podman_behind_dockers_socket_is_podman() -> None:
    taken = snapshot(engine(containers={WEB: inspection()}, version=PODMAN_VERSION))
    assert only(taken).id == f"podman:{WEB}"


def libpod(containers: dict[str, object], url: str = PODMAN) -> list[Reading]:
    networks = [
        {"name": "podman", "id": BRIDGE, "driver": "bridge", "network_interface": "podman0"}
    ]
    kept = [
        each
        for each in engine(url, dict.fromkeys(containers, Gap.REFUSED), version=PODMAN_VERSION)
        if "/networks" not in each.source.request
    ]
    kept += [
        reading(Channel.ENGINE, url, f"GET /v4.3.1/libpod/containers/{each}/json", document)
        for each, document in containers.items()
    ]
    return [*kept, reading(Channel.ENGINE, url, "GET /v4.3.1/libpod/networks/json", networks)]


def test_podmans_own_document_tells_runtime_and_pod() -> None:
    infra = inspection(Name="pod-infra", IsInfra=True, Pod=HELPER, OCIRuntime="crun")
    infra["NetworkSettings"] = {"Networks": {"podman": {"NetworkID": "podman"}}}
    member = inspection(
        Name="app",
        IsInfra=False,
        Pod=HELPER,
        OCIRuntime="kata",
        HostConfig__Runtime="oci",
        HostConfig__NetworkMode=f"container:{WEB}",
        ImageName="localhost/app:1",
    )
    member["NetworkSettings"] = {}
    taken = snapshot(libpod({WEB: infra, DATABASE: member}))
    found = {each.name: each for each in described_workloads(taken)[0]}
    assert found["pod-infra"].infrastructure
    app = found["app"]
    assert (app.kind, app.pod, app.infrastructure) == (WorkloadKind.POD_CONTAINER, HELPER, False)
    assert app.attributes.image == "localhost/app:1"
    assert app.container is not None
    assert app.container.runtime.value == "kata"
    assert app.container.networks.value == (
        NetworkAttachment("podman0", "podman", "bridge", Apart.NOTHING, drops_forged=False),
    )


def test_rootless_engines_of_two_users_share_no_network_of_the_same_name() -> None:
    document = inspection(OCIRuntime="crun")
    document["NetworkSettings"] = {"Networks": {"podman": {"NetworkID": "podman"}}}
    users = [libpod({c: document}, f"unix:///run/user/{u}/podman/podman.sock")
             for u, c in ((1000, WEB), (1001, DATABASE))]  # fmt: skip
    found = described_workloads(snapshot(*users))[0]
    assert [each.attributes.rootless_user for each in found] == ["uid 1000", "uid 1001"]
    segments = [
        attachment.network
        for each in found
        if each.container is not None
        for attachment in each.container.networks.value or ()
    ]
    assert len(set(segments)) == 2


def test_kubernetes_and_compose_are_read_from_labels() -> None:
    labels = {
        "io.kubernetes.pod.name": "p",
        "io.kubernetes.pod.namespace": "shop",
        "com.docker.compose.project": "store",
    }
    found = only(snapshot(engine(containers={WEB: inspection(Config__Labels=labels)})))
    assert found.kind is WorkloadKind.POD_CONTAINER
    assert found.attributes.kubernetes_namespace == "shop"
    assert found.attributes.compose_project == "store"


def test_containers_of_another_machine_are_none_of_this_hosts() -> None:
    info = {"KernelVersion": "5.4.0-other", "Name": "h2"}
    taken = snapshot(engine("tcp://h2:2376", {WEB: inspection()}, info=info))
    assert described_workloads(taken)[0] == ()


def test_an_engine_in_a_vm_of_this_host_leaves_a_hole() -> None:
    info = {"KernelVersion": "6.10.14-linuxkit", "Name": "docker-desktop"}
    workloads, holes = described_workloads(
        snapshot(
            engine("unix:///home/a/.docker/desktop/docker.sock", {WEB: inspection()}, info=info)
        )
    )
    assert workloads == ()
    assert [hole.what for hole in holes] == [
        "the Docker engine at unix:///home/a/.docker/desktop/docker.sock"
    ]


def test_a_process_id_of_an_engine_that_may_be_elsewhere_is_not_believed() -> None:
    taken = snapshot(engine("tcp://h2:2376", {WEB: inspection()}))
    assert only(taken).pid == 4711
    unsure = taken.without(Source(Channel.FILE, "/proc/sys/kernel/osrelease"))
    assert only(unsure).pid is None


def _allows(default: str) -> bytes:
    return json.dumps({"linux": {"seccomp": {"defaultAction": default}}}).encode()


@pytest.mark.parametrize(
    ("options", "profile", "bundle", "keeps_away"),
    [
        (None, "builtin", _allows("SCMP_ACT_ALLOW"), None),
        (None, "/etc/p.json", _allows("SCMP_ACT_ALLOW"), False),
        (None, "/etc/p.json", _allows("SCMP_ACT_ERRNO"), True),
        (None, "/etc/p.json", Gap.DENIED, None),
        (None, "/etc/p.json", b"{}", None),
        (["seccomp=/etc/p.json"], "builtin", _allows("SCMP_ACT_ALLOW"), False),
        (["seccomp=unconfined"], "builtin", _allows("SCMP_ACT_ERRNO"), False),
    ],
)
def test_a_filter_in_a_file_is_the_one_in_the_bundle(
    options: object, profile: str, bundle: object, keeps_away: bool | None
) -> None:
    info = {"SecurityOptions": [f"name=seccomp,profile={profile}"]}
    document = inspection()
    document["HostConfig"]["SecurityOpt"] = options
    place = configurations_of("docker", WEB)[1]
    kept = [reading(Channel.FILE, place, "", bundle)]
    found = only(snapshot(engine(containers={WEB: document}, info=info), kept)).container
    assert found is not None
    assert found.details is not None
    given = found.details.given_filter
    assert given is not None
    assert given.value is not None
    assert given.value.keeps_away is keeps_away
