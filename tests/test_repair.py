"""Repair changes what ftfy would change, nothing else, and keeps every offset."""

import random

import ftfy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clean.model import Source
from clean.repair import aligned, lines, mended, needs_repair, repair

CONFIG = ftfy.TextFixerConfig(
    unescape_html=False,
    uncurl_quotes=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    fix_line_breaks=False,
)
GOOD = "“Curly” ‘quotes’ — dashes… ﬁ ligature, ＦＵＬＬ width（）, &amp; entities, naïve café, 東京「新聞」, ½ × 3 €"
BAD_PIECES = [
    "Ã©", "â€œ", "â€\x9d", "Â ", "Ã ", "ï»¿", "Å“", "œ ", "\x80", "\x85", "\x9d", "в„–", "â‚¬", "а́", "e\u0301",
    "\ufeff", "\x00", "\x1b[0m", "\u206a", "\ufffc", "é", "ß", "À", "Ÿ", "€", "£", "½", "Â½", "√", "≈", "‚Ä", "Œ", "°",
    "Ø§",
    "Ù„",    "a", " ", ".", "’", "“", "™", "¿", "à²", "Î±", "РІ", "ГўВЂВ", "ā€", "β€™",
]  # fmt: skip


def test_good_characters_stay() -> None:
    assert not needs_repair(GOOD)
    assert [block.text for block in repair(Source("", GOOD))] == [GOOD]


@settings(max_examples=3000, deadline=None, derandomize=True)
@given(st.lists(st.one_of(st.sampled_from(BAD_PIECES), st.text(max_size=2)), max_size=8).map("".join))
def test_the_gate_never_misses_a_repair(text: str) -> None:
    if ftfy.fix_and_explain(text, CONFIG).text != text:
        assert needs_repair(text)


def test_the_gate_spares_what_needs_no_repair(bench: object) -> None:
    import gzip
    import json
    from pathlib import Path

    assert isinstance(bench, Path)
    with gzip.open(bench / "flat.jsonl.gz", "rt", encoding="utf-8") as rows:
        texts = [json.loads(next(rows))["text"] for _ in range(200)]
    changed = [line for text in texts for line in text.split("\n") if ftfy.fix_and_explain(line, CONFIG).text != line]
    gated = [line for text in texts for line in text.split("\n") if needs_repair(line)]
    assert set(changed) <= set(gated)
    assert len(gated) <= len(changed) + 20


@pytest.mark.parametrize(
    ("garbled", "whole"),
    [
        ("The cafÃ© isnâ€™t open", "The café isn’t open"),
        ("BÃ¼rgermeister MÃ¼ller spricht", "Bürgermeister Müller spricht"),
        ("caf" + "e\u0301", "café"),
        ("a\x00b", "ab"),
    ],
)
def test_mojibake_is_mended_and_offsets_hold(garbled: str, whole: str) -> None:
    text = f"First line.\n  {garbled} \nLast line."
    block = repair(Source("", text))[1]
    assert block.text == whole
    assert block.repairs
    assert text[block.start : block.end] == garbled
    assert block.offsets is not None
    assert len(block.offsets) == len(block.text) + 1
    assert list(block.offsets) == sorted(block.offsets)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.one_of(st.sampled_from(BAD_PIECES), st.sampled_from([" ", "word", "é"])), min_size=1, max_size=9))
def test_alignment_is_monotone_and_complete(pieces: list[str]) -> None:
    text = "".join(pieces)
    for block in lines(text):
        whole = mended(block)
        assert whole.text.strip() == whole.text
        if whole.offsets is not None:
            assert len(whole.offsets) == len(whole.text) + 1
            assert list(whole.offsets) == sorted(whole.offsets)
            assert (whole.offsets[0], whole.offsets[-1]) == (block.start, block.end)


def test_alignment_of_long_lines_is_quick_and_complete() -> None:
    draw = random.Random(0)
    words = [draw.choice(["cafÃ©", "plain", "naÃ¯ve"]) for _ in range(50_000)]
    original = " ".join(words)
    fixed = original.replace("Ã©", "é").replace("Ã¯", "ï")
    offsets = aligned(original, fixed)
    assert len(offsets) == len(fixed) + 1
    assert all(original[offsets[place]] == "p" for place in range(len(fixed)) if fixed[place] == "p")


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\r", "\f", "\v", "\u2028", "\u2029"])
def test_every_line_break_parts_blocks(break_: str) -> None:
    text = f"One{break_}{break_}  two{break_}"
    assert [(text[b.start : b.end], b.gap) for b in lines(text)] == [("One", 0), ("two", 2)]


def test_the_break_of_mainframes_parts_lines_where_it_is_no_ellipsis() -> None:
    assert [(b.start, b.end, b.gap) for b in lines("One.\x85\x85Two\x85")] == [(0, 4, 0), (6, 9, 2)]
    for text in ("One\x85 and two", "Wait\x85what", "One.\nTwo\x85Three", "One \x85Two"):
        assert [text[b.start : b.end] for b in lines(text)] == text.split("\n")


def test_overlong_lines_are_cut_at_spaces() -> None:
    text = "word " * 500_000
    blocks = lines(text)
    assert len(blocks) == 3
    assert all(block.text.startswith("word") and block.text.endswith("word") for block in blocks)
    assert all(text[block.start : block.end] == block.text for block in blocks)


@pytest.mark.parametrize(
    "unseen", ["\u200b", "\u200e", "\u200f", "\u00ad", "\u2060", "\u200c", "\u202a\u202c", " \u200b\u00a0"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028"])
def test_nothing_is_left_of_what_is_unseen_at_the_ends_of_a_line(unseen: str, end: str) -> None:
    text = f"{unseen}By Ida Marlow{unseen}{end}{end}{unseen}Updated 12 May 2024{end}Share{unseen}"
    blocks = repair(Source("", text))
    assert [block.text for block in blocks] == ["By Ida Marlow", "Updated 12 May 2024", "Share"]
    assert all(block.repairs == ("strip unseen characters",) for block in blocks)
    places = {place for block in blocks for place in range(block.place(0), block.place(len(block.text)))}
    assert not "".join(character for place, character in enumerate(text) if place not in places).strip()


def test_what_is_unseen_within_a_line_stays() -> None:
    for line in (
        "Mit\u00adarbeiter",
        "a family \U0001f469\u200d\U0001f467 came",
        "می\u200cخواهم",
        "law\u200e, they said",
    ):
        assert not needs_repair(line)


def test_a_line_of_nothing_that_is_seen_stays_a_block() -> None:
    assert [block.text for block in repair(Source("", "One.\n\u200b\u200e\nTwo."))] == ["One.", "\u200b\u200e", "Two."]
