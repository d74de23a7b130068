"""Tables as text, with the names of the columns in the first line."""

import csv
import io
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from clean.errors import UnreadableSource
from clean.readers.documents import LARGEST, Document, Fields, damage
from clean.readers.rows import Rows
from clean.readers.streams import look
from clean.readers.text import decode

DELIMITERS = ",;\t|"
LINE = re.compile(r"[\r\n]")
MOST_LOOKED = 1 << 23  # characters in which the row behind an open quote is looked for


def rows(name: str, stream: BinaryIO, fields: Fields) -> Iterator[Document]:
    """The documents of a table; a row that is broken costs only itself.

    Cells are decoded one by one, as documents are: delimiters and quotes are the same bytes in every encoding but
    UTF-16, and one cell in another encoding harms no other. Raises UnsupportedSource if no column holds a text.
    """
    head, stream = look(stream, 1 << 16)
    wide = head.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    text = io.TextIOWrapper(stream, encoding="utf-16" if wide else "latin-1", newline="")
    if head.startswith(BOM_UTF8):
        text.read(len(BOM_UTF8))
    first = LINE.split(head.decode("utf-16" if wide else "latin-1", "replace").strip(), maxsplit=1)[0]
    csv.field_size_limit(LARGEST)
    table = Table(text, max(DELIMITERS, key=first.count))
    columns = [as_text(cell, wide) for cell in next((row for row in table.rows if "".join(row).strip()), [])]
    found = Rows(name, fields, columns)
    number = 0
    while True:
        number += 1
        line = table.begin()
        cells: list[str] | None = []
        problem = ""
        try:
            if (cells := next(table.rows, None)) is None:
                return
        except csv.Error as error:
            problem = f"row {number} is no row: {damage(error)}"
        if table.go_back(len(columns)):
            problem = f"row {number}, which begins in line {line}, opens a quote and does not close it; close it there"
        if problem:
            yield Document(f"{name}#{number}", problem=UnreadableSource(problem))
        elif cells:
            yield document(found, number, columns, cells if wide else [bytes_of(cell) for cell in cells])


class Table:
    """The rows of a table, as lists of cells; and if one swallowed others, what brings these back."""

    def __init__(self, lines: Iterator[str], delimiter: str) -> None:
        self._lines = Lines(lines)
        self._delimiter = delimiter
        self.rows = csv.reader(self._lines, delimiter=delimiter)

    def begin(self) -> int:
        """Begin a row; in which line it begins, from 1."""
        return self._lines.begin()

    def go_back(self, columns: int) -> bool:
        """Whether the last row is none, but swallowed others, since its quote was never closed: these come next.

        That shows by a quote that is closed in front of something else than a delimiter, or nowhere; and by a line
        behind it that is the first of a proper row. A table of one column has nothing to tell these by.
        """
        end = len(self._lines.taken)
        if end < 2 or columns < 2 or self._begins_row(self._lines.taken, 0):
            return False
        self._lines.left = MOST_LOOKED
        for number in range(1, end):
            if self._begins_row(self._lines.again(number), columns):
                self._lines.give_back(number)
                return True
            self._lines.give_back(end)
        return False

    def _begins_row(self, lines: Iterable[str], columns: int) -> bool:
        """Whether some lines begin with a row by the letter of the format (RFC 4180), which has so many cells.

        Prose with commas in it has spaces behind them. With no columns, any number of cells will do.
        """
        try:
            cells = next(csv.reader(lines, delimiter=self._delimiter, strict=True), [])
        except csv.Error:
            return False
        return not columns or (len(cells) == columns and not any(cell.startswith(" ") for cell in cells))


class Lines:
    """The lines of a table; those `taken` since a row began may be given back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.taken: list[str] = []
        self.left = 0  # characters that may be taken again
        self._lines, self._before = lines, 0
        self._waiting: deque[str] = deque()

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        self.taken.append(self._waiting.popleft() if self._waiting else next(self._lines))
        return self.taken[-1]

    def begin(self) -> int:
        """Begin a row; in which line it begins, from 1."""
        self._before += len(self.taken)
        self.taken = []
        return self._before + 1

    def again(self, number: int) -> Iterator[str]:
        """The lines taken from one on, and those that follow, as many as may be taken again."""
        while self.left > 0 and (number < len(self.taken) or next(self, None) is not None):
            self.left -= len(self.taken[number])
            yield self.taken[number]
            number += 1

    def give_back(self, number: int) -> None:
        """Give back the lines taken from one on."""
        self._waiting.extendleft(reversed(self.taken[number:]))
        del self.taken[number:]


def bytes_of(cell: str) -> bytes:
    """The bytes of a cell that were read as one character each."""
    return cell.encode("latin-1")


def as_text(cell: str, wide: bool) -> str:
    """A cell as text, whatever its encoding."""
    return cell if wide or cell.isascii() else decode(bytes_of(cell))[0]


def document(found: Rows, number: int, columns: Sequence[str], cells: Sequence[str | bytes]) -> Document:
    """The document of a row."""
    if len(cells) != len(columns):
        what = f"row {number} has {len(cells)} cells, and there are {len(columns)} columns; is a quote missing?"
        return Document(f"{found.file}#{number}", problem=UnreadableSource(what))
    row = dict(zip(columns, cells, strict=True))
    text = set(found.holding(columns))
    made = found.document(number, {key: one if key in text else plain(one) for key, one in row.items()})
    return made._replace(meta={key: plain(row[key]) if key in text else one for key, one in made.meta.items()})


def plain(cell: str | bytes) -> str:
    """A cell that is no document, as text."""
    if isinstance(cell, str) or cell.isascii():
        return cell if isinstance(cell, str) else cell.decode()
    try:
        return decode(cell)[0]
    except Exception:
        return cell.decode("utf-8", "backslashreplace")
