"""The attestation reports of NVIDIA GPUs."""
