"""Margins against gold: precision and recall of every label, and what each case gets wrong."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from clean.errors import GoldError
from clean.fields import Context, Vocabulary, value_of
from clean.labels import LABELS
from clean.model import Article, Result
from clean.pipeline import Cleaner
from clean.writers.margin import Gold, Row, read, rows_of

SOURCE = "source.txt"
GOLD = "gold.txt"
READ = ("date", "updated", "byline", "dateline", "publisher")  # labels whose text and value differ


class Case(NamedTuple):
    """A document and what it must become."""

    name: str
    source: bytes
    gold: str


@dataclass(frozen=True)
class Score:
    """How one case came out; the counters hold characters by label."""

    name: str
    header: Mapping[str, str]
    right: Counter[str]
    wanted: Counter[str]
    given: Counter[str]
    differences: tuple[str, ...]

    @property
    def expected_to_fail(self) -> bool:
        """Whether the gold says that the case cannot pass yet."""
        return self.header.get("expect", "").startswith("fail")

    def rate(self) -> "Rate":
        """Precision and recall of the case over all labels, in characters."""
        return rate_of(self.name, self.right.total(), self.given.total(), self.wanted.total())

    @property
    def passed(self) -> bool:
        """Whether every piece, label, value and boundary is as the gold has it."""
        return not self.differences


def cases(folder: Path) -> Iterator[Case]:
    """The cases in a folder, or the one that the folder is."""
    paths = [folder] if (folder / GOLD).is_file() else sorted(path.parent for path in folder.rglob(GOLD))
    for path in paths:
        source = next((one for one in sorted(path.glob("source.*")) if one.is_file()), None)
        if source is None:
            raise GoldError(f"{path}: there is a {GOLD}, but no {SOURCE}")
        yield Case(path.name, source.read_bytes(), (path / GOLD).read_text(encoding="utf-8"))


def clean_case(cleaner: Cleaner, case: Case) -> tuple[Result, Gold]:
    """Clean a case as its gold's header says, and read its gold."""
    header = read_header(case.gold)
    scraped = datetime.fromisoformat(header["scraped"]) if "scraped" in header else None
    result = cleaner.clean(case.source, name=case.name, url=header.get("url"), scraped=scraped)
    return result, read(case.gold, result.blocks, f"{case.name}/{GOLD}")


def read_header(gold: str) -> dict[str, str]:
    """The header lines of a gold margin."""
    rows = (line[2:].partition(": ") for line in gold.splitlines() if line.startswith("# "))
    return {key: value.strip() for key, colon, value in rows if colon}


def score(cleaner: Cleaner, case: Case) -> Score:
    """Compare what becomes of a case with its gold, character by character and row by row."""
    result, gold = clean_case(cleaner, case)
    found = list(margin(result, cleaner.vocabulary))
    want, give = labels_by_character(gold.rows), labels_by_character(found)
    right = Counter(label for place, label in give.items() if want.get(place) == label)
    differences = tuple(differences_of(gold.rows, found)) + tuple(language_difference(gold, result))
    return Score(case.name, gold.header, right, Counter(want.values()), Counter(give.values()), differences)


def margin(result: Result, vocabulary: Vocabulary) -> Iterator[Row]:
    """The rows of a result's margin, with the values that its fields take."""
    languages = {record.start: record.language for record in result.records}
    values: dict[int, str | None] = {}
    for article in result.articles:
        context = Context(vocabulary, language_of(article, languages), result.source.scraped)
        values.update(
            {span.start: value_of(span.label, span.text, context) for span in article.spans if span.label in READ}
        )
    return rows_of([article.spans for article in result.articles], values)


def language_of(article: Article, languages: Mapping[int, str | None]) -> str | None:
    """The language of the record that an article became."""
    return languages.get(article.spans[0].start) if article.spans else None


def labels_by_character(rows: Iterable[Row]) -> dict[int, str]:
    """The label of every character that a row covers."""
    return {place: row.label for row in rows for place in range(row.start, row.end)}


def differences_of(want: Sequence[Row], found: Sequence[Row]) -> Iterator[str]:
    """In words, where two margins differ: pieces, labels, values, boundaries between stories."""
    given = {(row.start, row.end): row for row in found}
    for row in want:
        other = given.pop((row.start, row.end), None)
        if other is None:
            yield f"is not one piece: {row.label} {short(row.text)}"
        elif other.label != row.label:
            yield f"{other.label} instead of {row.label}: {short(row.text)}"
        elif row.value not in (None, other.value) or (row.label in ("date", "updated") and row.value != other.value):
            yield f"{row.label} is read as {other.value!r} instead of {row.value!r}: {short(row.text)}"
        elif other.article != row.article:
            yield f"in story {other.article + 1} instead of {row.article + 1}: {short(row.text)}"
    for other in given.values():
        yield f"is a piece of its own: {other.label} {short(other.text)}"


def language_difference(gold: Gold, result: Result) -> Iterator[str]:
    """In words, where a record's language is not the one in the gold's header."""
    wanted = gold.header.get("language")
    for record in result.records:
        if wanted is not None and record.language != wanted:
            yield f"language is {record.language!r} instead of {wanted!r}"


def short(text: str) -> str:
    """The beginning of a text, in quotation marks."""
    return repr(text if len(text) <= 50 else text[:50] + "…")


class Rate(NamedTuple):
    """Precision and recall of a label, or of a case over all labels, in characters."""

    name: str
    precision: float
    recall: float
    characters: int


def rates(scores: Iterable[Score]) -> list[Rate]:
    """Precision and recall of every label, and of all that is kept, metadata and removed, over many cases."""
    right: dict[str, int] = defaultdict(int)
    wanted: dict[str, int] = defaultdict(int)
    given: dict[str, int] = defaultdict(int)
    for one in scores:
        for counts, total in ((one.right, right), (one.wanted, wanted), (one.given, given)):
            for label, count in counts.items():
                total[label] += count
                total[LABELS[label].fate] += count
    names = ["kept", "metadata", "removed", *(label for label in LABELS if wanted[label] or given[label])]
    return [rate_of(name, right[name], given[name], wanted[name]) for name in names]


def rate_of(name: str, right: int, given: int, wanted: int) -> Rate:
    """A rate out of counts; what was not given at all is precise, and what was not wanted is all there."""
    return Rate(name, right / given if given else 1.0, right / wanted if wanted else 1.0, wanted)
