"""The file of an index: its tables, how it is opened, and what is told when it cannot be."""

import os
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from clean.dedupe import statements as sql
from clean.dedupe.clusters import digests
from clean.dedupe.spilled import sweep
from clean.dedupe.wordfile import WINDOW, Placed, WordFile
from clean.dedupe.words import Numbers
from clean.disk import sync_folder
from clean.errors import IndexFileError

FORMAT = 2  # of the file; 1 was the last that held the words itself
MEMORY = 32  # MB that a database in a file may take; what needs more goes to the disk
ROOM = 64  # MB that it may take where many texts are gone at once, or their names are joined
LEAST = 4  # MB that it keeps while others need memory
NAMES = 4  # times as much as the names of texts it may take beside that, since it joins them
SPILLED = ".tmp"  # is added to the name of the file for a folder that holds it
WORDS = "{}.{}.words"  # the file of words, by the name of the index; which of two, the index tells
SPARE = 1 << 18  # words of texts that are gone, up to which they may always stay in the file
# `run` is in which run a row was added, `gone` in which it went; `twin` is the number of the text that is kept, which
# may be its own, and `container` that of a longer text; `words` is where its words stand in their file; later texts are
# compared with anchors only, by their keys.
SCHEMA = f"""
create table about as select {FORMAT} as format, 0 as words;
create table runs (run bigint, state varchar);
create table texts (
    number bigint, id varchar, collection varchar, source varchar, date varchar, run bigint, gone bigint,
    digest ubigint, length bigint, words bigint, twin bigint, kind varchar, similarity double, adds boolean,
    container bigint, share double);
create table keys (key ubigint, text bigint);
"""


def connect(path: Path | None) -> duckdb.DuckDBPyConnection:
    """Open the file, which is made if it is not there; without a path, a database in memory.

    Raises IndexFileError if it is in use, broken, or of another version.
    """
    if path is None:
        connection = duckdb.connect()
        connection.execute(SCHEMA)
        return connection
    if not path.exists():
        make(path)
    spilled = path.with_name(f".{path.name}{SPILLED}")
    try:
        connection = duckdb.connect(path, config={"memory_limit": f"{ROOM}MB", "temp_directory": str(spilled)})
        known = connection.execute("select format from about").fetchone()
        sweep(path)
    except duckdb.Error as error:
        raise IndexFileError(reason(path, str(error))) from error
    if known != (FORMAT,):
        connection.close()
        raise IndexFileError(f"{path} was written by another version of clean; use that, or delete the file")
    return connection


def make(path: Path) -> None:
    """Make an empty index under a temporary name, and rename it, so that it is never half there."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        with duckdb.connect(part) as connection:
            connection.execute(SCHEMA)
        part.replace(path)
        sync_folder(path.parent)
    except (OSError, duckdb.Error) as error:
        raise IndexFileError(f"{path} cannot be written: {error}") from error


# What the database says, and what a person needs to know; what none of these words is in speaks of a broken file.
SENTENCES = (
    ("s a directory", "is a folder, and no index: move it away, delete it if it is empty, or name another file"),
    ("lready closed", "was closed; open it again"),
    ("been closed", "was closed; open it again"),
    ("set lock on", "is in use by {holder}; wait until that run has ended, then start again"),
    ("used by another process", "is in use by {holder}; wait until that run has ended, then start again"),
    ("onflict", "was changed by another run at the same time; start again"),
    ("ut of Memory", "needs more memory than there is ({error}); clean fewer documents in one run"),
    ("o space left", "cannot be written: there is no space left on the device; it holds what it held before"),
    ("ile too large", "cannot be written: the system allows no larger files; it holds what it held before"),
    ("ermission denied", "cannot be opened: permission denied"),
)
BROKEN = "is no index that can be read ({error}); put back a copy of it, or delete it to begin a new one"


def reason(path: Path, error: str, sentences: Sequence[tuple[str, str]] = SENTENCES, other: str = BROKEN) -> str:
    """What is wrong with the file, and what to do, by what the database says; `other` is for all else that it says."""
    process = error.partition("(PID ")[2].partition(")")[0]
    told = {"holder": f"process {process}" if process else "another process", "error": error.strip().splitlines()[0]}
    return f"{path} {next((sentence for words, sentence in sentences if words in error), other).format(**told)}"


def limit(connection: duckdb.DuckDBPyConnection, most: int) -> None:
    """Let a database in a file take so many MB of memory from now on; or what it took, if it cannot let go of enough.

    It lets go of what it can before it says so. That error would undo what a transaction has done, if it met one.
    """
    with suppress(duckdb.OutOfMemoryException), connection.cursor() as another:
        another.execute(f"set memory_limit = '{most}MB'")


def undo(connection: duckdb.DuckDBPyConnection, finished: int) -> None:
    """Take back what later runs did than the last one that was finished, and let go for good what went before."""
    connection.execute("begin")
    connection.execute("update texts set gone = null where gone > $run", {"run": finished})
    stale = "run > $run or gone <= $run"
    if connection.execute(f"select 1 from texts where {stale} limit 1", {"run": finished}).fetchone():
        connection.execute(f"delete from texts where {stale}", {"run": finished})
        connection.execute("delete from keys where text not in (select number from texts)")
    connection.execute("delete from runs where run > $run", {"run": finished})
    connection.execute("commit")


def open_words(connection: duckdb.DuckDBPyConnection, path: Path | None) -> WordFile:
    """The file of the words of an index; written anew if most of it are words of texts that are gone.

    The other of the two, which was left by a process that died while it made it, is deleted. Raises IndexFileError if
    it cannot be used.
    """
    if path is None:
        return WordFile()
    number, end, there = connection.execute(sql.WRITTEN).fetchall()[0]
    here, other = (path.with_name(WORDS.format(path.name, one)) for one in (number, 1 - number))
    clear(other)
    words = WordFile(here, end)
    refuse_other_words(connection, words)
    return words if end <= 2 * there + SPARE else compacted(connection, words, other)


def clear(path: Path) -> None:
    """Delete the file of words that is not in use, if it is there. Raises IndexFileError if it cannot be."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        what = "is a folder" if path.is_dir() else f"cannot be deleted: {(error.strerror or str(error)).lower()}"
        raise IndexFileError(
            f"{path} {what}; the index writes its words to a file of that name: move it away"
        ) from error


def refuse_other_words(connection: duckdb.DuckDBPyConnection, words: WordFile) -> None:
    """Raise IndexFileError if the last words are not those of the last texts, as when only one file was put back."""
    last = connection.sql(sql.LAST).to_arrow_table()
    placed = Placed(words, numbers_of(last["words"]), numbers_of(last["length"]))
    found = digests(placed.take(np.arange(len(last))))
    wanted = zip(last["digest"].to_pylist(), last["collection"].to_pylist(), strict=True)
    if any(one ^ salt(name) != digest for one, (digest, name) in zip(found, wanted, strict=True)):
        what = f"{words.path} holds the words of another moment than the index beside it"
        raise IndexFileError(f"{what}; put back copies of both from the same moment, or delete the index")


def compacted(connection: duckdb.DuckDBPyConnection, words: WordFile, path: Path) -> WordFile:
    """A file in the place of another, with the words of those texts only that are there; the same if it cannot be."""
    anew = WordFile(path)
    try:
        connection.execute("begin")
        write_anew(connection, words, anew)
        connection.execute("commit")
    except (duckdb.Error, OSError):  # as on a full disk, on which sources may still be forgotten
        connection.rollback()
        words, anew = anew, words
    words.close()
    assert words.path is not None
    words.path.unlink()
    return anew


def write_anew(connection: duckdb.DuckDBPyConnection, words: WordFile, anew: WordFile) -> None:
    """Write the words of the texts that are there to another file, and tell the index where they stand."""
    last = -1
    while len(some := connection.sql(sql.SOME, params={"last": last}).to_arrow_table()):
        numbers, places, lengths = (numbers_of(some[name]) for name in ("number", "words", "length"))
        parts = [anew.add(rows) for rows in Placed(words, places, lengths).parts(WINDOW)]
        given = pa.table({"number": numbers, "words": np.concatenate(parts)})  # noqa: F841, found by its name
        connection.execute(sql.MOVE)
        last = int(numbers[-1])
    connection.execute("update about set words = 1 - words")
    anew.sync()


def salt(collection: str) -> np.uint64:
    """What keeps the hashes of collections apart."""
    return np.uint64(int.from_bytes(blake2b(collection.encode(), digest_size=8).digest(), "little"))


def numbers_of(column: pa.Array | pa.ChunkedArray) -> Numbers:
    """An Arrow column of whole numbers as an array."""
    found: Numbers = column.to_numpy().astype(np.int64)
    return found
