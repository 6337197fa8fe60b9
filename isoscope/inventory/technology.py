"""Technologies of trusted execution, and what each can do for a workload at most."""

from __future__ import annotations

from enum import StrEnum


class Technology(StrEnum):
    """TEE technologies of the outside contract."""

    AMD_SME = "amd-sme"
    AMD_SEV = "amd-sev"
    AMD_SEV_ES = "amd-sev-es"
    AMD_SEV_SNP = "amd-sev-snp"
    INTEL_TME = "intel-tme"
    INTEL_SGX = "intel-sgx"
    INTEL_TDX = "intel-tdx"
    ARM_CCA = "arm-cca"
    IBM_SE = "ibm-se"
    IBM_PEF = "ibm-pef"
    AWS_NITRO_ENCLAVES = "aws-nitro-enclaves"
    NVIDIA_CC = "nvidia-cc"
    # From here on: additions to the contract.
    AMD_TSME = "amd-tsme"
    HYGON_CSV = "hygon-csv"
    HYPER_V_ISOLATION = "hyper-v-isolation"
    PROTECTED_KVM = "protected-kvm"

    @property
    def nature(self) -> TeeNature:
        """What it can do for a workload at most."""
        return _NATURES.get(self, TeeNature.TEE)


class TeeNature(StrEnum):
    """What a technology can do for a workload at most: not all that is listed is a TEE."""

    TEE = "tee"
    """Hardware keeps the host's software out of a workload."""
    MEMORY_ENCRYPTION = "memory-encryption"
    """Encrypts all of the host's memory under one key: against who takes the memory, not the host.
    No workload is in a TEE for it."""
    HYPERVISOR_ISOLATION = "hypervisor-isolation"
    """A hypervisor below keeps a machine's kernel out of a part of its memory: the word of
    software, and no hardware TEE."""


_NATURES = {
    Technology.AMD_SME: TeeNature.MEMORY_ENCRYPTION,
    Technology.AMD_TSME: TeeNature.MEMORY_ENCRYPTION,
    Technology.INTEL_TME: TeeNature.MEMORY_ENCRYPTION,
    Technology.HYPER_V_ISOLATION: TeeNature.HYPERVISOR_ISOLATION,
    Technology.PROTECTED_KVM: TeeNature.HYPERVISOR_ISOLATION,
}
