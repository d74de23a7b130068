"""What must be on the disk before anything tells of it: a power cut takes whatever is not."""

import os
from contextlib import suppress
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Make sure that a folder knows, after a power cut, which files were made or renamed in it.

    Where a system has no such thing, as Windows, nothing is done.
    """
    if os.name != "posix":
        return
    with suppress(OSError):  # some file systems, mostly of networks, keep folders elsewhere
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def sync_file(path: Path) -> None:
    """Make sure that what was written to a file is on the disk. Raises OSError if that is full."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
