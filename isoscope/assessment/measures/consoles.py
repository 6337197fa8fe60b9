"""Who reaches a virtual machine past its guest: by its VMM's monitor, its consoles, its agent, and
the files that it starts from."""

from __future__ import annotations

from isoscope.assessment.declaration import Declaration, Subject, exposure
from isoscope.assessment.judgement import Judgement, any_of, test, undecided
from isoscope.assessment.kinds import UNDESCRIBED
from isoscope.assessment.measures.monitors import makeup_of, of_machine, of_parts
from isoscope.inventory.makeup import Endpoint, MachineParts
from isoscope.inventory.observation import Doubt, Unknown

_CONTROLS = ("monitor", "gdb")
_CONSOLES = ("vnc", "spice", "serial", "other")


def _reached(subject: Subject, kinds: tuple[str, ...], what: str, none: str) -> Judgement:
    """Whether somebody but its owner reaches one of these without a password."""
    makeup = makeup_of(subject)
    if makeup is None:
        return undecided(UNDESCRIBED, subject.kind)
    by_network = test(
        makeup.parts,
        lambda parts: any(_open(each, kinds) for each in parts.endpoints),
        yes=lambda parts: (
            f"{what} takes commands from "
            + "; ".join(_from(each) for each in parts.endpoints if _open(each, kinds))
        ),
        no=none,
    )
    parts, sockets = makeup.parts.value, makeup.open_sockets
    if parts is None:
        return by_network
    paths = {each.address for each in parts.endpoints if each.kind in kinds and not each.network}
    unsaid = [e for e in parts.endpoints if e.kind in kinds and e.authenticated is None]
    judged = [by_network]
    if unsaid and not by_network.holds:
        doubt = Unknown(
            Doubt.NOT_SAID,
            f"whether {unsaid[0].kind} at {unsaid[0].address} asks for a password is not said",
            "look at the VMM's command line: tr '\\0' '\\n' < /proc/PID/cmdline",
        )
        return undecided(doubt, makeup.parts)
    if paths:
        if sockets is None:
            return undecided(UNDESCRIBED, makeup.parts)
        judged.append(
            test(
                sockets,
                lambda found: not paths.isdisjoint(found),
                yes=lambda found: (
                    f"every user of the host may write to {', '.join(sorted(paths & found))}"
                ),
                no="only its owner may write to its sockets",
            )
        )
    return any_of(*judged, otherwise=none)


def _open(endpoint: Endpoint, kinds: tuple[str, ...]) -> bool:
    return endpoint.network and endpoint.kind in kinds and endpoint.authenticated is False


def _from(endpoint: Endpoint) -> str:
    who = "every user of the host" if endpoint.for_this_host_only else "the network"
    return f"{who} at {endpoint.kind} {endpoint.address}"


def _control(subject: Subject) -> Judgement:
    return _reached(
        subject, _CONTROLS, "its VMM", "its monitor and debugger are closed to all but its owner"
    )


def _console(subject: Subject) -> Judgement:
    return _reached(
        subject,
        _CONSOLES,
        "its console",
        "no console of its is open without a password",
    )


def _tpm(parts: MachineParts) -> str:
    key = "encrypted by a key that the host keeps" if parts.vtpm_encrypted else "in clear"
    return f"the state of its TPM ({parts.vtpm}) lies on the host, {key}"


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "vmm-control-open",
        "Others can drive the VMM",
        what="The monitor or the debugger's port of the VMM takes commands without asking who "
        "sends them.",
        why="Whoever connects reads and writes the guest's memory, gives it the host's files as "
        "disks, and starts programs as the VMM's user; a guest that reaches the address drives "
        "its own VMM.",
        by_hand="ss -tlnp | grep qemu; tr '\\0' '\\n' < /proc/PID/cmdline | grep -A1 -E "
        "'^-(monitor|qmp|mon|gdb|s)$'; ls -l SOCKET",
        remedy="Put the monitor on a Unix socket in a directory of its owner's alone; leave -gdb "
        "and -s away.",
        references=("qemu(1): -monitor, -qmp, -gdb", "QEMU: docs/system/security.rst"),
        judge=of_machine(_control),
    ),
    exposure(
        "vm-console-open",
        "A console is open without a password",
        what="The guest's screen, keyboard or serial line can be had over VNC, SPICE or a socket "
        "by anybody who connects.",
        why="Who sits at the console sees what it shows, types, and restarts it into a shell.",
        by_hand="ss -tlnp | grep qemu; virsh dumpxml NAME | grep -A2 -E '<(graphics|serial)'",
        remedy="Listen at a Unix socket or 127.0.0.1 with a password, or with TLS certificates and "
        "SASL (vnc_tls, vnc_sasl, spice_tls in qemu.conf).",
        references=(
            "https://libvirt.org/formatdomain.html#graphical-framebuffers",
            "qemu(1): -vnc",
        ),
        judge=of_machine(_console),
    ),
    exposure(
        "guest-agent-channel",
        "An agent takes the host's orders",
        what="A channel leads from the host to an agent in the guest.",
        why="By it the host runs programs and reads files inside, beneath every TEE's protection, "
        "if the guest starts the agent.",
        by_hand="virsh dumpxml NAME | grep org.qemu.guest_agent",
        remedy="Leave the channel away, or have the agent refuse guest-exec and guest-file-* "
        "(qemu-ga --allow-rpcs).",
        references=("qemu-ga(8)", "https://libvirt.org/formatdomain.html#channel"),
        judge=of_parts(
            lambda parts: bool(parts.agents),
            lambda parts: f"channels to {', '.join(parts.agents)}",
            "no channel to an agent is declared",
        ),
    ),
    exposure(
        "vtpm-state-on-host",
        "The state of its TPM lies on the host",
        what="The guest's TPM is a program of the host's, which keeps its secrets in a file.",
        why="Keys that the guest seals to it, such as those of its disks, the host can read or "
        "roll back.",
        by_hand="virsh dumpxml NAME | grep -A4 '<tpm'; pgrep -a swtpm",
        remedy="Encrypt the state (<encryption secret=…>, swtpm --key) against theft of the disk; "
        "against the host only a TPM inside a TEE helps.",
        references=("swtpm(8): --key", "https://libvirt.org/formatdomain.html#tpm-device"),
        judge=of_parts(lambda parts: bool(parts.vtpm), _tpm, "it has no virtual TPM"),
    ),
    exposure(
        "guest-boot-by-host",
        "What the guest boots is the host's to choose",
        what="Firmware, kernel or variables that the guest starts with are files of the host, and "
        "no firmware checks a signature that the guest's owner chose.",
        why="The host replaces the kernel, and the guest cannot tell.",
        by_hand="virsh dumpxml NAME | sed -n '/<os/,/<.os>/p'",
        remedy="Boot by firmware that enforces Secure Boot; against the host only a "
        "measured launch in a TEE shows what was started (kernelHashes, SEV-SNP, TDX).",
        references=("https://libvirt.org/formatdomain.html#operating-system-booting",),
        judge=of_parts(
            lambda parts: not parts.boot_verified,
            lambda parts: (
                f"started with {', '.join(parts.boot[:4])}"
                if parts.boot
                else "started by the VMM's own firmware, which checks no signature"
            ),
            "its firmware enforces Secure Boot, on the host's word",
        ),
    ),
)
