"""The attestation documents of AWS Nitro Enclaves."""
