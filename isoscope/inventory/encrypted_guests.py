"""KVM's own count of encrypted guests against those that somebody claims.

KVM charges each one to the misc controller while it lives: ``sev`` for SEV, ``sev_es`` for SEV-ES
and SEV-SNP, ``tdx`` for TDX (arch/x86/kvm/svm/sev.c, arch/x86/kvm/vmx/tdx.c). That is the kernel's
word and no evidence; but where it counts fewer than are claimed, the host itself contradicts the
claim, and where it counts more, guests run that nobody describes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from isoscope.inventory.disagreement import Disagreement
from isoscope.inventory.machine.misc_controller import MiscController, misc_controller
from isoscope.inventory.observation import KERNEL, VM_MANAGER, Observation, known
from isoscope.inventory.process_table import ProcessTable
from isoscope.inventory.workload import Workload
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.process_marks import monitor_of
from isoscope.snapshot.reading import Reading

NOT_COUNTED = "encrypted_guest"
"""Key of the disagreement in which KVM counts no guest of the kind that a workload claims to be."""
_TOO_FEW = "encrypted_guests"
_HOST = "host"
_SECURE_PROCESSOR = "/dev/sev"
_BY_SECURE_PROCESSOR = ("sev", "sev-es", "sev-snp")
_RESOURCE = {"sev": "sev", "sev-es": "sev_es", "sev-snp": "sev_es", "tdx": "tdx"}
_KINDS = {"sev": "SEV", "sev_es": "SEV-ES or SEV-SNP", "tdx": "TDX"}


def against_kvms_count(
    workloads: Sequence[Workload], snapshot: Snapshot, table: ProcessTable
) -> tuple[list[Workload], tuple[Disagreement, ...]]:
    """The workloads with what KVM's count says against their claims, and what it says that is of
    no workload. Where the count was not read, nothing is said."""
    misc = misc_controller(snapshot)
    may_be = _may_be_encrypted(workloads, table)
    found = [_against_open_files(workload, snapshot) for workload in workloads]
    unclaimed = []
    for resource in _KINDS:
        count = misc.used(resource)
        if count is None:
            continue
        claims = {
            place: claim
            for place, workload in enumerate(found)
            if (claim := _claim(workload)) is not None and _RESOURCE.get(claim[0]) == resource
        }
        seen = _counted(misc, resource, count)
        if count < len(claims):
            for place, (kind, said) in claims.items():
                differs = _too_few(kind, said, len(claims), count, seen)
                workload = found[place]
                found[place] = replace(workload, disagreements=(*workload.disagreements, differs))
        elif count > len(claims) + may_be:
            ids = [found[place].id for place in claims]
            unclaimed.append(_too_many(resource, ids, count, seen, table.listing))
    return found, tuple(unclaimed)


def _against_open_files(workload: Workload, snapshot: Snapshot) -> Workload:
    """QEMU holds ``/dev/sev`` open as long as a guest of SEV lives (target/i386/sev.c)."""
    claim = None if workload.machine is None else _claim(workload)
    if claim is None or claim[0] not in _BY_SECURE_PROCESSOR:
        return workload
    base = f"/proc/{workload.pid}/fd"
    listing = snapshot.directory(base)
    links = [snapshot.link(f"{base}/{name}") for name in listing.names()]
    if listing.gap is not None or any(link.gap is not None for link in links):
        return workload
    held = [link.text() for link in links]
    if _SECURE_PROCESSOR in held:
        return workload
    excerpt = "\n".join(held)
    files = known(
        workload.id, "monitor-files", tuple(held), listing, parties=KERNEL, excerpt=excerpt
    )
    says = f"its VMM does not hold {_SECURE_PROCESSOR} open"
    differs = Disagreement("sev_device", claim[0], says, claim[1], files)
    return replace(workload, disagreements=(*workload.disagreements, differs))


def _claim(workload: Workload) -> tuple[str, Observation[object]] | None:
    """What a workload that is seen running claims to be, and on whose word."""
    if workload.pid is None:
        return None
    if workload.machine is not None:
        said = workload.machine.launch_security
        return None if said.value is None else (said.value.kind, said)
    if workload.engine == "enarx" and workload.tee is not None and workload.tee.value is not None:
        return workload.tee.value.technology, workload.tee
    return None


def _may_be_encrypted(workloads: Iterable[Workload], table: ProcessTable) -> int:
    """How many guests may be encrypted without anybody's saying so: machines of which that is not
    known, and VMMs that are a container's."""
    own = {workload.pid for workload in workloads if workload.own_kernel}
    unsaid = sum(
        workload.machine is None or not workload.machine.launch_security.known
        for workload in workloads
        if workload.own_kernel
    )
    unseen = sum(workload.own_kernel and workload.pid is None for workload in workloads)
    within = sum(
        process.status is not None
        and monitor_of(process.status.name) != ""
        and process.pid not in own
        for process in table.processes.values()
    )
    return unsaid + unseen + within


def _counted(misc: MiscController, resource: str, count: int) -> Observation[int]:
    excerpt = f"{resource} {count}"
    key = f"encrypted-guests-{resource}"
    return known(_HOST, key, count, misc.current, parties=KERNEL, excerpt=excerpt)


def _too_few(
    kind: str, said: Observation[object], claimed: int, count: int, seen: Observation[int]
) -> Disagreement:
    if count == 0:
        observed = f"no {_KINDS[_RESOURCE[kind]]} guest, by KVM's own count"
        return Disagreement(NOT_COUNTED, kind, observed, said, seen)
    declared = f"{kind}, as {claimed} in all do"
    observed = f"{count} such guests, by KVM's own count: {claimed - count} of them are none"
    return Disagreement(_TOO_FEW, declared, observed, said, seen)


def _too_many(
    resource: str, claimed: list[str], count: int, seen: Observation[int], listing: Reading
) -> Disagreement:
    declared = f"{len(claimed)} running guests under {_KINDS[resource]}"
    observed = f"{count} of them, by KVM's own count: {count - len(claimed)} that nobody describes"
    excerpt = "\n".join(claimed) or "none"
    said = known(
        _HOST, "claimed-guests", tuple(claimed), listing, parties=VM_MANAGER, excerpt=excerpt
    )
    return Disagreement(_TOO_FEW, declared, observed, said, seen)
