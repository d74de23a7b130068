"""The output directory: files that are only ever seen whole, and what an earlier run left in them."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import IO, Any

import orjson

from clean.errors import OutputError, UsageError

ARTICLES, REMOVED, FAILED = "articles.jsonl", "removed.jsonl", "failed.jsonl"
SITES = "sites.jsonl"  # what later runs need to know of each source to tell what repeats on its site
INDEX = "duplicates.duckdb"  # what the passages and records were, to tell what later ones repeat
MANIFEST = "run.json"
ROWS = (ARTICLES, REMOVED, FAILED, SITES)
COMMIT = ".run.json.commit"  # a manifest whose files are complete, but perhaps not all in place
FORMAT = 2  # of run.json


class Previous:
    """What earlier runs made of each source; read in step with a new run, in order of source names.

    `gone` names the sources that are not to be taken over.
    """

    def __init__(self, folder: Path, entries: dict[str, Any]) -> None:
        self.folder = folder
        self.entries = entries
        self.gone: set[str] = set()
        self._files = {file: grouped(folder / file) for file in ROWS} if entries else {}
        self._next = {file: next(groups, None) for file, groups in self._files.items()}

    @classmethod
    def read(cls, folder: Path) -> "Previous":
        """What a directory holds, after what a killed run had completed was put in place.

        Raises OutputError for a manifest that is not ours, or that does not fit the files beside it.
        """
        finish_commit(folder)
        path = folder / MANIFEST
        if not path.exists():
            if foreign := [file for file in ROWS if (folder / file).exists()]:
                what = f"{folder} holds {foreign[0]}, but no {MANIFEST} that says it is ours"
                raise OutputError(f"{what}; choose another directory")
            return cls(folder, {})
        try:
            table = json.loads(path.read_bytes())
            if table["format"] != FORMAT:
                raise OutputError(f"{path} was written by another version of clean; choose another directory")
            changed = [file for file in ROWS if table["files"][file] != fingerprint(folder / file)]
            entries: dict[str, Any] = table["sources"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise OutputError(f"{path} is not a manifest of clean ({error}); choose another directory") from error
        if changed:
            what = f"{folder / changed[0]} was changed after the run that wrote it"
            raise OutputError(f"{what}; choose another directory, or delete {MANIFEST} to clean everything anew")
        return cls(folder, entries)

    def rows(self, name: str) -> dict[str, list[bytes]]:
        """The lines of each file that belong to a source. To be asked in order of names."""
        lines: dict[str, list[bytes]] = {file: [] for file in ROWS}
        for file in self._files:
            while (group := self._next[file]) is not None and group[0] <= name:
                if group[0] == name:
                    lines[file] = group[1]
                self._next[file] = next(self._files[file], None)
        return lines


def grouped(path: Path) -> Iterator[tuple[str, list[bytes]]]:
    """(source, its lines) for every source in a file of rows."""
    with path.open("rb") as rows:
        for source, lines in groupby(rows, key=lambda row: str(orjson.loads(row)["source"])):
            yield source, list(lines)


def fingerprint(path: Path) -> dict[str, Any]:
    """Size in bytes and digest of a file."""
    digest = blake2b(digest_size=16)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return {"bytes": path.stat().st_size, "digest": digest.hexdigest()}


def finish_commit(folder: Path) -> None:
    """Put in place what a run had completed before it was killed."""
    commit = folder / COMMIT
    if not commit.exists():
        return
    table = json.loads(commit.read_bytes())
    for file, part in table.pop("parts").items():
        if (folder / part).exists():
            (folder / part).replace(folder / file)
    write_whole(folder / MANIFEST, table)
    commit.unlink()


def write_whole(path: Path, table: dict[str, Any]) -> None:
    """Write a table as JSON under a temporary name, make sure that it is on the disk, and rename it."""
    part = path.with_name(f".{path.name.lstrip('.')}.{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(orjson.dumps(table, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


class Output:
    """Files written under temporary names and put in place together: a run that dies leaves all old, or all new."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries: dict[str, Any] = {}
        self._parts = {file: f".{file}.{os.getpid()}.part" for file in ROWS}
        self._files: dict[str, IO[bytes]] = {}

    def __enter__(self) -> "Output":
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for file, part in self._parts.items():
                self._files[file] = (self.folder / part).open("wb")
        except OSError as error:
            self._close()
            raise OutputError(f"{self.folder} cannot be written: {(error.strerror or str(error)).lower()}") from error
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        for handle in self._files.values():
            with suppress(OSError):  # a full disk was told when it was met
                handle.close()
        self._files = {}
        if not (self.folder / COMMIT).exists():
            sweep(self.folder)

    def add(self, lines: dict[str, list[bytes]]) -> None:
        """Append lines to each file. Raises OutputError if that cannot be done, as on a full disk."""
        try:
            for file, rows in lines.items():
                self._files[file].writelines(rows)
        except OSError as error:
            raise self._cannot(error) from error

    def staged(self, file: str) -> Path:
        """Where the lines are that were added to a file so far. Raises OutputError if they cannot be written."""
        try:
            self._files[file].flush()
        except OSError as error:
            raise self._cannot(error) from error
        return self.folder / self._parts[file]

    def rewrite(self, file: str, lines: Iterable[bytes]) -> None:
        """Put other lines in the place of those that were added; they may be read from `staged` meanwhile."""
        part = self.staged(file)
        anew = part.with_name(f".anew.{os.getpid()}.part")
        try:
            with anew.open("wb") as rows:
                rows.writelines(lines)
            self._files[file].close()
            anew.replace(part)
            self._files[file] = part.open("ab")
        except OSError as error:
            raise self._cannot(error) from error

    def commit(self, counts: dict[str, Any]) -> None:
        """Put everything in place. From the moment that the commit file stands, the next run would complete it."""
        from clean import __version__

        try:
            for handle in self._files.values():
                handle.flush()
                os.fsync(handle.fileno())
                handle.close()
            files = {file: fingerprint(self.folder / part) for file, part in self._parts.items()}
            table = {"format": FORMAT, "version": __version__, **counts, "files": files, "sources": self.entries}
            write_whole(self.folder / COMMIT, {**table, "parts": self._parts})
        except OSError as error:
            raise self._cannot(error) from error
        try:
            finish_commit(self.folder)
        except OSError as error:
            what = (error.strerror or str(error)).lower()
            raise OutputError(
                f"{self.folder} is complete, but not all in place: {what}; run again to finish"
            ) from error

    def _cannot(self, error: OSError) -> OutputError:
        what = (error.strerror or str(error)).lower()
        return OutputError(f"{self.folder} cannot be written: {what}; it holds what it held before")


def sweep(folder: Path) -> None:
    """Delete temporary files of this run, and of runs that are no longer there."""
    with suppress(OSError):
        for part in folder.glob(".*.part"):
            owner = part.name.split(".")[-2]
            if owner.isdigit() and (int(owner) == os.getpid() or not is_running(int(owner))):
                with suppress(OSError):
                    part.unlink()


def is_running(process: int) -> bool:
    """Whether there is a process with that number, as far as one may know."""
    if os.name != "posix":
        return False  # an open file cannot be deleted there
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def rule_counts(folder: Path) -> Counter[str]:
    """How often each rule stands in the ledger of a finished run. Raises UsageError if there is none."""
    path = folder / REMOVED
    if not path.is_file():
        raise UsageError(f"{folder} holds no finished run: there is no {path.name} in it")
    with path.open("rb") as rows:
        return Counter(orjson.loads(row)["rule"] for row in rows)
