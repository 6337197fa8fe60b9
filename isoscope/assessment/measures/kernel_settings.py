"""Settings of the kernel that all containers of a host share.

None of these decides a rung: which a kernel ought to have depends on what its host is for. A VM has
a kernel of its own, and other settings there.
"""

from __future__ import annotations

from collections.abc import Callable

from isoscope.assessment.declaration import Declaration, Subject, exposure, measure
from isoscope.assessment.judgement import Judgement, not_applicable, undecided
from isoscope.inventory.observation import Doubt, Unknown

_NOT_READ = Unknown(
    Doubt.NOT_SAID, "the kernel's settings were not read", "scan again with the probe host"
)


def _of_kernel(identity: str) -> Callable[[Subject], Judgement]:
    def judge(subject: Subject) -> Judgement:
        if subject.workload.behind_own_kernel:
            return not_applicable("it has a kernel of its own", subject.kind)
        judged = subject.surroundings.of_host.get(identity)
        return undecided(_NOT_READ, subject.kind) if judged is None else judged

    return judge


DECLARATIONS: tuple[Declaration, ...] = (
    measure(
        "kernel-addresses-hidden",
        "Kernel addresses hidden",
        what="The kernel shows its addresses and its log to the privileged only.",
        why="Whoever breaks out of a container needs to know where the kernel's code and data "
        "lie; both tell it.",
        by_hand="sysctl kernel.kptr_restrict kernel.dmesg_restrict",
        remedy="Set kernel.kptr_restrict=1 kernel.dmesg_restrict=1, in /etc/sysctl.d.",
        references=("Documentation/admin-guide/sysctl/kernel.rst", "syslog(2)"),
        judge=_of_kernel("kernel-addresses-hidden"),
    ),
    measure(
        "kernel-profiling-restricted",
        "Profiling restricted",
        what="Users without privilege measure their own programs only, not the kernel or each "
        "other.",
        why="Its interface has been a way into the kernel many times, and counters show what "
        "neighbours compute.",
        by_hand="sysctl kernel.perf_event_paranoid",
        remedy="Set kernel.perf_event_paranoid=2 (3 where the distribution's kernel has it).",
        references=("perf_event_open(2)", "Documentation/admin-guide/perf-security.rst"),
        judge=_of_kernel("kernel-profiling-restricted"),
    ),
    measure(
        "unprivileged-bpf-off",
        "BPF for the privileged only",
        what="Users without privilege cannot load BPF programs, and compiled ones are hardened.",
        why="The BPF verifier is a large part of the kernel that takes hostile input, and what "
        "it lets through runs in the kernel.",
        by_hand="sysctl kernel.unprivileged_bpf_disabled net.core.bpf_jit_harden",
        remedy="Set kernel.unprivileged_bpf_disabled=2 net.core.bpf_jit_harden=2.",
        references=("bpf(2)", "Documentation/admin-guide/sysctl/net.rst"),
        judge=_of_kernel("unprivileged-bpf-off"),
    ),
    measure(
        "io-uring-restricted",
        "io_uring restricted",
        what="Users without privilege cannot use io_uring, or only those of one group.",
        why="It carries out system calls past a seccomp filter, and has had many flaws.",
        by_hand="sysctl kernel.io_uring_disabled",
        remedy="Set kernel.io_uring_disabled=2, or 1 with kernel.io_uring_group; programs that "
        "use it fall back.",
        references=("Documentation/admin-guide/sysctl/kernel.rst", "io_uring(7)"),
        judge=_of_kernel("io-uring-restricted"),
    ),
    measure(
        "userfaultfd-restricted",
        "userfaultfd restricted",
        what="Users without privilege cannot make the kernel wait for them with userfaultfd.",
        why="To stop the kernel in the middle of an access makes races in it easy to win.",
        by_hand="sysctl vm.unprivileged_userfaultfd",
        remedy="Set vm.unprivileged_userfaultfd=0.",
        references=("userfaultfd(2)", "Documentation/admin-guide/sysctl/vm.rst"),
        judge=_of_kernel("userfaultfd-restricted"),
    ),
    measure(
        "tracing-scoped",
        "Tracing scoped",
        what="A process traces only its own children, unless it is privileged (Yama).",
        why="Otherwise one process of a user that was taken over reads and changes all others "
        "of that user, rootless containers among them.",
        by_hand="sysctl kernel.yama.ptrace_scope",
        remedy="Set kernel.yama.ptrace_scope=1.",
        references=("Documentation/admin-guide/LSM/Yama.rst", "ptrace(2)"),
        judge=_of_kernel("tracing-scoped"),
    ),
    measure(
        "terminals-hardened",
        "Terminals hardened",
        what="No line discipline is loaded because a user asks for it, and no program types "
        "into a terminal on behalf of others.",
        why="Old line disciplines have had flaws that any user could reach; TIOCSTI lets a "
        "contained program type commands into the terminal that it was started from.",
        by_hand="sysctl dev.tty.ldisc_autoload dev.tty.legacy_tiocsti",
        remedy="Set dev.tty.ldisc_autoload=0 dev.tty.legacy_tiocsti=0.",
        references=("ioctl_tty(2)", "Documentation/admin-guide/sysctl/dev.rst"),
        judge=_of_kernel("terminals-hardened"),
    ),
    measure(
        "links-protected",
        "Links protected",
        what="Links in directories that everybody writes are not followed for others, and "
        "privileged programs leave no dump that everybody reads.",
        why="On host directories that are shared with workloads a link could lead a program of "
        "the host to another file.",
        by_hand="sysctl fs.protected_symlinks fs.protected_hardlinks fs.suid_dumpable",
        remedy="Set fs.protected_symlinks=1 fs.protected_hardlinks=1 fs.suid_dumpable=0.",
        references=("proc(5)", "Documentation/admin-guide/sysctl/fs.rst"),
        judge=_of_kernel("links-protected"),
    ),
    measure(
        "kernel-replacement-off",
        "No other kernel from this one",
        what="The system call kexec is closed until the next boot.",
        why="With it, whoever has CAP_SYS_BOOT on the host starts a kernel of his own, past "
        "Secure Boot where it is not locked down.",
        by_hand="sysctl kernel.kexec_load_disabled",
        remedy="Set kernel.kexec_load_disabled=1, after a crash kernel was loaded where one is "
        "wanted.",
        references=("kexec_load(2)", "Documentation/admin-guide/sysctl/kernel.rst"),
        judge=_of_kernel("kernel-replacement-off"),
    ),
    measure(
        "module-loading-restricted",
        "No further modules",
        what="No module can be loaded until the next boot.",
        why="Modules that nobody needs are loaded when a workload asks for a protocol or a "
        "file system, and their flaws with them.",
        by_hand="sysctl kernel.modules_disabled",
        remedy="Set kernel.modules_disabled=1 once all that is needed is loaded.",
        references=("Documentation/admin-guide/sysctl/kernel.rst: modules_disabled", "modprobe(8)"),
        judge=_of_kernel("module-loading-restricted"),
    ),
    measure(
        "module-signatures-enforced",
        "Only signed modules",
        what="The kernel loads modules only with a signature that it knows.",
        why="Whoever becomes root on the host could otherwise put code of his own into the kernel.",
        by_hand="cat /sys/module/module/parameters/sig_enforce",
        remedy="Boot with module.sig_enforce=1, or with lockdown.",
        references=("Documentation/admin-guide/module-signing.rst",),
        judge=_of_kernel("module-signatures-enforced"),
    ),
    measure(
        "kernel-locked-down",
        "Kernel locked down",
        what="Root of the host does not change the running kernel; with confidentiality, does "
        "not read it either.",
        why="It bounds what a workload that became root on the host can do to the kernel that "
        "all share.",
        by_hand="cat /sys/kernel/security/lockdown",
        remedy="Boot with lockdown=integrity, or with Secure Boot on a distribution that then "
        "locks down.",
        references=("kernel_lockdown(7)",),
        judge=_of_kernel("kernel-locked-down"),
    ),
    measure(
        "microcode-current",
        "Microcode not known to be old",
        what="The kernel knows of no newer microcode for this CPU than the one that runs.",
        why="Many flaws of CPUs are mitigated only together with microcode.",
        by_hand="cat /sys/devices/system/cpu/vulnerabilities/old_microcode",
        remedy="Install the distribution's microcode package or newer firmware, and boot again.",
        references=("Documentation/admin-guide/hw-vuln/old_microcode.rst",),
        judge=_of_kernel("microcode-current"),
    ),
    measure(
        "loopback-not-routed",
        "Loopback not routed",
        what="Packets for 127.0.0.0/8 are not taken from other interfaces.",
        why="With route_localnet a container on a bridge reaches services that listen on the "
        "host's loopback only, and rely on that.",
        by_hand="sysctl net.ipv4.conf.all.route_localnet",
        remedy="Set net.ipv4.conf.all.route_localnet=0; kube-proxy may need "
        "--iptables-localhost-nodeports=false.",
        references=("Documentation/networking/ip-sysctl.rst: route_localnet", "CVE-2020-8558"),
        judge=_of_kernel("loopback-not-routed"),
    ),
    exposure(
        "user-namespaces-for-all",
        "User namespaces for everybody",
        what="Users without privilege may make user namespaces, in which they hold every "
        "capability.",
        why="Much of the kernel that only root reached before is then open to any program that "
        "its seccomp filter lets through. Rootless containers need it: what is gained "
        "there has to be weighed against this.",
        by_hand="sysctl user.max_user_namespaces kernel.unprivileged_userns_clone "
        "kernel.apparmor_restrict_unprivileged_userns",
        remedy="Where nothing rootless runs set user.max_user_namespaces=0. Elsewhere keep the "
        "engines' seccomp filters, which close it inside containers, or let AppArmor allow "
        "it to single programs.",
        references=("user_namespaces(7)", "apparmor.d(5): userns"),
        judge=_of_kernel("user-namespaces-for-all"),
    ),
)
