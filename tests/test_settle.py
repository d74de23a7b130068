"""What is claimed is weighed, and the reasons are told."""

import pytest

from tests.conftest import CLEANER

BEFORE = "The harbour council voted on Friday to run a night ferry from the first of May, after two years of delays."
AFTER = "Fares will be set in the spring, the chairman said, and the old timetable will be kept until the summer ends."


def removed(*blocks: str) -> list[tuple[str, str]]:
    """(label, text) of what goes when the blocks stand between two paragraphs."""
    ledger = CLEANER.clean("\n\n".join((BEFORE, *blocks, AFTER))).ledger
    return [(row.label, row.text) for row in ledger]


def test_a_word_that_may_be_a_subhead_stays_alone_and_goes_in_company() -> None:
    assert removed("Follow") == []
    assert [label for label, _ in removed("Follow", "Share on Facebook", "Copy link")] == ["share"] * 3


def test_metadata_is_cut_out_of_an_appeal() -> None:
    appeal = "date 2024-05-03 Readers like you keep this newsroom going. Please donate today. Support our journalism."
    text = f"{appeal}\n\n{BEFORE}\n\n{AFTER}"
    assert [row.label for row in CLEANER.clean(text).ledger] == ["date", "promo.donation"]


def test_what_stands_between_two_parts_of_an_appeal_goes_with_them() -> None:
    appeal = (
        "Your gift helps our newsroom to stay open. Last winter we walked the whole of the frozen coast on foot."
        " Please help us continue our work there. Chip in today, for the price of a newspaper a week, and help us keep"
        " this site free. Become a supporter today."
    )
    assert removed(appeal) == [("promo.donation", appeal)]


def test_a_sentence_of_an_appeal_leaves_the_rest_of_its_paragraph() -> None:
    text = f"{BEFORE} Sign up for our free newsletter to get the news every morning. {AFTER}"
    result = CLEANER.clean(text)
    assert [row.text for row in result.ledger] == ["Sign up for our free newsletter to get the news every morning."]
    assert [passage.text for passage in result.records[0].body] == [BEFORE, AFTER]


def test_a_list_ends_with_its_bullets() -> None:
    taken = removed("Read also:", "- Why the pier is closing", "- Ferry fares explained")
    assert [label for label, _ in taken] == ["related.heading", "related.item", "related.item"]


def test_a_list_without_bullets_leaves_a_headline_above_prose() -> None:
    result = CLEANER.clean(f"{BEFORE}\nRead also:\nWhy the pier is closing\nFares explained\nA new timetable\n{AFTER}")
    assert [row.text for row in result.ledger] == ["Read also:", "Why the pier is closing", "Fares explained"]


def test_separators_go_only_beside_what_goes() -> None:
    assert removed("¶ ¶ ¶") == []
    assert [text for _, text in removed("Copy link", "¶ ¶ ¶")] == ["Copy link", "¶ ¶ ¶"]


def test_every_removal_says_why() -> None:
    (row,) = CLEANER.clean(f"{BEFORE}\n\nAdvertisement\n\n{AFTER}").ledger
    assert row.label == "ad"
    assert row.rule.startswith("ad.")
    assert row.why.endswith(".")
    assert row.confidence == "high"
    assert (row.start, row.end) == (len(BEFORE) + 2, len(BEFORE) + 2 + len("Advertisement"))


@pytest.mark.parametrize(
    ("lines", "kinds"),
    [
        (["A subhead", AFTER], ["heading", "paragraph"]),
        (["- Subhead -", AFTER], ["heading", "paragraph"]),
        (["- one pear", "- two pears", AFTER], ["list", "list", "paragraph"]),
        (["“It was the coldest spring of all.”", AFTER], ["quote", "paragraph"]),
        (["“I keep the lamp,", "I keep the log.”", AFTER], ["quote", "quote", "paragraph"]),
        (["Brindle 1, Corve 0", "Tarn 2, Skerry 2", "Halle 0, Sande 3", AFTER], ["paragraph"] * 4),
    ],
)
def test_kinds_of_passages(lines: list[str], kinds: list[str]) -> None:
    (record,) = CLEANER.clean("\n\n".join((BEFORE, *lines))).records
    assert [passage.kind for passage in record.body[1:]] == kinds
