"""Datelines: the place, and perhaps day and agency, in front of a lead."""

import re
from collections.abc import Iterable, Iterator, Sequence

from clean.marks import DETECTORS
from clean.marks.shapes import is_closed
from clean.model import Block, Mark
from clean.rulebook import plain
from clean.words import Words

SHORTEST_LEAD = 60  # characters; a headline such as "PARIS: Strike is over" is shorter, or has no full stop
FARTHEST = 90  # characters in which a dateline ends
LETTER = r"[^\W\d_]"
WORD = rf"{LETTER}[\w.'’-]+"
PLACE = rf"(?P<place>{WORD}(?:[ /]{LETTER}[\w.'’-]*){{0,4}})(?:, {WORD}(?: {WORD})?)?"  # "OSTEND MILLS, Veld"
DAY = rf",? (?:\d{{1,2}}\.? (?:de )?{LETTER}{{3,10}}\.?|{LETTER}{{3,10}}\.? \d{{1,2}})(?:,? \d{{4}})?"
AGENCY = rf",? ?[(/]{LETTER}[\w .&/-]{{1,30}}[)/]"
DASH = r"(?: ?[—–―]| --?|\. ?[—–-])"
FORMS = (  # (whether the place stands in capitals, how it goes on)
    (True, re.compile(rf"{PLACE}(?:{DAY})?(?:{AGENCY})?(?P<end>:|{DASH}) +(?=\S)")),
    (False, re.compile(rf"{PLACE}(?:{DAY})?{AGENCY}(?P<end>:|{DASH}) *(?=\S)")),
    (False, re.compile(rf"{PLACE}{DAY}(?P<end>{DASH}) +(?=\S)")),
    (
        False,
        re.compile(r"(?P<place>[\u4e00-\u9fff]{2,10})\d{1,2}月\d{1,2}(?P<end>日[电電](?:（[^）]{2,20}）)?) ?(?=\S)"),
    ),
)
SPEAKER = re.compile(r"[^\W\d_a-zß-ÿ](?:[^\W\d_a-zß-ÿ]|[ .'’-])+: ")


class Datelines:
    """Finds datelines in the languages it was given words of."""

    def __init__(self, words: Iterable[Words]) -> None:
        words = tuple(words)
        self.small = frozenset(text for one in words for text in one.datelines.get("small", ()))
        self.no_places = frozenset(text for one in words for text in one.datelines.get("no_places", ()))

    def find(self, blocks: Sequence[Block]) -> Iterator[Mark]:
        """Mark datelines (metadata).

        >>> lead = "PORT ALDER, Jan 3 (Agency) — The harbour council voted 7-2 on Friday to run a night ferry."
        >>> [lead[mark.start : mark.end] for mark in Datelines(()).find([Block(0, len(lead), lead, 0)])]
        ['PORT ALDER, Jan 3 (Agency) —']
        """
        for number, block in enumerate(blocks):
            end = self.end(block.text)
            if end and not (":" in block.text[:end] and among_speakers(blocks, number)):
                yield Mark(number, 0, end, "dateline", "datelines", DETECTORS["datelines"], "high")

    def end(self, text: str) -> int:
        """Where the dateline that opens a paragraph ends, or 0."""
        if len(text) < SHORTEST_LEAD or not (text[0].isupper() or "\u4e00" <= text[0] <= "\u9fff"):
            return 0
        if not any(sign in text[:FARTHEST] for sign in ":—–―-电電") or not is_closed(text):
            return 0
        head = plain(text[: FARTHEST + 2])
        if head.replace(":", " ").split()[0].lower() in self.no_places:
            return 0
        for shouted, form in FORMS:
            found = form.match(head)
            if found and self.is_place(found["place"], shouted) and begins_sentence(text[found.end() :]):
                return found.end("end")
        return 0

    def is_place(self, text: str, shouted: bool) -> bool:
        """Whether the words can be a place: capitals throughout, or each with a capital in front."""
        if shouted:
            return text.isupper()
        return all(word[0].isupper() or not word[0].islower() or word in self.small for word in text.split())


def begins_sentence(text: str) -> bool:
    """Whether a text begins as a sentence does: not with a small letter."""
    return not text.lstrip("\"“„«'‘(¿¡")[:1].islower()


def among_speakers(blocks: Sequence[Block], number: int) -> bool:
    """Whether a neighbour opens with a name in capitals as well, as the turns of a transcript do."""
    near = [*blocks[max(0, number - 1) : number], *blocks[number + 1 : number + 2]]
    return any(SPEAKER.match(block.text) for block in near)
