"""The texts of an index that new ones may repeat."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clean.dedupe import statements as sql
from clean.dedupe.store import numbers_of
from clean.dedupe.wordfile import Placed, WordFile
from clean.dedupe.words import Hashes, Numbers


class Met(NamedTuple):
    """Texts of the index that new ones may repeat, and their twins: numbers, in order, and where their words stand."""

    numbers: Numbers
    twins: Numbers
    words: Placed

    def twins_of(self, numbers: Numbers) -> Numbers:
        """The numbers of the twins of some of them."""
        return self.twins[np.searchsorted(self.numbers, numbers)]


class Earlier:
    """Looks up earlier texts.

    `rows` runs a query over a table that is given to it as `given`; so does `batches`, some rows at a time. Their words
    stand in a file.
    """

    def __init__(
        self, rows: Callable[..., pa.Table], batches: Callable[..., Iterator[pa.RecordBatch]], words: WordFile
    ) -> None:
        self._rows, self._batches, self._words = rows, batches, words
        (there,) = rows(sql.ANY).to_pydict()["there"]
        self.is_empty = not there

    def hits(self, keys: NDArray[Any]) -> Iterator[tuple[Numbers, Numbers]]:
        """The new and earlier texts that have a key in common, once for each such key, some of them at a time.

        `keys` has keys and rows, each once. Among the earlier texts are such as are gone.
        """
        given = pa.table({"key": keys["key"], "text": keys["row"].astype(np.int64)})
        for found in self._batches(sql.HITS, given):
            yield numbers_of(found["text"]), numbers_of(found["number"])

    def met(self, numbers: Numbers) -> Met:
        """Those of the texts of these numbers that are not gone, and their twins."""
        found = self._rows(sql.MET, given=pa.table({"number": numbers}))
        met, twins, places, lengths = (numbers_of(found[name]) for name in ("number", "twin", "words", "length"))
        return Met(met, twins, Placed(self._words, places, lengths))

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
