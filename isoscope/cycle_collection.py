"""Python's search for reference cycles, paused where much is made that has none.

Facts, judgements and findings refer to what was there before them, so that no cycle can arise; the
search walks through all of them again and again, which took half of the time that judging 10,000
workloads takes.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """Makes none for as long as the block runs, in the whole process. What has no cycle is freed
    all the same, by its references. Where two threads do so at once, the first to end resumes it,
    which costs the other some time and nothing else."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            # What was made counts as old from now on, as if the search had walked through it; else
            # it does so at once, with every other thread waiting.
            gc.freeze()
            gc.unfreeze()
            gc.enable()
