"""Each story of a file is judged as if it stood alone, and what keeps nothing is no story."""

from clean.model import Span, Start
from clean.split import split
from tests.conftest import CLEANER, RESULTS, told

FIRST, SECOND = "dateline-agency-hyphen", "byline-two-names-published-updated"


def spans(*rows: tuple[str, str]) -> list[Span]:
    """Spans of labels and texts, a block each."""
    found: list[Span] = []
    for number, (label, text) in enumerate(rows):
        start = found[-1].end + 1 if found else 0
        found.append(Span(start, start + len(text), label, text, number))
    return found


BOILERPLATE = ("nav", "Home"), ("share", "Share")
STORY = (
    ("body.heading", "Frost in May"),
    ("body.paragraph", "The frost came in May and took all the pears."),
    *BOILERPLATE,
)
OTHER = (
    ("body.heading", "Night ferry"),
    ("body.paragraph", "The ferry will sail at night from March, the council said."),
)


def parted(*rows: tuple[str, str], at: tuple[int, ...]) -> list[list[int]]:
    """The blocks of each article, where stories are said to begin at some."""
    given = spans(*rows)
    articles = split(given, [1] * len(given), [Start(block, 0.9, ("a clock",)) for block in at])
    return [[span.block for span in article.spans] for article in articles]


def test_stories_begin_where_they_are_said_to() -> None:
    assert parted(*STORY, *OTHER, at=(4,)) == [[0, 1, 2, 3], [4, 5]]


def test_what_keeps_nothing_belongs_to_the_story_before() -> None:
    assert parted(*STORY, *OTHER, at=(2, 4)) == [[0, 1, 2, 3], [4, 5]]
    assert parted(*OTHER, *BOILERPLATE, at=(2,)) == [[0, 1, 2, 3]]


def test_what_keeps_nothing_belongs_to_the_first_story_behind_it() -> None:
    assert parted(*BOILERPLATE, *OTHER, *STORY, at=(2, 4)) == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_a_story_behind_another_is_judged_as_if_it_stood_alone() -> None:
    one, two = RESULTS[FIRST], RESULTS[SECOND]
    both = CLEANER.clean(f"{one.text}\n\n{two.text}")
    assert told(both.records) == told(one.records) + told(two.records)
    assert [row.text for row in both.ledger] == [row.text for result in (one, two) for row in result.ledger]
    shift = len(one.text) + 2
    assert [row.start for row in both.ledger][len(one.ledger) :] == [row.start + shift for row in two.ledger]
