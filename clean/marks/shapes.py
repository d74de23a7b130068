"""What a block looks like, alone: a headline, an item of a list, a quotation, or nothing at all."""

import re
from collections.abc import Iterator, Sequence

from clean.marks import DETECTORS
from clean.model import Block, Mark

LONGEST_TITLE = 250  # characters; the longest headlines of the trade are about 200
MOST_TITLE_WORDS = 35
LONGEST_HEADING = 110  # characters; a subhead that needs two lines is rare
MOST_HEADING_WORDS = 16
CLOSED = re.compile(
    r"(?:(?<!\.\.)[.。．।؛;:,،、]|[.。!！?？][\"”’»」』)]*[\"”’»」』])$"
)  # how a sentence ends, and a headline does not
LONGEST_CLOSE = 8  # characters that the end of a sentence takes, quotation marks and brackets included
BULLET = re.compile(r"(?:[・•‣▪●◦■▸►✓✔]\s*|[·○□*+–—-]\s+|\(?\d{1,2}[.)]\s+|\(?[a-z]\)\s+)(?=\S)")
DASHED = re.compile(r"[-–—*=~]{1,3} .+ [-–—*=~]{1,3}$")  # "- Subhead -", as agencies write it
TURN = re.compile(r"[^\W\d_] ?[:：] ")  # of an interview: "Q: Why now?"
SPEAKER = re.compile(r"[^\W\d_][\w .'-]{0,30} ?[:：] ?\S")  # "The mayor: I do not know"
SIGNATURE = re.compile(
    r"[^\W\d_a-zß-ÿ][\w.'’-]*(?: [^\W\d_a-zß-ÿ][\w.'’-]*)+(?:, [^\W\d_a-zß-ÿ][\w.'’-]*(?: [^\W\d_a-zß-ÿ][\w.'’-]*)*)+$"
)
CLOSING = {"“": "”", "„": "“”", "«": "»", "»": "«", "「": "」", "『": "』"}
OPENING = frozenset(CLOSING)
LONGEST_VERSE = 80  # characters
MOST_VERSES = 40  # lines
QUOTED = re.compile(r"(?:[“„«「『\"][^“”„«»「」『』\"]+[”“»」』\"])$")
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # characters that weigh as much as a word
VISIBLE = re.compile(r"[^\W_]")


def find(blocks: Sequence[Block]) -> Iterator[Mark]:
    """Mark list items, verses and quotations set apart (kept), and blocks that show nothing (removed)."""
    yield from verses(blocks)
    for number, block in enumerate(blocks):
        text = block.text
        first = text[0]
        if first in ">|" and len(text) > 2 and text[1] in " >":
            yield Mark(number, 0, len(text), "body.quote", "", "", "low")
        elif is_list_item(text):
            yield Mark(number, 0, len(text), "body.list", "", "", "low")
        elif first in '“„«「『"' and QUOTED.match(text):
            yield Mark(number, 0, len(text), "body.quote", "", "", "low")
        elif not first.isprintable() and not any(map(str.isprintable, text)):
            why = DETECTORS["shapes.invisible"]
            yield Mark(number, 0, len(text), "other", "shapes.invisible", why, "high")


def verses(blocks: Sequence[Block]) -> Iterator[Mark]:
    """Marks on short lines of which the first opens a quotation and the last closes it."""
    start: int | None = None
    for number, block in enumerate(blocks):
        text = block.text
        if len(text) > LONGEST_VERSE or (start is not None and number - start > MOST_VERSES):
            start = None
            continue
        if text[0] in OPENING and not any(sign in text for sign in CLOSING[text[0]]):
            start = number
        elif start is not None and any(sign in text for sign in CLOSING[blocks[start].text[0]]):
            for line in range(start, number + 1):
                yield Mark(line, 0, len(blocks[line].text), "body.quote", "", "", "low")
            start = None


def is_list_item(text: str) -> bool:
    """Whether the text begins as an item of a list does; `- Subhead -` is none.

    >>> is_list_item("- Ferry fares explained"), is_list_item("- Fares -"), is_list_item("1. Vote")
    (True, False, True)
    """
    if text[0].isalpha() and text[1:2].isalpha():
        return False
    return BULLET.match(text) is not None and DASHED.match(text) is None


def is_closed(text: str) -> bool:
    """Whether a text ends as a sentence does, or with a colon or comma, and not as a headline.

    >>> is_closed("He said so.”"), is_closed("Frost in May"), is_closed("Frost in May?")
    (True, False, False)
    """
    return not text[-1].isalnum() and CLOSED.search(text, max(0, len(text) - LONGEST_CLOSE)) is not None


def could_be_title(text: str) -> bool:
    """Whether a block has the shape of a headline.

    >>> could_be_title("Orchard frost wipes out early pears"), could_be_title("He said so.")
    (True, False)
    """
    return (
        len(text) <= LONGEST_TITLE
        and not is_closed(text)
        and VISIBLE.search(text) is not None
        and text.count(" ") < MOST_TITLE_WORDS
        and not is_list_item(text)
        and TURN.match(text) is None
    )


def could_be_heading(text: str) -> bool:
    """Whether a block has the shape of a subhead."""
    if len(text) > LONGEST_HEADING or text.count(" ") >= MOST_HEADING_WORDS:
        return False
    return DASHED.match(text) is not None or (
        could_be_title(text) and not SPEAKER.match(text) and not SIGNATURE.match(text)
    )
