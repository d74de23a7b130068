"""The recipe for one source: read, repair, mark, settle, split, describe, account."""

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from numbers import Real
from pathlib import Path
from typing import get_args

from clean.boundaries.containers import FEED
from clean.boundaries.live import Live, joined, named
from clean.bylines import Authors, Bylines
from clean.clock import Clock
from clean.dates import Calendar
from clean.dedupe.documents import tell_repeats
from clean.elements import starts
from clean.errors import SourceError, UsageError, refuse_one
from clean.fields import Draft, Vocabulary, describe
from clean.ledger import ledger, lost_share
from clean.marks import front, headlines, kinds, menus, pages, repeats, shapes, sites, threads
from clean.marks.datelines import Datelines
from clean.marks.learned import CERTAINTY
from clean.marks.looks import Text, alone, look
from clean.marks.neighbours import Standing
from clean.marks.rules import RuleMarks
from clean.model import Article, Block, Duplicates, Mark, Page, Record, Result, Source, Span, Start
from clean.readers import read
from clean.repair import repair
from clean.rulebook import Rulebook, bundled_rules, load
from clean.settle import accept, settle
from clean.sites import Sites, site_of
from clean.split import BOUNDARY, find_starts, split

BATCH = 64  # documents that go through the rooms together, each room's data staying in the processor's cache
BATCH_CHARACTERS = 300_000  # from which a batch is full
BY_ELEMENT = "an element of its own, as the stories beside it have"

DROPS_PASSAGES: frozenset[Duplicates] = frozenset(("drop-passages", "drop-all"))
DROPS_ARTICLES: frozenset[Duplicates] = frozenset(("drop-articles", "drop-all"))


@dataclass(frozen=True)
class Options:
    """What a user may choose.

    `rules`: folders of rules that join the bundled ones. `scraped`: when the pages were fetched, against which
    relative times are read. `boundary`: the chance, from 0 to 1, from which a story is taken to begin; higher cuts
    less, above 1 never. `entries`: whether each entry of a live blog in a text is a record, and not the whole blog.
    `certainty`: from 0 to 1, how sure the learned mark must be that a block is boilerplate before it goes; 1 switches
    it off. `most_lost`: share of a source's characters, from 0 to 1, above which a warning is given that so much was
    removed. `fast`: pages are cleaned without trafilatura's opinion, which takes most of the time. `duplicates`: what a
    run does with passages and articles that repeat others, beside telling: nothing, or drop them.

    Raises UsageError for a value that cannot be.
    """

    rules: tuple[Path, ...] = ()
    scraped: datetime | None = None
    boundary: float = BOUNDARY
    entries: bool = False
    certainty: float = CERTAINTY
    most_lost: float = 0.9
    fast: bool = False
    duplicates: Duplicates = "annotate"

    def __post_init__(self) -> None:
        if isinstance(self.rules, str | Path):
            raise UsageError(f"rules are a tuple of folders, and not one: write rules=({str(self.rules)!r},)")
        if not isinstance(self.rules, tuple | list):
            raise UsageError(f"rules are a tuple of folders, and not {self.rules!r}")
        if wrong := [folder for folder in self.rules if not folder or not isinstance(folder, str | Path)]:
            raise UsageError(f"rules are a tuple of folders, and {wrong[0]!r} is none")
        if self.scraped is not None and not isinstance(self.scraped, datetime):
            raise UsageError(f"scraped is a datetime, and not {self.scraped!r}: write datetime.fromisoformat(...)")
        for name in ("boundary", "certainty", "most_lost"):
            if not isinstance(getattr(self, name), Real):
                raise UsageError(f"{name} is a number, and not {getattr(self, name)!r}")
        for name in ("entries", "fast"):
            if not isinstance(getattr(self, name), bool):
                raise UsageError(f"{name} is True or False, and not {getattr(self, name)!r}")
        if not self.boundary >= 0:
            raise UsageError(f"boundary is 0 or more, and not {self.boundary}")
        for name in ("certainty", "most_lost"):
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError(f"{name} is from 0 to 1, and not {getattr(self, name)}")
        if self.duplicates not in get_args(Duplicates):
            raise UsageError(f"duplicates is one of {', '.join(get_args(Duplicates))}, and not {self.duplicates!r}")


class Cleaner:
    """Cleans sources. Loads the rules once; may be pickled, reused, and shared between threads.

    It knows what repeats on a site only if it is told, by `with_sites`.

    Raises RuleError if a rule cannot be used, UsageError for options that are no Options.
    """

    def __init__(
        self, options: Options | None = None, book: Rulebook | None = None, known: Sites | None = None
    ) -> None:
        if not isinstance(options, Options | None):
            raise UsageError(f"options are Options(...), and not {type(options).__name__}")
        self.options = options or Options()
        self.book = book or load([bundled_rules(), *map(Path, self.options.rules)])
        self.sites: Sites = known or {}
        words = self.book.words
        self.vocabulary = Vocabulary(Calendar(words), Bylines(words), Authors(words))
        self.datelines = Datelines(self.book.words)
        self.live = Live(self.book.words, self.vocabulary.calendar)
        open_rules = frozenset(rule.id for rule in self.book.rules if rule.bundled and not rule.site)
        self.weighing = pages.Weighing(self.options.certainty, self.options.fast, open_rules)
        self.clock = Clock()

    def __reduce__(self) -> tuple[type["Cleaner"], tuple[Options, Rulebook, Sites]]:
        return type(self), (self.options, self.book, self.sites)

    @cached_property
    def _rules(self) -> dict[str, RuleMarks]:
        """The marks of rules, by site; made when first needed, since a run with workers needs them there only."""
        return {site: RuleMarks(part) for site, part in by_site(self.book).items()}

    def share_rules_of(self, other: "Cleaner") -> None:
        """Use the marks of rules that another cleaner has made, if its rules are the same."""
        if self.book == other.book:
            self.__dict__["_rules"] = other._rules

    def with_sites(self, known: Sites) -> "Cleaner":
        """A cleaner that shares all with this one, and marks what repeats on sites: what `count_sites` told."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__, _rules=self._rules)
        other.sites = known
        return other

    def clean(
        self,
        source: str | bytes,
        name: str = "",
        kind: str = "auto",
        url: str | None = None,
        scraped: datetime | None = None,
    ) -> Result:
        """Clean one document.

        `kind` is `auto`, `text`, `html` or `markdown`. `name` is the `source` of its records. All offsets of the result
        are code points into `result.text`: the text as decoded, or as given.

        Raises a SourceError if it cannot be read.
        """
        return self.clean_source(read(source, name, kind, url, scraped or self.options.scraped))

    def clean_source(self, source: Source) -> Result:
        """Clean what a reader has read."""
        return self.clean_batch([source])[0]

    def clean_batch(self, sources: Sequence[Source]) -> list[Result]:
        """Clean what readers have read, all sources through one room before the next, whose data stays at hand."""
        with cycles_later():
            return self._clean_batch(sources)

    def _clean_batch(self, sources: Sequence[Source]) -> list[Result]:
        with self.clock.room("repair"):
            blocks = [repair(source) for source in sources]
        found: list[list[Article]] = [[] for _ in sources]
        shown = [number for number, source in enumerate(sources) if source.page]
        plain = [number for number, source in enumerate(sources) if not source.page]
        for numbers, stories_of in ((shown, self.of_pages), (plain, self.of_texts)):
            rows = stories_of([sources[number] for number in numbers], [blocks[number] for number in numbers])
            for number, row in zip(numbers, rows, strict=True):
                found[number] = row
        return self.results(sources, blocks, found)

    def results(
        self, sources: Sequence[Source], blocks: Sequence[list[Block]], articles: Sequence[list[Article]]
    ) -> list[Result]:
        """What becomes of sources, by their blocks and stories."""
        with self.clock.room("describe"):
            drafts = [Draft(*parts) for parts in zip(sources, blocks, articles, strict=True)]
            described = describe(drafts, self.vocabulary)
        with self.clock.room("dedupe"):
            told = tell_repeats(described)
        with self.clock.room("ledger"):
            return [self._account(draft, records) for draft, records in zip(drafts, told, strict=True)]

    def of_pages(self, sources: Sequence[Source], blocks: Sequence[list[Block]]) -> list[list[Article]]:
        """The stories of pages."""
        with self.clock.room("mark"):
            shown = [source.page for source in sources if source.page]
            marks = self.marks(blocks, [site_of(source) for source in sources], shown)
            standing = [accept(*row) for row in zip(blocks, marks, strict=True)]
            stood = pages.find(blocks, shown, marks, standing, self.weighing)
        return self.side_by_side(sources, blocks, stood)

    def side_by_side(
        self, sources: Sequence[Source], blocks: Sequence[list[Block]], standing: Sequence[Standing]
    ) -> list[list[Article]]:
        """The stories of pages, by the marks that stand: parted where their elements part them."""
        with self.clock.room("settle"):
            spans = [settle(*row) for row in zip(sources, blocks, standing, strict=True)]
        with self.clock.room("split"):
            return [
                split(row, gaps_of(source, own), starts_by_elements(row, own, source.page) if source.page else [])
                for source, own, row in zip(sources, blocks, spans, strict=True)
            ]

    def of_texts(self, sources: Sequence[Source], blocks: Sequence[list[Block]]) -> list[list[Article]]:
        """The stories of texts: a first look tells where they begin, and a second judges each by itself."""
        with self.clock.room("mark"):
            texts = self.looked_at(sources, blocks)
        with self.clock.room("settle"):
            spans = [settle(text.source, text.blocks, text.before_split) for text in texts]
        with self.clock.room("split"):
            gaps = [gaps_of(text.source, text.blocks) for text in texts]
            starts = find_starts(list(zip(spans, gaps, strict=True)), self.options.boundary)
            blogs = [self.live.find(*row) for row in zip(spans, gaps, strict=True)]
            starts = [joined(*row, self.options.entries) for row in zip(starts, blogs, strict=True)]
        with self.clock.room("mark"):
            standing = alone(texts, starts, self.options.certainty)
        with self.clock.room("settle"):
            spans = [settle(text.source, text.blocks, stood) for text, stood in zip(texts, standing, strict=True)]
        with self.clock.room("split"):
            sections = [self.live.section(*row) for row in zip(spans, starts, strict=True)]
            rows = zip(spans, blogs, sections, strict=True)
            spans = [named(*row, self.options.entries) for row in rows]
            return [split(*row) for row in zip(spans, gaps, starts, strict=True)]

    def looked_at(self, sources: Sequence[Source], blocks: Sequence[list[Block]]) -> list[Text]:
        """What is told of texts before it is known which stories they hold."""
        marks = self.marks(blocks, [site_of(source) for source in sources])
        standing = [accept(*row) for row in zip(blocks, marks, strict=True)]
        return look(sources, blocks, marks, standing, self.options.certainty)

    def marks(
        self, blocks: Sequence[Sequence[Block]], of_sites: Sequence[str] = (), of_pages: Sequence[Page | None] = ()
    ) -> list[list[Mark]]:
        """What every detector but the learned ones claims, of each source."""
        marks: list[list[Mark]] = [[] for _ in blocks]
        pages_of = of_pages or [None] * len(blocks)
        for detector in (shapes, self.datelines):
            for row, found in zip(blocks, marks, strict=True):
                found += detector.find(row)
        for row, found, page in zip(blocks, marks, pages_of, strict=True):
            found += self._rules[""].find(row, menus.entries(row, page) if page else ())
        for number, (row, page) in enumerate(zip(blocks, pages_of, strict=True)):
            marks[number] += (
                [*headlines.find(row, page), *kinds.find(row, page)] if page else [*front.find(row), *repeats.find(row)]
            )
        for row, found, site in zip(blocks, marks, of_sites, strict=False):
            if site in self.sites:
                found += sites.find(row, self.sites[site])
            if site and site in self._rules:
                found += self._rules[site].find(row)
        for row, found in zip(blocks, marks, strict=True):
            found += threads.find(row, found)
        return marks

    def _account(self, draft: Draft, records: list[Record]) -> Result:
        removals = ledger(draft.source.name, draft.articles)
        share = lost_share(records, removals)
        warnings: tuple[str, ...] = ()
        if share > self.options.most_lost:
            warnings = (f"{share:.0%} of the source was removed",)
            records = [with_warnings(record, warnings) for record in records]
        return Result(draft.source, tuple(draft.blocks), tuple(draft.articles), records, removals, warnings)

    def clean_many(self, sources: Iterable[str | bytes | Source]) -> Iterator[Result]:
        """Clean many documents, in order, some at a time, which is what makes it fast.

        A document that is no `Source` is named by its number. Raises a SourceError at the first that cannot be read,
        after the results of those before it, and UsageError for what is one document, and not many.
        """
        refuse_one(sources, "clean_many takes many documents", Source, Path)
        batch: list[Source] = []
        for number, given in enumerate(sources):
            try:
                with cycles_later():
                    batch.append(given if isinstance(given, Source) else read(given, name=str(number)))
            except SourceError:
                yield from self.clean_batch(batch)
                raise
            if len(batch) == BATCH or sum(len(source.text) for source in batch) > BATCH_CHARACTERS:
                yield from self.clean_batch(batch)
                batch = []
        if batch:
            yield from self.clean_batch(batch)


@contextmanager
def cycles_later() -> Iterator[None]:
    """Let the search for unreachable cycles wait until a batch is done.

    Nearly all that a batch makes is in use until its end, and to look through it again and again takes a tenth of the
    time. What is not in a cycle is freed at once all the same. Whoever switched the search off finds it so.
    """
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


def starts_by_elements(spans: Sequence[Span], blocks: Sequence[Block], page: Page) -> list[Start]:
    """Where the elements of a page part its stories."""
    return [Start(block, 1.0, (BY_ELEMENT,)) for block in starts(spans, blocks, page)]


def by_site(book: Rulebook) -> dict[str, Rulebook]:
    """The rules of each site, and those of no site, which is always among them."""
    names = sorted({"", *(rule.site for rule in book.rules)})
    return {name: Rulebook(tuple(rule for rule in book.rules if rule.site == name), book.words) for name in names}


def with_warnings(record: Record, warnings: tuple[str, ...]) -> Record:
    """The record with more warnings."""
    return replace(record, warnings=record.warnings + warnings)


def gaps_of(source: Source, blocks: Sequence[Block]) -> list[int]:
    """The line breaks in front of each block; a form feed stands for many."""
    if "\f" not in source.text:
        return [block.gap for block in blocks]
    ends = [0, *(block.end for block in blocks)]
    rows = zip(blocks, ends, strict=False)
    return [block.gap + FEED * ("\f" in source.text[end : block.start]) for block, end in rows]
