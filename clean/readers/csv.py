"""Tables as text, with the names of the columns in the first line."""

import csv
import io
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from clean.errors import UnreadableSource
from clean.readers.documents import LARGEST, Document, Fields, damage
from clean.readers.rows import Rows
from clean.readers.streams import look
from clean.readers.text import decode

DELIMITERS = ",;\t|"
LINE = re.compile(r"[\r\n]")


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
    table = csv.reader(text, delimiter=max(DELIMITERS, key=first.count))
    columns = [as_text(cell, wide) for cell in next((row for row in table if "".join(row).strip()), [])]
    found = Rows(name, fields, columns)
    number = 0
    while True:
        number += 1
        try:
            cells = next(table, None)
            if cells is None:
                return
            if cells:
                yield document(found, number, columns, cells if wide else [bytes_of(cell) for cell in cells])
        except csv.Error as error:
            yield Document(f"{name}#{number}", problem=UnreadableSource(f"row {number} is no row: {damage(error)}"))


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
