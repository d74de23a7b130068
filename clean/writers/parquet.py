"""Rows to tables of Parquet, with columns that stay the same whatever the rows hold."""

import json
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from clean.model import Record, Removal

AT_ONCE = 2000  # rows of a row group


def records() -> Any:
    """The columns of records. What may hold anything, such as `meta`, is a text of JSON."""
    import pyarrow as pa

    passage = {"start": pa.int64(), "end": pa.int64(), "kind": pa.string(), "text": pa.string()}
    passage |= {"fingerprint": pa.string(), "duplicate_of": pa.string(), "repeats": pa.string(), "index": pa.int64()}
    texts = pa.list_(pa.string())
    types = {
        **dict.fromkeys(("story", "stories", "start", "end", "words"), pa.int64()),
        **dict.fromkeys(("authors", "summary", "captions", "warnings"), texts),
        **dict.fromkeys(("meta", "boundary", "repairs", "repeats", "fields"), pa.string()),
        "language_confidence": pa.float64(),
        "body": pa.list_(pa.struct(passage)),
    }
    return pa.schema([(name, types.get(name, pa.string())) for name in Record.__slots__])


def removals() -> Any:
    """The columns of the ledger."""
    import pyarrow as pa

    types = {"start": pa.int64(), "end": pa.int64()}
    return pa.schema([(name, types.get(name, pa.string())) for name in Removal._fields])


SCHEMAS: Mapping[str, Callable[[], Any]] = {"articles": records, "removed": removals}


def write(path: Path, rows: Iterable[Mapping[str, Any]], schema: Any) -> None:
    """Write rows, some at a time. Raises OSError if that cannot be done."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = iter(rows)
    texts = [field.name for field in schema if field.type == pa.string()]
    inside = [field.name for field in schema.field("body").type.value_type] if "body" in schema.names else []
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while part := list(islice(rows, AT_ONCE)):
            writer.write_table(pa.Table.from_pylist([flat(row, texts, inside) for row in part], schema=schema))


def flat(row: Mapping[str, Any], texts: Iterable[str], inside: Iterable[str] = ()) -> dict[str, Any]:
    """A row of which the columns of text hold texts: what is none is JSON; `inside` names the columns of passages."""
    found = dict(row)
    if inside:
        found["body"] = [{name: passage.get(name) for name in inside} for passage in row["body"]]
        found["body"] = [flat(passage, ("repeats",)) for passage in found["body"]]
    for name in texts:
        value = found.get(name)
        if value is not None and not isinstance(value, str):
            found[name] = json.dumps(value, ensure_ascii=False)
    return found
