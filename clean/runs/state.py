"""What the runs of an output directory know of every source, in one DuckDB file that survives crashes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from clean.errors import OutputError
from clean.runs.database import ADDED, AT_ONCE, FORMAT, Database, make
from clean.runs.lines import Lines
from clean.runs.names import LINES, STATE
from clean.runs.refusals import lines_in, told
from clean.runs.statements import (
    FRESH,
    GONE,
    MOVED,
    NAMED,
    RETOLD,
    SITE_RUNS,
    SOURCES_NAMED,
    STALE,
    TO_CLEAN,
    UNCOUNTED,
    UNTOLD_RUNS,
)

NUMBERS = "100"  # bytes of a row that holds some numbers, beside its source
LABEL = 50  # bytes of an entry of a map
LAST_ROW = 1 << 62  # comes after the rows of all tables
NAMED_BEFORE = "rowid < ? AND source IN (SELECT unnest(?::VARCHAR[]))"  # of the rows before one, those of some sources
SPARE = 1 << 20  # bytes of lines that no source has any more, up to which they may always stay
LISTED = 10_000  # documents that are noted together
ADDED_UP = 20_000  # sources whose labels and rules are added up together, if they are not all of one site


class State(Database):
    """The state of an output directory; for one process at a time. Raises OutputError where it cannot be used."""

    def __init__(self, folder: Path, read_only: bool = False, patience: float = 0.0) -> None:
        with told(folder):
            if not read_only and not (folder / STATE).exists():
                make(folder / STATE)
        super().__init__(folder, read_only, patience)
        # a run enters each source once, so that it replaces none but in the rows before its own: while it cleans, the
        # database moves no rows up
        self.before = {"sources": LAST_ROW, "pages": LAST_ROW}
        try:
            self.lines = self.opened(read_only)
        except BaseException:
            self.connection.close()
            raise

    def opened(self, read_only: bool) -> Lines:
        """Look at what was opened; the file that holds the lines. Raises OutputError if it is of another version."""
        (version,) = self.rows("SELECT format FROM about")
        if version != (FORMAT,):
            what = f"{self.folder / STATE} was written by another version of clean (format {version[0]})"
            raise OutputError(f"{what}; choose another directory, or clean everything anew into it")
        with told(self.folder):
            self.make_room()
            if not read_only:
                self.change_retold()  # as of a run that died before it had done so
            return self.open_lines(read_only)

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

    def written(self, column: str) -> Iterator[bytes]:
        """The lines of a file that is written out of the state, those of a source at a time, in order of sources."""
        if column == "failed":
            failed = "(SELECT source, failed FROM sources WHERE octet_length(failed) > 0)"
            return (lines for (lines,) in self.in_order("failed", failed, "octet_length(failed)"))
        place = "place" if column == "articles" else "place + articles"
        where = f"(SELECT source, {place} AS first, {column} AS bytes FROM sources WHERE {column} > 0)"
        return (self.lines.read(*found) for found in self.in_order("first, bytes", where, NUMBERS))

    def lines_in_order(self) -> Iterator[tuple[bytes, bytes]]:
        """The lines of the records and of the ledger of each source, in order of sources."""
        return (self.lines_of(*found) for found in self.in_order("place, articles, removed", "sources", NUMBERS))

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
            self.forget((row["source"] for row in rows), self.before["sources"])
            with told(self.folder):
                placed = [self.placed(row) for row in rows]
            self.insert("sources", placed)
        self.let_cache_go()

    def forget(self, names: Iterable[str], before: int = LAST_ROW) -> None:
        """Take sources out, of those whose rows stand before one."""
        given = list(names)
        self.sql(f"INSERT INTO gone SELECT source FROM sources WHERE {NAMED_BEFORE}", before, given)
        self.sql(f"DELETE FROM sources WHERE {NAMED_BEFORE}", before, given)

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
        self.before = {table: self.one(f"SELECT 1 + coalesce(max(rowid), -1) FROM {table}") for table in self.before}
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

    def plan(self, reprocess: bool, files: Sequence[str]) -> None:
        """Find the names of what was given, and what of it is to be cleaned: `named` and `fresh`."""
        with self.room(), self.together():
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
            self.sql("UPDATE sources SET told = false WHERE told IS DISTINCT FROM false")
            self.sql("UPDATE about SET moment = ''")

    def untold(self) -> Iterator[str]:
        """The sources of which it is not told what they repeat, and those that are gone."""
        found = self.stream("SELECT source FROM sources WHERE NOT told UNION ALL SELECT source FROM gone")
        return (source for (source,) in found)

    def note_others(self, names: Iterable[str]) -> None:
        """Note of which other sources it is to be told anew what they repeat."""
        self.sql("UPDATE sources SET told = true WHERE told IS NULL")  # as a run noted that died
        others = iter(names)
        while some := list(islice(others, LISTED)):
            self.sql("UPDATE sources SET told = NULL WHERE told AND source IN (SELECT unnest(?::VARCHAR[]))", some)

    def to_tell(self, others: bool) -> Iterator[Any]:
        """The sources of which it is to be told what they repeat, in order, as Arrow batches of some.

        They are the new ones, or also the others that were noted. Columns: names, where their lines stand, characters
        by label, and whether they are new.
        """
        columns = "source, place, articles, removed, labels, told IS NOT NULL AS is_new"
        which = "told IS DISTINCT FROM true" if others else "NOT told"
        some = f"(SELECT {columns} FROM sources WHERE articles > 0 AND ({which}))"
        for bounds, values in self.ranges(some, f"{NUMBERS} + {LABEL} * cardinality(labels)"):
            with told(self.folder), self.connection.cursor() as cursor:
                rows = cursor.sql(f"FROM {some} WHERE {bounds} ORDER BY source", params=values)
                found: Iterable[Any] = rows.to_arrow_reader(AT_ONCE)
                for number, batch in enumerate(found):
                    if not number:  # all of them are sorted now
                        self.let_cache_go()
                    yield batch

    def retell(self, lines: bytes, rows: Any) -> None:
        """Note what changes in some sources, for `change_retold`: an Arrow table, and their lines in a row."""
        sizes = rows["articles"].to_numpy() + rows["removed"].to_numpy()
        with told(self.folder):
            place = self.lines.add(lines)
        self.run_over(rows.append_column("place", [place + sizes.cumsum() - sizes]), ADDED.format("retold"))

    def all_told(self, moment: str) -> None:
        """Note that it is told of all sources what they repeat, up to a moment of the index."""
        self.sql("UPDATE sources SET told = true WHERE told IS DISTINCT FROM true")
        self.sql("DELETE FROM gone")
        self.sql("UPDATE about SET moment = ?", moment)

    def change_retold(self) -> None:
        """Change the sources in which something was noted to change.

        The notes are committed with all else that was told, and the changes themselves after that, so that a database
        with many of them need not hold them all in memory: if the process dies meanwhile, all is changed again.
        """
        with self.room():
            self.apply(RETOLD, "retold")

    @contextmanager
    def filled(self) -> Iterator[None]:
        """Let many rows be added. Those that are there are put together afterwards only, since that takes memory."""
        self.option("max_vacuum_tasks", 0)
        yield
        del self.options["max_vacuum_tasks"]
        self.sql("RESET max_vacuum_tasks")

    def uncounted(self) -> Iterator[tuple[Any, ...]]:
        """The documents to be cleaned of which it is not known what stands in them."""
        self.sql(UNCOUNTED)
        return self.to_do()

    def count_in(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Note what stands in some documents, in the place of what was noted of them."""
        with self.together():
            given = [row["source"] for row in rows]
            self.sql(f"DELETE FROM pages WHERE {NAMED_BEFORE}", self.before["pages"], given)
            self.insert("pages", rows)
        self.let_cache_go()

    def to_clean(self, run: int) -> Iterator[tuple[Any, ...]]:
        """The documents to be cleaned, with their sites, but for those that this run knows it cannot clean."""
        with self.room():
            self.sql(TO_CLEAN, run)
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
        with self.room():
            self.add_up_sites()
            self.sql(STALE)

    def add_up_sites(self) -> None:
        """Enter what the runs that have no figures yet brought of each site."""
        with self.together():
            found = self.rows(UNTOLD_RUNS)
            parts = 1 + sum(sources for _, sources in found) // ADDED_UP
            for part in range(parts):
                self.sql(SITE_RUNS, [run for run, _ in found], parts, part)

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
        return int(self.one(f"SELECT count(*) {SOURCES_NAMED} AND settings <> ?", settings))

    def failures(self, most: int) -> tuple[int, list[dict[str, Any]]]:
        """How many of the sources that were given have failed, and what `failed.jsonl` holds of so many at most."""
        some = f"{SOURCES_NAMED} AND outcome <> 'cleaned'"
        found = self.rows(f"SELECT failed {some} ORDER BY source LIMIT ?", most)
        return int(self.one(f"SELECT count(*) {some}")), [orjson.loads(row) for (row,) in found]

    def totals(self, column: str) -> dict[str, int]:
        """The sums of a column of counts by name, over all sources."""
        counts = f"SELECT unnest(map_entries({column}), recursive := true) FROM sources"
        return dict(self.rows(f"SELECT key, sum(value)::BIGINT FROM ({counts}) GROUP BY key ORDER BY key"))

    def warnings(self, most: int) -> tuple[int, list[tuple[Any, ...]]]:
        """How many warnings there are, and (source, warning) for so many at most."""
        some = "SELECT source, warnings FROM sources WHERE len(warnings) > 0 ORDER BY source LIMIT ?"
        found = self.rows(f"SELECT source, unnest(warnings) FROM ({some}) ORDER BY source LIMIT ?", most, most)
        return int(self.one("SELECT coalesce(sum(len(warnings)), 0)::BIGINT FROM sources")), found


def now() -> str:
    """The present moment, in ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")
