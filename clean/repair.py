"""Source to blocks: the lines of a text, each with its offsets, and mended where it was garbled."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache
from typing import Any

import re2

from clean.model import Block, Source

LINE = re.compile("([^\n\r\v\f\u2028\u2029]*)(\r\n|[\n\r\v\f\u2028\u2029]|\\Z)")
OTHER_BREAKS = "\r\v\f\u2028\u2029"
# U+0085 is a line break on mainframes, and elsewhere an ellipsis in a wrong encoding, behind or in front of a space.
NEXT_LINE = "\x85"
WITHIN_LINE = re.compile(r"\x85(?![\x85\s]*\Z)(?:[^\S\x85]|[a-zß-ÿ])|[^\S\x85]\x85")
LONGEST_LINE = 1 << 20  # characters; a longer line is cut at a space
LONGEST_ALIGNED = 200  # characters; aligning may cost the cube of the length
TAKEN_OUT = r"\x00-\x08\x0b\x0e-\x1f\x7f\x{206a}-\x{206f}\x{feff}\x{fff9}-\x{fffc}"  # what ftfy takes out anywhere
# Soft hyphens, joiners, zero-width spaces, marks of direction: within a line they mean something, at its ends nothing.
UNSEEN = "".join(map(chr, (0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A))))
BLANK = UNSEEN + "".join(filter(str.isspace, map(chr, range(0x3001))))


def repair(source: Source) -> list[Block]:
    """Part a source into its non-empty lines, and mend each that needs it.

    Mojibake is mended by ftfy (Speer 2019, doi:10.5281/zenodo.2591652), line by line, so that offsets into the
    unrepaired text stay true. Curly quotes, ligatures, wide characters and HTML entities stay as they are. What nobody
    sees at the ends of a line goes, too, since it hides what the line says from rules, dates and names.
    """
    blocks = lines(source.text)
    if not needs_repair(source.text):
        return blocks
    return [mended(block) if needs_repair(block.text) else block for block in blocks]


def lines(text: str) -> list[Block]:
    """The non-empty lines of a text, without the white space around them.

    >>> [(block.start, block.end, block.gap) for block in lines("One\\r\\n\\r\\n  two ")]
    [(0, 3, 0), (9, 12, 2)]
    """
    blocks: list[Block] = []
    at = gap = 0
    for line, length in split_lines(text):
        stripped = line.strip()
        if stripped:
            start = at if stripped == line else at + len(line) - len(line.lstrip())
            if len(stripped) > LONGEST_LINE:
                blocks += pieces(start, stripped, gap)
            else:
                blocks.append(Block(start, start + len(stripped), stripped, gap))
            gap = 0
        gap += 1
        at += length
    return blocks


def split_lines(text: str) -> Iterator[tuple[str, int]]:
    """(line, its length with its line break, in characters) for every line of a text."""
    if not any(character in text for character in OTHER_BREAKS):
        sign = NEXT_LINE if "\n" not in text and parts_lines(text) else "\n"
        return ((line, len(line) + 1) for line in text.split(sign))
    return ((found[1], len(found[0])) for found in LINE.finditer(text))


def parts_lines(text: str) -> bool:
    """Whether U+0085 is what parts the lines of a text that has no other breaks.

    >>> parts_lines("It froze.\\x85The pears died.\\x85"), parts_lines("It froze\\x85 and froze.")
    (True, False)
    """
    return NEXT_LINE in text and WITHIN_LINE.search(text) is None


def pieces(start: int, text: str, gap: int) -> Iterator[Block]:
    """An overlong line as several blocks, cut at spaces where there are any."""
    at = 0
    while at < len(text):
        end = min(at + LONGEST_LINE, len(text))
        if end < len(text) and (space := text.rfind(" ", at + 1, end)) > 0:
            end = space
        piece = text[at:end]
        if stripped := piece.strip():
            first = start + at + len(piece) - len(piece.lstrip())
            yield Block(first, first + len(stripped), stripped, 0 if at else gap)
        at = end


def needs_repair(text: str) -> bool:
    """Whether ftfy might change the text, or there is something unseen at the ends of a line: never False where so.

    One pass of a linear-time automaton over ftfy's own pattern for bad sequences, widened where RE2 knows ASCII
    only, and over the characters that go wherever, or where, they stand.
    """
    try:
        if gate().search(text) is not None:
            return True
    except UnicodeEncodeError:  # a lone surrogate, which ftfy replaces
        return True
    return not unicodedata.is_normalized("NFC", text)


@cache
def gate() -> Any:
    """The pattern of `needs_repair`."""
    from ftfy.badness import BADNESS_RE

    bad = without_layout(BADNESS_RE.pattern).replace(r"\w", ".").replace(r"\s", r"[\s\p{Z}\x{85}]")
    at_ends = rf"(?:\A|[\n{OTHER_BREAKS}])[\s\p{{Z}}]*[{UNSEEN}]|[{UNSEEN}][\s\p{{Z}}]*(?:[\n{OTHER_BREAKS}]|\z)"
    return re2.compile(f"[{TAKEN_OUT}]|{at_ends}|{bad}")


def without_layout(pattern: str) -> str:
    """A verbose pattern in one line, since RE2 has no verbose mode.

    >>> without_layout("a [ #]  # comment")
    'a[ #]'
    """
    kept: list[str] = []
    in_class = in_comment = False
    for character in pattern:
        if in_comment:
            in_comment = character != "\n"
        elif in_class:
            in_class = character != "]"
            kept.append(character)
        elif character == "#":
            in_comment = True
        elif not (character.isspace() and character.isascii()):
            in_class = character == "["
            kept.append(character)
    return "".join(kept)


def mended(block: Block) -> Block:
    """The block without what is garbled or unseen, how it was mended, and where each of its characters comes from."""
    import ftfy

    config = ftfy.TextFixerConfig(
        unescape_html=False,
        uncurl_quotes=False,
        fix_latin_ligatures=False,
        fix_character_width=False,
        fix_line_breaks=False,
    )
    fixed, steps = ftfy.fix_and_explain(block.text, config)
    bare = fixed.strip(BLANK)
    if bare == block.text or not bare or set(fixed) & set("\n" + OTHER_BREAKS):
        return block
    names = dict.fromkeys(f"{step.action} {step.parameter}" for step in steps or ())
    if bare != fixed.strip():
        names["strip unseen characters"] = None
    offsets = tuple(block.start + offset for offset in aligned(block.text, fixed))
    return trimmed(block._replace(text=fixed, repairs=tuple(names), offsets=offsets))


def trimmed(block: Block) -> Block:
    """The block without white space and what is unseen at its ends; the offsets still cover all of it."""
    assert block.offsets is not None
    text = block.text.strip(BLANK)
    lead = block.text.index(text)
    offsets = (block.start, *block.offsets[lead + 1 : lead + len(text)], block.end)
    return block._replace(text=text, offsets=offsets)


def aligned(original: str, fixed: str) -> Sequence[int]:
    """For each character of the repaired text, and its end, the offset in the original that it comes from.

    >>> aligned("naÃ¯ve", "naïve")
    [0, 1, 2, 4, 5, 6]
    """
    return [*offsets_of(original, fixed), len(original)]


def offsets_of(original: str, fixed: str) -> Iterator[int]:
    """The offsets of `aligned` without the end: word by word where the words are as many, which is fast."""
    before, after = original.split(" "), fixed.split(" ")
    if len(before) != len(after) or len(before) == 1:
        yield from offsets_by_match(original, fixed)
        return
    at = 0
    for old, new in zip(before, after, strict=True):
        yield from range(at, at + len(old)) if old == new else (at + offset for offset in offsets_by_match(old, new))
        at += len(old) + 1
        if at <= len(original):
            yield at - 1


def offsets_by_match(original: str, fixed: str) -> Iterator[int]:
    """The offsets of `aligned` without the end, by longest matching pieces; in long texts, evenly spread."""
    changes: Sequence[tuple[str, int, int, int, int]] = [("replace", 0, len(original), 0, len(fixed))]
    if len(original) <= LONGEST_ALIGNED:
        changes = SequenceMatcher(None, original, fixed, autojunk=False).get_opcodes()
    for _, first, last, start, end in changes:
        yield from (first + (last - first) * (place - start) // (end - start) for place in range(start, end))
