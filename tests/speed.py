"""How fast the path is, each room's share of it, and others beside it, in one run: `python -m tests.speed`.

Times are CPU seconds of this process on one core; MB are millions of bytes of UTF-8 text. Read ratios, not absolutes.
"""

import argparse
import gzip
import json
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from clean.fields import Draft, describe
from clean.ledger import ledger
from clean.marks import repeats, shapes
from clean.marks.learned import CERTAINTY
from clean.marks.looks import alone, look
from clean.marks.rules import RuleMarks
from clean.model import Block, Source
from clean.pipeline import BATCH, Cleaner
from clean.readers import read
from clean.repair import repair
from clean.rulebook import Rule, Rulebook, Shape, bundled_rules, load
from clean.settle import accept, settle
from clean.split import find_starts, split
from clean.train.lessons import corpus_stories
from clean.writers.jsonl import line
from tests import CORPUS, SHARED

ROUNDS = 3  # the best of so many, since other work on the machine only ever adds
SLOW_SHARE = 12  # others are timed on one document in so many, since they need minutes for all
LONG_STORY = 4000  # characters
NAME = re.compile(r"\b([^\W\d_a-z][^\W\d_]{3,})\b")
WORDS = "harbour council ferry orchard tram lantern meadow quarry ledger thicket saffron kettle plover barley".split()


def documents() -> dict[str, list[bytes]]:
    """The texts to time on: the corpus, and where they are beside the project, the real scrapes and the bench."""
    found = {"corpus": [path.read_bytes() for path in sorted(CORPUS.glob("*/source.*"))]}
    if (SHARED / "seeds").is_dir():
        found["seeds"] = [path.read_bytes() for path in sorted((SHARED / "seeds").glob("*.txt"))] * 40
    flat = SHARED / "bench" / "flat.jsonl.gz"
    if flat.is_file():
        with gzip.open(flat, "rt", encoding="utf-8") as rows:
            found["flat"] = [json.loads(row)["text"].encode() for row in rows]
    return found


def megabytes(texts: Iterable[bytes]) -> float:
    """The size of the texts."""
    return sum(map(len, texts)) / 1e6


def seconds(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The CPU time of the best of several rounds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def rooms(cleaner: Cleaner, texts: list[bytes]) -> dict[str, float]:
    """The CPU time of each room over all texts."""
    sources = [read(text, name=str(number), kind="text") for number, text in enumerate(texts)]
    blocks = [repair(source) for source in sources]
    marks = cleaner.marks(blocks)
    accepted = [accept(*row) for row in zip(blocks, marks, strict=True)]
    seen = cleaner.looked_at(sources, blocks)
    spans = [settle(text.source, text.blocks, text.before_split) for text in seen]
    gaps = [[block.gap for block in row] for row in blocks]
    parts = list(zip(spans, gaps, strict=True))
    starts = find_starts(parts)
    articles = cleaner.of_texts(sources, blocks)
    drafts = [Draft(*row) for row in zip(sources, blocks, articles, strict=True)]
    told = describe(drafts, cleaner.vocabulary)
    rules = RuleMarks(cleaner.book)
    work: dict[str, Callable[[], object]] = {
        "read": lambda: [read(text, kind="text") for text in texts],
        "repair": lambda: [repair(source) for source in sources],
        "marks: rules": lambda: [list(rules.find(row)) for row in blocks],
        "marks: repeats": lambda: [list(repeats.find(row)) for row in blocks],
        "marks: shapes": lambda: [list(shapes.find(row)) for row in blocks],
        "marks: datelines": lambda: [list(cleaner.datelines.find(row)) for row in blocks],
        "accept": lambda: [accept(*row) for row in zip(blocks, marks, strict=True)],
        "marks: learned": lambda: alone(look(sources, blocks, marks, accepted, CERTAINTY), starts, CERTAINTY),
        "settle": lambda: [settle(text.source, text.blocks, text.before_split) for text in seen * 2],
        "split": lambda: [find_starts(parts[first : first + BATCH]) for first in range(0, len(parts), BATCH)],
        "stories": lambda: [split(*row) for row in zip(spans, gaps, starts, strict=True)],
        "describe": lambda: describe(drafts, cleaner.vocabulary),
        "ledger": lambda: [ledger("", row) for row in articles],
        "write": lambda: [line(record.to_dict()) for row in told for record in row],
    }
    return {name: seconds(one) for name, one in work.items()}


def whole_path(cleaner: Cleaner, texts: list[bytes]) -> None:
    """From bytes to lines of JSON."""
    sources = (read(text, name=str(number), kind="text") for number, text in enumerate(texts))
    for result in cleaner.clean_many(sources):
        for record in result.records:
            line(record.to_dict())
        for removal in result.ledger:
            line(removal.to_dict())


def others() -> dict[str, Callable[[str], object]]:
    """Other tools that take boilerplate out of plain text, where they are installed."""
    found: dict[str, Callable[[str], object]] = {}
    try:
        from datatrove.data import Document
        from datatrove.pipeline.filters import C4QualityFilter

        c4 = C4QualityFilter(filter_no_terminal_punct=True)
        c4.filter(Document(text="It counts sentences with spacy, and says so if it is not installed.", id=""))
        found["datatrove C4 line rules"] = lambda text: c4.filter(Document(text=text, id=""))
    except ImportError:
        pass
    try:
        import justext

        stoplist = justext.get_stoplist("English")
        found["jusText"] = lambda text: justext.justext(
            "".join(f"<p>{row}</p>" for row in text.replace("<", " ").split("\n")), stoplist
        )
    except ImportError:
        pass
    return found


def made_up_rules(book: Rulebook, count: int) -> Rulebook:
    """A rulebook of so many rules with literals of made-up words, half of them whole lines and half parts of lines."""
    first = book.rules[0]
    rules: list[Rule] = []
    for number in range(count):
        literal = " ".join(WORDS[(number // 14**power + power) % 14] for power in range(4)) + f" {number}"
        shape: Shape = "part" if number % 2 else "line"
        rules.append(
            replace(first, id=f"other.made-up-{number}", literals=(literal,), patterns=(), hints=(), shape=shape)
        )
    return Rulebook(tuple(rules), book.words)


def long_text(size: int) -> tuple[str, int]:
    """A text of so many MB, and how many stories it holds: those of the corpus, made long, each with its own names.

    A story is made long by printing its paragraphs again, each time without some more of their words.
    """
    given = list(corpus_stories(CORPUS))
    parts: list[str] = []
    length = 0
    while length < size * 1_000_000:
        story = given[len(parts) % len(given)]
        name, lines = rf"\g<1>{len(parts)}", [story.title, "By Ida Marlow", "12 May 2024"]
        for cut in range(LONG_STORY // sum(map(len, story.paragraphs)) + 1):
            rows = [paragraph.split(" ", cut)[-1] for paragraph in story.paragraphs]
            lines += [" ".join(rows[first : first + 2]) for first in range(0, len(rows), 2)]  # as long as the bench's
        parts.append(NAME.sub(name, "\n".join(lines)))
        length += len(parts[-1].encode()) + 2
    return "\n\n".join(parts), len(parts)


def one_document(size: int) -> None:
    """What one long document costs: seconds in split, and memory."""
    import resource  # not on Windows

    cleaner = Cleaner()
    text, parts = long_text(size)
    source = read(text, kind="text")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (blocks,) = rows = [repair(source)]
    (seen,) = cleaner.looked_at([source], rows)
    spans = settle(source, blocks, seen.before_split)
    marked = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    part = [(spans, [block.gap for block in blocks])]
    started = time.process_time()
    (found,) = find_starts(part)
    spent = time.process_time() - started
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"one text of {size} MB, made of {parts:,} stories: {len(found) + 1:,} found")
    print(f"    split: {spent:.1f} s, {spent / size:.2f} s for each MB")
    print(f"    most memory: {before >> 10} MiB with the text, {marked >> 10} when marked, {after >> 10} when split")


def main() -> None:
    """Time everything and print a table."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--long", type=int, metavar="MB", help="time one document of so many MB instead")
    given = words.parse_args()
    if given.long:
        one_document(given.long)
        return
    started = time.process_time()
    cleaner = Cleaner()
    print(f"loading the rules: {time.process_time() - started:.2f} s")
    for name, texts in documents().items():
        size = megabytes(texts)
        path = seconds(lambda texts=texts: whole_path(cleaner, texts))  # type: ignore[misc]
        print(f"\n{name}: {len(texts)} documents, {size:.2f} MB: {size / path:.2f} MB/s from bytes to JSON")
        shares = rooms(cleaner, texts)
        for room, spent in shares.items():
            print(f"    {room:18} {spent / sum(shares.values()):6.1%} {size / spent:9.1f} MB/s")
        sample = texts[::SLOW_SHARE]
        ours = megabytes(sample) / seconds(lambda sample=sample: whole_path(cleaner, sample))  # type: ignore[misc]
        for other, work in others().items():
            decoded = [text.decode("utf-8", "replace") for text in sample]
            spent = seconds(lambda work=work, rows=decoded: [work(row) for row in rows], rounds=1)  # type: ignore[misc]
            theirs = megabytes(sample) / spent
            print(
                f"    {other}: {theirs:.2f} MB/s on {len(sample)} of them, clean {ours:.2f}: {ours / theirs:.1f} times"
            )
    rule_growth()


def rule_growth() -> None:
    """What matching costs with more rules, on lines that were not met before, so that nothing is remembered."""
    book = load([bundled_rules()])
    texts = max(documents().values(), key=megabytes)
    lines = sorted({block.text for text in texts for block in repair(Source("", text.decode()))})
    size = sum(len(line.encode()) for line in lines) / 1e6
    blocks = [[Block(0, len(line), line, 1)] for line in lines]
    print()
    spent = {}
    for count in (100, 1000, 10_000):
        rules = RuleMarks(made_up_rules(book, count))
        spent[count] = seconds(lambda rules=rules: [list(rules.find(row)) for row in blocks], rounds=1)  # type: ignore[misc]
        print(f"matching {count:6,} rules against {len(lines):,} different lines: {size / spent[count]:.1f} MB/s")
    print(
        f"1,000 rules cost {spent[1000] / spent[100]:.2f} times 100, and 10,000 {spent[10_000] / spent[100]:.2f} times"
    )


if __name__ == "__main__":
    main()
