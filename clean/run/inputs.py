"""Paths, folders and globs to a list of inputs, each with the name that its records bear."""

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

STANDARD_INPUT = "-"
MAGIC = frozenset("*?[")


class Input(NamedTuple):
    """A document to clean, or, with a `problem`, one that is not there."""

    name: str
    path: Path | None
    problem: str = ""


def find(paths: Sequence[str]) -> list[Input]:
    """The inputs that the paths name, sorted by name, each name once.

    A file in a folder is named by its path relative to the folder that was given; a file that was given itself, by
    its own name; where two would bear the same name, by the path as given. `-` is standard input. Hidden files are
    passed over, and symbolic links are not followed out of a folder.
    """
    found = [(given, one) for given in paths for one in inputs_of(given)]
    taken: dict[str, Path | None] = {}
    inputs: dict[str, Input] = {}
    for given, one in found:
        name = one.name
        if name in taken and taken[name] != one.path:
            name = (Path(given) / one.name).as_posix() if Path(given).is_dir() else Path(given).as_posix()
        taken[name] = one.path
        inputs[name] = one._replace(name=name)
    return [inputs[name] for name in sorted(inputs)]


def inputs_of(given: str) -> Iterator[Input]:
    """The inputs that one path, folder or glob names."""
    path = Path(given)
    if given == STANDARD_INPUT:
        yield Input(STANDARD_INPUT, None)
    elif path.is_dir():
        yield from files_below(path)
    elif path.exists():
        yield Input(path.name, path)
    elif set(given) & MAGIC and (matches := sorted(glob.glob(given, recursive=True))):
        for match in matches:
            yield from inputs_of(match)
    else:
        yield Input(given, path, "there is no such file or folder; check the path")


def files_below(folder: Path) -> Iterator[Input]:
    """The files below a folder that are not hidden."""
    root = folder.resolve()
    for directory, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for file in sorted(files):
            path = Path(directory) / file
            if file.startswith("."):
                continue
            if path.is_symlink() and root not in path.resolve().parents:
                yield Input(path.relative_to(folder).as_posix(), path, "it is a symbolic link out of the input folder")
            else:
                yield Input(path.relative_to(folder).as_posix(), path)
