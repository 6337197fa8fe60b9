"""What if: verdicts on a host on which some things were otherwise than they were seen.

A supposition is a declared change. It replaces facts or judgements of workloads, and the whole is
concluded anew by the same evaluation: what it says of one workload shows on its neighbours too.
Nothing here was observed, and nothing of it may be shown as if it had been.
"""
