"""The recipe for one source: read, repair, mark, settle, split, describe, account."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from clean.dates import Calendar
from clean.fields import describe
from clean.ledger import ledger, lost_share
from clean.marks import datelines, repeats, shapes
from clean.marks.rules import RuleMarks
from clean.model import Block, Mark, Record, Result, Source
from clean.readers import read
from clean.repair import repair
from clean.rulebook import Rulebook, bundled_rules, load
from clean.settle import settle
from clean.split import THRESHOLD, split


@dataclass(frozen=True)
class Options:
    """What a user may choose.

    `rules`: folders of rules that join the bundled ones. `scraped`: when the pages were fetched, against which
    relative times are read. `boundary`: evidence a cut needs; higher cuts less. `most_lost`: share of a source's
    characters, from 0 to 1, above which a warning is given that so much was removed.
    """

    rules: tuple[Path, ...] = ()
    scraped: datetime | None = None
    boundary: float = THRESHOLD
    most_lost: float = 0.9


class Cleaner:
    """Cleans sources. Loads the rules once; may be pickled, reused, and shared between threads.

    Raises RuleError if a rule cannot be used.
    """

    def __init__(self, options: Options | None = None, book: Rulebook | None = None) -> None:
        self.options = options or Options()
        self.book = book or load([bundled_rules(), *self.options.rules])
        self._rules = RuleMarks(self.book)
        self.calendar = Calendar(self.book.words)

    def __reduce__(self) -> tuple[type["Cleaner"], tuple[Options, Rulebook]]:
        return Cleaner, (self.options, self.book)

    def clean(
        self,
        source: str | bytes,
        name: str = "",
        kind: str = "auto",
        url: str | None = None,
        scraped: datetime | None = None,
    ) -> Result:
        """Clean one document.

        `kind` is `auto`, `text` or `html`. `name` is the `source` of its records. All offsets of the result are
        code points into `result.text`: the text as decoded, or as given.

        Raises a SourceError if it cannot be read.
        """
        return self.clean_source(read(source, name, kind, url, scraped or self.options.scraped))

    def clean_source(self, source: Source) -> Result:
        """Clean what a reader has read."""
        blocks = repair(source)
        spans = settle(source, blocks, self.marks(blocks))
        articles = split(spans, [block.gap for block in blocks], self.options.boundary)
        records = list(describe(articles, source, blocks, self.calendar))
        removals = ledger(source.name, articles)
        share = lost_share(records, removals)
        warnings: tuple[str, ...] = ()
        if share > self.options.most_lost:
            warnings = (f"{share:.0%} of the source was removed",)
            records = [with_warnings(record, warnings) for record in records]
        return Result(source, tuple(blocks), tuple(articles), records, removals, warnings)

    def marks(self, blocks: Sequence[Block]) -> list[Mark]:
        """What every detector claims."""
        detectors = (shapes, repeats, datelines, self._rules)
        return [mark for detector in detectors for mark in detector.find(blocks)]

    def clean_many(self, sources: Iterable[str | bytes | Source]) -> Iterator[Result]:
        """Clean many documents, in order. Raises a SourceError at the first that cannot be read."""
        for number, source in enumerate(sources):
            yield self.clean_source(source if isinstance(source, Source) else read(source, name=str(number)))


def with_warnings(record: Record, warnings: tuple[str, ...]) -> Record:
    """The record with more warnings."""
    return replace(record, warnings=record.warnings + warnings)
