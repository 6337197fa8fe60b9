"""What a report states, by field."""

from __future__ import annotations

from collections.abc import Mapping

from isoscope.attestation.snp.report import Report


def claims_of(report: Report) -> Mapping[str, str]:
    """Every field of the report, as text: hexadecimal for bytes, decimal for counts."""
    claims = {
        "version": str(report.version),
        "guest_svn": str(report.guest_svn),
        "policy": f"{report.policy.value:#x}",
        "family_id": report.family_id.hex(),
        "image_id": report.image_id.hex(),
        "vmpl": str(report.vmpl),
        "signing_key": report.signing_key.name if report.signing_key is not None else "reserved",
        "platform_info": f"{report.platform:#x}",
        "report_data": report.report_data.hex(),
        "measurement": report.measurement.hex(),
        "host_data": report.host_data.hex(),
        "id_key_digest": report.id_key_digest.hex(),
        "author_key_digest": report.author_key_digest.hex(),
        "report_id": report.report_id.hex(),
        "report_id_ma": report.report_id_migration_agent.hex(),
        "chip_id": report.chip_id.hex(),
        "current_tcb": report.current_tcb.hex(),
        "reported_tcb": report.reported_tcb.hex(),
        "committed_tcb": report.committed_tcb.hex(),
        "launch_tcb": report.launch_tcb.hex(),
        "current_firmware": report.current_firmware,
        "committed_firmware": report.committed_firmware,
    }
    if report.model is not None:
        family, model, stepping = report.model
        claims["processor"] = f"family {family:#x} model {model:#x} stepping {stepping}"
    if report.launch_mitigations is not None and report.current_mitigations is not None:
        claims["launch_mit_vector"] = f"{report.launch_mitigations:#x}"
        claims["current_mit_vector"] = f"{report.current_mitigations:#x}"
    return claims
