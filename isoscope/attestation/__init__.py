"""Attestation evidence: signed bytes in, named checks out.

Nothing here reads a file, asks a clock or a network: bytes, the time of evaluation and the pinned
roots are arguments. Every parser takes hostile bytes and answers them with `EvidenceError`. One
package per vendor's format (``snp``, …) stands on the rooms beside them: `fields` (binary layouts),
`der` and `certificate` (X.509), `signature`, `chain`, `revocation`, and `checks` (what comes out).
"""
