"""An index of texts that survives: which earlier text a new one repeats, in one DuckDB file."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from clean.dedupe import statements as sql
from clean.dedupe.candidates import keys, pairs, share_enough
from clean.dedupe.clusters import NONE, Clusters, digests, join
from clean.dedupe.matches import Match, Text
from clean.dedupe.store import blobs, connect, numbers_of, reason, rows_of, undo
from clean.dedupe.words import Numbers, Rows, words_of
from clean.errors import IndexFileError

COLUMNS = ("id", "source", "date")
ROWS_AT_ONCE = 10_000  # that are fetched, to hold them once only


class Earlier(NamedTuple):
    """Texts of the index that may be alike new ones: numbers, words, and the rows of their twins among them.

    `pairs` has in each row the row of a new text, and that of one of these.
    """

    numbers: Numbers
    words: Rows
    twins: Numbers
    pairs: Numbers


class Index:
    """Texts that were met, by collection, and what each repeats; kept in a file, or in memory.

    In a `with` block, what was added or forgotten counts from its end, or from `commit`, on; if the block is left by an
    error, or the process dies, the file holds what it held before. One process at a time may have the file open.

    Of near-identical texts of one call the longest is kept, then that of the earliest date, then the smallest id,
    whatever their order; the others are its duplicates. What an earlier call told of a text stays.

    Adding n words to an index of N takes n log n + N time, where N stands for one scan of its keys, about 12 for each
    text; memory for n, and for the texts that share keys with new ones.

    >>> with Index.open() as index:
    ...     told = index.add([Text("a", "The ferry will run at night from May, the town council said.")])
    ...     index.query(["The ferry will run at night from June, the town council said."])[0].duplicate_of
    'a'
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path | None, finished: int) -> None:
        self._connection = connection
        self._path = path
        self._run = finished + 1
        connection.execute("begin")

    @classmethod
    def open(cls, path: str | Path | None = None, state: str | None = None) -> "Index":
        """Open the index in a file, which is made if it is not there; without a path, one in memory.

        `state` is what the last `commit` was given that counts: what was committed after it is undone, and the empty
        state undoes everything. Raises IndexFileError if the file is in use, broken, of another version, or does not
        know the state.
        """
        file = None if path is None else Path(path)
        connection = connect(file)
        try:
            sought = "" if state is None else "where state = $state"
            given = {} if state is None else {"state": state}
            finished = 0
            if state != "":
                (finished,) = connection.execute(f"select max(run) from runs {sought}", given).fetchone() or (None,)
            if finished is None and state is not None:
                raise IndexFileError(f"{file} does not belong to what lies beside it; delete it to begin a new one")
            undo(connection, finished or 0)
            return cls(connection, file, finished or 0)
        except BaseException as error:
            connection.close()
            if isinstance(error, duckdb.Error) and file is not None:
                raise IndexFileError(reason(file, str(error))) from error
            raise

    def __enter__(self) -> "Index":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self.commit()
        finally:
            self.close()

    def close(self) -> None:
        """Close the file. What was not committed is undone."""
        self._connection.close()

    def commit(self, state: str = "") -> None:
        """Make count what was added and forgotten. `state` names the moment, for `open`."""
        self._do(sql.LOST)
        for (collection,) in self._connection.execute(sql.LOST_COLLECTIONS).fetchall():
            self.add((), collection)
        self._do("insert into runs values ($run, $state)", state=state)
        self._do("commit")
        self._run += 1
        self._connection.execute("begin")

    def forget(self, sources: Iterable[str]) -> None:
        """Remove all texts of some sources. What repeated them is looked up anew by the next `add`, or `commit`."""
        self._do(sql.FORGET, given=pa.table({"source": pa.array(list(sources), pa.string())}))

    def discard(self, ids: Iterable[str]) -> None:
        """Remove texts by their ids. What repeated them is looked up anew by the next `add`, or `commit`."""
        self._do(sql.DISCARD, given=pa.table({"id": pa.array(list(ids), pa.string())}))

    def add(self, texts: Iterable[Text], collection: str = "") -> list[Match]:
        """Add texts, and tell what each repeats: of these, or of the earlier ones of the collection.

        A text whose id is there already takes its place. Told are the new texts, and with them earlier ones whose twins
        or containers are gone, which are looked up anew; the best-ranked first.
        """
        given = table_of_texts(texts, collection)
        self._do(sql.REPLACE, given=given, collection=collection)
        self._do(sql.LOST)
        self._do(sql.STAGE, given=given)
        del given  # the database holds it now
        self._do(sql.STAGE_LOST, collection=collection)
        self._do(sql.RETIRE_LOST, collection=collection)
        self._resolve(collection, among=True)
        self._do(sql.INSERT, collection=collection)
        self._do(sql.INSERT_KEYS)
        return self._told()

    def query(self, texts: Iterable[str], collection: str = "") -> list[Match]:
        """Tell for each text which earlier one of the collection it repeats, and remember none; ids are numbers."""
        numbered = (Text(str(number), text) for number, text in enumerate(texts))
        self._do(sql.STAGE, given=table_of_texts(numbered, collection))
        self._resolve(collection, among=False)
        return sorted(self._told(), key=lambda match: int(match.id))

    def _resolve(self, collection: str, among: bool) -> None:
        """Find out what the staged texts repeat: earlier ones, and each other if they are looked at together."""
        self._do(sql.RANK, among=among)
        self._do(sql.UNSTAGE)
        numbers, words = self._unknown()
        mine = keys(words)
        self._do(sql.SOUGHT, given=pa.table({"key": mine.values ^ salt(collection), "text": numbers[mine.texts]}))
        earlier = self._earlier(numbers, words.lengths)
        both = np.concatenate([earlier.pairs, pairs(mine, words.lengths)]) if among else earlier.pairs
        clusters = join(words.followed_by(earlier.words), both, earlier.twins)
        self._do(sql.DECIDE, found=table_of_clusters(clusters, np.concatenate([numbers, earlier.numbers])))

    def _unknown(self) -> tuple[Numbers, Rows]:
        """The staged texts that equal no other one: their numbers and words."""
        found = self._rows(sql.UNKNOWN)
        return numbers_of(found["number"]), rows_of(found["words"])

    def _earlier(self, numbers: Numbers, lengths: Numbers) -> Earlier:
        """The earlier texts that share keys with new ones, and their twins; `lengths` are the new ones' words."""
        hits = self._rows(sql.HITS)
        mine, theirs = np.searchsorted(numbers, numbers_of(hits["text"])), numbers_of(hits["number"])
        enough = share_enough(numbers_of(hits["shared"]), lengths[mine], numbers_of(hits["length"]))
        mine, theirs = mine[enough], theirs[enough]
        found = self._rows(sql.WORDS, given=pa.table({"number": theirs}))
        known, count = numbers_of(found["number"]), len(numbers)
        twins = np.searchsorted(known, numbers_of(found["twin"])) + count
        both = np.stack([mine, np.searchsorted(known, theirs) + count], 1)
        return Earlier(known, rows_of(found["words"]), twins, both)

    def _told(self) -> list[Match]:
        """What was decided, by rank."""
        self._do(sql.TOLD)
        found: list[Match] = []
        while rows := self._connection.fetchmany(ROWS_AT_ONCE):
            found += [Match(*row) for row in rows]
        return found

    def _rows(self, statement: str, **given: pa.Table) -> pa.Table:
        """What a query gives."""
        with self._lent(given), self._told_if_broken():
            return self._connection.sql(statement).to_arrow_table()

    def _do(self, statement: str, **given: Any) -> None:
        """Run a statement with some tables and parameters, of which the number of the run is always one."""
        parameters = {"run": self._run} if "$run" in statement else {}
        tables = {name: value for name, value in given.items() if isinstance(value, pa.Table)}
        parameters |= {name: value for name, value in given.items() if name not in tables}
        with self._lent(tables), self._told_if_broken():
            self._connection.execute(statement, parameters)

    @contextmanager
    def _lent(self, tables: Mapping[str, pa.Table]) -> Iterator[None]:
        """Let the database see some tables, and no longer than it needs them."""
        for name, table in tables.items():
            self._connection.register(name, table)
        try:
            yield
        finally:
            for name in tables:
                self._connection.unregister(name)

    @contextmanager
    def _told_if_broken(self) -> Iterator[None]:
        """Turn what the database says of a file it cannot read into a sentence."""
        try:
            yield
        except duckdb.Error as error:
            raise IndexFileError(reason(self._path or Path(":memory:"), str(error))) from error


def table_of_texts(texts: Iterable[Text], collection: str) -> pa.Table:
    """Texts as a table, their words as hashes; the texts themselves are let go, some at a time."""
    known: list[tuple[str, str, str | None]] = []

    def noted() -> Iterator[str]:
        for text in texts:
            known.append((text.id, text.source, text.date))
            yield text.text

    words = words_of(noted())
    ids, sources, dates = zip(*known, strict=True) if known else ((), (), ())
    columns = {name: pa.array(values, pa.string()) for name, values in zip(COLUMNS, (ids, sources, dates), strict=True)}
    return pa.table(
        {**columns, "digest": digests(words) ^ salt(collection), "length": words.lengths, "words": blobs(words)}
    )


def table_of_clusters(clusters: Clusters, numbers: Numbers) -> pa.Table:
    """What was found of new texts, as a table; `numbers` are those of all rows that the clusters speak of."""
    inside = clusters.within != NONE
    return pa.table(
        {
            "number": numbers[: len(clusters.twin)],
            "twin": numbers[clusters.twin],
            "similarity": clusters.similarity,
            "adds": clusters.adds,
            "container": pa.array(numbers[clusters.within], mask=~inside),
            "share": pa.array(clusters.share, mask=~inside),
            "anchor": clusters.anchors,
        }
    )


def salt(collection: str) -> np.uint64:
    """What keeps the hashes of collections apart."""
    return np.uint64(int.from_bytes(blake2b(collection.encode(), digest_size=8).digest(), "little"))
