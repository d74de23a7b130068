"""Boosted trees: a model that was trained elsewhere, read from a file and put to use with numpy alone.

The trees are oblivious: all nodes of one level ask the same question, so a row's leaf is a number with one bit a level
(Kohavi & Li 1995; Prokhorenkova et al. 2018, arXiv:1706.09516). What a group of features said is the sum of what each of
its questions changed in the mean of the leaves that remain (Saabas 2014), which is known for every leaf beforehand.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Trees:
    """A sum of trees over named features, whose groups are the parts of the names before the dot."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.features: tuple[str, ...] = tuple(table["features"])
        self.groups = tuple(dict.fromkeys(name.split(".")[0] for name in self.features))
        self.settings: Mapping[str, Any] = table["settings"]
        self._trees = [(tree["columns"], tree["borders"], self._shares(tree)) for tree in table["trees"]]
        self.base = float(table["base"]) + sum(float(levels(tree)[0][0]) for tree in table["trees"])

    @classmethod
    def read(cls, path: Path) -> "Trees":
        """The model in a file. Raises OSError or ValueError if there is none."""
        return cls(json.loads(path.read_bytes()))

    def _shares(self, tree: Mapping[str, Any]) -> Floats:
        """What each group says in each leaf of a tree: [leaf, group]."""
        means = levels(tree)
        leaves = np.arange(len(means[-1]))
        shares = np.zeros((len(leaves), len(self.groups)))
        for level, column in enumerate(tree["columns"]):
            below = means[level + 1][leaves % (2 << level)] - means[level][leaves % (1 << level)]
            shares[:, self.groups.index(self.features[column].split(".")[0])] += below
        return shares

    def weigh(self, matrix: NDArray[np.float32]) -> Floats:
        """What each group of features says of each row: [row, group] in log-odds, to be added to `base`.

        `matrix` is [feature, row], in the order of `features`. Linear in rows and trees.
        """
        rows = matrix.shape[1]
        total = np.zeros((rows, len(self.groups)))
        leaf = np.zeros(rows, np.uint8)
        for columns, borders, shares in self._trees:
            leaf[:] = 0
            for level, (column, border) in enumerate(zip(columns, borders, strict=True)):
                leaf |= (matrix[column] > np.float32(border)).view(np.uint8) << np.uint8(level)
            total += shares[leaf]
        return total

    def matrix(self, features: Mapping[str, NDArray[Any]], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The figures of some rows in the order the model wants them; KeyError for a feature that is not there."""
        return np.stack([features[name][rows].astype(np.float32) for name in self.features])


def levels(tree: Mapping[str, Any]) -> list[Floats]:
    """The mean value of the leaves that remain after each question, by the answers so far; first the mean of all."""
    values, weights = np.array(tree["values"], float), np.array(tree["weights"], float) + 1e-9
    means = [values]
    while len(values) > 1:
        half = len(values) // 2
        joined = weights[:half] + weights[half:]
        values = (values[:half] * weights[:half] + values[half:] * weights[half:]) / joined
        weights = joined
        means.append(values)
    return means[::-1]
