"""What is told when the state of a directory cannot be used: what is wrong, with which file, and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from json import JSONDecodeError
from pathlib import Path

from clean.dedupe.store import reason
from clean.errors import OutputError
from clean.runs.names import STATE

KEPT = "then start again: what was done is kept"
ANEW = "put back a copy of the whole directory, or move it aside and clean everything anew"
# What the database or the system says, and what a person needs to know.
IN_USE = ("set lock on", "used by another process")
SENTENCES = (
    *((words, "is in use by {holder}; wait until that has ended, then start again") for words in IN_USE),
    ("version number", f"was written by another version of DuckDB ({{error}}); install that, or {ANEW}"),
    ("ut of Memory", f"needs more memory than there is ({{error}}); free some, {KEPT}"),
    ("o space left", f"cannot be written: there is no space left on the device; make room, {KEPT}"),
    ("ead-only file system", f"cannot be written: its file system is read-only; mend that, {KEPT}"),
    ("ermission denied", f"cannot be opened: permission denied; get the right to read and write it, {KEPT}"),
    ("ould not write", f"cannot be written ({{error}}); mend that, {KEPT}"),
)
SYSTEM = f"cannot be used ({{error}}); mend that, {KEPT}"  # for what else the system says
BROKEN = f"is broken, or not made by clean ({{error}}); {ANEW}"  # and the database: most of it speaks of a broken file
LINES_BROKEN = "{path} is broken: {what}; " + ANEW


def in_use(error: Exception) -> bool:
    """Whether DuckDB cannot open a file since another process has it."""
    return any(words in str(error) for words in IN_USE)


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """What DuckDB or the system cannot do with the state of a directory, as an OutputError."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise OutputError(reason(folder / STATE, " ".join(str(error).split()), SENTENCES, BROKEN)) from error
    except OSError as error:
        path = Path(error.filename) if isinstance(error.filename, str) else folder / STATE
        raise OutputError(reason(path, error.strerror or str(error), SENTENCES, SYSTEM)) from error


@contextmanager
def told_of_lines(path: Path) -> Iterator[None]:
    """What is no JSON among the lines of sources, as an OutputError."""
    try:
        yield
    except JSONDecodeError as error:
        raise OutputError(LINES_BROKEN.format(path=path, what=f"a line in it is no JSON ({error.msg})")) from error


def lines_in(content: bytes, path: Path) -> bytes:
    """The lines of a source, as they were read. Raises OutputError if they are none by how they begin and end."""
    if content and not (content.startswith(b"{") and content.endswith(b"}\n")):
        raise OutputError(LINES_BROKEN.format(path=path, what="what stands in it are no lines of JSON"))
    return content
