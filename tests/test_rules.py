"""Rules are read strictly, matched exactly however they are looked for, and refused when they prove nothing."""

import random
from pathlib import Path

import pytest

from clean.errors import RuleError
from clean.marks.anchors import needs
from clean.marks.rules import Matcher, inside_quotes, patterns_of, sentence_around, whole
from clean.pipeline import Cleaner, Options
from clean.proofs import BRACKETS, check
from clean.rulebook import bundled_rules, load, loosened, plain, quiet, read
from tests import CORPUS
from tests.conftest import CLEANER, RESULTS

BOOK = CLEANER.book
LEAST_LITERALS = 250
GOOD = """[[rule]]
id     = "share.our-button"
any    = ["beam it up"]
why    = "A button of a house that likes to joke."
hits   = ["⟦Beam it up⟧", "⟦Beam it up!\\nShare on Facebook⟧"]
misses = ["Beam it up to the roof, the foreman shouted."]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "en").mkdir()
    return tmp_path


def write(folder: Path, text: str, name: str = "share.toml") -> Path:
    (folder / "en" / name).write_text(text, encoding="utf-8")
    return folder


def test_the_bundled_rules_prove_themselves() -> None:
    assert [str(problem) for problem in check(CLEANER, CORPUS)] == []


def test_the_bundled_rules_are_many_and_cover_every_family() -> None:
    removed = [rule for rule in BOOK.rules if rule.label not in ("caption", "byline", "date", "updated", "publisher")]
    told = {text for rule in removed for text in (*rule.literals, *rule.patterns)}
    assert len(told) >= LEAST_LITERALS
    for language in ("en", "de", "fr", "es"):
        families = {rule.label.split(".")[0] for rule in BOOK.rules if f"/{language}/" in rule.file}
        wanted = {"nav", "share", "promo", "ad", "related", "legal", "cookie", "comment", "paywall", "credit"}
        assert wanted <= families


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("why    =", "reason ="), "unknown key"),
        (('id     = "share.our-button"', 'id = "sharing"'), "not a label and a slug"),
        (('id     = "share.our-button"', 'id = "gossip.our-button"'), "not a label and a slug"),
        (("any ", "patterns ="), "cannot be read"),
        (('any    = ["beam it up"]', 'patterns = ["(?=beam) it up"]'), "no look-around"),
        (('any    = ["beam it up"]', 'patterns = ["(beam) \\\\1"]'), "no look-around"),
        (('any    = ["beam it up"]', 'patterns = ["beam {it} up"]'), "unknown macro"),
        (('any    = ["beam it up"]', 'patterns = ["x*"]'), "matches nothing at all"),
        (('any    = ["beam it up"]', 'patterns = ["(?P<gossip>beam) it up"]'), "is no label"),
        (('any    = ["beam it up"]', 'any = ["..."]'), "nothing but punctuation"),
        (('any    = ["beam it up"]', 'any = "beam it up"'), "not a list of texts"),
        (('any    = ["beam it up"]\n', ""), "literals or patterns"),
        (('"⟦Beam it up⟧", ', ""), "at least two hits"),
        (('misses = ["Beam it up to the roof, the foreman shouted."]', ""), "no miss"),
        (('why ', 'shape = "lines"\nwhy '), "shape is 'lines'"),
        (('why ', 'confidence = "sure"\nwhy '), "confidence is 'sure'"),
        (("[[rule]]", "[[rules]]"), "unknown table"),
        (("[[rule]]", "[[rule"), "cannot be read"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_refused_with_file_rule_what_and_how(folder: Path, change: tuple[str, str], told: str) -> None:
    broken = GOOD.replace(*change)
    assert broken != GOOD
    with pytest.raises(RuleError, match=told) as error:
        load([bundled_rules(), write(folder, broken)])
    assert "en/share.toml" in str(error.value)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="no such folder"):
        load([bundled_rules(), tmp_path / "nowhere"])


def test_the_same_id_twice_is_refused(folder: Path) -> None:
    write(folder, GOOD, "one.toml")
    with pytest.raises(RuleError, match="stands already in"):
        load([bundled_rules(), write(folder, GOOD, "two.toml")])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("⟦Beam it up⟧", "Beam ⟦it up⟧"), "takes also"),
        (("⟦Beam it up⟧", "⟦Beam it up\\nWe all know it.⟧"), "leaves"),
        (("Beam it up to the roof, the foreman shouted.", "Beam it up"), "loses"),
        (("Beam it up to the roof, the foreman shouted.", "Nothing of it."), "no miss uses"),
        (('any    = ["beam it up"]', 'any = ["beam it up", "advertisement"]'), "stands in"),
        (('"beam it up"', '"beam it up", "the ferry aground off skerry"'), ""),
    ],
)
def test_examples_that_prove_nothing_are_refused(folder: Path, change: tuple[str, str], told: str) -> None:
    book = read([bundled_rules(), write(folder, GOOD.replace(*change))])
    found = [str(problem) for problem in check(Cleaner(Options(), book=book))]
    assert bool(found) == bool(told)
    assert any(told in problem for problem in found) or not told


def test_a_rule_that_fires_on_the_body_of_a_case_is_refused(folder: Path) -> None:
    result = RESULTS["trap-one-line-document"]
    line = result.records[0].body[0].text
    greedy = GOOD.replace('any    = ["beam it up"]', f"any = ['beam it up', '''{line}''']")
    book = read([bundled_rules(), write(folder, greedy)])
    found = [str(problem) for problem in check(Cleaner(Options(), book=book), CORPUS / "trap-one-line-document")]
    assert any("trap-one-line-document" in problem for problem in found)


def test_two_rules_of_different_labels_may_not_take_one_hit(folder: Path) -> None:
    rival = (
        GOOD.replace("share.our-button", "ad.our-button")
        .replace("any    = [", "patterns = [")
        .replace('up"]', 'up!?"]')
    )
    write(folder, GOOD, "one.toml")
    book = read([bundled_rules(), write(folder, rival, "two.toml")])
    assert any("takes the same text" in str(problem) for problem in check(Cleaner(Options(), book=book)))


def test_a_good_rule_joins_the_bundled_ones(folder: Path) -> None:
    book = read([bundled_rules(), write(folder, GOOD)])
    cleaner = Cleaner(Options(), book=book)
    assert check(cleaner) == []
    text = (
        "The pier was closed on Monday after a crack was found.\n\nBeam it up\n\nIt will be closed until May, they say."
    )
    assert [row.rule for row in cleaner.clean(text).ledger] == ["share.our-button"]


@pytest.mark.parametrize("masked", [False, True])
def test_looking_for_anchors_finds_what_trying_every_pattern_finds(masked: bool) -> None:
    import re2

    rules = [rule for rule in BOOK.rules if rule.masked == masked]
    matcher = Matcher(rules)
    alone = [(rule, re2.compile(whole(pattern, rule), quiet())) for rule, pattern, _ in patterns_of(rules)]
    examples = [BRACKETS.sub("", text) for rule in BOOK.rules for text in rule.hits + rule.misses]
    texts = {plain(line) for text in examples for line in text.split("\n") if line}
    texts |= {plain(block.text) for result in RESULTS.values() for block in result.blocks}
    sample = random.Random(0).sample(sorted(texts), 400)
    for text in map(CLEANER.vocabulary.calendar.mask, sample) if masked else sample:
        wanted = {(rule.id, pattern.pattern) for rule, pattern in alone if pattern.search(text)}
        assert {(rule.id, pattern.pattern) for rule, pattern in matcher.match(text)} == wanted, text


def test_a_hint_matches_wherever_its_pattern_does() -> None:
    import re2

    for rule in BOOK.rules:
        for pattern, hint in zip(rule.patterns, rule.hints, strict=True):
            exact, loose = re2.compile(pattern, quiet()), re2.compile(hint, quiet())
            for text in rule.hits:
                for line in CLEANER.vocabulary.calendar.mask(plain(BRACKETS.sub("", text))).split("\n"):
                    assert exact.search(line) is None or loose.search(line) is not None


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(?:a|b)*c", "abac"), ("x?y?z?w", "w"), ("[xy]+ end", "yx end"), ("(?:one|two){2} three", "onetwo three"),
        ("[*+•]+ (?:home|back)", "** home"), (r"\d{1,2}\. more", "12. more"), ("(?:é|è)tat", "ÉTAT"),
        (".{3,5}", "abcd"),
    ],
)  # fmt: skip
def test_needs_hold_for_a_match(pattern: str, text: str) -> None:
    found, lower = needs(pattern), text.lower()
    assert all(any(one in lower for one in texts) for texts in found.texts)
    assert found.shortest <= len(text) <= found.longest
    assert found.openings is None or any(lower.startswith(one) for one in found.openings)


def test_hostile_patterns_do_not_hang(folder: Path) -> None:
    hostile = GOOD.replace('any    = ["beam it up"]', 'patterns = ["(?:(?:a+)+)+$|(?:.*,){12}x", "beam it up!?"]')
    cleaner = Cleaner(Options(), book=read([bundled_rules(), write(folder, hostile)]))
    assert cleaner.clean("a" * 50_000 + "b\n\n" + "a," * 30_000, kind="text").records


def test_quoted_speech_weakens_a_hit() -> None:
    text = 'The minister told the meeting: "Support our journalism today" and sat down, to some applause from the back.'
    assert CLEANER.clean(text).ledger == []
    assert inside_quotes(text, text.index("Support"))


def test_sentences() -> None:
    text = "Dr. Smith came. He saw U.S. troops! Then he left."
    assert text[slice(*sentence_around(text, 20, 22))] == "He saw U.S. troops!"


def test_loosened_patterns_have_few_states() -> None:
    assert (
        loosened("(?:{names}) wrote {number} times", {"names": r"\p{L}{2,40}", "number": r"\d+"})
        == "(?:(?:.+)) wrote (?:.+) times"
    )
