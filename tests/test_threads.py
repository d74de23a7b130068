"""Readers' comments: threads of name, clock and text."""

import pytest

from tests.conftest import CLEANER

STORY = """\
Lamp oil returns to the harbour shops
The chandlers of Port Ellery have begun to sell lamp oil again, thirty years after the last tin left the shelves.
Fishermen asked for it when the batteries of their new lanterns froze in the cold of the first week of January.
"""


def labels(text: str) -> list[str]:
    """The labels of the lines below the story."""
    result = CLEANER.clean(STORY + text, kind="text")
    return [span.label for article in result.articles for span in article.spans if span.block >= STORY.count("\n")]


@pytest.mark.parametrize(
    "thread",
    [
        "2 Comments\nwick_trimmer says:\nJanuary 9, 2025 at 6:10 pm\nI kept a tin all these years and nobody "
        "believed me, not even my own brother.\nold salt says:\nJanuary 9, 2025 at 7:02 pm\nIt smells the same, too.\n",
        "Comments\nwick_trimmer\n3 hours ago\nI kept a tin all these years and nobody believed me.\nReply\nold salt\n"
        "2 hours ago\nIt smells the same, too.\nReply\n",
        "2 Comments\n* wick_trimmer\n9 January 2025, 18:10\nI kept a tin all these years.\n+ wick_trimmer has his say\n"
        "* old salt\n9 January 2025, 19:02\nIt smells the same, too.\n+ old salt has his say\n",
    ],
    ids=["a colon behind the name", "an answer button", "the name again in a button"],
)
def test_a_thread_goes_whole(thread: str) -> None:
    assert set(labels(thread)) == {"comment"}


@pytest.mark.parametrize(
    "below",
    [
        "2 Comments\n\nGull steals the mayor's chain\n9 January 2025, 18:10\nA gull took the chain of the mayor of "
        "Port Ellery from his shoulders on Thursday, in front of the whole council.\n4 Comments\n\nMayor walks without "
        "a chain\n10 January 2025, 09:15\nThe mayor opened the fish market without his chain and was taken for a "
        "customer, which he said had done him good.\n1 Comment\n",
        "Asked why, three of them gave three answers.\nThe baker says:\n9 January 2025\nBecause of the cold.\n"
        "The smith says:\n10 January 2025\nBecause of the dark.\n",
    ],
    ids=["stories with a count of comments each", "no count of comments"],
)
def test_what_is_no_thread_stays(below: str) -> None:
    result = CLEANER.clean(STORY + below, kind="text")
    assert "threads" not in {row.rule for row in result.ledger}
