"""Fits boosted trees with CatBoost, and writes them in the form that clean.trees reads."""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clean.trees import Trees

SHARED: dict[str, Any] = {  # settings of CatBoost that all models have; what is not named is its default
    "l2_leaf_reg": 5,
    "rsm": 0.3,
    "bootstrap_type": "Bernoulli",
    "subsample": 0.7,
    "border_count": 32,
    "boosting_type": "Plain",
    "score_function": "L2",
    "leaf_estimation_iterations": 1,
    "random_seed": 1,
    "thread_count": 1,
    "verbose": 0,
    "allow_writing_files": False,
}
DIGITS = 5  # of a leaf's value


def fit(
    names: Sequence[str],
    rows: NDArray[np.float32],
    wanted: NDArray[Any],
    weight: NDArray[np.float32],
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """A model of [row, feature] figures as its file holds it. Raises ImportError where CatBoost is not installed."""
    from catboost import CatBoostClassifier, Pool

    used = weight > 0
    model = CatBoostClassifier(**SHARED, **settings)
    model.fit(Pool(rows[used], wanted[used], weight=weight[used]))
    return exported(model, names, {**SHARED, **settings})


def exported(model: Any, names: Sequence[str], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The trees of a model of CatBoost, with the features that they ask for."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        found = json.loads(path.read_bytes())
    scale, (base,) = found["scale_and_bias"]
    kept = [tree for tree in found["oblivious_trees"] if tree["splits"]]
    asked = sorted({split["float_feature_index"] for tree in kept for split in tree["splits"]})
    trees = [
        {
            "columns": [asked.index(split["float_feature_index"]) for split in tree["splits"]],
            "borders": [float(np.float32(split["border"])) for split in tree["splits"]],
            "values": [round(value * scale, DIGITS) for value in tree["leaf_values"]],
            "weights": [round(weight) for weight in tree["leaf_weights"]],
        }
        for tree in kept
    ]
    return {
        "features": [names[number] for number in asked],
        "settings": dict(settings),
        "base": round(base, DIGITS),
        "trees": trees,
    }


def weigher(model: Mapping[str, Any], names: Sequence[str]) -> Callable[[NDArray[np.float32]], NDArray[np.float64]]:
    """What gives the log-odds of [row, feature] figures by a model."""
    trees = Trees(model)
    columns = [list(names).index(name) for name in trees.features]

    def weigh(rows: NDArray[np.float32]) -> NDArray[np.float64]:
        said = trees.weigh(np.ascontiguousarray(rows[:, columns].T))
        return np.asarray(trees.base + said.sum(axis=1))

    return weigh
