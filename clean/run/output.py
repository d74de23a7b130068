"""The output directory: files that are only ever seen whole, and what an earlier run left in them."""

import json
import os
from collections.abc import Iterator
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import IO, Any

import orjson

from clean.errors import OutputError

ARTICLES, REMOVED, FAILED, MANIFEST = "articles.jsonl", "removed.jsonl", "failed.jsonl", "run.json"
ROWS = (ARTICLES, REMOVED, FAILED)
FORMAT = 1  # of run.json


class Previous:
    """What earlier runs made of each source; read in step with a new run, in order of source names."""

    def __init__(self, folder: Path, settings: str, entries: dict[str, Any], same_settings: bool) -> None:
        self.folder = folder
        self.settings = settings
        self.entries = entries
        self.same_settings = same_settings
        self._files = {file: grouped(folder / file) for file in ROWS} if entries else {}
        self._next = {file: next(groups, None) for file, groups in self._files.items()}

    @classmethod
    def read(cls, folder: Path, settings: str) -> "Previous":
        """What a directory holds; nothing, if a run was broken off while it renamed its files.

        Raises OutputError for a manifest that is not one of ours.
        """
        path = folder / MANIFEST
        if not path.exists():
            return cls(folder, settings, {}, same_settings=False)
        try:
            table = json.loads(path.read_bytes())
            if table["format"] != FORMAT:
                raise OutputError(f"{path} was written by another version of clean; choose another directory")
            whole = all(table["files"][file] == fingerprint(folder / file) for file in ROWS)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise OutputError(f"{path} is not a manifest of clean ({error}); choose another directory") from error
        entries = table["sources"] if whole else {}
        return cls(folder, settings, entries, same_settings=whole and table["settings"] == settings)

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


class Output:
    """Files written under temporary names, and renamed together at the end; a run that dies leaves the old ones."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries: dict[str, Any] = {}
        self._files: dict[str, IO[bytes]] = {}

    def __enter__(self) -> "Output":
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for file in ROWS:
                self._files[file] = self._temporary(file).open("wb")
        except OSError as error:
            self._discard()
            raise OutputError(f"{self.folder} cannot be written: {error.strerror or error}") from error
        return self

    def __exit__(self, *_: object) -> None:
        self._discard()

    def _temporary(self, file: str) -> Path:
        return self.folder / f".{file}.{os.getpid()}.part"

    def _discard(self) -> None:
        for handle in self._files.values():
            handle.close()
        self._files = {}
        for file in (*ROWS, MANIFEST):
            self._temporary(file).unlink(missing_ok=True)

    def add(self, lines: dict[str, list[bytes]]) -> None:
        """Append lines to each file. Raises OutputError if that cannot be done, as on a full disk."""
        try:
            for file, rows in lines.items():
                self._files[file].writelines(rows)
        except OSError as error:
            raise OutputError(
                f"{self.folder} cannot be written: {error.strerror or error}; nothing was changed"
            ) from error

    def commit(self, settings: str, counts: dict[str, Any]) -> None:
        """Put everything in place: the rows first, the manifest that vouches for them last."""
        from clean import __version__

        try:
            for handle in self._files.values():
                handle.flush()
                os.fsync(handle.fileno())
            files = {file: fingerprint(self._temporary(file)) for file in ROWS}
            table = {"format": FORMAT, "version": __version__, "settings": settings, **counts}
            table |= {"files": files, "sources": self.entries}
            with self._temporary(MANIFEST).open("wb") as manifest:
                manifest.write(orjson.dumps(table, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
                manifest.flush()
                os.fsync(manifest.fileno())
            for file in (*ROWS, MANIFEST):
                self._temporary(file).replace(self.folder / file)
        except OSError as error:
            raise OutputError(
                f"{self.folder} cannot be written: {error.strerror or error}; nothing was changed"
            ) from error
