"""What the runs of an output directory know of every source, in one DuckDB file that survives crashes."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import orjson

from clean.errors import OutputError
from clean.runs.lines import Lines
from clean.runs.names import LINES, STATE
from clean.runs.refusals import lines_in, told
from clean.runs.statements import FRESH, GONE, MOVED, NAMED, RETOLD, SITE_RUNS, TABLES

SPILLED = ".state.tmp"  # a folder for what DuckDB cannot hold in memory
FORMAT = 4  # of the tables; 2 was the last that had none
MEMORY = 64  # MiB that DuckDB may use before it goes to the disk
LITTLE = 32  # MiB that are enough to read sources in order, while others need memory
NAMES = 6  # times that memory the names of all sources may take together: it fails to join tables of more
ROWS = 8192  # of a table that are held together until they are committed; of long ones DuckDB's 122,880 are too much
PART = 8 << 20  # bytes of rows that are sorted at a time; sorting takes some times that
CHOSEN = 32  # rows of each part that are looked at for where to cut: with fewer, parts differ more in size
NUMBERS = "100"  # bytes of a row that holds some numbers, beside its source
LABEL = 50  # bytes of an entry of a map
SPARE = 1 << 20  # bytes of lines that no source has any more, up to which they may always stay
LISTED = 10_000  # documents that are noted together
APPLIED = 20_000  # rows of a table that are applied to another together
AT_ONCE = 1000  # rows that are taken out of a table at a time
ADDED = "INSERT INTO {} BY NAME SELECT * FROM batch"  # the rows that are at hand under that name


class State:
    """The state of an output directory; for one process at a time. Raises OutputError where it cannot be used."""

    def __init__(self, folder: Path, read_only: bool = False) -> None:
        import duckdb

        self.folder = folder
        with told(folder):
            if not read_only and not (folder / STATE).exists():
                make(folder / STATE)
            self.connection = duckdb.connect(str(folder / STATE), read_only=read_only)
            try:
                self.lines = self.opened(read_only)
            except BaseException:
                self.connection.close()
                raise

    def opened(self, read_only: bool) -> Lines:
        """Look at what was opened; the file that holds the lines. Raises OutputError if it is of another version."""
        self.sql(f"SET memory_limit = '{MEMORY}MiB'")
        self.sql("SET threads = 1")  # the cores are the workers'
        self.sql("SET preserve_insertion_order = false")  # which would hold more in memory
        self.sql(f"SET temp_directory = {quoted(self.folder / SPILLED)}")
        (version,) = self.rows("SELECT format FROM about")
        if version != (FORMAT,):
            what = f"{self.folder / STATE} was written by another version of clean (format {version[0]})"
            raise OutputError(f"{what}; choose another directory, or clean everything anew into it")
        self.make_room()
        return self.open_lines(read_only)

    def make_room(self, least: int = MEMORY) -> None:
        """Let DuckDB take so many MiB, and more where there are so many sources that it fails to join them in that."""
        names = "SELECT sum(strlen(source)) AS bytes FROM sources UNION ALL SELECT sum(strlen(source)) FROM given"
        size = self.one(f"SELECT coalesce(sum(bytes), 0)::BIGINT FROM ({names})")
        self.sql(f"SET memory_limit = '{max(least, size // NAMES >> 20)}MiB'")

    def open_lines(self, read_only: bool) -> Lines:
        """The file that holds the lines; the other one, which a run left that died while it made it, is deleted."""
        size = self.one("SELECT coalesce(max(place + articles + removed), 0) FROM sources")
        here, other = LINES if self.one("SELECT lines FROM about") == 0 else LINES[::-1]
        if not read_only:
            (self.folder / other).unlink(missing_ok=True)
        return Lines(self.folder / here, size, read_only)

    def close(self) -> None:
        """Let go of the files."""
        self.lines.close()
        with told(self.folder):
            self.connection.close()

    def sql(self, text: str, *values: Any) -> Any:
        """Run a statement."""
        with told(self.folder):
            return self.connection.execute(text, list(values))

    def rows(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query, all at once."""
        with told(self.folder):
            found: list[tuple[Any, ...]] = self.sql(text, *values).fetchall()
        return found

    def one(self, text: str, *values: Any) -> Any:
        """The value of a query that has one."""
        return self.rows(text, *values)[0][0]

    def stream(self, text: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, some at a time, while other statements run."""
        with told(self.folder), self.connection.cursor() as cursor:
            found = cursor.execute(text, list(values))
            while rows := found.fetchmany(AT_ONCE):
                yield from rows

    def in_order(self, columns: str, table: str, size: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a table, or of a query in brackets, in order of sources; `size` tells the bytes of a row."""
        for bounds, values in self.ranges(table, size):
            yield from self.stream(f"SELECT {columns} FROM {table} WHERE {bounds} ORDER BY source", *values)

    def ranges(self, table: str, size: str) -> list[tuple[str, list[str]]]:
        """Conditions on the sources of a table, with their values, that part its rows in order; each are few enough.

        DuckDB fails to sort rows of several times its memory. The cuts are some of the sources themselves, chosen by
        their hashes, so that they are the same in whatever order the rows lie.
        """
        sizes = f"SELECT count(*), coalesce(sum({size} + strlen(source)), 0)::BIGINT FROM {table}"
        ((many, whole),) = self.stream(sizes)
        parts = 1 + whole // PART
        every = max(1, many // (parts * CHOSEN))
        chosen = self.stream(f"SELECT source FROM {table} WHERE hash(source) % {every} = 0 ORDER BY source")
        cuts = [source for (source,) in islice(chosen, CHOSEN, None, CHOSEN)] if parts > 1 else []
        between = [("source >= ? AND source < ?", [low, high]) for low, high in pairwise(["", *cuts])]
        return [*between, ("source >= ?", [cuts[-1] if cuts else ""])]

    def written(self, column: str) -> Iterator[bytes]:
        """The lines of a file that is written out of the state, those of a source at a time, in order of sources."""
        if column == "failed":
            failed = "(SELECT source, failed FROM sources WHERE octet_length(failed) > 0)"
            return (lines for (lines,) in self.in_order("failed", failed, "octet_length(failed)"))
        place = "place" if column == "articles" else "place + articles"
        where = f"(SELECT source, {place} AS first, {column} AS bytes FROM sources WHERE {column} > 0)"
        return (self.lines.read(*found) for found in self.in_order("first, bytes", where, NUMBERS))

    def lines_of(self, place: int, articles: int, removed: int) -> tuple[bytes, bytes]:
        """The lines of the records and of the ledger of a source, by where they stand."""
        found = self.lines.read(place, articles + removed)
        return lines_in(found[:articles], self.lines.path), lines_in(found[articles:], self.lines.path)

    def placed(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A row with the place of its lines, which are written, instead of them."""
        place = self.lines.add(row["articles"] + row["removed"])
        return {**row, "place": place, "articles": len(row["articles"]), "removed": len(row["removed"])}

    def compact(self) -> None:
        """Write the lines anew, in order of sources, if most of the file is lines that no source has any more."""
        size = self.one("SELECT coalesce(sum(articles + removed), 0)::BIGINT FROM sources")
        if self.lines.size <= 2 * size + SPARE:
            return
        number = 1 - self.one("SELECT lines FROM about")
        with told(self.folder), self.together():
            anew = Lines(self.folder / LINES[number], 0)
            found = self.in_order("source, place, articles + removed", "sources", NUMBERS)
            while some := list(islice(found, LISTED)):
                rows = [(source, anew.add(self.lines.read(*where))) for source, *where in some]
                self.insert("moved", [{"source": source, "place": place} for source, place in rows])
            anew.sync()
            self.apply(MOVED, "moved")
            self.sql("UPDATE about SET lines = ?", number)
        self.lines.close()
        with told(self.folder):
            self.lines.path.unlink()
        self.lines = anew

    def insert(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows to a table."""
        self.change(table, rows, ADDED.format(table))

    def change(self, table: str, rows: Sequence[Mapping[str, Any]], statement: str) -> None:
        """Run a statement over rows with the columns of a table, which it knows as `batch`; none over no rows."""
        import pyarrow

        self.run_over(pyarrow.Table.from_pylist(list(rows), schema=self.schema(table)), statement)

    def run_over(self, batch: Any, statement: str) -> None:
        """Run a statement over an Arrow table, which it knows as `batch`; none over an empty one."""
        with told(self.folder):
            if batch.num_rows:  # found by the statement as a variable: what is registered stays in memory until COMMIT
                self.connection.execute(statement)

    def schema(self, table: str) -> Any:
        """The types of a table's columns, as Arrow has them."""
        with told(self.folder):
            return self.connection.sql(f"SELECT * FROM {table} LIMIT 0").to_arrow_table().schema

    def apply(self, statement: str, table: str) -> None:
        """Run a statement over the rows of a table, some at a time, and empty it."""
        first, last = self.rows(f"SELECT coalesce(min(rowid), 0), coalesce(max(rowid), -1) FROM {table}")[0]
        for start in range(first, last + 1, APPLIED):
            self.sql(statement, start, start + APPLIED - 1)
        self.sql(f"DELETE FROM {table}")

    @contextmanager
    def together(self) -> Iterator[None]:
        """All statements inside, or none; before they count, their lines are on the disk."""
        import duckdb

        self.sql("BEGIN")
        try:
            yield
            with told(self.folder):
                self.lines.sync()
        except BaseException:
            with suppress(duckdb.Error):  # of what is undone at the latest when the file is closed
                self.connection.rollback()
            raise
        self.sql("COMMIT")

    def replace(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Put sources in the place of those of the same names, all or none of them."""
        if not rows:
            return
        with self.together():
            self.forget(row["source"] for row in rows)
            with told(self.folder):
                placed = [self.placed(row) for row in rows]
            self.insert("sources", placed)

    def forget(self, names: Iterable[str]) -> None:
        """Take sources out."""
        given = list(names)
        self.sql("INSERT INTO gone SELECT source FROM sources WHERE source IN (SELECT unnest(?::VARCHAR[]))", given)
        self.sql("DELETE FROM sources WHERE source IN (SELECT unnest(?::VARCHAR[]))", given)

    def unknown(self, names: Iterable[str]) -> list[str]:
        """Those of the names that no source has."""
        given = "SELECT unnest(?::VARCHAR[]) AS source"
        return [
            name for (name,) in self.rows(f"FROM ({given}) ANTI JOIN sources USING (source) ORDER BY 1", list(names))
        ]

    def begin(self, version: str, settings: str) -> int:
        """Enter a new run; its number."""
        with self.together():
            number = 1 + int(self.one("SELECT coalesce(max(run), 0) FROM runs"))
            self.insert("runs", [{"run": number, "started": now(), "version": version, "settings": settings}])
        return number

    def note(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Note what a run was given."""
        self.sql("DELETE FROM given")
        part: list[Mapping[str, Any]] = []
        for row in rows:
            part.append(row)
            if len(part) == LISTED:
                self.insert("given", part)
                part = []
        self.insert("given", part)
        self.make_room()

    def plan(self, reprocess: bool, files: Sequence[str]) -> None:
        """Find the names of what was given, and what of it is to be cleaned: `named` and `fresh`."""
        with self.together():
            self.sql(NAMED)
            self.sql(FRESH, reprocess)
            # a failure is told as long as it is one: not of a document that is no longer in its file
            self.sql(GONE, list(files))

    def moment(self) -> str:
        """Up to which moment of the index of duplicates the rows go."""
        return str(self.one("SELECT moment FROM about"))

    def tell_all_anew(self) -> None:
        """Have it told of all sources what they repeat, as with an index that holds nothing."""
        with self.together():
            self.sql("UPDATE sources SET told = false WHERE told")
            self.sql("UPDATE about SET moment = ''")

    def untold(self) -> Iterator[str]:
        """The sources of which it is not told what they repeat, and those that are gone."""
        found = self.stream("SELECT source FROM sources WHERE NOT told UNION ALL SELECT source FROM gone")
        return (source for (source,) in found)

    def note_others(self, names: Iterable[str]) -> None:
        """Note of which other sources it is to be told what they repeat."""
        self.sql("CREATE OR REPLACE TABLE others AS SELECT unnest(?::VARCHAR[]) AS source", list(names))

    def to_tell(self, others: bool) -> Iterator[Any]:
        """The sources of which it is to be told what they repeat, in order, as Arrow batches of some.

        They are the new ones, and the `others` that were noted. Columns: names, where their lines stand, characters by
        label, and whether they are new.
        """
        columns = "source, place, articles, removed, labels, NOT told AS is_new"
        which = "NOT told OR source IN (FROM others)" if others else "NOT told"
        some = f"(SELECT {columns} FROM sources WHERE articles > 0 AND ({which}))"
        for bounds, values in self.ranges(some, f"{NUMBERS} + {LABEL} * cardinality(labels)"):
            with told(self.folder), self.connection.cursor() as cursor:
                rows = cursor.sql(f"FROM {some} WHERE {bounds} ORDER BY source", params=values)
                found: Iterable[Any] = rows.to_arrow_reader(AT_ONCE)
                yield from found

    def retell(self, lines: bytes, rows: Any) -> None:
        """Note what changes in some sources, until all is told: an Arrow table, and their lines in a row."""
        sizes = rows["articles"].to_numpy() + rows["removed"].to_numpy()
        with told(self.folder):
            place = self.lines.add(lines)
        self.run_over(rows.append_column("place", [place + sizes.cumsum() - sizes]), ADDED.format("retold"))

    def all_told(self, moment: str) -> None:
        """Note that it is told of all sources what they repeat, up to a moment of the index."""
        self.apply(RETOLD, "retold")
        self.sql("UPDATE sources SET told = true WHERE NOT told")
        self.sql("DELETE FROM gone")
        self.sql("UPDATE about SET moment = ?", moment)

    def uncounted(self) -> Iterator[tuple[Any, ...]]:
        """The documents to be cleaned of which it is not known what stands in them."""
        self.sql(
            "CREATE OR REPLACE TABLE to_do AS"
            " SELECT place, input, number, source, digest, '' AS site FROM fresh ANTI JOIN pages USING (source, digest)"
        )
        return self.to_do()

    def count_in(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Note what stands in some documents, in the place of what was noted of them."""
        with self.together():
            self.sql("DELETE FROM pages WHERE source IN (SELECT unnest(?::VARCHAR[]))", [row["source"] for row in rows])
            self.insert("pages", rows)

    def to_clean(self, run: int) -> Iterator[tuple[Any, ...]]:
        """The documents to be cleaned, with their sites, but for those that this run knows it cannot clean."""
        self.sql(
            "CREATE OR REPLACE TABLE to_do AS SELECT place, input, number, source, digest, coalesce(site, '') AS site"
            " FROM fresh LEFT JOIN pages USING (source, digest)"
            " ANTI JOIN (FROM sources WHERE run = ?) AS done USING (source, digest)",
            run,
        )
        return self.to_do()

    def to_do(self) -> Iterator[tuple[Any, ...]]:
        """What is to be done, in order of places, some at a time.

        A query that stayed open all the while would keep all that is written meanwhile out of the file.
        """
        ((first, last),) = self.stream("SELECT coalesce(min(place), 0), coalesce(max(place), -1) FROM to_do")
        part = "SELECT input, number, source, digest, site FROM to_do WHERE place BETWEEN ? AND ? ORDER BY place"
        for start in range(first, last + 1, LISTED):
            yield from list(self.stream(part, start, start + LISTED - 1))

    def tidy(self) -> None:
        """Add up what the run brought of each site, and forget what was noted of documents as they no longer are."""
        self.sql(SITE_RUNS)
        self.sql(
            "DELETE FROM pages WHERE NOT EXISTS"
            " (FROM sources WHERE sources.source = pages.source AND sources.digest = pages.digest)"
        )

    def end(self, number: int, told: Mapping[str, Any]) -> None:
        """Enter that a run has ended, and what it did."""
        self.sql("UPDATE runs SET ended = ?, told = ? WHERE run = ?", now(), orjson.dumps(told).decode(), number)

    def runs(self) -> list[dict[str, Any]]:
        """All runs, in order, each with what it did; of one that was ended before its time, only when it began."""
        found = self.rows("SELECT run, started, ended, version, settings, told FROM runs ORDER BY run")
        names = ("run", "started", "ended", "version", "settings")
        return [dict(zip(names, row, strict=False)) | (orjson.loads(row[-1]) if row[-1] else {}) for row in found]

    def site_runs(self) -> list[dict[str, Any]]:
        """What each run brought of each site, in order of sites and then of runs."""
        with told(self.folder):
            found = self.sql("SELECT * FROM site_runs ORDER BY site, run")
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def quarantined(self) -> list[tuple[str, tuple[int, list[str]]]]:
        """(error, (how many sources, some of them)) for all that could not be cleaned."""
        error = "json_extract_string(decode(failed), '$.error')"
        rows = f"SELECT {error} AS error, count(*), min(source, 3) FROM sources WHERE outcome <> 'cleaned'"
        return [(name, (count, names)) for name, count, names in self.rows(f"{rows} GROUP BY error ORDER BY error")]

    def examples(self, site: str, run: int) -> list[str]:
        """Some sources of a site, of a run or those after it."""
        found = self.rows("SELECT examples FROM site_runs WHERE site = ? AND run >= ? ORDER BY run", site, run)
        return [name for (names,) in found for name in names][:3]

    def older(self, settings: str) -> int:
        """How many of the sources that were given were cleaned with other settings."""
        return int(self.one("SELECT count(*) FROM sources JOIN named USING (source) WHERE settings <> ?", settings))

    def failures(self) -> list[dict[str, Any]]:
        """What `failed.jsonl` holds of the sources that were given."""
        found = self.rows(
            "SELECT failed FROM sources JOIN named USING (source) WHERE outcome <> 'cleaned' ORDER BY source"
        )
        return [orjson.loads(row) for (row,) in found]

    def totals(self, column: str) -> dict[str, int]:
        """The sums of a column of counts by name, over all sources."""
        counts = f"SELECT unnest(map_entries({column}), recursive := true) FROM sources"
        return dict(self.rows(f"SELECT key, sum(value)::BIGINT FROM ({counts}) GROUP BY key ORDER BY key"))

    def warnings(self) -> list[tuple[Any, ...]]:
        """(source, warning) for all of them."""
        return self.rows("SELECT source, unnest(warnings) FROM sources WHERE len(warnings) > 0 ORDER BY source")


def make(path: Path) -> None:
    """Make a state that knows nothing, under a temporary name, and rename it, so that it is never half there."""
    import duckdb

    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH {quoted(part)} AS state (ROW_GROUP_SIZE {ROWS})")
        connection.execute("USE state")
        for table, columns in TABLES.items():
            connection.execute(f"CREATE TABLE {table} ({columns})")
        connection.execute("INSERT INTO about VALUES (?, '', 0)", [FORMAT])
    part.replace(path)


def quoted(path: Path) -> str:
    """A path as SQL has it."""
    text = str(path).replace("\\", "/").replace("'", "''")
    return f"'{text}'"


def now() -> str:
    """The present moment, in ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")
