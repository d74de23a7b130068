"""Boosted trees: a model that was trained elsewhere, read from a file and put to use with numpy alone.

A row's leaf is found without walking: every question that a row answers with "more" rules out the leaves on its left,
and the first leaf that is not ruled out is the row's (Lucchese et al. 2015, QuickScorer, doi:10.1145/2766462.2767733).
What a group of features said is the sum of what its questions changed in the mean of the leaves that remain (Saabas
2014), which is known for every leaf beforehand.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_LEAVES = 16  # of a tree: one bit each
UNITS = 100_000  # to the log-odd: sums of whole numbers are the same in any order
FEW = 200  # rows that all questions are asked at once; of more, one question at a time is asked of all rows


class Question(NamedTuple):
    """Whether a column is greater than a border; the leaves, as bits, that "more" rules out."""

    column: int
    border: np.float32
    left: np.uint16


class Tree(NamedTuple):
    """A tree: of each node the column, border and children, `~leaf` being a leaf; of each leaf the value.

    `bits`: the leaves below each node; `means`: the mean of their values, by the weight of what was trained on.
    """

    columns: Sequence[int]
    borders: Sequence[float]
    children: Sequence[Sequence[int]]
    values: Sequence[float]
    bits: Sequence[int]
    means: Sequence[float]


class Trees:
    """A sum of trees over named features; the group of a feature is the part of its name before the dot.

    `settings` is what it was trained with. `groups` are those of the features, in the order of `weigh`.
    """

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.features: tuple[str, ...] = tuple(table["features"])
        self.groups = tuple(dict.fromkeys(name.split(".")[0] for name in self.features))
        self.settings: Mapping[str, Any] = table["settings"]
        trees = [read_tree(tree) for tree in table["trees"]]
        self._questions = [list(questions(tree)) for tree in trees]
        asked = [question for row in self._questions for question in row]
        self._columns = np.array([question.column for question in asked])
        self._borders = np.array([question.border for question in asked])[:, None]
        self._left = np.array([question.left for question in asked])[:, None]
        self._firsts = np.cumsum([0, *(len(row) for row in self._questions[:-1])])
        self._values = np.zeros((len(trees), MOST_LEAVES), np.int64)
        shares = np.zeros((len(trees), MOST_LEAVES, len(self.groups)))
        of_column = [self.groups.index(name.split(".")[0]) for name in self.features]
        for number, tree in enumerate(trees):
            self._values[number, : len(tree.values)] = np.round(np.array(tree.values) * UNITS)
            for leaf, group, share in said_in(tree, of_column):
                shares[number, leaf, group] += share
        self._shares = np.round(shares * UNITS).astype(np.int32)  # half as much to move as in 64 bits
        self.base = float(sum(tree.means[0] for tree in trees))

    @classmethod
    def read(cls, path: Path) -> "Trees":
        """The model in a file. Raises OSError, ValueError or KeyError if there is none."""
        return cls(orjson.loads(path.read_bytes()))

    def leaves(self, matrix: NDArray[np.float32]) -> NDArray[np.uint8]:
        """The leaf of every row in every tree: [tree, row]. Linear in rows and questions.

        `matrix` is [feature, row], in the order of `features`.
        """
        rows = matrix.shape[1]
        if rows <= FEW:
            return FIRST_LEAF[
                np.bitwise_or.reduceat((matrix[self._columns] > self._borders) * self._left, self._firsts)
            ]
        found = np.zeros((len(self._questions), rows), np.uint8)
        more, ruled_out, bits = np.zeros(rows, bool), np.zeros(rows, np.uint16), np.zeros(rows, np.uint16)
        for number, asked in enumerate(self._questions):
            ruled_out[:] = 0
            for column, border, left in asked:
                np.greater(matrix[column], border, out=more)
                np.multiply(more, left, out=bits)
                np.bitwise_or(ruled_out, bits, out=ruled_out)
            found[number] = FIRST_LEAF[ruled_out]
        return found

    def odds(self, leaves: NDArray[np.uint8]) -> Floats:
        """The log-odds of every row, by its leaves."""
        total = np.zeros(leaves.shape[1], np.int64)
        for row, values in zip(leaves, self._values, strict=True):
            total += values[row]
        return total / UNITS

    def said(self, leaves: NDArray[np.uint8]) -> Floats:
        """What each group of features says of every row, in log-odds: [row, group]; with `base` that makes `odds`."""
        total = np.zeros((leaves.shape[1], len(self.groups)), np.int32)
        part = np.zeros_like(total)
        for row, shares in zip(leaves, self._shares, strict=True):
            np.take(shares, row, axis=0, out=part, mode="clip")
            total += part
        return total / UNITS

    def matrix(self, features: Mapping[str, NDArray[Any]], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The figures of some rows in the order the model wants them; KeyError for a feature that is not there."""
        return np.stack([features[name][rows].astype(np.float32) for name in self.features])


def first_leaves() -> NDArray[np.uint8]:
    """For every set of leaves that are ruled out, the first that is not."""
    sets = np.arange(1 << MOST_LEAVES, dtype=np.int64)
    remaining = ~sets & ((1 << MOST_LEAVES) - 1)
    lowest = remaining & -remaining
    found: NDArray[np.uint8] = np.log2(np.maximum(lowest, 1)).astype(np.uint8)
    return found


FIRST_LEAF = first_leaves()


def read_tree(given: Mapping[str, Any]) -> Tree:
    """A tree as its file holds it, and what is below each of its nodes."""
    children, values, weights = given["children"], given["values"], given["weights"]
    bits, weight, weighted = [0] * len(children), [0.0] * len(children), [0.0] * len(children)
    for node in reversed(range(len(children))):  # a node stands before those below it
        for child in children[node]:
            below = (
                (bits[child], weight[child], weighted[child])
                if child >= 0
                else (1 << ~child, weights[~child], weights[~child] * values[~child])
            )
            bits[node] |= below[0]
            weight[node] += below[1]
            weighted[node] += below[2]
    means = [total / amount for total, amount in zip(weighted, weight, strict=True)]
    return Tree(given["columns"], given["borders"], children, values, bits, means)


def questions(tree: Tree) -> Iterator[Question]:
    """The questions of a tree, whose leaves are numbered from left to right."""
    for column, border, (left, _) in zip(tree.columns, tree.borders, tree.children, strict=True):
        yield Question(column, np.float32(border), np.uint16(tree.bits[left] if left >= 0 else 1 << ~left))


def said_in(tree: Tree, groups: Sequence[int]) -> Iterator[tuple[int, int, float]]:
    """For each leaf what every question above it changed in the mean: leaf, group of its column, log-odds."""
    above: list[list[tuple[int, float]]] = [[] for _ in tree.children]
    for node, children in enumerate(tree.children):
        group = groups[tree.columns[node]]
        for child in children:
            mean = tree.means[child] if child >= 0 else tree.values[~child]
            path = [*above[node], (group, mean - tree.means[node])]
            if child >= 0:
                above[child] = path
            else:
                yield from ((~child, *one) for one in path)
