"""Paths, folders and globs to a list of inputs, each with the name that its records bear."""

import glob
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from clean.errors import EmptySource, SourceError, UnreadableSource
from clean.runs.output import INDEX, MANIFEST, ROWS

LARGEST = 64 << 20  # bytes of one document
STANDARD_INPUT = "-"
OURS = frozenset((*ROWS, MANIFEST, INDEX, f"{INDEX}.wal"))
MAGIC = frozenset("*?[")


# Files of a folder that are no scrapes, by their names without endings, and what they are. Who names one gets it.
NO_SCRAPES: Mapping[str, str] = {
    "readme": "it tells about the folder",
    "license": "it tells about the folder",
    "changelog": "it tells about the folder",
    "contributing": "it tells about the folder",
    "gold": "it says what scrapes must become",
}


class Input(NamedTuple):
    """A document to clean; with a `problem`, one that cannot be read; with `passed_over`, one that is no scrape.

    `folder` is the name of the folder that was given and holds it: the site of what lies in no folder below.
    """

    name: str
    path: Path | None
    problem: str = ""
    missing: bool = False
    passed_over: str = ""
    folder: str = ""


def find(paths: Sequence[str], without: Path | None = None) -> list[Input]:
    """The inputs that the paths name, sorted by name, each name once.

    A file in a folder is named by its path relative to the folder that was given; a file that was given itself, by
    its own name; where two would bear the same name, both by the path as given. `-` is standard input. Hidden files
    are left out, and so are the results in the folder `without`; symbolic links are not followed out of a folder.
    """
    by_name: dict[str, dict[Path | None, tuple[str, Input]]] = defaultdict(dict)
    for given in paths:
        for one in inputs_of(given, without):
            _, known = by_name[one.name].get(one.path, ("", None))
            if known is None or not known.folder:  # which of two ways to name it came first must not matter
                by_name[one.name][one.path] = given, one
    inputs: dict[str, Input] = {}
    for same in by_name.values():
        for given, one in same.values():
            name = printable(one.name if len(same) == 1 else long_name(given, one))
            inputs[name] = one._replace(name=name)
    return [inputs[name] for name in sorted(inputs)]


def long_name(given: str, one: Input) -> str:
    """The name of an input by the path as given."""
    return (Path(given) / one.name).as_posix() if Path(given).is_dir() else Path(one.path or given).as_posix()


def printable(name: str) -> str:
    """A name that can be written as UTF-8: bytes of a file name that are none stand as escapes."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def inputs_of(given: str, without: Path | None) -> Iterator[Input]:
    """The inputs that one path, folder or glob names."""
    path = Path(given)
    try:
        is_folder, exists = path.is_dir(), path.exists()
    except OSError as error:
        yield Input(given, path, f"there can be no such file: {(error.strerror or str(error)).lower()}", missing=True)
        return
    if given == STANDARD_INPUT:
        yield Input(STANDARD_INPUT, None)
    elif is_folder:
        yield from files_below(path, without)
    elif exists:
        yield Input(path.name, path, "" if path.is_file() or path.is_fifo() else "it is no regular file")
    elif set(given) & MAGIC and (matches := sorted(glob.glob(given, recursive=True))):
        for match in matches:
            yield from inputs_of(match, without)
    else:
        yield Input(given, path, "there is no such file or folder; check the path", missing=True)


def files_below(folder: Path, without: Path | None) -> Iterator[Input]:
    """The files below a folder that are not hidden, and what could not be looked into."""
    root = folder.resolve()
    closed: list[OSError] = []
    for directory, folders, files in os.walk(folder, onerror=closed.append):
        here = Path(directory)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and (here / name).resolve() != without)
        ours = OURS if here.resolve() == without else frozenset()
        for file in sorted(files):
            path = here / file
            if not file.startswith(".") and file not in ours:
                why = NO_SCRAPES.get(path.stem.lower(), "")
                name = path.relative_to(folder).as_posix()
                yield Input(name, path, problem_of(path, root), passed_over=why, folder=root.name)
    for error in closed:
        path = Path(error.filename)
        what = f"the folder cannot be read: {(error.strerror or str(error)).lower()}"
        yield Input(path.relative_to(folder).as_posix(), path, what)


def problem_of(path: Path, root: Path) -> str:
    """Why a file that was found below a folder is not to be read, or nothing."""
    if path.is_symlink() and root not in path.resolve().parents:
        return "it is a symbolic link out of the input folder"
    return "" if path.is_file() else "it is no regular file"


def load(one: Input) -> tuple[bytes, SourceError | None]:
    """The bytes of an input, or why there are none."""
    if one.problem:
        return b"", UnreadableSource(one.problem)
    try:
        if one.path is None or one.name == STANDARD_INPUT:
            content = sys.stdin.buffer.read(LARGEST + 1)
            if len(content) > LARGEST:
                return b"", UnreadableSource(
                    f"it holds more than {LARGEST >> 20} MiB, which is the most; part it first"
                )
        elif one.path.stat().st_size > LARGEST:
            size = one.path.stat().st_size >> 20
            return b"", UnreadableSource(f"it holds {size} MiB, and {LARGEST >> 20} MiB is the most; part it first")
        else:
            content = one.path.read_bytes()
    except OSError as error:
        return b"", UnreadableSource(f"it cannot be opened: {(error.strerror or str(error)).lower()}")
    if not content.strip():
        return content, EmptySource("there is nothing in it but white space")
    return content, None
