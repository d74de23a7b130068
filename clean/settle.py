"""Marks to spans: weighs the claims, block by block and then by neighbours, until every piece is decided."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from clean.labels import KEPT, LABELS, METADATA, REMOVED
from clean.marks import DETECTORS
from clean.marks.shapes import VISIBLE, could_be_heading, is_closed, is_list_item
from clean.model import Block, Mark, Source, Span

BRIDGE = 400  # characters; an appeal talks of other things between two of its own phrases, but not for longer
BRIDGE_RULES = 3  # as many different rules must speak for an appeal before what lies between is taken for one too
LONGEST_LIST = 20  # items; a longer one is more likely a story in short lines
LONGEST_ITEM = 250  # characters; teasers are headlines
FARTHEST_LEAD = 10  # blocks between a headline and its text: clock, byline, share bar
PROSE = 100  # characters from which a block is prose even without a sentence end
ROUNDS = 3  # of support: each lets marks that were accepted support others
EDGE_ROWS = ("title", "repeat.title", "dateline", "byline", "updated")  # what a list of other stories cannot hold

# Who wins where two marks that stand both claim a character: metadata is cut out of whatever surrounds it.
TIERS: Mapping[str, int] = {"metadata": 3, "kept": 2, "removed": 1}
WEAK = ("repeats.title", "repeats.site")  # detectors that give way to any that tells more
WHOLE = ("threads",)  # detectors that claim all of what they mark: a clock in a reader's comment is not the story's
SURE: Mapping[str, int] = {"high": 2, "medium": 1, "low": 0}


class Piece(NamedTuple):
    """A part of a block's text, and the mark that decided it, or None where it stays."""

    start: int
    end: int
    mark: Mark | None


def settle(source: Source, blocks: Sequence[Block], standing: Mapping[int, Sequence[Mark]]) -> list[Span]:
    """Decide every block by the marks that stand: spans in order, none overlapping, that leave out only white space."""
    spans: list[Span] = []
    for number, block in enumerate(blocks):
        stands = standing.get(number)
        if stands is None:
            spans.append(Span(block.start, block.end, "body.paragraph", block.text, number))
        else:
            spans += cut(source, block, number, stands)
    spans = list(with_remainders(spans, blocks))
    return with_headings(spans)


def accept(blocks: Sequence[Block], marks: Sequence[Mark]) -> dict[int, list[Mark]]:
    """The marks that stand, by block.

    A mark of high confidence stands alone. One of medium needs support: another rule in the same block, or a
    neighbouring block that is marked as a whole. One of low confidence only lends support.
    """
    claims: dict[int, list[Mark]] = defaultdict(list)
    for mark in marks:
        claims[mark.block].append(mark)
    standing = {number: [mark for mark in marks if stands_alone(mark)] for number, marks in claims.items()}
    waiting = [mark for marks in claims.values() for mark in marks if not stands_alone(mark)]
    for _ in range(ROUNDS):
        for number in sorted(standing):
            for mark in list(standing[number]):
                if mark.reach != "here":
                    extend(blocks, mark, claims, standing)
        supported = {mark for mark in waiting if has_support(mark, blocks, claims, standing)}
        if not supported:
            break
        for mark in waiting:
            if mark in supported:
                standing[mark.block].append(mark)
        waiting = [mark for mark in waiting if mark not in supported]
    return {number: marks for number, marks in standing.items() if marks}


def stands_alone(mark: Mark) -> bool:
    """Whether a mark needs nobody's support: a shape, which removes nothing, or a claim of high confidence."""
    return mark.confidence == "high" or mark.label in KEPT


def has_support(
    mark: Mark, blocks: Sequence[Block], claims: Mapping[int, Sequence[Mark]], standing: Mapping[int, Sequence[Mark]]
) -> bool:
    """Whether a mark that cannot stand alone is borne out by others."""
    low = mark.confidence == "low"
    beside = standing if low else claims
    if any(other.rule != mark.rule and is_boilerplate(other) for other in beside.get(mark.block, ())):
        return True
    neighbours = [
        any(is_furniture(other, blocks[number]) for other in beside.get(number, ()))
        for number in (mark.block - 1, mark.block + 1)
        if 0 <= number < len(blocks)
    ]
    whole = covers(mark, blocks[mark.block])
    return whole and bool(neighbours) and (all(neighbours) if low else any(neighbours))


def takes_away(mark: Mark) -> bool:
    """Whether the marked text would not stay in the record's text."""
    return mark.label not in KEPT


def is_boilerplate(mark: Mark) -> bool:
    """Whether the marked text would be removed, and not only moved into a field."""
    return mark.label in REMOVED


def covers(mark: Mark, block: Block) -> bool:
    """Whether a mark takes the whole block."""
    return mark.start == 0 and mark.end >= len(block.text)


def is_furniture(mark: Mark, block: Block) -> bool:
    """Whether a mark shows that its block is not prose: boilerplate as a whole, metadata, or a repeated headline."""
    if mark.label in EDGE_ROWS:
        return mark.label != "dateline"
    return takes_away(mark) and covers(mark, block)


def extend(
    blocks: Sequence[Block], mark: Mark, claims: Mapping[int, Sequence[Mark]], standing: dict[int, list[Mark]]
) -> None:
    """Let a mark that takes a list, or all that follows, take it."""
    taken = rest_after(blocks, mark, standing) if mark.reach == "rest" else list_after(blocks, mark, claims, standing)
    label = "related.item" if mark.label.startswith("related") else mark.label
    for number in taken:
        block = blocks[number]
        item = mark._replace(block=number, start=0, end=len(block.text), label=label, reach="here", confidence="high")
        row = standing.setdefault(number, [])
        if item not in row:
            row.append(item)


def rest_after(blocks: Sequence[Block], mark: Mark, standing: Mapping[int, Sequence[Mark]]) -> Iterator[int]:
    """The blocks behind a mark, up to a new story."""
    for number in range(mark.block + 1, len(blocks)):
        if any(other.label in EDGE_ROWS for other in standing.get(number, ())):
            return
        yield number


def list_after(
    blocks: Sequence[Block], mark: Mark, claims: Mapping[int, Sequence[Mark]], standing: Mapping[int, Sequence[Mark]]
) -> list[int]:
    """The blocks of the list behind a heading: bullets, or else lines that look like headlines.

    Of headlines without bullets, the last is left out where prose follows it, or a clock or byline and then prose:
    it may be a subhead or the headline of the next story.
    """
    first = mark.block + 1
    bulleted = first < len(blocks) and is_list_item(blocks[first].text)
    items: list[int] = []
    for number in range(first, min(first + LONGEST_LIST, len(blocks))):
        text = blocks[number].text
        other_story = any(other.label in EDGE_ROWS for other in standing.get(number, ()))
        if other_story or is_list_item(text) != bulleted or len(text) > LONGEST_ITEM:
            break
        if not bulleted and (is_closed(text) or is_metadata(claims.get(number, ()))):
            break
        if not bulleted and items and blocks[number].gap > blocks[items[0]].gap:
            break
        items.append(number)
    if items and not bulleted and is_headline_below(blocks, items, claims):
        items.pop()
    return items


def is_metadata(marks: Sequence[Mark]) -> bool:
    """Whether any of the marks claims metadata."""
    return any(mark.label in METADATA for mark in marks)


def is_headline_below(blocks: Sequence[Block], items: Sequence[int], claims: Mapping[int, Sequence[Mark]]) -> bool:
    """Whether the last item is the headline of what follows: prose as near as the items are, or a clock or byline."""
    number = items[-1] + 1
    apart = len(items) > 1 and number < len(blocks) and blocks[number].gap > blocks[items[-1]].gap
    opened = number < len(blocks) and is_metadata(claims.get(number, ()))
    if apart and not opened:
        return False
    for block in blocks[number : number + FARTHEST_LEAD]:
        marks = claims.get(number, ())
        prose = len(block.text) >= PROSE or is_closed(block.text)
        if prose and not any(takes_away(mark) and covers(mark, block) for mark in marks):
            return True
        if not opened or not marks:
            return False
        number += 1
    return False


def cut(source: Source, block: Block, number: int, marks: Sequence[Mark]) -> Iterator[Span]:
    """The spans of one block on which marks stand."""
    if len(marks) == 1 and covers(marks[0], block):
        whole = marks[0]
        yield Span(block.start, block.end, whole.label, block.text, number, whole.rule, whole.why, whole.confidence)
        return
    pieces = joined(painted(len(block.text), marks), block.text)
    pieces = joined(bridged(pieces, marks), block.text)
    starts = [block.place(piece.start) for piece in pieces] + [block.end]
    for place, (start, end, mark) in enumerate(pieces):
        text = block.text[start:end]
        if block.offsets is None:
            first, last = block.start + start, block.start + end
        else:  # up to the next piece, so that no character falls between two
            first, last = starts[place], starts[place + 1]
            last = first + len(source.text[first:last].rstrip())
        if mark is None:
            yield Span(first, last, "body.paragraph", text, number)
        else:
            yield Span(first, last, mark.label, text, number, mark.rule, mark.why, mark.confidence)


def painted(length: int, marks: Sequence[Mark]) -> list[Piece]:
    """A block's text from start to end, each stretch with the mark that has the best claim to it."""
    points = sorted({0, length, *(mark.start for mark in marks), *(mark.end for mark in marks)})
    pieces: list[Piece] = []
    for start, end in pairwise(points):
        over = [mark for mark in marks if mark.start <= start and end <= mark.end]
        best = max(over, key=claim, default=None)
        before = pieces[-1] if pieces else None
        if before and ((best and before.mark and best.label == before.mark.label) or (best is before.mark)):
            stronger = max(best, before.mark, key=claim) if best and before.mark else best
            pieces[-1] = Piece(before.start, end, stronger)
        else:
            pieces.append(Piece(start, end, best))
    return pieces


def claim(mark: Mark) -> tuple[int, int, int, str]:
    """How good a mark's claim is, to be compared with others on the same text.

    Of two pieces of metadata the shorter is the more exact; of two pieces of boilerplate the longer tells more.
    """
    tier = 0 if mark.confidence == "low" or mark.rule in WEAK else TIERS[LABELS[mark.label].fate]
    if mark.rule in WHOLE:
        tier = max(TIERS.values()) + 1
    length = mark.end - mark.start
    return tier, SURE[mark.confidence], -length if tier == TIERS["metadata"] else length, mark.rule


def bridged(pieces: Sequence[Piece], marks: Sequence[Mark]) -> Iterator[Piece]:
    """The pieces, with what stands between two parts of the same appeal taken along."""
    for place, piece in enumerate(pieces):
        before = pieces[place - 1].mark if place else None
        after = pieces[place + 1].mark if place + 1 < len(pieces) else None
        if piece.mark is None and before and after and takes_away(before) and before.label == after.label:
            around = sum(pieces[near].end - pieces[near].start for near in (place - 1, place + 1))
            speakers = {mark.rule for mark in marks if mark.label == before.label}
            length = piece.end - piece.start
            if length <= min(BRIDGE, around) and len(speakers) >= BRIDGE_RULES:
                name = "settle.bridge"
                piece = Piece(piece.start, piece.end, before._replace(rule=name, why=DETECTORS[name]))
        yield piece


def joined(pieces: Iterable[Piece], text: str) -> list[Piece]:
    """The pieces without white space at their ends, like beside like made one, and stray punctuation taken along."""
    rows: list[Piece] = []
    for start, end, mark in pieces:
        part = text[start:end]
        start, end = start + len(part) - len(part.lstrip()), start + len(part.rstrip())
        if start >= end:
            continue
        last = rows[-1] if rows else None
        stray = mark is None and VISIBLE.search(text, start, end) is None
        if last and last.mark and (stray or (mark and mark.label == last.mark.label)) and takes_away(last.mark):
            named = last.mark if mark is None or last.mark.rule != "settle.bridge" else mark
            rows[-1] = Piece(last.start, end, named)
        elif (
            last and mark and takes_away(mark) and last.mark is None and not VISIBLE.search(text, last.start, last.end)
        ):
            rows[-1] = Piece(last.start, end, mark)
        else:
            rows.append(Piece(start, end, mark))
    return rows


def with_remainders(spans: Sequence[Span], blocks: Sequence[Block]) -> Iterator[Span]:
    """The spans, with short rests of removed blocks, and lines without a letter beside them, removed as well."""
    whole = whole_removed(spans, len(blocks))
    for place, span in enumerate(spans):
        above, below = whole[span.block - 1] if span.block else "", whole[span.block + 1]
        if span.label != "body.paragraph" or not (above or below):
            yield span
        elif VISIBLE.search(span.text) is None:
            yield decided(span, above or below, "settle.separator")
        elif above and below and (label := label_of_rest(spans, place)):
            yield decided(span, label, "settle.remainder")
        else:
            yield span


def label_of_rest(spans: Sequence[Span], place: int) -> str:
    """The label of what was removed on both sides of a span in its block, if that is the longer part of it."""
    span = spans[place]
    beside = [other for other in spans[max(0, place - 1) : place + 2] if other.block == span.block]
    gone = [other for other in beside if other.label in REMOVED]
    return gone[0].label if gone and len(span.text) < sum(len(other.text) for other in gone) else ""


def whole_removed(spans: Sequence[Span], blocks: int) -> list[str]:
    """The label that each block was removed with, or nothing where some of it stays; the end of a source is `other`."""
    labels: list[str] = [""] * blocks + ["other"]
    stays = {span.block for span in spans if span.label not in REMOVED}
    for span in spans:
        if span.block not in stays:
            labels[span.block] = span.label
    partly = {span.block: span.label for span in spans if span.block in stays and span.label in REMOVED}
    for number, label in partly.items():
        labels[number] = labels[number] or label
    return labels


def decided(span: Span, label: str, detector: str) -> Span:
    """The span, removed by a detector of this room."""
    return span._replace(label=label, rule=detector, why=DETECTORS[detector], confidence="medium")


def with_headings(spans: list[Span]) -> list[Span]:
    """The spans, with short lines that stand alone above prose labelled as headings."""
    kept = [place for place, span in enumerate(spans) if span.label in KEPT]
    short = {place: is_short(spans[place]) for place in kept}
    for above, place, below in zip([-1, *kept], kept, kept[1:], strict=False):
        if not short[place] or (above >= 0 and short[above] and spans[above].label != "title"):
            continue
        following = spans[below]
        if following.label.startswith("body.") and not short[below] and could_be_heading(spans[place].text):
            spans[place] = spans[place]._replace(label="body.heading")
    return spans


def is_short(span: Span) -> bool:
    """Whether a span is a line of its own that does not close a sentence."""
    text = span.text
    return span.label == "body.paragraph" and len(text) < PROSE and not is_closed(text)
