"""The snapshot: every reading of one host at one time, and nothing interpreted.

It is the only thing that crosses from probing to judging. The package needs only the standard
library, because the probes that fill it must run on a host where nothing else is installed.
"""
