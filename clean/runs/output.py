"""The output directory: files that are only ever seen whole, written out of the state that the runs share."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from hashlib import blake2b
from math import inf
from pathlib import Path
from shutil import rmtree
from types import TracebackType
from typing import Any, Literal

import orjson

from clean.dedupe.store import SPILLED as INDEX_SPILLED
from clean.disk import sync_file, sync_folder
from clean.errors import OutputError, UsageError
from clean.runs.database import SPILLED
from clean.runs.lock import Lock
from clean.runs.names import ARTICLES, FAILED, INDEX, MANIFEST, REMOVED, ROWS, STATE, TABLES
from clean.runs.refusals import ANEW, lines_in
from clean.runs.state import State

Format = Literal["jsonl", "parquet"]

INDENTED = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


class Output:
    """An output directory, held by this process alone, with its state.

    Raises OutputError if it cannot be written, is another run's just now, or holds what is not ours.
    """

    def __init__(self, folder: Path, wait: bool = False) -> None:
        self.folder = folder
        self.lock = Lock(folder, wait)

    def __enter__(self) -> "Output":
        refuse_foreign(self.folder)
        with cannot(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        self.lock.acquire()
        try:
            sweep(self.folder)  # before the state is there, which may use such files at once
            self.state = State(self.folder, patience=inf if self.lock.wait else 0.0)
            refuse_changed(self.folder, self.state)
        except BaseException:
            self.lock.release()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: TracebackType | BaseException | None) -> None:
        try:
            self.state.close()
        except OutputError:  # as on a full disk, which was told when it was met
            if kind is None:
                raise
        finally:
            sweep(self.folder)
            self.lock.release()

    def write(self, formats: Sequence[Format] = ("jsonl",)) -> None:
        """Write the files anew out of the state, and put each in its place when it is complete.

        Tables that an earlier run was asked for are written anew, too, so that no file tells of what is past.
        """
        with cannot(self.folder):
            parts = self.parts()
            if "parquet" in formats or any((self.folder / file).exists() for file in TABLES):
                parts |= {file: self.table(file) for file in TABLES}
            with ThreadPoolExecutor() as threads:  # which look at files side by side
                found = threads.map(fingerprint, (self.folder / part for part in parts.values()))
                told = dict(zip(parts, found, strict=True))
            # first noted and then renamed: what a killed run leaves is known as ours
            self.state.insert("files", [{"file": file, **one} for file, one in told.items()])
            for file, part in parts.items():
                (self.folder / part).replace(self.folder / file)
            sync_folder(self.folder)
        with self.state.together():
            self.state.sql("DELETE FROM files WHERE file IN (SELECT unnest(?::VARCHAR[]))", list(told))
            self.state.insert("files", [{"file": file, **one} for file, one in told.items()])

    def tell(self, run: int, told: Mapping[str, Any]) -> None:
        """Write the manifest of a run that is done."""
        self.state.end(run, told)
        with cannot(self.folder):
            manifest = {**self.state.runs()[-1], "versions": versions()}
            write_whole(self.folder / MANIFEST, orjson.dumps(manifest, option=INDENTED))

    def parts(self) -> dict[str, str]:
        """Write the files of rows under temporary names, in order of sources, and make sure that they are on the disk.

        What a source has of records and of the ledger stands together, and is read once.
        """
        names = {file: f".{file}.{os.getpid()}.part" for file in ROWS}
        with ExitStack() as stack:
            files = {file: stack.enter_context((self.folder / name).open("wb")) for file, name in names.items()}
            for articles, removed in self.state.lines_in_order():
                files[ARTICLES].write(articles)
                files[REMOVED].write(removed)
            for failed in self.state.written("failed"):
                files[FAILED].write(lines_in(failed, self.state.lines.path))
            for file in files.values():
                file.flush()
                os.fsync(file.fileno())
        return names

    def table(self, file: str) -> str:
        """Write a table of Parquet under a temporary name."""
        from clean.writers import parquet

        name = f".{file}.{os.getpid()}.part"
        column = file.removesuffix(".parquet")
        lines = (line for rows in self.state.written(column) for line in rows.splitlines())
        parquet.write(self.folder / name, map(orjson.loads, lines), parquet.SCHEMAS[column]())
        sync_file(self.folder / name)
        return name


@contextmanager
def cannot(folder: Path) -> Iterator[None]:
    """What the system cannot do in a directory, as an OutputError."""
    try:
        yield
    except OSError as error:
        what = (error.strerror or str(error)).lower()
        raise OutputError(f"{folder} cannot be written: {what}; its files are as they were before") from error


def refuse_foreign(folder: Path) -> None:
    """Raise OutputError for a directory that holds files of our names that are not ours, or of a version before."""
    if (folder / STATE).exists():
        return
    path = folder / MANIFEST
    if path.exists():
        with suppress(OSError, ValueError, TypeError, KeyError):
            if orjson.loads(path.read_bytes())["version"]:
                what = f"{path} is a manifest of clean, but there is no {STATE} beside it"
                raise OutputError(f"{what}; {ANEW}")
        raise OutputError(f"{path} is not a manifest of clean; choose another directory")
    if foreign := [file for file in ROWS if (folder / file).exists()]:
        what = f"{folder} holds {foreign[0]}, but no {STATE} that says it is ours"
        raise OutputError(f"{what}; choose another directory")


def refuse_changed(folder: Path, state: State) -> None:
    """Raise OutputError for a file that was changed after it was written; one that was taken away is written anew."""
    known = set(state.rows("SELECT file, bytes, digest FROM files"))
    for file in (*ROWS, *TABLES):
        path = folder / file
        if path.exists() and (file, *fingerprint(path).values()) not in known:
            what = f"{path} was changed after the run that wrote it"
            raise OutputError(f"{what}; move it away, and it is written anew")


def fingerprint(path: Path) -> dict[str, Any]:
    """Size in bytes and digest of a file."""
    digest = blake2b(digest_size=16)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return {"bytes": path.stat().st_size, "digest": digest.hexdigest()}


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a temporary name, make sure that it is on the disk, and rename it."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)


def sweep(folder: Path) -> None:
    """Delete the temporary files of this run, and of those that died: nobody else writes here."""
    for spilled in (SPILLED, f".{INDEX}{INDEX_SPILLED}"):
        rmtree(folder / spilled, ignore_errors=True)
    with suppress(OSError):
        for part in folder.glob(".*.part*"):
            with suppress(OSError):
                part.unlink()


def versions() -> dict[str, str]:
    """The versions of what decides what becomes of a source."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version()}
    for package in ("clean-news", "chardet", "duckdb", "ftfy", "google-re2", "langdetect", "numpy", "pyarrow"):
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def rule_counts(folder: Path) -> Counter[str]:
    """How often each rule stands in the ledger of a finished run. Raises UsageError if there is none."""
    path = folder / REMOVED
    if not path.is_file():
        raise UsageError(f"{folder} holds no finished run: there is no {path.name} in it")
    with path.open("rb") as rows:
        return Counter(orjson.loads(row)["rule"] for row in rows)
