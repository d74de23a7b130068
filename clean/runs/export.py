"""One file of everything that the runs of a directory hold now: JSONL, Parquet, CSV, or a text for each article."""

import csv
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from clean.errors import OutputError, UsageError
from clean.runs.finished import state_of
from clean.writers import parquet
from clean.writers.jsonl import line

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for the beginning of a formula
BETWEEN = "; "  # names and other texts of a list in one cell
LEFT_OUT = frozenset(("body", "boundary", "repairs"))  # of a row of a table: its text and words tell the same
TEXTS = "text"


def export(folder: Path, target: Path, form: str) -> int:
    """Write the records of finished runs to a file, or for `text` to a folder; how many there are.

    The file is only ever seen whole. Raises UsageError for a form that does not exist or a folder without runs, and
    OutputError if the target cannot be written, or a run is using the folder.
    """
    if form not in (*WRITERS, TEXTS):
        raise UsageError(f"there is no format {form!r}; formats are: {', '.join((*WRITERS, TEXTS))}")
    try:
        if form == TEXTS:
            return write_texts(target, records(folder))
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        target.parent.mkdir(parents=True, exist_ok=True)
        counted = Counted(records(folder))
        try:
            WRITERS[form](part, counted)
            part.replace(target)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        return counted.count
    except OSError as error:
        raise OutputError(f"{target} cannot be written: {(error.strerror or str(error)).lower()}") from error


class Counted:
    """Rows that are counted as they go by."""

    def __init__(self, rows: Iterator[dict[str, Any]]) -> None:
        self.rows, self.count = rows, 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for row in self.rows:
            self.count += 1
            yield row


def records(folder: Path) -> Iterator[dict[str, Any]]:
    """The rows of the records, in order of sources."""
    with state_of(folder) as state:
        for lines in state.written("articles"):
            yield from map(orjson.loads, lines.splitlines())


def write_jsonl(path: Path, rows: Counted) -> None:
    """A line for each record, as `articles.jsonl` has them."""
    with path.open("wb") as file:
        file.writelines(map(line, rows))


def write_parquet(path: Path, rows: Counted) -> None:
    """A table with the columns of records."""
    parquet.write(path, rows, parquet.SCHEMAS["articles"]())


def write_csv(path: Path, rows: Counted) -> None:
    """A table as text. A cell that a spreadsheet would take for a formula has an apostrophe before it."""
    with path.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="") as file:
        columns = [field.name for field in parquet.records() if field.name not in LEFT_OUT]
        table = csv.DictWriter(file, columns, extrasaction="ignore")
        table.writeheader()
        table.writerows({name: cell(row.get(name)) for name in columns} for row in rows)


WRITERS: Mapping[str, Callable[[Path, Counted], None]] = {
    "jsonl": write_jsonl,
    "parquet": write_parquet,
    "csv": write_csv,
}


def cell(value: Any) -> str | int | float | None:
    """A value as a cell.

    >>> cell("=1+1"), cell(["Ida Marlow", "Tom Reed"]), cell(7)
    ("'=1+1", 'Ida Marlow; Tom Reed', 7)
    """
    if isinstance(value, list):
        value = BETWEEN.join(map(str, value))
    elif isinstance(value, dict):
        value = orjson.dumps(value).decode() if value else ""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def write_texts(folder: Path, rows: Iterator[dict[str, Any]]) -> int:
    """A file for each record, named by its id: its title, an empty line, and its text. Files of others stay."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for row in rows:
        text = "\n\n".join(filter(None, (row["title"], row["text"])))
        (folder / f"{row['id']}.txt").write_bytes(f"{text}\n".encode("utf-8", "backslashreplace"))
        count += 1
    return count
