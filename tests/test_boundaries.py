"""The evidence for boundaries is what it says, whatever else is in the batch, and containers and teasers are known."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clean.boundaries.cohesion import crossing, known, postings, returning
from clean.boundaries.model import CHUNK, Cut, bundled, cuts, measured, openings
from clean.boundaries.page import page_of
from clean.boundaries.sides import sides
from clean.boundaries.style import style
from clean.boundaries.terms import Vocabulary
from clean.boundaries.units import Unit, units_of
from clean.pipeline import Cleaner, Options
from clean.readers import read
from clean.repair import repair
from clean.settle import settle
from clean.split import apart, consistent
from tests.conftest import CLEANER, RESULTS
from tests.test_laws import assert_replays, assert_tiles

TEXTS = tuple(result.text for result in RESULTS.values())
PLACES = (
    "The harbour council of Port Alder voted on Friday to run a night ferry to the islands from the first of May.",
    "Islanders have asked for a late ferry since the last one was sold. The council will lease a boat for it.",
)
FROST = (
    "Growers in the Tarn valley lost nearly all their early pears when a frost of six degrees came at dawn.",
    "The trees had bloomed two weeks before their time. Helicopters and smoke were tried in the larger orchards.",
)
CHESS = (
    "The chess club of Marrow Point will play a match this winter against the crew of the Sillen lighthouse.",
    "The first game is expected to last about three weeks, or longer in fog, since the moves are sent by lamp.",
)


def units(text: str) -> list[Unit]:
    """A document as the search for boundaries sees it."""
    source = read(text, kind="text")
    blocks = repair(source)
    return units_of(
        settle(source, blocks, CLEANER.looked_at([source], [blocks])[0].before_split), [block.gap for block in blocks]
    )


def titles(text: str) -> list[str | None]:
    """The titles of the records of a document."""
    return [record.title for record in CLEANER.clean(text).records]


BODIES = st.lists(st.lists(st.integers(0, 6), max_size=4), min_size=1, max_size=9)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(BODIES, st.integers(1, 4), st.integers(1, 6))
def test_cohesion_counts_what_a_plain_count_finds(bodies: list[list[int]], reach: int, memory: int) -> None:
    term = np.array([term for body in bodies for term in body], dtype=np.int64)
    body = np.array([number for number, row in enumerate(bodies) for _ in row], dtype=np.int64)
    rows = postings(term, body, np.ones(len(term), dtype=np.int64))
    gaps = len(bodies) + 1
    old, after = known(rows, reach, memory, np.zeros(len(rows.body), dtype=np.int64), gaps)
    again, before = returning(rows, reach, memory, np.full(len(rows.body), len(bodies) - 1), gaps)
    links = crossing(rows, memory, gaps)
    for gap in range(len(bodies)):
        left = [set(row) for row in bodies[:gap]]
        right = [set(row) for row in bodies[gap:]]
        near, far = set().union(*right[:reach]), set().union(*left[-memory:] if gap else [])
        assert (old[gap], after[gap]) == (len(near & far), len(near))
        near, far = set().union(*left[-reach:] if gap else []), set().union(*right[:memory])
        assert (again[gap], before[gap]) == (len(near & far), len(near))
        pairs = {
            (word, last, first)
            for word in range(7)
            for last in [max((n for n, row in enumerate(left) if word in row), default=None)]
            for first in [min((n for n, row in enumerate(right) if word in row), default=None)]
            if last is not None and first is not None and gap + first - last <= memory
        }
        assert links[gap] == len(pairs)


@pytest.mark.parametrize("kind", ["signs", "habits"])
@pytest.mark.parametrize("first", [0, 1])
def test_two_hands_are_told_where_one_ends_and_the_other_begins(kind: str, first: int) -> None:
    hands = (
        "Mr Dunn said that the pier was open, and that it would stay so – “for good, if the piles hold”.",
        "The harbour master says the pier is shut for now and that it may fall -- 'any day', in his words.",
    )
    texts = [hands[first]] * 6 + [hands[1 - first]] * 7
    seen = style(page_of([[Unit((), frozenset(), text, 2, True, False, len(text)) for text in texts]]))
    parted, over = seen[f"style.{kind}-parted-20"], seen[f"style.{kind}-parted-20-over-near"]
    assert parted.argmax() == 6
    assert [gap for gap, value in enumerate(over) if value > 0] == [6]
    alone = style(page_of([[Unit((), frozenset(), text, 2, True, False, len(text)) for text in texts[:6]]]))
    assert np.abs(alone[f"style.{kind}-parted-20"]).max() < 1e-6


@pytest.mark.parametrize("place", range(2, 6))
def test_no_story_begins_within_a_row_of_results(place: int) -> None:
    results = ("Tarn Rovers 4, Corve Athletic 2", "Kessel Bay 0, Port Alder 0", "Brindle Town 1, Marrow Point 0")
    rows = units("\n".join((*PLACES, *results, "Frost takes 9 orchards", *FROST)))
    found = consistent(rows, [Cut(place, 0.95, ("a lead",))], 0.7)
    assert [cut.unit for cut in found] == ([5] if place == 5 else [])


def test_a_name_opens_a_story_only_where_that_is_nearly_sure() -> None:
    rows = units("\n".join((*PLACES, "MARROW POINT", *FROST)))
    found = [consistent(rows, [Cut(2, score, ("a lead",))], 0.7) for score in (0.85, 0.95)]
    assert [len(row) for row in found] == [0, 1]


@pytest.mark.parametrize(
    ("scores", "kept"), [((0.55, 0.55), 2), ((0.65, 0.45), 0), ((0.72, 0.55), 2), ((0.72, 0.45), 1)]
)
def test_two_cuts_that_are_nearly_likely_enough_vouch_for_each_other(scores: tuple[float, ...], kept: int) -> None:
    rows = units(
        "\n".join(("Night ferry", *PLACES, *CHESS, "Pears freeze hard", *FROST, "Chess is played by lamp", *CHESS))
    )
    places = [number for number, unit in enumerate(rows) if unit.is_headline][1:]
    found = consistent(rows, [Cut(*pair, ()) for pair in zip(places, scores, strict=True)], 0.7)
    assert len(found) == kept


@pytest.mark.parametrize(("place", "kept"), [(1, False), (2, True), (3, True), (4, False)])
def test_a_paragraph_alone_at_an_end_of_the_file_is_hardly_a_story(place: int, kept: bool) -> None:
    rows = units("\n".join((*PLACES, *FROST, CHESS[0])))
    assert all(unit.is_body for unit in rows)
    assert bool(consistent(rows, [Cut(place, 0.85, ())], 0.7)) == kept
    assert consistent(rows, [Cut(place, 0.95, ())], 0.7)
    headed = units("\n".join(("Night ferry", *PLACES, "Chess is played by lamp", CHESS[0])))
    assert consistent(headed, [Cut(3, 0.75, ())], 0.7)


def test_a_document_is_cut_alike_in_any_company() -> None:
    documents = [units(text) for text in TEXTS]
    together = cuts(documents, 0.2)
    alone = [cuts([document], 0.2)[0] for document in documents]
    assert together == alone
    assert any(together)


def test_a_long_document_is_cut_in_pieces_where_it_would_be_cut_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\n\n".join(TEXTS * 2)
    whole = cuts([units(text)], 0.5)[0]
    assert len(units(text)) < CHUNK
    monkeypatch.setattr("clean.boundaries.model.CHUNK", 700)
    pieces = cuts([units(text)], 0.5)[0]
    same = {cut.unit for cut in whole} & {cut.unit for cut in pieces}
    assert len(same) >= 0.85 * max(len(whole), len(pieces))


def test_a_higher_threshold_cuts_less() -> None:
    documents = [units("\n\n".join(TEXTS[number : number + 3])) for number in range(0, len(TEXTS), 3)]
    found = [
        {(n, cut.unit) for n, row in enumerate(cuts(documents, least)) for cut in row} for least in (0.2, 0.6, 0.95)
    ]
    assert found[0] > found[1] > found[2]
    assert Cleaner(Options(boundary=2), book=CLEANER.book).clean("\n\n".join(TEXTS)).articles[1:] == ()


def test_cuts_say_why() -> None:
    document = units("\n".join((*PLACES, "Frost takes the pears of Tarn", "By Ida Nor", *FROST)))
    (cut,) = cuts([document], 0.3)[0]
    assert isinstance(cut, Cut)
    assert document[cut.unit].text == "Frost takes the pears of Tarn"
    assert cut.reasons
    assert 0.3 <= cut.score <= 1


def test_headlines_in_capitals_are_headlines() -> None:
    lines = (
        "FERRY VOTE FOR ISLANDS PUT OFF, AGAIN",
        "Night Ferry Vote Is Delayed by the H.C.",
        "Ida Nor, Hugo Reed, Otto Varga",
    )
    found = units("\n".join((PLACES[0], lines[0], PLACES[1], lines[1], FROST[0], lines[2], FROST[1])))
    assert [unit.is_headline for unit in found if unit.text in lines] == [True, True, False]
    assert [unit.is_body for unit in found if unit.text in lines] == [False] * 3


def test_a_story_in_capitals_has_paragraphs() -> None:
    document = units("\n".join(("Frost in Tarn", *map(str.upper, FROST), CHESS[0])))
    assert [unit.is_body for unit in document] == [False, True, True, True]


def test_two_headlines_with_a_short_line_between_are_two_stories_among_briefs() -> None:
    slot = units("Gull rides the number 4 bus\nIt has no ticket yet\nCouncil counts its many chairs\n" + PLACES[0])
    chance = np.array([0.6, 0.1, 0.5, 0.1])
    assert openings(slot, chance, briefs=True) == [0, 2]
    assert openings(slot, chance, briefs=False) == [0]
    assert openings(slot, np.array([0.6, 0.5, 0.1, 0.1]), briefs=True) == [0]


def test_of_two_cuts_side_by_side_the_surer_stays_unless_both_have_headlines() -> None:
    document = units("\n".join((*PLACES, *FROST, *CHESS)))
    assert [cut.unit for cut in apart(document, [Cut(1, 0.9, ()), Cut(3, 0.7, ())])] == [1]
    assert [cut.unit for cut in apart(document, [Cut(1, 0.7, ()), Cut(3, 0.9, ())])] == [3]
    assert [cut.unit for cut in apart(document, [Cut(1, 0.9, ()), Cut(5, 0.7, ())])] == [1, 5]
    headed = units("\n".join(("Night ferry", PLACES[0], "Pears freeze", FROST[0], "Chess by lamp", CHESS[0])))
    assert [cut.unit for cut in apart(headed, [Cut(2, 0.9, ()), Cut(4, 0.7, ())])] == [2, 4]


def test_a_line_belongs_to_the_side_whose_letters_it_has() -> None:
    pears = "Морозы погубили почти весь ранний урожай груш в долине Тарн, сообщили садоводы в понедельник утром."
    tail, head = "Садоводы долины", "Port Alder"
    document = units("\n".join((pears, tail, head, *PLACES)))
    assert [unit.is_body for unit in document] == [True, False, False, True, True]
    found = sides(page_of([document]), np.array([0, 1]), np.array([0, 3]))
    assert found["side.script-before"].tolist() == [-1, 1, 0, 0]
    assert found["side.script-after"].tolist() == [1, 0, 1, 1]
    assert found["side.script-above"].tolist() == [-1, 1, 0, 1]
    over = found["side.over-before"].tolist()
    assert over[1] < 0 < over[2]
    assert int(np.argmax(found["side.over-above"][1:])) == 1  # the line above it speaks against it, those below for it


def test_sides_are_those_of_the_same_document() -> None:
    one, other = units("\n".join(PLACES)), units("\n".join(("Night ferry for the islands", *FROST)))
    beside = sides(page_of([one, other]), np.array([2]), np.array([3]))
    alone = sides(page_of([other]), np.array([0]), np.array([1]))
    assert {name: row.tolist() for name, row in beside.items()} == {name: row.tolist() for name, row in alone.items()}


@pytest.mark.parametrize(("paragraphs", "expected"), [(1, [2, 4, 6, 8]), (6, [7, 14, 28])])
def test_a_headline_among_briefs_needs_less_of_a_chance(paragraphs: int, expected: list[int]) -> None:
    heads = ("Ferry at night", "Pears in frost", "Chess by lamp", "Gull on a bus", "Chairs are counted")
    texts = (*PLACES, *FROST, *CHESS)[:paragraphs]
    document = units(
        "\n".join(line for head in heads for line in (head, *(f"{text} So much for {head}." for text in texts)))
    )
    step = 1 + paragraphs
    likely = [Cut(number * step, chance, ()) for number, chance in ((1, 0.9), (2, 0.9), (3, 0.15), (4, 0.9))]
    assert [cut.unit for cut in consistent(document, likely, 0.7)] == expected


def test_what_tells_the_first_news_again_is_seen() -> None:
    again = "On Friday the harbour council of Port Alder voted for a night ferry to the islands, which runs from May."
    seen = measured([units("\n".join((*PLACES, *FROST, again, *CHESS)))], Vocabulary({}, {}))
    shares = seen.figures["retold.words"]
    assert shares[4] == max(shares[1:])
    assert seen.figures["retold.words-over-near"][4] > 0


def test_who_was_called_by_surname_and_is_introduced_again_is_seen() -> None:
    first = "Ferry wardens in Port Alder thanked Hugo Varga, who had found the missing anchor in the mud."
    later = "Visitors often ask Varga about the anchor, and he tells them the whole story each time they do."
    again = "Anchor finder Hugo Varga has been given the freedom of the harbour, the council said on Monday."
    seen = measured([units("\n".join((first, later, CHESS[1], again)))], Vocabulary({}, {}))
    assert seen.figures["names.full-1-known"].tolist() == [0, 0, 0, 1]


def test_the_model_is_small_and_knows_its_features() -> None:
    model = bundled()
    assert len(model.first.features) > 50
    assert set(model.first.groups) & {"words", "headline", "gaps"}


@pytest.mark.parametrize("mark", ["Document {} of 3", "{} of 3 DOCUMENTS"])
def test_an_export_is_cut_at_its_numbers(mark: str) -> None:
    parts = [(mark.format(number), *body) for number, body in enumerate((PLACES, FROST, CHESS), 1)]
    result = CLEANER.clean("\n".join(line for part in parts for line in part))
    assert [record.body[0].text for record in result.records] == [PLACES[0], FROST[0], CHESS[0]]
    assert all(record.boundary and record.boundary["score"] == 1 for record in result.records[1:])


def test_a_container_mark_that_does_not_recur_is_none() -> None:
    assert len(CLEANER.clean("\n".join((PLACES[0], "End of Document", PLACES[1]))).records) == 1


def test_form_feeds_that_recur_part_stories() -> None:
    pages = ["\n".join(body) for body in (PLACES, FROST, CHESS)]
    assert len(CLEANER.clean("\n\f\n".join(pages)).records) == 3


def test_teasers_below_a_story_are_related() -> None:
    story = ("Night ferry for the islands", *PLACES, *FROST, *CHESS)
    teasers = (
        "Gull rides the number 4 bus",
        "It has no ticket, the driver told the court on Monday.",
        "Council counts its chairs",
        "There are four hundred, and three of them are borrowed.",
    )
    result = CLEANER.clean("\n".join((*story, "Read also:", *teasers)))
    assert len(result.records) == 1
    assert [passage.text for passage in result.records[0].body] == list(story[1:])
    assert [row.text for row in result.ledger if row.label == "related.item"] == list(teasers)


def test_what_is_told_of_words_does_not_depend_on_what_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    known = bundled().vocabulary
    words = [*" ".join((*FROST, *CHESS)).split(), "Ärzte", "東京", "40", *FROST[0].split()]
    told = [known.traits[word] for word in words]
    monkeypatch.setattr("clean.boundaries.terms.MEMO", 3)
    little = Vocabulary(known.weights, known.lead)
    assert [little.traits[word] for word in words] == told
    assert len(little.traits) <= 3


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10**9))
def test_no_order_of_blocks_loses_text(seed: int) -> None:
    draw = random.Random(seed)
    lines = [line for text in draw.sample(TEXTS, 6) for line in text.split("\n")]
    draw.shuffle(lines)
    result = CLEANER.clean("\n".join(lines) or ".", kind="text")
    assert_tiles(result)
    assert_replays(result)
