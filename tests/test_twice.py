"""A story that stands twice in one document stays whole in both places, or all of the second is told to be a repeat."""

from collections.abc import Sequence

import pytest

from tests.conftest import CLEANER

TITLE = "Night ferry gets one more year"
VOTE = (
    "The harbour council voted 7-2 on Friday to run the night ferry for one more year, although the boat makes a loss."
)
CREW = '"Nobody who works late can live here without it," said the ferryman.'
NEXT = "The next vote is due in May."
SUBHEAD = "What the boat costs"
COST = "The boat burns forty litres an hour, and has three engines, of which two were built before the war, he added."
OTHER = (
    "Old mill to become a library",
    "The town bought the mill for one pound on Tuesday, and will spend two years and a good deal more on its roof.",
    "The mayor, Ida Marlow, who had asked for it for years, cut a ribbon on the stairs of the mill.",
    "Work begins in June, and the books will come by boat, since the road to the mill is closed until next summer.",
)
BAR = ("Share", "Tweet", "Read also:", "- Why the old pier is closing", "- Ferry fares explained")


def kept(first: Sequence[str], between: Sequence[str], second: Sequence[str]) -> list[str]:
    """Which lines of the second story stay, as title or text, where it stands behind the first."""
    text = "\n\n".join((*first, *between, *second))
    start = len(text) - len("\n\n".join(second))
    (result,) = CLEANER.clean_many([text])
    spans = [span for article in result.articles for span in article.spans if span.start >= start]
    return [span.text for span in spans if span.label.startswith(("title", "body"))]


@pytest.mark.parametrize("between", [(), OTHER, BAR], ids=["nothing", "another story", "a share bar"])
@pytest.mark.parametrize(
    "story",
    [
        (TITLE, VOTE, CREW),
        (VOTE, CREW),
        (TITLE, VOTE, CREW, NEXT),
        (TITLE, VOTE, CREW, SUBHEAD, COST, NEXT),
        (TITLE, CREW, SUBHEAD, COST),
    ],
    ids=["headline", "no headline", "short end", "subhead", "short lead"],
)
def test_the_second_copy_is_whole(story: Sequence[str], between: Sequence[str]) -> None:
    assert kept(story, between, story) == list(story)


def test_the_second_copy_is_told_to_be_a_duplicate() -> None:
    story = "\n\n".join((TITLE, VOTE, CREW, COST))
    one, other = CLEANER.clean(f"{story}\n\n{story}").records
    assert one.text == other.text
    assert (one.duplicate_of, other.duplicate_of) in ((None, one.id), (other.id, None))


def test_a_headline_that_the_second_copy_prints_twice_is_taken_there_too() -> None:
    story = (TITLE, "Share", TITLE, VOTE, CREW, COST)
    assert kept(story, OTHER, story) == [TITLE, VOTE, CREW, COST]


def test_a_brief_goes_with_its_headline_or_stays_with_it() -> None:
    assert kept((TITLE, VOTE), (), (TITLE, VOTE)) == []
    assert kept((TITLE, VOTE), (*OTHER, *OTHER[1:], *BAR), (TITLE, VOTE)) == [TITLE, VOTE]


def test_a_single_paragraph_that_returns_is_a_repeat() -> None:
    pull = (VOTE,)
    assert kept((TITLE, VOTE, COST, *OTHER[1:]), (), (*pull, OTHER[3][:-1] + ", he said.")) == [
        OTHER[3][:-1] + ", he said."
    ]


def test_a_lead_that_is_its_own_teaser_is_a_repeat() -> None:
    ledger = CLEANER.clean("\n\n".join((TITLE, VOTE, "Share", TITLE, VOTE, CREW, COST))).ledger
    assert [row.label for row in ledger] == ["share", "repeat.title", "repeat.passage"]
