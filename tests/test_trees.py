"""Trees give what was trained, and say which questions it came from."""

import numpy as np
import pytest

from clean.trees import Trees

# One tree: is the line short? if not, is it closed? Its leaves: short, open, closed.
TABLE = {
    "features": ["length.size", "ending.closed"],
    "settings": {},
    "trees": [
        {
            "columns": [0, 1],
            "borders": [3.0, 0.5],
            "children": [[~0, 1], [~1, ~2]],
            "values": [-2.0, -1.0, 3.0],
            "weights": [2, 1, 1],
        }
    ],
}


def test_a_row_falls_into_its_leaf() -> None:
    trees = Trees(TABLE)
    rows = np.array([[1.0, 5.0, 5.0, 3.0], [1.0, 0.0, 1.0, 1.0]], np.float32)  # at a border, the left side
    assert trees.odds(trees.leaves(rows)) == pytest.approx([-2.0, -1.0, 3.0, -2.0])


def test_groups_tell_what_each_question_changed() -> None:
    trees = Trees(TABLE)
    assert trees.groups == ("length", "ending")
    assert trees.base == pytest.approx(-0.5)  # the mean of the leaves, by their weights
    said = trees.said(trees.leaves(np.array([[1.0, 5.0], [1.0, 1.0]], np.float32)))
    assert said == pytest.approx(np.array([[-1.5, 0.0], [1.5, 2.0]]))


def test_trees_answer_as_the_library_that_trained_them() -> None:
    lightgbm = pytest.importorskip("lightgbm", reason="needs the packages for training")
    from clean.train.boosting import REPEATABLE, boosted

    chance = np.random.default_rng(0)
    figures = chance.random((3000, 8)).astype(np.float32)
    wanted = (figures[:, 0] * figures[:, 1] + 0.2 * chance.random(3000) > 0.4).astype(int)
    settings = {"num_leaves": 12, "learning_rate": 0.1}
    names = [f"group{number % 3}.feature{number}" for number in range(8)]
    trees = Trees(boosted(names, figures, wanted, np.ones(3000), settings, 60))
    rows = lightgbm.Dataset(figures, wanted, weight=np.ones(3000))
    expected = lightgbm.train({**REPEATABLE, **settings}, rows, 60).predict(figures, raw_score=True)
    leaves = trees.leaves(np.ascontiguousarray(figures.T))
    assert trees.odds(leaves) == pytest.approx(expected, abs=1e-3)
    assert trees.base + trees.said(leaves).sum(axis=1) == pytest.approx(trees.odds(leaves), abs=1e-2)
