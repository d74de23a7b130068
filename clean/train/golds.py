"""Pages of a bench whose story is known: what each block is, by the text of the story or by segments of it."""

import gzip
import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from clean.errors import SourceError
from clean.marks.measures import Values
from clean.marks.opinions import SHINGLE, WORD, shingles
from clean.model import Block, Source
from clean.readers import read
from clean.repair import repair
from clean.score import cases
from clean.train.pages import ASIDE, BOILERPLATE, CONTENT, FATES, OF_CORPUS, labels_of
from clean.writers import margin

KINDS: Mapping[str, str] = {**FATES, "caption": BOILERPLATE, "summary": ASIDE}  # no body of a story
HALF = 0.5  # share of a block that is in the story, from which the block is of the story
LEAST_UNSPACED = 15  # characters of a block that is found again without its spaces: writing without words
LEAST_WORDS = 8  # of a block that tells where the story runs
REACH = 2  # blocks from such a one, in which a short line that stands in the story is of it
NEAREST = 3  # blocks of the story that tell which of two printings is of it


class Lesson(NamedTuple):
    """A page to learn from; for each block `content`, `boilerplate`, `aside` or None, where it is not known."""

    name: str
    publisher: str
    language: str
    kind: str
    source: Source
    blocks: list[Block]
    labels: list[str | None]


def of_bench(bench: Path) -> Iterator[Lesson]:
    """The pages of a bench, but for those whose gold is incomplete and those that cannot be read."""
    for path in sorted((bench / "pages").glob("*.json")):
        about = json.loads(path.read_bytes())
        if about["gold_kind"] == "incomplete":
            continue
        content = gzip.decompress(path.with_name(f"{path.stem}.html.gz").read_bytes())
        try:
            source = read(content, about["id"], "html")
        except SourceError:
            continue
        blocks = repair(source)
        labels = by_segments(blocks, about) if about["gold_kind"] == "segments" else by_text(blocks, about)
        yield Lesson(about["id"], about["group"], about["language"], about["gold_kind"], source, blocks, labels)


def of_corpus(corpus: Path) -> Iterator[Lesson]:
    """The pages among the cases of a corpus, by their gold."""
    for case in cases(corpus):
        source = read(case.source, case.name)
        if source.page is None:
            continue
        blocks = repair(source)
        gold = margin.read(case.gold, blocks, case.name)
        spans = [(row.start, row.end, KINDS.get(row.label)) for row in gold.rows]
        language = gold.header.get("language", "en")
        yield Lesson(case.name, OF_CORPUS, language, OF_CORPUS, source, blocks, list(labels_of(blocks, spans)))


def by_segments(blocks: Sequence[Block], about: Mapping[str, Any]) -> list[str | None]:
    """The labels where a gold names pieces that must stay and pieces that must go; most blocks hold neither."""
    texts = [squeezed(block.text) for block in blocks]
    gone = {number for piece in about["without"] for number, text in enumerate(texts) if squeezed(piece) in text}
    found = [[number for number, text in enumerate(texts) if squeezed(piece) in text] for piece in about["with"]]
    stays = {numbers[0] for numbers in found if len(numbers) == 1}  # in several, it is not told which
    labels = {**dict.fromkeys(gone, BOILERPLATE), **dict.fromkeys(stays, CONTENT), **dict.fromkeys(gone & stays)}
    return [labels.get(number) for number in range(len(blocks))]


def by_text(blocks: Sequence[Block], about: Mapping[str, Any]) -> list[str | None]:
    """The labels where a gold holds the whole text, with the summary or without, which is an aside then."""
    whole = in_story(blocks, composed(about["text"])) >= HALF
    body = in_story(blocks, composed("\n\n".join(about["body"]))) >= HALF if about.get("summary") else whole
    return [
        CONTENT if of_body else ASIDE if of_whole else BOILERPLATE
        for of_whole, of_body in zip(whole, body, strict=True)
    ]


def in_story(blocks: Sequence[Block], gold: str) -> Values:
    """For each block the share of it that is in the story, each printing of the story's text counted once."""
    words = [WORD.findall(block.text) for block in blocks]
    found = found_again(blocks, words, gold)
    long = [number for number, share in enumerate(found) if share >= HALF and len(words[number]) >= LEAST_WORDS]
    for number in np.flatnonzero(found < 0).tolist():
        near = any(abs(other - number) <= REACH for other in long)
        found[number] = float(near and long[0] <= number <= long[-1] + 1)
    return without_copies(words, found, long, gold)


def found_again(blocks: Sequence[Block], words: Sequence[list[str]], gold: str) -> Values:
    """The share of each block that stands in the gold; -1 for a short line that stands somewhere in it."""
    known = set(shingles(WORD.findall(gold)))
    lines = {tuple(WORD.findall(line)) for line in gold.split("\n")}
    unspaced = "".join(gold.split())
    running = f" {' '.join(WORD.findall(gold))} "
    found = np.zeros(len(blocks))
    for number, row in enumerate(words):
        bare = "".join(blocks[number].text.split())
        if row and (tuple(row) in lines or (len(bare) >= LEAST_UNSPACED and bare in unspaced)):
            found[number] = 1
        elif len(row) >= SHINGLE:
            rows = list(shingles(row))
            found[number] = sum(one in known for one in rows) / len(rows)
        elif row and f" {' '.join(row)} " in running:
            found[number] = -1
    return found


def without_copies(words: Sequence[list[str]], found: Values, long: Sequence[int], gold: str) -> Values:
    """The shares, with no block taken for the story more often than it stands in it: those nearest to the rest are."""
    printings: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, share in enumerate(found):
        if share >= HALF:
            printings[tuple(words[number])].append(number)
    single = np.array([number for number in long if len(printings[tuple(words[number])]) == 1])
    if not len(single):
        return found
    times: Counter[tuple[str, ...]] = Counter()
    running = f" {' '.join(WORD.findall(gold))} "
    for row, numbers in printings.items():
        times[row] = max(1, running.count(f" {' '.join(row)} "))
        nearest = sorted(numbers, key=lambda number: float(np.sort(np.abs(single - number))[:NEAREST].mean()))
        found[nearest[times[row] :]] = 0
    return found


def squeezed(text: str) -> str:
    """The text with one space for all white space."""
    return re.sub(r"\s+", " ", text).strip()


def composed(text: str) -> str:
    """The text in the normal form that repaired blocks have (Unicode Standard Annex 15)."""
    return unicodedata.normalize("NFC", text)
