"""The DuckDB file of an output directory: how it is made, opened and asked, in little memory however large it grows."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice, pairwise
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from clean.runs.memory import give_back
from clean.runs.names import STATE
from clean.runs.refusals import in_use, told
from clean.runs.statements import TABLES

SPILLED = ".state.tmp"  # a folder for what DuckDB cannot hold in memory
FORMAT = 4  # of the tables; 2 was the last that had none
MEMORY = 32  # MiB that DuckDB may use before it goes to the disk
LITTLE = 16  # MiB that are enough to read sources in order, and note what changes in them, while others need memory
ROOM = 48  # MiB that it may use while it compares what is given with what there is, or changes many sources
WRITTEN_AHEAD = "4MiB"  # of its log, after which it writes to the file: what the log holds is held in memory, too
LEAST = 4  # MiB that it keeps while others need memory
NAMES = 6  # times that memory the names of all sources may take together: it fails to join tables of more
COMPARED = 2  # times the greater one: there it joins names with names
PART = 8 << 20  # bytes of rows that are sorted at a time; sorting takes some times that
CHOSEN = 32  # rows of each part that are looked at for where to cut: with fewer, parts differ more in size
APPLIED = 20_000  # rows of a table that are applied to another together
AT_ONCE = 1000  # rows that are taken out of a table at a time
MANY = 50_000  # rows that are added before the file is opened anew: DuckDB holds some 25 bytes in memory for each
PATIENCE = 600.0  # seconds that another process may read the file meanwhile, as an export of millions does
PAUSE = 0.05  # seconds between two attempts to have it back
ADDED = "INSERT INTO {} BY NAME SELECT * FROM batch"  # the rows that are at hand under that name


class Database:
    """The tables of an output directory. Raises OutputError for what DuckDB or the system cannot do with them."""

    def __init__(self, folder: Path, read_only: bool, patience: float) -> None:
        self.folder = folder
        self.options: dict[str, str | int] = {
            "memory_limit": f"{MEMORY}MiB",
            "checkpoint_threshold": WRITTEN_AHEAD,
            "threads": 1,  # the cores are the workers'
            "preserve_insertion_order": "false",  # which would hold more in memory
            "temp_directory": str(folder / SPILLED).replace("\\", "/"),
        }
        self.open(read_only, patience)

    def open(self, read_only: bool, patience: float) -> None:
        """Open the file with its options, and wait so many seconds for others that read it."""
        import duckdb

        self.added = 0  # rows since then
        last = monotonic() + patience
        with told(self.folder):
            while True:
                try:
                    self.connection = duckdb.connect(str(self.folder / STATE), read_only=read_only)
                    break
                except duckdb.Error as error:
                    if monotonic() >= last or not in_use(error):
                        raise
                    sleep(PAUSE)
        try:
            for name, value in self.options.items():
                self.option(name, value)
        except BaseException:
            self.connection.close()
            raise

    def option(self, name: str, value: str | int) -> None:
        """Set an option of DuckDB, from now on."""
        self.options[name] = value
        self.sql("SET {} = '{}'".format(name, str(value).replace("'", "''")))

    def renew_if_grown(self) -> None:
        """Open the file anew if many rows were added to it."""
        if self.added >= MANY:
            self.renew()

    def renew(self) -> None:
        """Open the file anew: where each piece of what was written stands is kept in memory until then.

        Nothing may be under way. For a moment the file is nobody's; waits for who has begun to read it just then.
        """
        with told(self.folder):
            self.connection.close()
        give_back()
        self.open(False, PATIENCE)

    def make_room(self, least: int = MEMORY, names: int = NAMES) -> None:
        """Let DuckDB take so many MiB, and more where there are so many sources that it fails to join them in that."""
        every = "SELECT sum(strlen(source)) AS bytes FROM sources UNION ALL SELECT sum(strlen(source)) FROM given"
        size = self.one(f"SELECT coalesce(sum(bytes), 0)::BIGINT FROM ({every})")
        self.option("memory_limit", f"{max(least, size // names >> 20)}MiB")

    @contextmanager
    def room(self) -> Iterator[None]:
        """Let it take what it needs to compare all names that are given with all that there are, or change many."""
        self.make_room(ROOM, COMPARED)
        yield
        self.make_room()
        self.let_cache_go()

    def let_cache_go(self) -> None:
        """Have DuckDB let go of what it has read, and need not keep."""
        import duckdb

        most = self.one("SELECT current_setting('memory_limit')")
        with told(self.folder), self.connection.cursor() as another:  # an error would undo what this one has begun
            with suppress(duckdb.OutOfMemoryException):  # it lets go of what it can before it says so
                another.execute(f"SET memory_limit = '{LEAST}MiB'")
            another.execute(f"SET memory_limit = '{most}'")

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
        their digests, so that they are the same in whatever order the rows lie.
        """
        sizes = f"SELECT count(*), coalesce(sum({size} + strlen(source)), 0)::BIGINT FROM {table}"
        ((many, whole),) = self.stream(sizes)
        parts = 1 + whole // PART
        every = max(1, many // (parts * CHOSEN))
        chosen = self.stream(f"SELECT source FROM {table} WHERE md5_number_lower(source) % {every} = 0 ORDER BY source")
        cuts = [source for (source,) in islice(chosen, CHOSEN, None, CHOSEN)] if parts > 1 else []
        between = [("source >= ? AND source < ?", [low, high]) for low, high in pairwise(["", *cuts])]
        return [*between, ("source >= ?", [cuts[-1] if cuts else ""])]

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
                self.added += batch.num_rows

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


def make(path: Path) -> None:
    """Make a state that knows nothing, under a temporary name, and rename it, so that it is never half there."""
    import duckdb

    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    with duckdb.connect(str(part)) as connection:
        for table, columns in TABLES.items():
            connection.execute(f"CREATE TABLE {table} ({columns})")
        connection.execute("INSERT INTO about VALUES (?, '', 0)", [FORMAT])
    part.replace(path)
