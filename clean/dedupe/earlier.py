"""The texts of an index that new ones may repeat."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clean.dedupe import statements as sql
from clean.dedupe.store import numbers_of, rows_of
from clean.dedupe.words import Hashes, Numbers, Rows


class Texts(NamedTuple):
    """Texts of the index, by number, in order: the numbers of their twins, and their words."""

    numbers: Numbers
    twins: Numbers
    words: Rows


class Earlier:
    """Looks up earlier texts.

    `rows` runs a query over a table that is given to it as `given`; so does `batches`, some rows at a time.
    """

    def __init__(self, rows: Callable[..., pa.Table], batches: Callable[..., Iterator[pa.RecordBatch]]) -> None:
        self._rows, self._batches = rows, batches
        (there,) = rows(sql.ANY).to_pydict()["there"]
        self.is_empty = not there

    def hits(self, keys: NDArray[Any]) -> Iterator[tuple[Numbers, Numbers]]:
        """The new and earlier texts that have a key in common, once for each such key, some of them at a time.

        `keys` has keys and rows.
        """
        keys = np.unique(keys)
        given = pa.table({"key": keys["key"], "text": keys["row"].astype(np.int64)})
        for found in self._batches(sql.HITS, given):
            yield numbers_of(found["text"]), numbers_of(found["number"])

    def lengths(self, numbers: Numbers) -> Numbers:
        """How many words the texts of these numbers have, which are in order."""
        found = self._rows(sql.LENGTHS, given=pa.table({"number": numbers}))
        return numbers_of(found["length"])

    def texts(self, numbers: Numbers) -> Texts:
        """The texts of these numbers, and their twins."""
        found = self._rows(sql.WORDS, given=pa.table({"number": numbers}))
        return Texts(numbers_of(found["number"]), numbers_of(found["twin"]), rows_of(found["words"]))

    def taken(self, keys: Hashes) -> Numbers:
        """How many texts each key has, where there are any; keys are in order."""
        if self.is_empty:
            return np.zeros(len(keys), np.int64)
        found = self._rows(sql.TAKEN, given=pa.table({"key": np.unique(keys)}))
        taken = np.zeros(len(keys), np.int64)
        values = found["key"].to_numpy()
        if len(values):
            at = np.minimum(np.searchsorted(values, keys), len(values) - 1)
            taken = np.where(values[at] == keys, numbers_of(found["taken"])[at], 0)
        return taken
