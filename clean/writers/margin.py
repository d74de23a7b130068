"""The margin: a document with a label beside each piece; the view, the gold and the bug report in one format."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from clean.errors import GoldError
from clean.labels import LABELS
from clean.model import Block, Span

WIDTH = 22  # characters of the label's column
ROW = re.compile(r"(?P<label>[a-z.]*)(?:=(?P<value>[^|]*?))?\s*(?P<same_line>\+?)\| ?(?P<text>.*)")
HEADER = re.compile(r"# (?P<key>[a-z]+): (?P<value>.*)")
NEW_ARTICLE = "= article"


class Row(NamedTuple):
    """A piece of a document: its place in the source, its label, and the value a field takes from it."""

    start: int
    end: int
    label: str
    value: str | None
    article: int
    text: str
    same_line: bool = False
    reason: str = ""


class Gold(NamedTuple):
    """A gold margin: what a document must become."""

    header: Mapping[str, str]
    rows: tuple[Row, ...]


def write(rows: Iterable[Row], reasons: bool = True) -> Iterator[str]:
    """The lines of a margin. With `reasons`, a comment above each piece that is not kept tells why."""
    article = 0
    for row in rows:
        if row.article != article:
            yield NEW_ARTICLE
            article = row.article
        if reasons and row.reason:
            yield f"{'':{WIDTH}} # {row.reason}"
        label = row.label if row.value is None else f"{row.label}={row.value}"
        yield f"{label:{WIDTH}}{'+' if row.same_line else ' '}| {row.text}"


def rows_of(spans: Sequence[Sequence[Span]], values: Mapping[int, str | None]) -> Iterator[Row]:
    """The rows of the articles' spans; `values` holds, by start, what the fields took from a span."""
    block = -1
    for article, story in enumerate(spans):
        for span in story:
            reason = f"{span.rule}: {span.why}" if span.rule and LABELS[span.label].fate != "kept" else ""
            value = values.get(span.start)
            yield Row(span.start, span.end, span.label, value, article, span.text, span.block == block, reason)
            block = span.block


def read(text: str, blocks: Sequence[Block], name: str = "gold") -> Gold:
    """Read a gold margin against the blocks of its source; it finds the offsets itself.

    Raises GoldError, with the line, if the gold skips, adds or changes a word, or names a label that does not exist.
    """
    header: dict[str, str] = {}
    rows: list[Row] = []
    article, block, at = 0, 0, 0
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{name}, line {number}"
        if not line.strip() or line.lstrip().startswith("#"):
            if (found := HEADER.match(line)) and not rows:
                header[found["key"]] = found["value"].strip()
            continue
        if line.strip() == NEW_ARTICLE:
            article += 1
            continue
        label, value, same_line, piece = parsed(line, where)
        if rows and not same_line:
            expect_end(blocks[block], at, where)
            block, at = block + 1, 0
        if block >= len(blocks):
            raise GoldError(f"{where}: the source has no more lines, but the gold goes on with {piece!r}")
        rest = blocks[block].text[at:]
        at += len(rest) - len(rest.lstrip())
        if not blocks[block].text.startswith(piece, at):
            raise GoldError(f"{where}: the gold says {piece[:60]!r}, the source {blocks[block].text[at : at + 60]!r}")
        start, at = at, at + len(piece)
        end = blocks[block].end if at == len(blocks[block].text) else blocks[block].place(at)
        rows.append(Row(blocks[block].place(start), end, label, value, article, piece, same_line))
    if blocks:
        expect_end(blocks[block], at, f"{name}, at its end")
    if block + 1 < len(blocks):
        raise GoldError(f"{name}, at its end: the source goes on with {blocks[block + 1].text[:60]!r}")
    return Gold(header, tuple(rows))


def parsed(line: str, where: str) -> tuple[str, str | None, bool, str]:
    """The label, value, whether the source line goes on, and the text of a margin's line."""
    found = ROW.fullmatch(line)
    if found is None:
        raise GoldError(f"{where}: {line[:60]!r} is not of the form 'label | text'")
    if found["label"] not in LABELS:
        raise GoldError(f"{where}: there is no label {found['label']!r}; labels are: {', '.join(LABELS)}")
    value = found["value"].strip() if found["value"] else None
    return found["label"], value, bool(found["same_line"]), found["text"].strip()


def expect_end(block: Block, at: int, where: str) -> None:
    """Raise GoldError if a block has text left."""
    if block.text[at:].strip():
        raise GoldError(f"{where}: the gold leaves out {block.text[at : at + 60].strip()!r}")
