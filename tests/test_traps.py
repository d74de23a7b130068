"""News is not lost in silence: whatever a case cannot do yet, it keeps every character of the story."""

from clean.labels import KEPT
from clean.score import Case, clean_case
from tests.conftest import CLEANER


def test_no_character_of_the_story_is_removed(case: Case) -> None:
    """Of each case, also of those that are expected to fail, what the gold keeps stays, under whatever label."""
    result, gold = clean_case(CLEANER, case)
    wanted = {
        place
        for row in gold.rows
        if row.label in KEPT
        for place in range(row.start, row.end)
        if not result.text[place].isspace()
    }
    lost = [
        (row.rule, row.text) for row in result.ledger if any(place in wanted for place in range(row.start, row.end))
    ]
    assert lost == []
