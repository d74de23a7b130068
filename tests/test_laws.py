"""The laws: what holds for every document, tried on the corpus and on documents made up from it."""

import pickle
import random
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clean.labels import LABELS, label_of_rule
from clean.ledger import kept, replay
from clean.marks import DETECTORS
from clean.model import Record, Result
from clean.proofs import BRACKETS, counts, example
from clean.readers import read
from clean.rulebook import Rule
from clean.score import Case, read_header
from tests.conftest import CASES, CLEANER, RESULTS, told

RULES = CLEANER.book.rules
TEXTS = tuple(result.text for result in RESULTS.values())
CLEAN_PARAGRAPHS = tuple(
    span.text
    for name, result in sorted(RESULTS.items())
    if result.records[0].language == "en"
    for article in result.articles
    for span in article.spans
    if span.label == "body.paragraph" and len(span.text) > 100 and span.text.endswith(".") and '"' not in span.text
)
THOROUGH = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
ODDITIES = (
    "\x00", "\ufeff", "\u200e", "\u202e", "\u200b", "\U0001f600", "\U00020000", "İ", "\x85", "\xa0", "\u2028", "\f",
    "\v", "\x1b[31m", "Ã©", "â€œ", "\ud800", "a\u0301", "\r", "\r\n", "\n", "\n\n\n", "\t", " ", "...", "“", "”", '"',
)  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A document made of pieces of the corpus: joined, cut, glued, re-spaced, with examples and oddities put in."""
    pieces = draw(
        st.lists(
            st.one_of(
                st.sampled_from(TEXTS),
                st.builds(
                    lambda text, cut: text[cut % len(text) :][:400], st.sampled_from(TEXTS), st.integers(0, 9999)
                ),
                st.sampled_from(RULES)
                .flatmap(lambda rule: st.sampled_from(rule.hits + rule.misses))
                .map(lambda text: BRACKETS.sub("", text)),
                st.sampled_from(ODDITIES),
                st.text(max_size=40),
            ),
            max_size=6,
        )
    )
    text = draw(st.sampled_from(["", " ", "\n", "\n\n", "\r\n", "\r"])).join(pieces)
    match draw(st.sampled_from(["as it is", "as it is", "crlf", "cr", "one line", "spaced"])):
        case "crlf":
            return text.replace("\n", "\r\n")
        case "cr":
            return text.replace("\n", "\r")
        case "one line":
            return " ".join(text.split())
        case "spaced":
            return re.sub(r"\n", " \n\t\n  ", text)
    return text


def assert_tiles(result: Result) -> None:
    """Law 1: spans, in order, without overlap, and nothing but white space between them."""
    at = 0
    for article in result.articles:
        for span in article.spans:
            assert at <= span.start < span.end, (span, at)
            assert not result.text[at : span.start].strip(), result.text[at : span.start]
            at = span.end
    assert not result.text[at:].strip()


def assert_replays(result: Result) -> None:
    """Law 2: the source without the ledger's rows is the text of the records, in order."""
    pieces = [result.text[start:end] for start, end in replay(result.text, result.ledger)]
    spans = list(kept(result.articles))
    assert squeezed("".join(pieces)) == squeezed("".join(result.text[span.start : span.end] for span in spans))
    told = [
        text
        for record in result.records
        for text in (record.title or "", *record.summary, *record.captions, *(one.text for one in record.body))
        if text
    ]
    assert sorted(told) == sorted(span.text for span in spans)
    for record in result.records:
        assert record.text == "\n\n".join(passage.text for passage in record.body)
        for passage in record.body:
            if not any(one["start"] <= passage.start < one["end"] for one in record.repairs):
                assert result.text[passage.start : passage.end] == passage.text


def assert_reasons(result: Result) -> None:
    """Law 7: every removal names a rule or detector that exists, a label that exists, and says why."""
    known = {rule.id for rule in RULES} | DETECTORS.keys()
    for row in result.ledger:
        assert row.rule in known
        assert LABELS[row.label].fate != "kept"
        assert row.why


def assert_nothing_lost_quietly(result: Result) -> None:
    """Law 8: a record without a body says so."""
    for record in result.records:
        assert bool(record.body) == ("empty body" not in record.warnings)


def squeezed(text: str) -> str:
    """The text without white space."""
    return "".join(text.split())


def as_text(record: Record) -> str:
    """A record as a document: title, then passages."""
    return "\n\n".join([*([record.title] if record.title else []), *(passage.text for passage in record.body)])


def test_laws_on_the_corpus(case: Case) -> None:
    for law in (assert_tiles, assert_replays, assert_reasons, assert_nothing_lost_quietly):
        law(RESULTS[case.name])


@THOROUGH
@given(documents())
def test_laws_on_made_up_documents(text: str) -> None:
    result = CLEANER.clean(text, kind="text")
    assert result.text == text
    for law in (assert_tiles, assert_replays, assert_reasons, assert_nothing_lost_quietly):
        law(result)


@pytest.mark.parametrize(
    "text",
    [
        "word " * 1_000_000,
        "x" * 5_000_000,
        "\n" * 10_000,
        "\r\n" * 10_000 + "The end.",
        "Frost in May\n" * 2_000,
        '"' * 10_000,
        "Read also:\n" * 2_000,
        "- \n" * 2_000,
        ("Ã©「”" * 250 + "\n") * 40,
    ],
    ids=["one line of 5 MB", "one word of 5 MB", "10,000 empty lines", "empty lines in front", "one headline", "quotes",
         "list headings", "empty bullets", "garbled words without end"],
)  # fmt: skip
def test_laws_on_monsters(text: str) -> None:
    result = CLEANER.clean(text, kind="text")
    assert_tiles(result)
    assert_replays(result)


def test_clean_twice_is_clean_once(case: Case) -> None:
    if "expect" in read_header(case.gold):
        pytest.skip("what it should become is not reached yet")
    for record in RESULTS[case.name].records:
        if not record.body:
            continue
        again = CLEANER.clean(as_text(record), scraped=RESULTS[case.name].source.scraped)
        assert told(again.records) == told([record])
        assert again.ledger == []


def test_no_history() -> None:
    names = sorted(RESULTS)
    cold = pickle.loads(pickle.dumps(CLEANER))
    order = random.Random(7).sample(names, len(names))
    sources = {case.name: case.source for case in CASES}
    fresh = {name: cold.clean(sources[name], name=name, scraped=RESULTS[name].source.scraped) for name in order}
    for name in names:
        assert fresh[name].records == RESULTS[name].records
        assert fresh[name].ledger == RESULTS[name].ledger


def test_threads_share_a_cleaner() -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: CLEANER.clean(text).records, TEXTS * 2))
    assert found == [CLEANER.clean(text).records for text in TEXTS] * 2


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_hit_goes_and_a_miss_stays(rule: Rule) -> None:
    """Law 6 between two paragraphs of the corpus; `clean rules check` does it between two of its own."""
    draw = random.Random(rule.id)
    for text, is_hit in [*((hit, True) for hit in rule.hits), *((miss, False) for miss in rule.misses)]:
        before, after = draw.sample(CLEAN_PARAGRAPHS, 2)
        case = example(text, rule.zone if is_hit else "body", before, after)
        result = CLEANER.clean(case.text)
        keeps = LABELS[rule.label].fate == "kept"
        spans = [span for article in result.articles for span in article.spans]
        taken = [span for span in spans if (span.label == rule.label if keeps else LABELS[span.label].fate != "kept")]
        gone = {place for span in taken for place in range(span.start, span.end) if counts(case.text, place, case.gone)}
        if is_hit or not keeps:
            assert gone == (case.gone if is_hit else set()), text


def test_every_rule_has_a_label() -> None:
    assert all(label_of_rule(rule.id) == rule.label for rule in RULES)


def test_bytes_and_text_agree(case: Case) -> None:
    source = read(case.source)
    text = source.page.html if source.page else source.text
    assert CLEANER.clean(text).records == CLEANER.clean(case.source).records
