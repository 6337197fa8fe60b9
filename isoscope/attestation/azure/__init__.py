"""Azure's confidential VMs: the HCL report, which a paravisor keeps in the virtual TPM."""
