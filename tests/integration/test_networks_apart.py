"""Networks of real containers: what the kernel forwards between them, and what its rules drop."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from isoscope.inventory.machine.packet_filter import parse_ruleset
from isoscope.inventory.packet_filter import Family, Fate, fates
from tests.integration.harness.ground import (
    ComponentUnavailableError,
    Ground,
    need_program,
    need_root,
    run_command,
)
from tests.integration.harness.scanning import REPOSITORY, Scan, scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.harness.containers import Container, DockerEngine

NO_ICC = ("-o", "com.docker.network.bridge.enable_icc=false")
LEGACY = Path("/proc/net/ip_tables_names")
LOCAL_PORT = "--publish=127.0.0.1::81"
WITHOUT_FILTER = "--security-opt=seccomp=unconfined"


class Networks(NamedTuple):
    """Two networks, of which one is to keep its members apart, and who is on them."""

    engine: DockerEngine
    closed: str
    other: str
    containers: dict[str, Container]

    def scan(self) -> Scan:
        """Looks at it now."""
        return scan("--docker", self.engine.url)

    def finding(self, scanned: Scan, name: str, identity: str) -> dict[str, Any]:
        """One finding on a container."""
        findings = scanned.workload(self.containers[name].workload_id).raw["findings"]
        return dict(next(each for each in findings if each["id"] == identity))

    def forwards(self, *, on: bool) -> None:
        """Switches forwarding of what comes in by these two bridges, and by no other device."""
        for bridge in (self.closed, self.other):
            Path(f"/proc/sys/net/ipv4/conf/{bridge}/forwarding").write_text(str(int(on)))

    @contextmanager
    def dropping(self, incoming: str, outgoing: str) -> Iterator[None]:
        """A rule of the firewall between these bridges; its empty table stays behind."""
        rule = ["FORWARD", "-i", incoming, "-o", outgoing, "-j", "DROP"]
        run_command(["iptables-nft", "-w", "-I", *rule])
        try:
            yield
        finally:
            run_command(["iptables-nft", "-w", "-D", *rule])


@pytest.fixture(scope="module")
def networks(docker_engine: DockerEngine) -> Iterator[Networks]:
    """Two tenants on the one, a third on the other."""
    try:
        need_program("iptables-nft")
    except ComponentUnavailableError as unavailable:
        pytest.skip(str(unavailable))
    closed = docker_engine.create_network("closed", *NO_ICC)
    other = docker_engine.create_network("other")
    published = (LOCAL_PORT, "--publish=80")
    made = {
        "one": docker_engine.run("one", f"--network={closed}", WITHOUT_FILTER, tenant="acme"),
        "two": docker_engine.run("two", f"--network={closed}", WITHOUT_FILTER, tenant="blue"),
        "three": docker_engine.run("three", f"--network={other}", *published, tenant="green"),
        "four": docker_engine.run("four", f"--network={other}", LOCAL_PORT, tenant="grey"),
    }
    bridges = docker_engine.link_of(closed), docker_engine.link_of(other)
    try:
        yield Networks(docker_engine, *bridges, made)
    finally:
        docker_engine.remove(list(made.values()))


@pytest.fixture
def only_nf_tables() -> None:
    """Where iptables of the old kind has tables, whose rules nobody reads and which stay until the
    machine is started anew, Isoscope says unknown: what is asked here cannot come out."""
    if LEGACY.exists() and LEGACY.read_text().split():
        pytest.xfail("iptables of the old kind has tables on this machine")


@pytest.mark.usefixtures("undisturbed", "only_nf_tables")
class TestMembersThatAreToBeKeptApart:
    """By an engine that was told to make no rules (--iptables=false)."""

    def test_are_not_without_a_rule(self, networks: Networks) -> None:
        scanned = networks.scan()
        found = networks.finding(scanned, "one", "shared-network-segment")
        assert found["finding"] == "present", found
        assert "but IPv4 is let through" in found["says"]
        differs = {
            (each["workload"], each["key"]): each["observed"]
            for each in scanned.document["disagreements"]
        }
        own = networks.containers["one"].workload_id
        assert differs[own, "network closed"] == "the kernel drops nothing between them"

    def test_are_with_one(self, networks: Networks) -> None:
        with networks.dropping(networks.closed, networks.closed):
            scanned = networks.scan()
        found = networks.finding(scanned, "one", "shared-network-segment")
        assert found["finding"] == "absent", found
        own = networks.containers["one"].workload_id
        keys = {d["key"] for d in scanned.document["disagreements"] if d["workload"] == own}
        assert "network closed" not in keys


@pytest.mark.usefixtures("undisturbed", "only_nf_tables")
class TestNetworksOfDifferentTenants:
    def test_are_one_where_the_host_forwards_between_them(self, networks: Networks) -> None:
        networks.forwards(on=True)
        found = networks.finding(networks.scan(), "three", "routed-from-another-network")
        assert found["finding"] == "present", found
        assert networks.closed in found["says"]

    def test_are_two_where_a_rule_drops_what_it_forwards(self, networks: Networks) -> None:
        networks.forwards(on=True)
        with networks.dropping(networks.closed, networks.other):
            scanned = networks.scan()
        found = networks.finding(scanned, "three", "routed-from-another-network")
        assert found["finding"] == "absent", found
        back = networks.finding(scanned, "one", "routed-from-another-network")
        assert back["finding"] == "present", back  # the rule is for one way only

    def test_are_two_where_it_forwards_nothing(self, networks: Networks) -> None:
        networks.forwards(on=False)
        found = networks.finding(networks.scan(), "three", "routed-from-another-network")
        assert found["finding"] == "absent", found

    def test_are_unclear_to_who_may_not_read_rules(self, networks: Networks) -> None:
        networks.forwards(on=True)
        try:
            scanned = scan("--docker", f"unix://{networks.engine.shared_socket}", unprivileged=True)
        finally:
            networks.forwards(on=False)
        found = networks.finding(scanned, "three", "routed-from-another-network")
        assert found["finding"] == "unknown", found


@pytest.mark.usefixtures("undisturbed")
class TestWhatIsOpenedOnPurpose:
    def test_a_port_on_all_addresses_is_open_to_neighbours(self, networks: Networks) -> None:
        scanned = networks.scan()
        found = networks.finding(scanned, "three", "published-to-neighbours")
        assert found["finding"] == "present", found
        assert "of all addresses of the host leads to its 80/tcp" in found["says"]
        others = {networks.containers[name].workload_id for name in ("one", "two")}
        assert others <= set(found["others"])

    def test_one_on_the_loopback_address_is_not(self, networks: Networks) -> None:
        found = networks.finding(networks.scan(), "four", "published-to-neighbours")
        assert found["finding"] == "absent", found


TBF = ("tbf", "rate", "1mbit", "burst", "32kbit", "latency", "400ms")
ALL = ("protocol", "all", "u32", "match", "u32", "0", "0")


@contextmanager
def bounded(container: Container, ground: Ground) -> Iterator[str]:
    """The host's end of a container's device, with a bound in each direction, as CNI's plugin for
    bandwidth makes them: on it, and on another device to which what comes in is led."""
    of_process = ["nsenter", "--net", f"--target={container.pid}"]
    number = run_command([*of_process, "ip", "-o", "link", "show", "eth0"]).partition("@if")[2]
    index = number.partition(":")[0]
    names = {link.name for link in Path("/sys/class/net").iterdir() if (link / "ifindex").exists()}
    (device,) = [
        name
        for name in names
        if Path(f"/sys/class/net/{name}/ifindex").read_text().strip() == index
    ]
    other = f"{ground.mark}i"
    ground.note("link", other)
    run_command(["ip", "link", "add", other, "type", "ifb"])
    led = ("action", "mirred", "egress", "redirect", "dev", other)
    try:
        run_command(["tc", "qdisc", "add", "dev", other, "root", *TBF])
        run_command(["tc", "qdisc", "add", "dev", device, "root", *TBF])
        run_command(["tc", "qdisc", "add", "dev", device, "ingress"])
        run_command(["tc", "filter", "add", "dev", device, "parent", "ffff:", *ALL, *led])
        yield device
    finally:
        run_command(["ip", "link", "delete", other])


@pytest.mark.usefixtures("undisturbed")
class TestTraffic:
    def test_is_bounded_where_the_hosts_end_is(self, networks: Networks, ground: Ground) -> None:
        try:
            need_program("tc"), need_program("nsenter")
        except ComponentUnavailableError as unavailable:
            pytest.skip(str(unavailable))
        before = networks.finding(networks.scan(), "three", "bandwidth-limited")
        assert before["finding"] == "absent", before
        with bounded(networks.containers["three"], ground) as device:
            scanned = networks.scan()
        found = networks.finding(scanned, "three", "bandwidth-limited")
        assert found["finding"] == "present", found
        assert found["says"] == f"bounded at {device}"
        others = networks.finding(scanned, "three", "neighbours-bandwidth-limited")
        assert others["finding"] == "absent", others
        assert networks.containers["three"].workload_id not in others["others"]


@pytest.mark.usefixtures("undisturbed")
class TestKeys:
    def test_of_two_without_a_filter_are_open_to_each_other(self, networks: Networks) -> None:
        found = networks.finding(networks.scan(), "one", "shared-keyring")
        assert found["finding"] == "present", found
        assert found["others"] == [networks.containers["two"].workload_id]

    def test_of_one_with_the_engines_filter_are_none(self, networks: Networks) -> None:
        found = networks.finding(networks.scan(), "three", "shared-keyring")
        assert found["finding"] == "absent", found

    def test_each_has_a_session_keyring_of_its_own(self, networks: Networks) -> None:
        scanned = networks.scan()
        for name in networks.containers:
            found = networks.finding(scanned, name, "own-session-keyring")
            assert found["finding"] == "present", found


ASK = (
    "from probes.packet_filter import packet_filter\n"
    "from probes.host.local import LocalHost\n"
    "print(packet_filter(LocalHost()).text())"
)
SERVE = """
ip link set lo up
{engine} >{home}/log 2>&1 &
export DOCKER_HOST=unix://{home}/docker.sock
tries=0
until docker version >/dev/null 2>&1; do
    tries=$((tries + 1)); [ $tries -lt 100 ] || exit 7; sleep 0.2
done
docker network create -o com.docker.network.bridge.name=open open >&2
docker network create -o com.docker.network.bridge.name=closed {no_icc} closed >&2
{python} -c '{ask}'
kill $!; wait $!
"""


def test_dockers_own_rules_mean_what_it_says(ground: Ground) -> None:
    """An engine with --iptables, in a network namespace of its own, where it changes nobody's."""
    try:
        need_root()
        dockerd = need_program("dockerd")
        need_program("docker"), need_program("unshare"), need_program("ip")
    except ComponentUnavailableError as unavailable:
        pytest.skip(str(unavailable))
    home = ground.directory("docker-with-rules")
    home.joinpath("daemon.json").write_text("{}")
    engine = (
        f"{dockerd} --config-file={home}/daemon.json --data-root={home}/data --group=root "
        f"--exec-root={home}/exec --pidfile={home}/pid --host=unix://{home}/docker.sock"
    )
    script = SERVE.format(
        engine=engine, home=home, no_icc=" ".join(NO_ICC), python=sys.executable, ask=ASK
    )
    done = subprocess.run(
        ["unshare", "--net", "--mount", "sh", "-c", script],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=120,
        check=False,
    )
    if done.returncode == 7:
        pytest.skip(f"dockerd makes no rules here: {(home / 'log').read_text()[-300:]}")
    rules = parse_ruleset(done.stdout)
    names = ("open", "closed", "docker0")
    for name in names:
        found = fates(rules, Family.IPV4, name, names)
        within = Fate.DROPPED if name == "closed" else Fate.PASSED
        assert found == dict.fromkeys(names, Fate.DROPPED) | {name: within}, done.stderr
