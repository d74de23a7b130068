"""Labelled documents to learn from: pages of a bench, barer forms of them, and the cases of the corpus."""

import gzip
import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from clean.labels import KEPT, REMOVED
from clean.model import Block
from clean.readers import read
from clean.repair import repair
from clean.score import cases
from clean.writers import margin

CONTENT, BOILERPLATE, ASIDE = "content", "boilerplate", "aside"
FATES: Mapping[str, str] = {**dict.fromkeys(KEPT, CONTENT), **dict.fromkeys(REMOVED, BOILERPLATE), "title": ASIDE}
LABELS = {"content": CONTENT, "boilerplate": BOILERPLATE, "title": ASIDE, "summary": ASIDE}  # of the bench
OF_CORPUS = "corpus"  # stands for the publisher of its cases
FROM = "blocks"  # the style that barer forms are made from
LEFT_OVER = (0.0, 0.1, 0.3)  # shares of the runs of boilerplate that barer forms keep
PARTNERS = 6  # other cases that each case of the corpus is joined to
BEHIND = 0.5  # chance that a page stands behind the case it is joined to
MOST_OF_RUN = 3  # lines that are left of such a run
BREAKS = ("\n\n", "\n")


class Page(NamedTuple):
    """A document as a scraper left it; for each block `content`, `boilerplate`, `aside` or None.

    `aside` must stay, but is no body: headlines and summaries. None is not known, or goes into a field.
    """

    name: str
    publisher: str
    style: str
    language: str
    text: str
    blocks: list[Block]
    labels: list[str | None]


def of_bench(bench: Path) -> Iterator[Page]:
    """The labelled pages of a bench: its `flat.jsonl.gz`, and the publishers that `pages/` names."""
    with gzip.open(bench / "flat.jsonl.gz", "rt", encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            about = json.loads((bench / "pages" / f"{row['id']}.json").read_bytes())
            blocks = repair(read(row["text"], row["id"], "text"))
            spans = [(line["start"], line["end"], LABELS.get(line["label"])) for line in row["lines"]]
            labels = list(labels_of(blocks, spans))
            yield Page(row["id"], about["group"], row["style"], row["language"], row["text"], blocks, labels)


def of_corpus(corpus: Path) -> Iterator[Page]:
    """The cases of a corpus that are no pages of HTML, by their gold."""
    for case in cases(corpus):
        source = read(case.source, case.name)
        if source.page is not None:
            continue
        blocks = repair(source)
        gold = margin.read(case.gold, blocks, case.name)
        spans = [(row.start, row.end, FATES.get(row.label)) for row in gold.rows]
        language = gold.header.get("language", "en")
        yield Page(case.name, OF_CORPUS, OF_CORPUS, language, source.text, blocks, list(labels_of(blocks, spans)))


def labels_of(blocks: Sequence[Block], spans: Sequence[tuple[int, int, str | None]]) -> Iterator[str | None]:
    """For each block the label of the span that covers most of it."""
    place = 0
    for block in blocks:
        best, most = None, 0
        while place < len(spans) and spans[place][1] <= block.start:
            place += 1
        for start, end, label in spans[place:]:
            if start >= block.end:
                break
            shared = min(end, block.end) - max(start, block.start)
            if shared > most:
                best, most = label, shared
        yield best


def barer(pages: Iterable[Page]) -> Iterator[Page]:
    """Pages from which a scraper took most of the furniture, or all: what it left must still be told from news."""
    for page in pages:
        if page.style != FROM or CONTENT not in page.labels:
            continue
        for share in LEFT_OVER:
            chance = random.Random(f"{page.name} {share}")
            yield rebuilt(page, chosen(page, share, chance), chance.choice(BREAKS))


def joined(pages: Sequence[Page], cases: Sequence[Page]) -> Iterator[Page]:
    """Documents of several stories: each page and each case before or behind cases of the corpus.

    Only cases are joined to others, so that a document is never of two publishers of a bench.
    """
    chance = random.Random(0)
    for first in [*pages, *(case for case in cases for _ in range(PARTNERS))]:
        parts = [first, chance.choice(cases)]
        if chance.random() < BEHIND:
            parts.reverse()
        text = BREAKS[0].join(part.text for part in parts)
        blocks = repair(read(text, first.name, "text"))
        labels = [label for part in parts for label in part.labels]
        if len(blocks) == len(labels):
            yield Page(first.name, first.publisher, "joined", first.language, text, blocks, labels)


def chosen(page: Page, share: float, chance: random.Random) -> list[int]:
    """The blocks of a barer form: the news, its headline once, and some lines of some runs of boilerplate."""
    numbers: list[int] = []
    seen: set[str] = set()
    for label, run in groupby(range(len(page.blocks)), key=lambda number: page.labels[number]):
        rows = list(run)
        if label == BOILERPLATE:
            if chance.random() < share:
                first = chance.randrange(len(rows))
                numbers += rows[first : first + chance.randint(1, MOST_OF_RUN)]
            continue
        for number in rows:
            text = page.blocks[number].text
            if label == CONTENT or (label == ASIDE and text not in seen):
                numbers.append(number)
                seen.add(text)
    return numbers


def rebuilt(page: Page, numbers: Sequence[int], line_break: str) -> Page:
    """A page of some of the blocks of another."""
    text = line_break.join(page.blocks[number].text for number in numbers)
    blocks = repair(read(text, page.name, "text"))
    labels = [page.labels[number] for number in numbers]
    if len(blocks) != len(labels):
        raise ValueError(f"{page.name}: {len(blocks)} blocks for {len(labels)} labels")
    return Page(page.name, page.publisher, "barer", page.language, text, blocks, labels)


__all__: list[Any] = [
    "ASIDE",
    "BOILERPLATE",
    "CONTENT",
    "FATES",
    "OF_CORPUS",
    "Page",
    "barer",
    "joined",
    "labels_of",
    "of_bench",
    "of_corpus",
]
