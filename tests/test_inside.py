"""Inline boilerplate: what is glued to a paragraph of news goes alone, and the rest of the line stays."""

import random

import pytest

from clean.labels import LABELS
from clean.proofs import BRACKETS, counts, example
from clean.rulebook import Rule
from tests.conftest import CASES, CLEANER, RESULTS

PLACES = ("front", "middle", "end")
LEAST_INLINE = 100
SHORTEST = 160  # characters; two such are too long for a caption with its credit
QUOTES = set("\"“”„«»'‘")  # what a quotation says is judged otherwise
CLOSED = (".", "!", "?", "。", "؟")
INLINE = [rule for rule in CLEANER.book.rules if rule.takes in ("part", "sentence") and rule.zone != "tail"]
NEWS = sorted(
    span.text
    for case in CASES
    for article in RESULTS[case.name].articles
    for span in article.spans
    if span.label == "body.paragraph"
    and span.text.endswith(".")
    and len(span.text) > 100
    and not QUOTES & set(span.text)
)


def places_of(hit: str) -> list[str]:
    """Where in a paragraph a hit may stand: as far as it says so itself, where its own news stands beside it."""
    first, last = hit.index("⟦"), hit.rindex("⟧")
    before, after = hit[:first].strip(), hit[last + 1 :].strip()
    if "\n" in hit:  # it needs a line of its own beside it
        return []
    if before and after:
        return list(PLACES) if before.endswith(CLOSED) and after.endswith(CLOSED) else []
    if after:
        return ["front"] if after.endswith(CLOSED) else []
    if before:
        return ["end"]
    return list(PLACES) if hit[last - 1] in CLOSED else []


def glued(hit: str, place: str, left: str, right: str) -> str:
    """A paragraph of news with a hit in it."""
    pieces = {"front": [hit, left, right], "middle": [left, hit, right], "end": [left, right, hit]}
    return " ".join(pieces[place])


def inline_hits() -> list[object]:
    """Every hit of every inline rule, at every place of a paragraph where it may stand."""
    return [
        pytest.param(rule, hit, place, id=f"{rule.id}-{number}-{place}")
        for rule in INLINE
        for number, hit in enumerate(rule.hits)
        for place in places_of(hit)
    ]


def test_there_are_many_inline_rules_in_every_language() -> None:
    assert len(INLINE) >= LEAST_INLINE
    inside = {rule.file.split("/")[1] for rule in INLINE if any(map(places_of, rule.hits))}
    assert {"any", "ar", "de", "en", "es", "fr", "it", "ja", "nl", "pt"} <= inside


@pytest.mark.parametrize(("rule", "hit", "place"), inline_hits())
def test_a_hit_inside_a_paragraph_goes_alone(rule: Rule, hit: str, place: str) -> None:
    """The hit goes with exact offsets; every other character of the paragraph, and of those beside it, stays."""
    draw = random.Random(f"{rule.id} {hit} {place}")
    left, right, before, after = draw.sample(NEWS, 4)
    case = example(glued(hit, place, left, right), rule.zone, before, after)
    result = CLEANER.clean(case.text)
    gone = {
        at
        for row in result.ledger
        if LABELS[row.label].fate != "kept"
        for at in range(row.start, row.end)
        if counts(case.text, at, case.gone)
    }
    assert gone == case.gone
    line = BRACKETS.sub("", glued(hit, place, left, right))
    start = case.text.index(line)
    pieces = [span for article in result.articles for span in article.spans if start <= span.start < start + len(line)]
    assert "".join("".join(case.text[span.start : span.end] for span in pieces).split()) == "".join(line.split())
    assert all(span.text == case.text[span.start : span.end] for span in pieces)
