"""Paths, folders and globs to a list of inputs, each with the name that its records bear."""

import glob
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import copyfileobj
from tempfile import NamedTemporaryFile
from typing import Any, NamedTuple

from clean.errors import UnreadableSource, UsageError
from clean.readers.documents import Document, Fields, damage, no_scrape, printable
from clean.readers.formats import documents
from clean.runs.names import OURS, REPORT, STATE

STANDARD_INPUT = "-"
MAGIC = frozenset("*?[")
LEFT = "runs into its folder left it"
AFAR = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)


class Input(NamedTuple):
    """A file to clean; with a `problem`, one that cannot be read; with `passed_over`, one that is no scrape.

    `folder` is the name of the folder that was given and holds it: the site of what lies in no folder below. `url` is
    where it lies, if that is not on this machine; `copied` what `path` is a copy of, if that can be read only once.
    """

    name: str
    path: Path | None
    problem: str = ""
    missing: bool = False
    passed_over: str = ""
    folder: str = ""
    url: str = ""
    copied: str = ""

    @property
    def place(self) -> str:
        """Where it lies, as a user would name it."""
        return printable(self.copied or self.url or str(self.path or self.name))


def find(paths: Sequence[str], without: Path | None = None) -> list[Input]:
    """The inputs that the paths name, sorted by name, each file once.

    A file in a folder is named by its path relative to the folder that was given; a file that was given itself, by
    its own name; one that was given several times by its path below the folder farthest from it; where two would bear
    the same name, both by the path as given. `-` is standard input. Hidden files
    are left out, and so are the results in the folder `without`; those of runs into other folders are passed over.
    Symbolic links are not followed out of a folder.
    """
    by_place: dict[str, tuple[str, Input]] = {}
    for given in paths:
        for one in inputs_of(given, without):
            place = one.url or (os.path.abspath(one.path) if one.path else one.name)
            by_place[place] = min(by_place.get(place, (given, one)), (given, one), key=outermost)
    names = Counter(one.name for _, one in by_place.values())
    inputs: list[Input] = []  # of which two may bear one name, if that of one is told with escapes
    for given, one in by_place.values():
        name = printable(one.name if names[one.name] == 1 else long_name(given, one))
        inputs.append(one._replace(name=name))
    return sorted(inputs, key=lambda one: (one.name, one.place))


def outermost(named: tuple[str, Input]) -> tuple[Any, ...]:
    """In which order the ways to name a file are looked at: by the folder farthest from it first, in whatever order."""
    given, one = named
    return not one.folder, -one.name.count("/"), len(given), given


def long_name(given: str, one: Input) -> str:
    """The name of an input by the path as given."""
    if one.url:
        return one.url
    return (Path(given) / one.name).as_posix() if Path(given).is_dir() else Path(one.path or given).as_posix()


def inputs_of(given: str, without: Path | None) -> Iterator[Input]:
    """The inputs that one path, folder or glob names."""
    if AFAR.match(given):
        yield from inputs_afar(given)
        return
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
        ours = {*OURS, REPORT} if here.resolve() == without else set()
        others = {*OURS, REPORT} if STATE in files else set()
        for file in sorted(files):
            path = here / file
            if not file.startswith(".") and file not in ours:
                name = path.relative_to(folder).as_posix()
                why = LEFT if file in others else no_scrape(name)
                yield Input(name, path, problem_of(path, root), passed_over=why, folder=root.name)
    for error in closed:
        path = Path(error.filename)
        what = f"the folder cannot be read: {(error.strerror or str(error)).lower()}"
        yield Input(path.relative_to(folder).as_posix(), path, what)


def problem_of(path: Path, root: Path) -> str:
    """Why a file that was found below a folder is not to be read, or nothing."""
    try:
        if path.is_symlink() and root not in path.resolve(strict=True).parents:
            return "it is a symbolic link out of the input folder"
        return "" if path.is_file() else "it is no regular file"
    except (OSError, RuntimeError):
        return "it is a symbolic link that leads nowhere, or to itself"


def inputs_afar(given: str) -> Iterator[Input]:
    """The inputs that a URL names: a file, or all files below a folder, or those that fit a glob."""
    try:
        import fsspec
    except ImportError:
        raise UsageError(f"{given} lies on another machine: pip install 'clean-news[remote]' to read it") from None
    try:
        system, place = fsspec.core.url_to_fs(given)
        if set(place) & MAGIC:
            found = system.glob(place)
        else:
            found = system.find(place) if system.isdir(place) else [place] if system.exists(place) else []
    except (ImportError, ValueError) as error:
        raise UsageError(f"{given} cannot be read: {error}") from None
    except Exception as error:  # each system raises its own kinds
        yield Input(given, None, f"it cannot be reached ({damage(error)})", missing=True, url=given)
        return
    if not found:
        yield Input(given, None, "there is no such file or folder; check the URL", missing=True, url=given)
    for one in sorted(found):
        url = system.unstrip_protocol(one)
        inside = one != place and not set(place) & MAGIC
        name = one[len(place) :].lstrip("/") if inside else one.rsplit("/", 1)[-1]
        yield Input(name, None, folder=place.rstrip("/").rsplit("/", 1)[-1] if inside else "", url=url)


def kept(one: Input, folder: Path) -> Input:
    """The input, or if it can be read only once, as standard input and pipes can, a copy of it in the folder."""
    if one.problem or one.url or (one.path is not None and not one.path.is_fifo()):
        return one
    try:
        with opened(one) as stream, NamedTemporaryFile(dir=folder, delete=False) as copy:
            copyfileobj(stream, copy, 1 << 20)
    except OSError as error:
        return one._replace(problem=f"it cannot be read: {(error.strerror or str(error)).lower()}")
    return one._replace(path=Path(copy.name), copied=one.place)


def opened(one: Input) -> Any:
    """The file of an input, or standard input, as a stream of bytes. Raises OSError if it cannot be opened."""
    if one.url:
        import fsspec

        return fsspec.open(one.url, "rb").open()
    return sys.stdin.buffer if one.path is None else one.path.open("rb")


def documents_of(one: Input, fields: Fields | None = None) -> Iterator[Document]:
    """The documents in an input, one at a time; what cannot be read is told in its place."""
    if one.problem:
        yield Document(one.name, problem=UnreadableSource(one.problem))
        return
    try:
        stream = opened(one)
    except Exception as error:  # systems afar raise their own kinds
        what = (getattr(error, "strerror", None) or str(error)).lower()
        yield Document(one.name, problem=UnreadableSource(f"it cannot be opened: {what}"))
        return
    with stream:
        yield from documents(one.name, stream, fields)


def one_document(given: str, name: str = "", fields: Fields | None = None) -> Document:
    """The one document of a path, or of its documents the one with that name. Raises UsageError if there is none."""
    if not given:
        raise UsageError("'' is no path; name a file, or - for standard input")
    found: list[Document] = []
    same: Counter[str] = Counter()  # documents of a name that the one that is looked for may be another of
    for one in find([given]):
        for document in documents_of(one, fields) if not one.passed_over else ():
            if document.passed_over:
                continue
            if name.startswith(f"{document.name} ("):
                same[document.name] += 1
            if name and name in (document.name, document.place, f"{document.name} ({same[document.name]})"):
                return document
            found = [*found[:1], document]
    if not found:
        raise UsageError(f"{given} holds no document")
    if name or len(found) != 1:
        which = f"no document {name!r}" if name else "more than one document"
        shown = ", ".join(repr(one.name) for one in found)
        raise UsageError(f"{given} holds {which}; name one of them by --document, such as {shown}")
    return found[0]
