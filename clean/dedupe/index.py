"""An index of texts that survives: which earlier text a new one repeats, in one DuckDB file."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import partial
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any
from weakref import WeakValueDictionary

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clean.dedupe import statements as sql
from clean.dedupe import store
from clean.dedupe.clusters import NONE
from clean.dedupe.comparison import OLD
from clean.dedupe.earlier import Earlier
from clean.dedupe.external import Each, Found, Search, one_by_one
from clean.dedupe.keyed import SpilledKeys, keyed
from clean.dedupe.matches import Match, Text
from clean.dedupe.prepared import Prepared, checked, parts_of
from clean.dedupe.spilled import Spilled
from clean.dedupe.store import connect, numbers_of, open_words, reason, salt, undo
from clean.dedupe.wordfile import Placed, WordFile
from clean.dedupe.words import Numbers
from clean.errors import IndexFileError, UsageError, refuse_one

ROWS_AT_ONCE = 10_000  # that are taken or fetched together
FOUND_AT_ONCE = 1 << 17  # rows that a query gives at a time
WORDS_AT_ONCE = 1 << 17  # whose keys are made in one go
TOGETHER = 1 << 15  # texts that are looked up together; of more, each part is looked up after those before it

OPENED: "WeakValueDictionary[Path, Index]" = WeakValueDictionary()  # by their files, which the database opens twice


class Index:
    """Texts that were met, by collection, and what each repeats; kept in a file, or in memory.

    In a `with` block, what was added or forgotten counts from its end, or from `commit`, on; if the block is left by an
    error, or the process dies, the file holds what it held before. One Index at a time may have the file open. The
    words of the texts stand in a file beside it.

    Of near-identical texts of one call the longest is kept, then that of the earliest date, then the smallest id,
    whatever their order; the others are its duplicates. What an earlier call told of a text stays. A call with more
    than thirty thousand texts counts as several, one after the other, so that memory does not grow with it.

    Adding n words to an index of N takes n log n + N time, where N stands for one scan of its keys, about 12 for each
    text; memory for n, and for the texts that share keys with new ones.

    >>> with Index.open() as index:
    ...     told = index.add([Text("a", "The ferry will run at night from May, the town council said.")])
    ...     index.query(["The ferry will run at night from June, the town council said."])[0].duplicate_of
    'a'
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, path: Path | None, finished: int, words: WordFile, each: Each
    ) -> None:
        self._connection = connection
        self._path = path
        self._words = words
        self._each = each
        self._run = finished + 1
        if path is not None:
            connection.execute("set threads = 1")  # each would take memory of its own, and they bring nothing
        self._names = 0  # bytes of those of the texts that are looked up
        self._limit(store.MEMORY)
        connection.execute("begin")
        connection.execute(sql.TELLING)

    @classmethod
    def open(cls, path: str | Path | None = None, state: str | None = None, each: Each = one_by_one) -> "Index":
        """Open the index in a file, which is made if it is not there; without a path, one in memory.

        `state` is what the last `commit` was given that counts: what was committed after it is undone, and the empty
        state undoes everything. `each` may do work in several processes, if there is a file: it takes a function and
        things, and gives in order what the function makes of each. Raises IndexFileError if the file is in use, broken,
        of another version, or does not know the state; UsageError for what is no path.
        """
        if path is not None and (not isinstance(path, str | Path) or path == ""):
            raise UsageError(f"{path!r} is no path; name a file for the index, or none for one in memory")
        file = None if path is None else Path(path)
        refuse_opened(file)
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
            index = cls(connection, file, finished or 0, open_words(connection, file), each)
        except BaseException as error:
            connection.close()
            if isinstance(error, duckdb.Error | OSError):
                raise IndexFileError(reason(file or Path(":memory:"), str(error))) from error
            raise
        if file is not None:
            OPENED[file.resolve()] = index
        return index

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
        if self._path is not None:
            OPENED.pop(self._path.resolve(), None)
        self._connection.close()
        with suppress(OSError):  # as on a full disk, which was told when it was met
            self._words.close()

    def commit(self, state: str = "") -> None:
        """Make count what was added and forgotten. `state` names the moment, for `open`."""
        self._find_lost()
        for (collection,) in self._connection.execute(sql.LOST_COLLECTIONS).fetchall():
            self.add((), collection)
        self._do("insert into runs values ($run, $state)", state=state)
        with self._told_if_broken():
            self._words.sync()
        self._do("commit")
        self._let_cache_go()
        self._run += 1
        self._connection.execute("begin")
        self._do(sql.TELLING)

    def forget(self, sources: Iterable[str]) -> None:
        """Remove all texts of some sources. What repeated them is looked up anew by the next `add`, or `commit`."""
        refuse_one(sources, "Index.forget takes many sources")
        if not self._rows(sql.ANY)["there"][0].as_py():  # as in a first run, which need not list its sources for this
            return
        sources = iter(sources)
        with self._room():
            while part := list(islice(sources, ROWS_AT_ONCE)):
                self._do(sql.FORGET, given=pa.table({"source": pa.array(part, pa.string())}))

    def discard(self, ids: Iterable[str]) -> None:
        """Remove texts by their ids. What repeated them is looked up anew by the next `add`, or `commit`."""
        refuse_one(ids, "Index.discard takes many ids")
        with self._room():
            self._do(sql.DISCARD, given=pa.table({"id": pa.array(list(ids), pa.string())}))

    def add(self, texts: Iterable[Text], collection: str = "") -> list[Match]:
        """Add texts, and tell what each repeats: of these, or of the earlier ones of the collection.

        A text whose id is there already takes its place. Told are the new texts, and with them earlier ones whose twins
        or containers are gone, which are looked up anew; the best-ranked first. Raises UsageError for what is no Text.
        """
        refuse_one(texts, "Index.add takes many texts", Text)
        parts = self._added(parts_of(map(checked, texts), collection), collection)
        return [Match(*row) for _ in parts for row in self._fetched(sql.TOLD)]

    def add_prepared(self, parts: Iterable[Prepared], collection: str = "") -> None:
        """Add texts that `prepared` has made ready, as `add` does. What they repeat is told by `repeats`.

        Memory grows with the texts of one part: some 50 bytes for each, and more for such as repeat others. Temporary
        files beside the index hold what else is needed, about three times the texts.
        """
        for _ in self._added(parts, collection):
            pass

    def _added(self, parts: Iterable[Prepared], collection: str) -> Iterator[None]:
        """Add texts, as many at a time as are looked up together; stops each time, when what they repeat is told."""
        parts, more = iter(parts), True
        while more:
            more = self._add_part(parts, collection)
            yield
            if more:
                self._let_go()

    def _let_go(self) -> None:
        """Have the database let go of the tables of a part, which it keeps as long as it may have to undo their end.

        The texts of the part do not count for that: `open` undoes what no `commit` followed.
        """
        self._let_cache_go()
        self._do("commit")
        self._do("begin")

    def _add_part(self, parts: Iterator[Prepared], collection: str) -> bool:
        """Add so many texts as are looked up together; whether there may be more."""
        with self._staged():
            new = 0
            for part in parts:
                new += self._stage(part, new, self._words)
                if new >= TOGETHER:
                    break
            self._do(sql.REPLACE, collection=collection)
            self._find_lost()
            self._stage_lost(collection, new)
            self._do(sql.RETIRE_LOST, collection=collection)
            with self._resolved(self._words, collection, among=True) as (numbers, search, anchors):
                self._do(sql.INSERT, collection=collection)
                for values, rows in search.new_keys(anchors):
                    self._do(sql.INSERT_KEYS, given=pa.table({"key": values, "text": numbers[rows]}))
            self._do(sql.REPEATED)
            with self._room():  # the names of texts are joined here, however long they are
                self._do(sql.TELL, new=new)
        return new >= TOGETHER

    def _find_lost(self) -> None:
        """Find the texts that have lost what they repeat."""
        with self._room():
            self._do(sql.LOST)
            while self._connection.execute(sql.ANY_LOSING).fetchone():
                self._do(sql.LOSING)

    @contextmanager
    def _room(self) -> Iterator[None]:
        """Have the database take more memory meanwhile, as it needs where very many texts are gone, or told of."""
        self._limit(store.ROOM)
        yield
        self._limit(store.MEMORY)

    def _let_cache_go(self) -> None:
        """Have the database let go of what it has read, and need not keep."""
        self._limit(store.LEAST)
        self._limit(store.MEMORY)

    def _limit(self, most: int) -> None:
        """Let the database take so many MB from now on, and more for long names, if it is in a file."""
        if self._path is not None:
            with self._told_if_broken():
                store.limit(self._connection, most + store.NAMES * self._names // 10**6)

    def repeats(self, first: str, last: str) -> pa.Table:
        """What the texts repeat that were added since the last commit, of sources from one name to another.

        Columns are `source` and those of a `Match`. Texts that repeat nothing are left out, unless they are earlier
        ones that were looked up anew.
        """
        found = self._rows(sql.REPEATS, first=first, last=last)
        self._let_cache_go()
        return found

    def anew(self) -> Iterator[str]:
        """The sources of the earlier texts that were looked up anew since the last commit, some of them repeatedly."""
        for some in self._batches(sql.ANEW):
            yield from map(str, some["source"].to_pylist())

    def query(self, texts: Iterable[str], collection: str = "") -> list[Match]:
        """Tell for each text which earlier one of the collection it repeats, and remember none; ids are numbers."""
        refuse_one(texts, "Index.query takes many texts", Text)
        numbered = (checked(Text(str(number), text)) for number, text in enumerate(texts))
        count = 0
        with self._staged(), Spilled(self._path) as aside, closing(WordFile(aside.path)) as words:
            for part in parts_of(numbered, collection):
                count += self._stage(part, count, words)
            with self._resolved(words, collection, among=False):
                self._do(sql.REPEATED)
                return sorted((Match(*row) for row in self._fetched(sql.TOLD)), key=lambda match: int(match.id))

    @contextmanager
    def _staged(self) -> Iterator[None]:
        """An empty table of staged texts, and none of their keys."""
        self._names = 0
        self._do(sql.STAGED)
        with self._told_if_broken():
            self._keys = SpilledKeys(self._path)
        with closing(self._keys):
            yield
        self._do(sql.STAGED)

    def _stage(self, part: Prepared, first: int, words: WordFile) -> int:
        """Have texts looked up with others, numbered from a first number on; how many they are."""
        with self._told_if_broken():
            places = words.add(part.words)
            self._keys.add(part.keys)
        return self._stage_at(part.table.append_column("words", pa.array(places)), first)

    def _stage_lost(self, collection: str, first: int) -> None:
        """The same with texts that have lost what they repeat; their words are in the file."""
        table = self._rows(sql.LOST_TEXTS, collection=collection)
        placed = Placed(self._words, numbers_of(table["words"]), numbers_of(table["length"]))
        with self._told_if_broken():
            for keys in self._each(partial(keyed, salt(collection)), placed.parts(WORDS_AT_ONCE)):
                self._keys.add(keys)
        self._stage_at(table, first)

    def _stage_at(self, table: pa.Table, first: int) -> int:
        """The same with texts whose keys are there, and of which it is known where their words stand."""
        self._names += table["id"].nbytes + table["source"].nbytes
        self._limit(store.MEMORY)
        self._do(sql.STAGE, given=table.append_column("place", pa.array(np.arange(len(table)) + first)))
        return len(table)

    @contextmanager
    def _resolved(
        self, words: WordFile, collection: str, among: bool
    ) -> Iterator[tuple[Numbers, Search, NDArray[np.bool_]]]:
        """Decide what the staged texts repeat: earlier ones, and each other if they are looked at together.

        Gives the numbers of those that are like no other, how they were searched, and which of them are anchors.
        """
        self._do(sql.RANK, among=among)
        fresh = self._rows(sql.UNKNOWN)
        numbers, places, lengths = (numbers_of(fresh[name]) for name in ("number", "words", "length"))
        earlier = Earlier(self._rows, self._batches, self._words)
        self._let_cache_go()
        self._keys.rank(numbers_of(fresh["place"]))
        placed = Placed(words, places, lengths)
        with self._told_if_broken(), Search(placed, self._keys, earlier, self._each, self._path) as search:
            found = search.found(among)
            self._do(sql.DECIDE, given=table_of_found(found, numbers))
            anchors = np.ones(len(numbers), bool)
            anchors[found.rows] = found.anchors
            yield numbers, search, anchors

    def _fetched(self, statement: str, **given: Any) -> Iterator[tuple[Any, ...]]:
        """The rows that a query gives."""
        self._do(statement, **given)
        while rows := self._connection.fetchmany(ROWS_AT_ONCE):
            yield from rows

    def _rows(self, statement: str, given: pa.Table | None = None, **parameters: Any) -> pa.Table:
        """What a query gives, over a table, which it finds as `_do` does, and with parameters."""
        with self._told_if_broken():
            return self._connection.sql(statement, params=self._parameters(statement, parameters)).to_arrow_table()

    def _batches(self, statement: str, given: pa.Table | None = None) -> Iterator[pa.RecordBatch]:
        """What a query gives, over a table as `_do` does, some rows at a time; meanwhile no other may run."""
        with self._told_if_broken():
            yield from self._connection.sql(statement).to_arrow_reader(FOUND_AT_ONCE)
        self._let_cache_go()

    def _do(self, statement: str, given: pa.Table | None = None, **parameters: Any) -> None:
        """Run a statement with parameters, over a table that it finds as a variable: a registered one would stay."""
        with self._told_if_broken():
            self._connection.execute(statement, self._parameters(statement, parameters))

    def _parameters(self, statement: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """The parameters, with the number of the run if it is asked for."""
        return {"run": self._run, **parameters} if "$run" in statement else parameters

    @contextmanager
    def _told_if_broken(self) -> Iterator[None]:
        """Turn what the database or the system says of a file that it cannot read or write into a sentence."""
        try:
            yield
        except (duckdb.Error, OSError) as error:
            raise IndexFileError(reason(self._path or Path(":memory:"), str(error))) from error


def refuse_opened(file: Path | None) -> None:
    """Raise IndexFileError for a file that an Index of this process has: each would cut off what the other writes."""
    if file is not None and file.resolve() in OPENED:
        raise IndexFileError(f"{file} is in use by this process; close the Index that has it, or use that")


def table_of_found(found: Found, numbers: Numbers) -> pa.Table:
    """What was found of new texts that have these numbers, as a table."""
    inside = found.within != NONE
    return pa.table(
        {
            "number": numbers[found.rows],
            "twin": numbered(found.twin, numbers),
            "similarity": found.similarity,
            "adds": found.adds,
            "container": pa.array(numbered(found.within, numbers), mask=~inside),
            "share": pa.array(found.share, mask=~inside),
        }
    )


def numbered(texts: Numbers, numbers: Numbers) -> Numbers:
    """The numbers of new and of earlier texts."""
    found = texts - OLD
    found[texts < OLD] = numbers[texts[texts < OLD]]
    return found
