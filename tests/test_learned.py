"""The learned mark: what it takes, what it leaves, what it says, and that it can be trained anew."""

from pathlib import Path

import pytest

from clean import Cleaner, Options
from clean.labels import REMOVED
from clean.marks import learned
from clean.marks.measures import measure
from clean.model import Source
from clean.repair import repair
from tests import ROOT
from tests.conftest import CASES, CLEANER

BENCH = ROOT.parent / "shared" / "bench"
needs_bench = pytest.mark.skipif(not BENCH.is_dir(), reason="needs the bench of real pages beside the checkout")

STORY = (
    "The harbour council voted on Friday to run a ferry through the night, after months of quarrels over its cost.",
    "Two boats will leave the old pier every hour until four in the morning, the harbour master told the meeting.",
    "Bakers and nurses had asked for the service, since the last bus leaves the island long before their shifts end.",
    "The first crossing is planned for the second week of May, if the new ramp is ready by then, he added on Friday.",
)
MENU = ("Harbour", "Markets", "Weather", "People", "Boats", "Islands", "Letters to us", "Contact us")
TEASERS = (
    "Lighthouse to be sold, keeper included",
    "Why herring is dear this spring",
    "Ten walks along the dunes for rainy days",
    "A choir of pilots sings for the lifeboat",
)
PAGE = "\n\n".join((*MENU, "Night ferry gets the vote", *STORY, *TEASERS, *MENU))


def test_a_menu_and_teasers_that_no_rule_knows_go_and_the_story_stays() -> None:
    result = CLEANER.clean(PAGE)
    assert [record.title for record in result.records] == ["Night ferry gets the vote"]
    assert result.records[0].text == "\n\n".join(STORY)
    taken = {row.text: row for row in result.ledger}
    assert {*MENU, *TEASERS} == set(taken)
    assert any(row.rule == "learned" for row in result.ledger)


def test_the_ledger_says_what_spoke_for_it() -> None:
    rows = [row for row in CLEANER.clean(PAGE).ledger if row.rule == "learned"]
    for row in rows:
        assert row.label in REMOVED
        assert row.why.startswith("Looks like boilerplate: ")
        assert row.confidence in ("high", "medium")
    words = " ".join(row.why for row in rows)
    assert "no sentence end" in words or "short" in words


def test_it_can_be_switched_off() -> None:
    result = Cleaner(Options(certainty=1)).clean(PAGE)
    assert not any(row.rule == "learned" for row in result.ledger)


def test_more_certainty_takes_less() -> None:
    taken = []
    for certainty in (0.3, 0.6, 0.9):
        ledger = Cleaner(Options(certainty=certainty)).clean(PAGE).ledger
        taken.append(sum(len(row.text) for row in ledger if row.rule == "learned"))
    assert taken == sorted(taken, reverse=True)


def test_a_document_is_weighed_alike_in_any_company() -> None:
    blocks = [repair(Source("", case.source.decode("utf-8", "replace"))) for case in CASES[:60]]
    marks = CLEANER.marks(blocks)
    standing = [dict[int, list[object]]() for _ in blocks]
    together = learned.weigh(blocks, marks, standing, learned.bundled(learned.OF_STORIES))  # type: ignore[arg-type]
    edges = together.measures.edges
    for number in (0, 17, 59):
        alone = learned.weigh([blocks[number]], [marks[number]], [{}], learned.bundled(learned.OF_STORIES))
        own = (together.blocks >= edges[number]) & (together.blocks < edges[number + 1])
        assert (together.odds[own] == alone.odds).all()


@pytest.mark.parametrize("text", ["x", "…", "\u200b", "1\n2\n3", "新", "a\n" * 500, "\ud800 lone", "<p>\n</p>"])
def test_odd_documents_are_weighed(text: str) -> None:
    blocks = repair(Source("", text))
    if blocks:
        assert len(learned.find([blocks], [[]], [{}])[0]) <= len(blocks)
        assert measure([blocks]).weight.min() > 0


def test_one_change_costs_more_than_a_doubt() -> None:
    assert learned.smoothed([4.0, 4.0, -0.1, 4.0]) == [True] * 4
    assert learned.smoothed([-4.0, -4.0, 0.1, -4.0]) == [False] * 4
    assert learned.smoothed([4.0, -4.0, 4.0]) == [True, False, True]
    assert learned.smoothed([]) == []


@needs_bench
def test_the_shipped_weights_are_what_training_gives(tmp_path: Path) -> None:
    pytest.importorskip("lightgbm", reason="needs the packages for training")
    from clean.train import boilerplate

    path = boilerplate.train(BENCH, ROOT / "corpus", tmp_path / "weights.json")
    for made, shipped in ((path, learned.OF_STORIES), (path.with_name(learned.OF_FILES.name), learned.OF_FILES)):
        assert made.read_bytes() == shipped.read_bytes(), "train anew: CONTRIBUTING.md tells how"


@needs_bench
def test_figures_on_publishers_never_seen_hold_their_floors() -> None:
    pytest.importorskip("lightgbm", reason="needs the packages for training")
    from clean.train.figures import boilerplate

    found = {row.name: row for row in boilerplate(BENCH, ROOT / "corpus", 3, lambda text: None, parts=("both",))}
    assert found["rules and model"].f1 >= 0.955
    assert found["rules and model"].lost <= 0.03
    assert found["rules and model"].f1 > found["rules alone"].f1
