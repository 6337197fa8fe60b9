"""No secret survives in a reading, and what matters to a verdict does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from isoscope.snapshot.redact import redacted

SECRET = "hunter2-planted"


def reading(channel: Channel, target: str, content: bytes | str, request: str = "") -> Reading:
    raw = content if isinstance(content, bytes) else content.encode()
    return Reading(Source(channel, target, request), 1.0, "root", content=raw)


def engine(document: object) -> Any:  # noqa: ANN401
    raw = json.dumps(document)
    kept = redacted(
        reading(Channel.ENGINE, "unix:///run/docker.sock", raw, "GET /containers/1/json")
    )
    assert kept.gap is None, kept.detail
    assert SECRET not in kept.text()
    return json.loads(kept.text())


def process(*arguments: str) -> list[str]:
    kept = redacted(
        reading(Channel.FILE, "/proc/42/cmdline", "".join(f"{word}\0" for word in arguments))
    )
    assert SECRET not in kept.text()
    return kept.text().removesuffix("\0").split("\0")


def kernel(line: str) -> str:
    return redacted(reading(Channel.FILE, "/proc/cmdline", line)).text()


def libvirt(document: str) -> str:
    kept = redacted(reading(Channel.LIBVIRT, "qemu:///system", document, "virDomainGetXMLDesc web"))
    assert kept.gap is None, kept.detail
    assert SECRET not in kept.text()
    return kept.text()


class TestContainerEngines:
    @pytest.mark.parametrize(
        "field",
        ["Env", "Cmd", "Args", "Entrypoint", "CreateCommand", "OnBuild", "ExitCommand"],
    )
    def test_a_cut_list_says_how_many_it_held(self, field: str) -> None:
        assert engine({"Config": {field: ["A=1", SECRET]}}) == {"Config": {field: {"[cut]": 2}}}

    def test_a_health_check_is_cut_with_what_it_printed(self) -> None:
        kept = engine(
            {
                "Config": {"Healthcheck": {"Test": ["CMD", SECRET]}},
                "State": {"Health": {"Status": "healthy", "Log": [{"Output": SECRET}]}},
            }
        )
        assert kept["Config"]["Healthcheck"] == {"[cut]": 1}
        assert kept["State"]["Health"]["Status"] == "healthy"

    def test_that_there_was_nothing_to_cut_stays_visible(self) -> None:
        document: object = {"Config": {"Env": [], "Cmd": None, "Entrypoint": ""}}
        assert engine(document) == document

    def test_labels_keep_their_values_unless_they_look_like_secrets(self) -> None:
        kept = engine(
            {
                "Labels": {
                    "isoscope.tenant": "acme",
                    "env": "production",
                    "org.opencontainers.image.authors": "somebody",
                    "com.example.api-token": SECRET,
                    "traefik.http.middlewares.x.basicauth.users": SECRET,
                    "signing_key": SECRET,
                }
            }
        )["Labels"]
        assert kept["isoscope.tenant"] == "acme"
        assert kept["env"] == "production"
        assert kept["org.opencontainers.image.authors"] == "somebody"
        assert kept["com.example.api-token"] == "[cut by Isoscope]"

    def test_a_manifest_in_a_label_is_cut_like_a_document(self) -> None:
        manifest = json.dumps({"kind": "Pod", "env": [{"name": "DB", "value": SECRET}]})
        kept = engine({"Labels": {"kubectl.kubernetes.io/last-applied-configuration": manifest}})
        assert '"kind":"Pod"' in next(iter(kept["Labels"].values()))

    def test_a_network_named_like_a_field_is_not_cut(self) -> None:
        document = {"NetworkSettings": {"Networks": {"env": {"NetworkID": "1"}}}}
        assert engine(document) == document

    def test_options_of_log_drivers_and_volumes_lose_their_secrets(self) -> None:
        kept = engine(
            {
                "LogConfig": {"Type": "splunk", "Config": {"splunk-token": SECRET, "tag": "t"}},
                "Volumes": [{"Options": {"type": "cifs", "o": f"addr=h,password={SECRET}"}}],
            }
        )
        assert kept["LogConfig"]["Config"]["tag"] == "t"
        assert kept["Volumes"][0]["Options"]["o"] == "addr=h,password=[cut by Isoscope]"

    def test_proxies_and_mirrors_lose_user_and_password(self) -> None:
        kept = engine(
            {
                "HttpProxy": f"http://u:{SECRET}@proxy:3128",
                "RegistryConfig": {"Mirrors": [f"https://u:{SECRET}@mirror/"]},
            }
        )
        assert kept["RegistryConfig"]["Mirrors"] == ["https://[cut]@mirror/"]

    def test_what_decides_verdicts_is_kept_to_the_byte(self) -> None:
        raw = (
            '{ "HostConfig": {"Privileged":false,"SecurityOpt":["label=type:secret_t",'
            '"seccomp=unconfined"],"Binds":["/srv/secrets:/secrets:ro"],'
            '"CapAdd":["SYS_ADMIN"]}, "State":{"Pid":7},"SandboxKey":"/run/netns/1" }'
        )
        kept = redacted(reading(Channel.ENGINE, "unix:///x", raw))
        assert kept.content == raw.encode()

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"not json",
            b'{"Env": ["hunter2-planted"], "Env": []}',
            b'{"Env": [NaN]}',
            b'\xff\xfe{"Env": []}',
            b"[" * 100_000,
            b'{"x": ' + b"9" * 5000 + b"}",
        ],
    )
    def test_what_cannot_be_cut_is_not_kept(self, raw: bytes) -> None:
        kept = redacted(reading(Channel.ENGINE, "unix:///x", raw))
        assert kept.content is None
        assert kept.gap is Gap.FAILED
        assert "not kept" in kept.detail
        assert SECRET not in kept.detail

    def test_the_beginning_of_a_document_is_not_kept(self) -> None:
        source = Source(Channel.ENGINE, "unix:///x")
        kept = redacted(Reading(source, 1.0, "root", content=b'{"Env": ["', truncated=True))
        assert kept.gap is Gap.TOO_LARGE
        assert not kept.truncated

    def test_the_password_of_an_address_is_cut_even_where_nobody_answered(self) -> None:
        source = Source(Channel.ENGINE, f"tcp://u:{SECRET}@h:2376", "GET /version")
        detail = f"cannot reach tcp://u:{SECRET}@h:2376"
        kept = redacted(Reading(source, 1.0, "root", gap=Gap.REFUSED, detail=detail))
        assert SECRET not in str(kept)

    def test_the_user_of_an_ssh_address_stays(self) -> None:
        source = Source(Channel.LIBVIRT, "qemu+ssh://root@h/system", "list")
        kept = redacted(Reading(source, 1.0, "root", gap=Gap.REFUSED))
        assert kept.source == source


class TestProcesses:
    def test_only_the_program_of_an_ordinary_process_is_kept(self) -> None:
        assert process("/usr/bin/app", "--user", "x", f"--pw={SECRET}") == [
            "/usr/bin/app",
            "[cut by Isoscope: 3 arguments]",
        ]

    def test_a_process_title_with_arguments_in_it_is_cut_too(self) -> None:
        assert process(f"app --password {SECRET}") == ["app", "[cut by Isoscope: 2 arguments]"]

    def test_a_vmm_keeps_its_arguments_and_loses_its_secrets(self) -> None:
        assert process(
            "/usr/bin/qemu-system-x86_64",
            "-name", "guest=web,debug-threads=on",
            "-object", f"secret,id=s0,data={SECRET},,x,format=raw",
            "-object", json.dumps({"qom-type": "secret", "id": "s1", "data": SECRET}),
            "-object", "sev-snp-guest,id=lsec0,policy=0x30000,id-auth=AAAA",
            "-fw_cfg", f"name=opt/ignition,string={SECRET},more",
            "-smbios", f"type=11,value=io.systemd.credential:pw={SECRET}",
            "-vnc", ":0,password=on",
            "-spice", f"port=5900,password={SECRET}",
            "-append", f"-x pw={SECRET}",
            "-drive", f"file=nbd://u:{SECRET}@h/disk,password-secret=s0",
        ) == [
            "/usr/bin/qemu-system-x86_64",
            "-name", "guest=web,debug-threads=on",
            "-object", "secret,id=s0,data=[cut by Isoscope],format=raw",
            "-object", '{"qom-type":"secret","id":"s1","data":"[cut by Isoscope]"}',
            "-object", "sev-snp-guest,id=lsec0,policy=0x30000,id-auth=AAAA",
            "-fw_cfg", "name=opt/ignition,string=[cut by Isoscope]",
            "-smbios", "type=11,value=[cut by Isoscope]",
            "-vnc", ":0,password=on",
            "-spice", "port=5900,password=[cut by Isoscope]",
            "-append", "[cut by Isoscope]",
            "-drive", "file=nbd://[cut]@h/disk,password-secret=s0",
        ]  # fmt: skip

    @pytest.mark.parametrize("vmm", ["cloud-hypervisor", "crosvm", "lkvm", "firecracker"])
    def test_the_guests_kernel_command_line_is_cut(self, vmm: str) -> None:
        assert process(vmm, "--cmdline", f"console=ttyS0 pw={SECRET}", "--memory", "size=1G") == [
            vmm, "--cmdline", "[cut by Isoscope]", "--memory", "size=1G",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "path", ["/proc/42/environ", "/proc/42/task/43/environ", "/etc/shadow", "/proc/42/mem"]
    )
    def test_environments_and_the_like_are_refused(self, path: str) -> None:
        kept = redacted(reading(Channel.FILE, path, f"PASSWORD={SECRET}\0"))
        assert kept.content is None
        assert kept.gap is Gap.FAILED

    def test_options_of_mounts_lose_their_secrets(self) -> None:
        line = f"36 25 0:31 / /mnt rw - fuse.s3 https://u:{SECRET}@h/b rw,Password={SECRET},ro\n"
        kept = redacted(reading(Channel.FILE, "/proc/42/mountinfo", line))
        assert (
            kept.text() == "36 25 0:31 / /mnt rw - fuse.s3 https://[cut]@h/b rw,Password=[cut],ro\n"
        )


class TestKernelCommandLine:
    def test_parameters_that_change_what_isolates_keep_their_values(self) -> None:
        line = (
            "mitigations=auto,nosmt lsm=lockdown,apparmor kvm-intel.nested=1 nosmt isolcpus=2-3\n"
        )
        assert kernel(line) == line

    def test_all_others_keep_their_name_and_lose_their_value(self) -> None:
        assert (
            kernel(f'root=UUID=1 pw={SECRET} x="a {SECRET} b" "y=c {SECRET}" quiet\n')
            == "root=[cut] pw=[cut] x=[cut] y=[cut] quiet\n"
        )


class TestLibvirt:
    def test_passwords_environments_and_arguments_are_cut(self) -> None:
        kept = libvirt(
            "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
            f"<!-- {SECRET} --><os><cmdline>pw={SECRET}</cmdline>"
            f"<initenv name='A'>{SECRET}</initenv></os>"
            f"<sysinfo type='smbios'><system><entry name='vendor'>V</entry></system>"
            f"<oemStrings><entry>{SECRET}</entry></oemStrings></sysinfo>"
            f"<sysinfo type='fwcfg'><entry name='opt/x'>{SECRET}</entry></sysinfo>"
            f"<devices><graphics type='vnc' port='5900' passwd='{SECRET}'/></devices>"
            "<qemu:commandline><qemu:arg value='-object'/>"
            f"<qemu:arg value='secret,id=a,data={SECRET}'/>"
            f"<qemu:env name='TOKEN' value='{SECRET}'/></qemu:commandline></domain>"
        )
        assert "<entry name='vendor'>V</entry>" in kept
        assert "<graphics type='vnc' port='5900' passwd='[cut by Isoscope]'/>" in kept
        assert "<qemu:arg value='secret,id=a,data=[cut by Isoscope]'/>" in kept
        assert "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'" in kept

    def test_a_secret_longer_than_the_parsers_buffer_is_cut_whole(self) -> None:
        long = "x" * 70_000 + SECRET
        assert libvirt(f"<d><os><cmdline>{long}</cmdline></os></d>").endswith(
            "<cmdline>[cut by Isoscope]</cmdline></os></d>"
        )

    def test_a_document_without_secrets_is_kept_to_the_byte(self) -> None:
        document = (
            "<domain type='kvm'>\n  <name>web &amp; co</name>\n"
            '  <metadata><t:tenant xmlns:t="https://isoscope.dev/libvirt">acme</t:tenant></metadata>\n'
            "  <launchSecurity type='sev'><policy>0x0003</policy></launchSecurity>\n</domain>\n"
        )
        assert libvirt(document) == document

    @pytest.mark.parametrize(
        "document",
        [
            "<domain>",
            "<!DOCTYPE d [<!ENTITY a 'b'>]><d>&a;</d>",
            "<a>" * 100_000,
            "plain text",
            "<d a='1' a='2'/>",
        ],
    )
    def test_what_cannot_be_cut_is_not_kept(self, document: str) -> None:
        kept = redacted(reading(Channel.LIBVIRT, "qemu:///system", document))
        assert kept.gap is Gap.FAILED


# A secret that no rule could guess from its own form.
secrets = st.text("ghijklmnopqrstuvwxyz", min_size=8, max_size=16).map(lambda text: f"Z{text}Z")
words = st.text(max_size=8)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=12,
)


@given(secrets, json_values, st.sampled_from(["Env", "env", "Cmd", "Args", "CreateCommand"]))
def test_a_planted_environment_never_survives(secret: str, around: object, field: str) -> None:
    document = {"a": around, "b": [{"c": {field: [f"PASSWORD={secret}", around]}}], field: secret}
    kept = redacted(reading(Channel.ENGINE, "unix:///x", json.dumps(document)))
    assert kept.content is not None
    assert secret not in kept.text()


@given(secrets, st.lists(words.filter(lambda word: "\0" not in word), max_size=4))
def test_a_planted_argument_never_survives(secret: str, others: list[str]) -> None:
    raw = "\0".join(["/bin/app", *others, secret, *others]) + "\0"
    kept = redacted(reading(Channel.FILE, "/proc/1/cmdline", raw.encode("utf-8", "replace")))
    assert secret not in kept.text()


@given(
    secrets,
    st.sampled_from(["{}=x,password={}", "-object=secret,id={},data={}", "--token={}{}"]),
    words.filter(lambda word: not set(word) & set("\0,")),
)
def test_a_password_for_a_vmm_never_survives(secret: str, form: str, word: str) -> None:
    raw = f"qemu-system-x86_64\0-spice\0{form.format(word, secret)}\0".encode("utf-8", "replace")
    kept = redacted(reading(Channel.FILE, "/proc/1/cmdline", raw))
    assert secret not in kept.text()


@given(
    st.sampled_from(
        [
            (Channel.ENGINE, "unix:///x"),
            (Channel.LIBVIRT, "qemu:///system"),
            (Channel.FILE, "/proc/1/cmdline"),
            (Channel.FILE, "/proc/cmdline"),
            (Channel.FILE, "/proc/1/mountinfo"),
            (Channel.FILE, "/etc/libvirt/qemu/a.xml"),
            (Channel.FILE, "/etc/containerd/config.toml"),
            (Channel.FILE, "/run/containerd/x/config.json"),
            (Channel.FILE, "/run/containerd/x/runtime"),
        ]
    ),
    st.binary(max_size=60)
    | st.text(max_size=60).map(str.encode)
    | json_values.map(lambda value: json.dumps(value).encode())
    | st.lists(
        st.sampled_from(
            ["qemu-kvm", "\0", "-append", "password=", "://a:b@", '"', "=", " ", ",", "x", "{", "}",
             "<a ", "p='", "'", ">", "</a>", "[cut]", "[cut by Isoscope]", "?token=", "&", "\n"]
        ),
        max_size=12,
    ).map(lambda parts: "".join(parts).encode()),
)  # fmt: skip
def test_redacting_never_raises_and_twice_is_as_once(
    where: tuple[Channel, str], content: bytes
) -> None:
    once = redacted(reading(*where, content))
    assert redacted(once) == once


@pytest.mark.parametrize(
    ("content", "kept"), [(b"4711\n", True), (b"root:$6$salt$hash:1:0\n", False)]
)
def test_a_pid_file_is_kept_only_where_it_holds_a_number(content: bytes, kept: bool) -> None:
    source = Source(Channel.FILE, "/run/user/1000/libvirt/qemu/run/guest.pid")
    found = redacted(Reading(source, 1.0, "root", content=content))
    assert (found.content == content) is kept
    assert kept or found.gap is Gap.FAILED
    assert b"hash" not in (found.content or b"")
