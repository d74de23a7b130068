"""The corpus: every case becomes what its gold says, and the figures over all of them hold."""

import pytest

from clean.errors import GoldError
from clean.labels import LABELS
from clean.score import Case, Score, clean_case, rates, read_header, score
from clean.writers.margin import Row, read, write
from tests.conftest import CASES, CLEANER

LEAST_CASES, LEAST_TRAPS, LEAST_LANGUAGES = 40, 1 / 3, 4
FLOORS = {"kept": (0.995, 0.999), "metadata": (0.98, 0.98), "removed": (0.99, 0.95)}  # precision, recall

SCORES = [score(CLEANER, case) for case in CASES]


def expected_failure(one: Score) -> object:
    marks = [pytest.mark.xfail(reason=one.header["expect"], strict=True)] if one.expected_to_fail else []
    return pytest.param(one, id=one.name, marks=marks)


@pytest.mark.parametrize("one", [expected_failure(one) for one in SCORES])
def test_case(one: Score) -> None:
    assert one.differences == ()


def test_figures_hold_their_floors() -> None:
    """Over all cases but those that are expected to fail; test_traps.py holds that these lose no news either."""
    found = {rate.name: rate for rate in rates(one for one in SCORES if not one.expected_to_fail)}
    for label, (precision, recall) in FLOORS.items():
        assert found[label].precision >= precision
        assert found[label].recall >= recall


def test_the_corpus_is_broad() -> None:
    headers = [read_header(case.gold) for case in CASES]
    assert len(headers) >= LEAST_CASES
    assert sum(header.get("trap") == "yes" for header in headers) >= LEAST_TRAPS * len(headers)
    assert len({header.get("language") for header in headers} - {None}) >= LEAST_LANGUAGES
    assert all(header.get("shape") for header in headers)


def test_every_label_that_a_rule_may_give_occurs() -> None:
    found = {row.label for case in CASES for row in clean_case(CLEANER, case)[1].rows}
    assert {label for label in LABELS if label not in ("repeat.site", "repeat.article", "other")} <= found


def test_a_margin_reads_as_it_was_written(case: Case) -> None:
    result, gold = clean_case(CLEANER, case)
    again = read("\n".join(write(gold.rows)), result.blocks)
    assert [row[:5] for row in again.rows] == [row[:5] for row in gold.rows]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["title | Frost in May"], "goes on with"),
        (["title | Frost in May", "body.paragraph | It was cold."], "leaves out"),
        (["title | Frost in June"], "the gold says"),
        (["headline | Frost in May"], "no label 'headline'"),
        (["Frost in May"], "not of the form"),
    ],
)
def test_a_gold_that_skips_or_changes_a_word_is_refused(lines: list[str], words: str) -> None:
    blocks = CLEANER.clean("Frost in May\nIt was cold. It was wet.").blocks
    with pytest.raises(GoldError, match=words):
        read("\n".join(lines), blocks)


def test_a_margin_shows_reasons_that_the_reader_passes_over() -> None:
    row = Row(0, 5, "share", None, 0, "Share", reason="share.word: a button")
    assert list(write([row])) == [f"{'':22} # share.word: a button", f"{'share':22} | Share"]
