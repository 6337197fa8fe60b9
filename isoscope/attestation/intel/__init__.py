"""Quotes of Intel TDX and Intel SGX, signed by a platform's quoting enclave (Intel SGX DCAP)."""
