"""The names of technologies of trusted execution, as their makers write them."""

from __future__ import annotations

from isoscope.inventory.technology import Technology

TECHNOLOGY = {
    Technology.AMD_SME: "AMD SME",
    Technology.AMD_SEV: "AMD SEV",
    Technology.AMD_SEV_ES: "AMD SEV-ES",
    Technology.AMD_SEV_SNP: "AMD SEV-SNP",
    Technology.INTEL_TME: "Intel TME",
    Technology.INTEL_SGX: "Intel SGX",
    Technology.INTEL_TDX: "Intel TDX",
    Technology.ARM_CCA: "Arm CCA",
    Technology.IBM_SE: "IBM Secure Execution",
    Technology.IBM_PEF: "IBM PEF",
    Technology.AWS_NITRO_ENCLAVES: "AWS Nitro Enclaves",
    Technology.NVIDIA_CC: "NVIDIA CC",
    Technology.AMD_TSME: "AMD TSME",
    Technology.HYGON_CSV: "Hygon CSV",
    Technology.HYPER_V_ISOLATION: "Hyper-V isolation",
    Technology.PROTECTED_KVM: "protected KVM",
}
