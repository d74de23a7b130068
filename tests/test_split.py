"""Stories are told apart by evidence, and every cut says what it was."""

import random

from clean.pipeline import Cleaner, Options
from tests.conftest import CLEANER

FERRY = (
    "The harbour council of Port Alder voted 7-2 on Friday to run a night ferry to the islands from the first of May.",
    "Islanders have asked for a late ferry since the last one was sold. The council will lease a boat from the county.",
    "Fares will be set in spring. The chairman of the harbour council said that nobody would pay more than by day.",
)
PEARS = (
    "Growers in the Tarn valley lost nearly all their early pears when an orchard frost of six degrees came at dawn.",
    "The trees had bloomed two weeks before their time. Helicopters and smoke were tried in the larger orchards.",
    "Pears from the valley will cost twice as much this year, said a merchant, and some kinds will not be sold at all.",
)


def titles(*lines: str, boundary: float | None = None) -> list[str | None]:
    """The titles of the records of a document."""
    cleaner = CLEANER if boundary is None else Cleaner(Options(boundary=boundary), book=CLEANER.book)
    return [record.title for record in cleaner.clean("\n".join(lines)).records]


def test_a_headline_with_a_clock_begins_a_story() -> None:
    found = titles("Night ferry for the islands", *FERRY, "Orchard frost takes the pears", "Updated 3 May 2024", *PEARS)
    assert found == ["Night ferry for the islands", "Orchard frost takes the pears"]


def test_a_headline_whose_words_return_begins_a_story() -> None:
    found = titles("Night ferry for the islands", *FERRY, "", "Orchard frost takes the valley's early pears", *PEARS)
    assert found == ["Night ferry for the islands", "Orchard frost takes the valley's early pears"]


def test_a_dateline_begins_a_story() -> None:
    assert titles(*FERRY, f"TARN, May 3 (Agency) — {PEARS[0]}", *PEARS[1:]) == [None, None]


def test_a_subhead_begins_none() -> None:
    assert titles("Night ferry for the islands", *FERRY[:2], "Fares of the ferry", *FERRY[2:]) == [
        "Night ferry for the islands"
    ]


def test_teasers_begin_none() -> None:
    teasers = (
        "Council counts its chairs",
        "There are four hundred.",
        "Gull rides the number 4 bus",
        "It has no ticket.",
    )
    assert titles("Night ferry for the islands", *FERRY, *teasers) == ["Night ferry for the islands"]


def test_a_story_goes_on_behind_an_advertisement_and_a_related_list() -> None:
    between = ("Advertisement", "Read also:", "- Why the pier is closing", "- Ferry fares explained")
    result = CLEANER.clean("\n".join(("Night ferry for the islands", *FERRY[:2], *between, *FERRY[2:])))
    assert [passage.text for passage in result.records[0].body] == list(FERRY)
    assert len(result.records) == 1


def test_a_cut_says_why_and_how_sure() -> None:
    text = "\n".join((*FERRY, "Orchard frost takes the pears", "By Ida Nor", *PEARS))
    first, second = CLEANER.clean(text).records
    assert first.boundary is None
    assert second.boundary is not None
    assert "a clock, byline or dateline at its head" in second.boundary["reasons"]
    assert second.boundary["score"] >= Options().boundary


def test_a_user_chooses_how_much_evidence_a_cut_needs() -> None:
    lines = (*FERRY, "Orchard frost takes the pears", "Updated 3 May 2024", *PEARS)
    assert len(titles(*lines, boundary=100)) == 1


def test_the_furniture_of_a_headline_goes_with_it() -> None:
    text = "\n".join((*FERRY, "Short Url", "Updated 12 sec ago", "Orchard frost takes the pears", *PEARS))
    first, second = CLEANER.clean(text).records
    assert text[second.start :].startswith("Short Url")
    assert text[: first.end].endswith(FERRY[-1])


def test_a_file_of_a_thousand_stories_gives_a_thousand_records() -> None:
    draw = random.Random(0)
    lines: list[str] = []
    for _ in range(1000):
        words = ["".join(draw.choices("abdeiklmnoprstu", k=7)) for _ in range(40)]
        lines += [" ".join(words[:6]).capitalize(), "Updated 3 May 2024"]
        lines += [" ".join(draw.choices(words, k=30)).capitalize() + "." for _ in range(3)]
    assert len(titles(*lines)) == 1000
