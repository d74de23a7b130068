"""The texts of an index that new ones may repeat."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

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

    def with_keys(self, keys: Hashes) -> Iterator[tuple[Hashes, Numbers]]:
        """Those of the keys that earlier texts have, and these texts, some at a time; among them are such as are gone.

        Each key is given once.
        """
        for found in self._batches(sql.WITH_KEYS, pa.table({"key": keys})):
            yield found["key"].to_numpy(), numbers_of(found["text"])

    def met(self, numbers: Numbers) -> Met:
        """Those of the texts of these numbers that are not gone, and their twins."""
        found = self._rows(sql.MET, given=pa.table({"number": numbers}))
        met, twins, places, lengths = (numbers_of(found[name]) for name in ("number", "twin", "words", "length"))
        return Met(met, twins, Placed(self._words, places, lengths))
