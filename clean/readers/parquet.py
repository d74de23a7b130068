"""Tables of Parquet, read by row group."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from clean.errors import UnreadableSource
from clean.readers.documents import Document, Fields, damage
from clean.readers.rows import Rows
from clean.readers.streams import seekable

AT_ONCE = 64  # rows, each of which may be a page


def rows(name: str, stream: BinaryIO, fields: Fields) -> Iterator[Document]:
    """The documents of a table; a row group that is damaged costs only itself.

    Raises UnsupportedSource if no column holds a text, and what Arrow raises if the file is none of Parquet.
    """
    import pyarrow.parquet as pq

    with pq.ParquetFile(seekable(stream), pre_buffer=False) as file:
        found = Rows(name, fields, file.schema_arrow.names)
        number = 0
        for group in range(file.num_row_groups):
            end = number + file.metadata.row_group(group).num_rows
            try:
                for row in rows_of(file, group):
                    number += 1
                    yield found.document(number, row)
            except Exception as error:  # Arrow raises many kinds for bytes that it did not expect
                what = f"row group {group + 1} is damaged after row {number} ({damage(error)})"
                yield Document(f"{name}#{number + 1}", problem=UnreadableSource(f"{what}; rows up to {end} are lost"))
            number = end


def rows_of(file: Any, group: int) -> Iterator[dict[str, Any]]:
    """The rows of a row group, some at a time."""
    for batch in file.iter_batches(AT_ONCE, row_groups=[group], use_threads=False):
        yield from batch.to_pylist()
