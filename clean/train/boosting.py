"""Boosted trees out of a table of figures, in the form that `clean.trees` reads."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clean.trees import MOST_LEAVES

DIGITS = 5  # of a leaf's value
REPEATABLE: Mapping[str, Any] = {  # the same file from the same table, bit for bit
    "objective": "binary",
    "deterministic": True,
    "force_col_wise": True,
    "num_threads": 1,
    "seed": 1,
    "verbosity": -1,
}


def boosted(
    names: Sequence[str],
    table: NDArray[np.float32],
    wanted: NDArray[Any],
    weight: NDArray[Any],
    settings: Mapping[str, Any],
    rounds: int,
) -> dict[str, Any]:
    """Train trees (Ke et al. 2017, LightGBM) to tell rows that are wanted from others.

    `table` is [row, feature]. Raises ImportError where LightGBM is not installed.
    """
    import lightgbm

    assert settings["num_leaves"] <= MOST_LEAVES
    rows = lightgbm.Dataset(table, wanted, weight=weight)
    model = lightgbm.train({**REPEATABLE, **settings}, rows, rounds).dump_model()
    trees = [flat(tree["tree_structure"]) for tree in model["tree_info"] if "split_feature" in tree["tree_structure"]]
    return {"features": list(names), "settings": {**settings, "rounds": rounds}, "trees": trees}


def flat(root: Mapping[str, Any]) -> dict[str, Any]:
    """A tree as lists: of its nodes, the root first, and of its leaves from left to right."""
    nodes = list(inner(root))
    numbers = {node["split_index"]: number for number, node in enumerate(nodes)}
    ends = list(leaves(root))
    places = {leaf["leaf_index"]: number for number, leaf in enumerate(ends)}

    def number(child: Mapping[str, Any]) -> int:
        return numbers[child["split_index"]] if "split_index" in child else ~places[child["leaf_index"]]

    return {
        "columns": [node["split_feature"] for node in nodes],
        "borders": [float(np.float32(node["threshold"])) for node in nodes],
        "children": [[number(node["left_child"]), number(node["right_child"])] for node in nodes],
        "values": [round(leaf["leaf_value"], DIGITS) for leaf in ends],
        "weights": [leaf["leaf_count"] for leaf in ends],
    }


def inner(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The nodes of a tree that ask, from the root down."""
    if "split_index" in node:
        yield node
        yield from inner(node["left_child"])
        yield from inner(node["right_child"])


def leaves(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The leaves of a tree, from left to right."""
    if "split_index" in node:
        yield from leaves(node["left_child"])
        yield from leaves(node["right_child"])
    else:
        yield node
