"""Rules put to the proof: every example of every rule, and every rule against the corpus."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from clean.dedupe.fingerprints import features
from clean.labels import LABELS, label_of_rule
from clean.model import Mark, Source, Span
from clean.pipeline import Cleaner
from clean.repair import lines
from clean.rulebook import Problem, Rule, Rulebook, fold
from clean.score import Case, cases, clean_case
from clean.settle import accept, settle

BEFORE = (
    "The parish of Lower Wend finished counting its hedgerows on Tuesday after eleven weeks of work, and found that"
    " there are fewer of them than the last survey had shown."
)
AFTER = (
    "Volunteers walked more than three hundred miles with notebooks and measuring poles, the organiser said, and the"
    " results will be kept in the county library from next month."
)
BRACKETS = re.compile("[⟦⟧]")
LEAST_SHARED = 0.5  # share of a literal's words that a miss must use to be a proof


class Example(NamedTuple):
    """A text made of plain news and an example, and which of its characters must go."""

    text: str
    start: int  # of the example within the text
    gone: frozenset[int]


def check(cleaner: Cleaner, corpus: Path | None = None) -> list[Problem]:
    """Run the rules' own examples, and the rules over the bodies of the corpus; what fails, with how to mend it."""
    problems = list(cleaner.book.problems)
    problems += shared_literals(cleaner.book)
    for rule in cleaner.book.rules:
        problems += [Problem(rule.file, rule.id, what, mend) for what, mend in faults(cleaner, rule)]
    if corpus is not None:
        problems += corpus_faults(cleaner, cases(corpus))
    return problems


def faults(cleaner: Cleaner, rule: Rule) -> Iterator[tuple[str, str]]:
    """What is wrong with a rule's examples, and how to mend it."""
    for hit in rule.hits:
        yield from hit_faults(cleaner, rule, example(hit, rule.zone))
    for miss in rule.misses:
        yield from miss_faults(cleaner, rule, miss)
    if not any(speaks_of(miss, rule) for miss in rule.misses):
        mend = "Write a sentence of news that uses the rule's own words and must stay."
        yield f"no miss uses the rule's own words: {rule.misses[0]!r}", mend


def miss_faults(cleaner: Cleaner, rule: Rule, miss: str) -> Iterator[tuple[str, str]]:
    """What is wrong with one miss."""
    spans = spans_of(cleaner, example(miss, "body").text, rule.site)[0]
    taken = [span for span in spans if span.rule and LABELS[span.label].fate != "kept"]
    if taken:
        yield f"the miss {miss!r} loses {taken[0].text!r} to {taken[0].rule}", "Make the rule narrower."


def hit_faults(cleaner: Cleaner, rule: Rule, case: Example) -> Iterator[tuple[str, str]]:
    """What is wrong with one hit."""
    spans, marks = spans_of(cleaner, case.text, rule.site)
    keeps = LABELS[rule.label].fate == "kept"
    touched = [span for span in spans if (span.label == rule.label if keeps else LABELS[span.label].fate != "kept")]
    gone = {place for span in touched for place in range(span.start, span.end) if counts(case.text, place, case.gone)}
    hit = case.text[case.start :].split(AFTER)[0].strip()
    if gone != case.gone:
        too_much, too_little = pieces(case.text, gone - case.gone), pieces(case.text, case.gone - gone)
        told = [f"takes also {too_much!r}"] if too_much else []
        told += [f"leaves {too_little!r}"] if too_little else []
        yield f"the hit {hit!r} {' and '.join(told)}", "Mend the rule, or the ⟦ ⟧ of the hit."
    elif not any(mark.rule == rule.id for mark in marks) and fold(marked_part(case)) not in rule.literals:
        yield f"the hit {hit!r} goes by {touched[0].rule}, not by this rule", "Drop what the other rule knows already."
    for other in rivals(marks, rule):
        yield f"{other.rule} takes the same text as {other.label}: {hit!r}", "Let one of the two rules know it."


def marked_part(case: Example) -> str:
    """What must go of an example, as one text."""
    return case.text[min(case.gone) : max(case.gone) + 1] if case.gone else ""


def rivals(marks: Sequence[Mark], rule: Rule) -> Iterator[Mark]:
    """Marks of other rules with another label on the same text as a mark of the rule."""
    own = [mark for mark in marks if mark.rule == rule.id]
    for other in marks:
        if other.confidence != "low" and other.rule != rule.id and label_of_rule(other.rule) is not None:
            same = [mark for mark in own if (mark.block, mark.start, mark.end) == (other.block, other.start, other.end)]
            if any(mark.label != other.label for mark in same):
                yield other


def spans_of(cleaner: Cleaner, text: str, site: str = "") -> tuple[list[Span], list[Mark]]:
    """The spans of a text of a site, and the marks they were settled from."""
    blocks = lines(text)
    marks = cleaner.marks([blocks], [site])[0]
    return settle(Source("", text), blocks, accept(blocks, marks)), marks


def example(text: str, zone: str, before: str = BEFORE, after: str = AFTER) -> Example:
    """An example put into plain news: before, between or behind two paragraphs, as the rule's zone has it."""
    bare = BRACKETS.sub("", text)
    parts = {"head": [bare, before, after], "tail": [before, after, bare]}.get(zone, [before, bare, after])
    whole = "\n\n".join(parts)
    start = whole.index(bare)
    gone, inside, at = set(), False, start
    for character in text:
        if character in "⟦⟧":
            inside = character == "⟦"
            continue
        if inside and not character.isspace():
            gone.add(at)
        at += 1
    told = {place for place in gone if whole[place].isalnum()}
    return Example(whole, start, frozenset(told or gone))


def counts(text: str, place: int, gone: frozenset[int]) -> bool:
    """Whether it matters if a character goes: stray punctuation beside a hit may go with it."""
    return text[place].isalnum() or place in gone


def pieces(text: str, places: Iterable[int]) -> str:
    """The characters at some places of a text, with … between those that are apart."""
    shown, last = "", None
    for place in sorted(places):
        if last is not None and text[last + 1 : place].strip():
            shown += "…"
        elif last is not None and place > last + 1:
            shown += " "
        shown += text[place]
        last = place
    return shown


def speaks_of(miss: str, rule: Rule) -> bool:
    """Whether a miss uses the rule's own words: half of a literal's, or one that its hits mark."""
    used = set(features(fold(miss)))
    for literal in rule.literals:
        words = set(features(literal))
        if words and len(words & used) >= LEAST_SHARED * len(words):
            return True
    marked = " ".join(part for hit in rule.hits for part in re.findall("⟦(.*?)⟧", hit, re.DOTALL))
    words = set(features(fold(marked)))
    return bool(rule.patterns) and (bool(words & used) if words else bool(set(marked) & set(miss) - {" "}))


def shared_literals(book: Rulebook) -> Iterator[Problem]:
    """Literals that stand in two rules of different labels; two languages may share a word for the same thing."""
    owners: dict[tuple[str, str, str], Rule] = {}
    for rule in book.rules:
        for literal in dict.fromkeys(rule.literals):
            owner = owners.setdefault((rule.site, rule.shape, literal), rule)
            if owner.label != rule.label:
                what = f"the literal {literal!r} stands in {owner.id} as well"
                yield Problem(rule.file, rule.id, what, "Leave it in one of the two.")


def corpus_faults(cleaner: Cleaner, found: Iterable[Case]) -> Iterator[Problem]:
    """Rules that take a piece of a story's body in the corpus."""
    rules = {rule.id: rule for rule in cleaner.book.rules}
    for case in found:
        result, gold = clean_case(cleaner, case)
        body = {place for row in gold.rows if row.label.startswith("body.") for place in range(row.start, row.end)}
        for removal in result.ledger:
            if removal.rule in rules and not body.isdisjoint(range(removal.start, removal.end)):
                what = f"it takes {removal.text[:60]!r} from the body of the corpus case {case.name}"
                yield Problem(rules[removal.rule].file, removal.rule, what, "Make the rule narrower.")
