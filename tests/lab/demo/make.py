"""Makes what is synthetic of the demonstration, and puts all of it where it ships.

``python -m tests.lab.demo.make RECORDED``, where RECORDED is what ``tests/lab/demo/record`` filled.

The recorded snapshots are copied as they are. The synthetic one is the recorded one with virtual
machines in which one VM's manager claims SEV-SNP: its name, its ``launchSecurity`` and QEMU's
command line are written in, nothing else. The evidence is signed by keys that exist for the run of
this program only, under a root of their own; nobody can make more of it afterwards.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import secrets
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from isoscope.attestation.challenge import Way, challenge
from isoscope.snapshot.codec import dump, load
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Channel, Reading
from tests.fakes.certificates import KEY_USAGE, Issued, certify, revoke
from tests.fakes.snp_evidence import (
    POLICY,
    endorsement_extensions,
    levels_of,
    sealed,
    table,
    unsigned_report,
)

ASSETS = Path(__file__).parents[3] / "assets" / "demo"
ROOT = "ISOSCOPE DEMONSTRATION ROOT, not AMD's ARK-Milan"
"""The end tells the processor line, as the names of AMD's roots do."""
VALID = (datetime(2024, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC))
"""So that the demonstration works on whatever day it is shown."""
RECORDED = {"shared": "shared-host", "closed": "path-closed", "machines": "virtual-machines"}
CLAIMS_SNP = "bank-vm"
DEBUG = 1 << 19
MEASUREMENT = hashlib.sha384(b"Isoscope demonstration: no software was measured").digest()


def main(arguments: list[str]) -> int:
    """Makes everything and says how large it is."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.demo.make")
    parser.add_argument("recorded", type=Path)
    recorded = parser.parse_args(arguments).recorded
    for stage, name in RECORDED.items():
        content = recorded.joinpath(stage, "snapshot.json.gz").read_bytes()
        _write(f"{name}.json.gz", content)
    machines = load((ASSETS / "virtual-machines.json.gz").read_bytes())
    _write("claims-snp.json.gz", dump(claiming_snp(machines), compressed=True))
    _make_evidence()
    return 0


def claiming_snp(machines: Snapshot) -> Snapshot:
    """The same host, with one VM whose manager claims SEV-SNP with debugging off."""
    return replace(
        machines,
        readings={source: _claiming(reading) for source, reading in machines.readings.items()},
        extra={
            **machines.extra,
            "demonstration": "SYNTHETIC: recorded without a TEE; the claim of SEV-SNP was written "
            "in by tests/lab/demo/make.py",
        },
    )


def _claiming(reading: Reading) -> Reading:
    target = reading.source.target
    if reading.source.channel is Channel.FILE and target in (
        "/proc/sys/kernel/hostname",
        "/etc/hostname",
    ):
        return _edited(reading, lambda text: f"{text.strip()}-SYNTHETIC\n")
    if reading.source.channel is Channel.LIBVIRT and f"<name>{CLAIMS_SNP}</name>" in _text(reading):
        security = (
            "<launchSecurity type='sev-snp'><cbitpos>51</cbitpos>"
            f"<reducedPhysBits>1</reducedPhysBits><policy>{POLICY:#x}</policy></launchSecurity>"
        )
        return _edited(reading, lambda text: text.replace("</domain>", f"{security}</domain>"))
    words = _text(reading).split("\0")
    if target.endswith("/cmdline") and any(CLAIMS_SNP in word for word in words[:4]):
        return _edited(reading, _with_guest_object)
    return reading


def _with_guest_object(command: str) -> str:
    words = command.split("\0")
    at = words.index("-machine") + 1
    words[at] += ",confidential-guest-support=lsec0"
    guest = {
        "qom-type": "sev-snp-guest",
        "id": "lsec0",
        "cbitpos": 51,
        "reduced-phys-bits": 1,
        "policy": POLICY,
    }
    return "\0".join([*words[: at + 1], "-object", json.dumps(guest), *words[at + 1 :]])


def _text(reading: Reading) -> str:
    return (reading.content or b"").decode("utf-8", "replace")


def _edited(reading: Reading, edit: Callable[[str], str]) -> Reading:
    return replace(reading, content=edit(_text(reading)).encode())


def _make_evidence() -> None:
    random = secrets.token_bytes(32)
    _write("nonce.txt", f"{random.hex()}\n".encode())
    nonce = challenge(Way.CONFIGFS_TSM, random).nonce
    root = certify(ROOT, _rsa(), authority=True, valid=VALID)
    between = certify(
        "ISOSCOPE DEMONSTRATION, not AMD's SEV-Milan",
        _rsa(),
        root,
        serial=2,
        authority=True,
        valid=VALID,
        extensions={KEY_USAGE: b"\x03\x02\x02\x04"},
    )
    _write(
        "roots.toml",
        "# Keys made for the demonstration, and thrown away: no vendor signed anything here.\n\n"
        f'[amd]\n"{ROOT}" = "{root.key_hash}"\n'.encode(),
    )
    here, elsewhere = secrets.token_bytes(64), secrets.token_bytes(64)
    _write("attested.bin", _report(root, between, here, nonce))
    _write("debug.bin", _report(root, between, here, nonce, policy=POLICY | DEBUG))
    other = challenge(Way.CONFIGFS_TSM, secrets.token_bytes(32)).nonce
    _write("elsewhere.bin", _report(root, between, elsewhere, other))


def _report(
    root: Issued, between: Issued, chip: bytes, nonce: bytes, *, policy: int = POLICY
) -> bytes:
    """A report of a chip of its own, and the table of certificates behind it."""
    leaf = certify(
        "SEV-VCEK",
        ec.generate_private_key(ec.SECP384R1()),
        between,
        serial=0,
        valid=VALID,
        extensions=endorsement_extensions("Milan", levels_of("Milan"), chip=chip),
    )
    fields: dict[str, int | bytes] = {
        "chip_id": chip,
        "report_data": nonce,
        "policy": policy,
        "measurement": MEASUREMENT,
        "report_id": secrets.token_bytes(32),
    }
    signed = sealed(unsigned_report("Milan", 3, fields), leaf.key)
    return signed + table(
        ("VCEK", leaf.raw),
        ("ASK", between.raw),
        ("ARK", root.raw),
        ("CRL", revoke(root, made=VALID[0], next_update=VALID[1])),
    )


def _rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 4096)


def _write(name: str, content: bytes) -> None:
    ASSETS.mkdir(exist_ok=True)
    (ASSETS / name).write_bytes(content)
    sys.stdout.write(f"{name}: {len(content):,} bytes\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
