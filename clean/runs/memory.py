"""How memory that was freed goes back to the system."""

import os
import sys
from contextlib import suppress

MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD in malloc.h
LARGE = 200 << 10  # bytes; less than a block of DuckDB
ARROW_POOL = "ARROW_DEFAULT_MEMORY_POOL"  # a variable of the environment that Arrow reads when it is loaded


def give_back() -> None:
    """Give what this process has freed, and still holds, back to the system, where glibc is in use (malloc_trim(3))."""
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):  # another libc
            ctypes.CDLL(None).malloc_trim(0)


def give_back_large_blocks() -> None:
    """Have this process give freed blocks of 200 KiB or more back to the system at once, where glibc is in use.

    Otherwise glibc raises that bound up to 32 MiB as blocks are freed (mallopt(3)), and keeps what lies between such as
    stay: a run over a million documents then holds twice what it uses. Arrow has an allocator of its own, which keeps
    more; here and in processes that are started from here it takes that of the system, unless it is loaded already.
    """
    os.environ.setdefault(ARROW_POOL, "system")
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):  # another libc
            ctypes.CDLL(None).mallopt(MMAP_THRESHOLD, LARGE)
