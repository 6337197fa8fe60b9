"""AMD SEV-SNP attestation reports (AMD 56860, SEV-SNP Firmware ABI Specification)."""
