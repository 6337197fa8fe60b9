"""The attestation tokens of Arm's Confidential Compute Architecture."""
