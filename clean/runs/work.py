"""What is done with documents, in this process or in a worker: counted for their sites, and cleaned."""

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any, NamedTuple

from clean.errors import EmptySource, SourceError
from clean.labels import LABELS
from clean.ledger import kept
from clean.model import Article, Record, Result, Source
from clean.pipeline import DROPS_ARTICLES, Cleaner, Options
from clean.readers import read
from clean.readers.documents import Document, Fields
from clean.runs.inputs import STANDARD_INPUT, Input
from clean.sites import Sites, page_of, site_of
from clean.writers.jsonl import line

KEPT_SPANS = "kept"  # a field of rows until it is told what they repeat: the pieces that make them up

Row = dict[str, Any]


class Job(NamedTuple):
    """A document of a run, its digest, the input that holds it, and what was asked for, as on the command line."""

    document: Document
    digest: str
    input: Input
    asked: str = ""

    @property
    def name(self) -> str:
        """The name of the source."""
        return self.document.name


def digest_of(document: Document) -> str:
    """A digest of a document and of what came with it; for one that cannot be read, of why not."""
    digest = blake2b(digest_size=16)
    if document.problem is not None:
        digest.update(f"{type(document.problem).__name__}: {document.problem}".encode("utf-8", "backslashreplace"))
        return digest.hexdigest()
    content = document.content
    digest.update(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
    if about := document[2:7]:
        kind, url, scraped, site, meta = about
        if kind != "auto" or url or scraped or site or meta:
            digest.update(line({"about": [kind, url, str(scraped), site, dict(meta)]}))
    return digest.hexdigest()


def source_of(job: Job, cleaner: Cleaner) -> Source:
    """The source that a document makes. Raises a SourceError if it cannot be read."""
    document = job.document
    if document.problem is not None:
        raise document.problem
    scraped = document.scraped or cleaner.options.scraped
    source = read(document.content, document.name, document.kind, document.url, scraped)
    if not source.text.strip("\ufeff").strip():  # a byte order mark alone, in any encoding, is one of these
        raise EmptySource("there is nothing in it but white space")
    source = replace(source, meta={**source.meta, **document.meta}, site=document.site or source.site)
    named = replace(source, name=job.input.name) if document.place else source  # an id says nothing of a site
    return replace(source, site=site_of(named) or job.input.folder)


def clean_one(cleaner: Cleaner, document: Document) -> Result:
    """Clean one document here. Raises a SourceError if it cannot be read."""
    return cleaner.clean_source(source_of(Job(document, "", Input(document.name, None)), cleaner))


def survey(cleaner: Cleaner, jobs: Sequence[Job], _: Sites) -> list[Row]:
    """The rows of the table of pages for some documents; those without a site have no keys."""
    with cleaner.clock.room("survey"):
        return [page_row(cleaner, job) for job in jobs]


def page_row(cleaner: Cleaner, job: Job) -> Row:
    """The row of one document."""
    try:
        page = page_of(source_of(job, cleaner))
    except Exception:  # which is told when it is cleaned
        page = None
    row = {"source": job.name, "digest": job.digest, "site": "", "keys": b""}
    return row if page is None else {**row, "site": page.site, "keys": page.keys.tobytes()}


def clean(cleaner: Cleaner, jobs: Sequence[Job], sites: Sites) -> list[Row]:
    """The rows of the table of sources for some documents, in order."""
    found: dict[int, Row] = {}
    fresh: list[tuple[int, Source]] = []
    with cleaner.clock.room("read"):
        for number, job in enumerate(jobs):
            try:
                fresh.append((number, source_of(job, cleaner)))
            except SourceError as error:
                found[number] = failed(job, type(error).__name__, str(error))
            except Exception as error:
                found[number] = failed(job, *fault(error))
    found.update(cleaned(cleaner.with_sites(sites), jobs, fresh))
    return [found[number] for number in range(len(jobs))]


def cleaned(cleaner: Cleaner, jobs: Sequence[Job], fresh: Sequence[tuple[int, Source]]) -> Iterator[tuple[int, Row]]:
    """Clean documents together; where one raises an error, each alone, so that it costs no other its records."""
    try:
        results = list(cleaner.clean_many(source for _, source in fresh))
    except (Exception, SystemExit) as error:
        if len(fresh) > 1:
            for one in fresh:
                yield from cleaned(cleaner, jobs, [one])
            return
        ((number, _),) = fresh
        yield number, failed(jobs[number], *fault(error))
        return
    with cleaner.clock.room("write"):
        spans = cleaner.options.duplicates in DROPS_ARTICLES
        rows = [succeeded(jobs[number], result, spans) for (number, _), result in zip(fresh, results, strict=True)]
    yield from zip((number for number, _ in fresh), rows, strict=True)


def fault(error: BaseException) -> tuple[str, str]:
    """(name of the error, sentence) of what a document provoked that no reader knows of."""
    if isinstance(error, MemoryError):
        return "OutOfMemory", "it needs more memory than a document may take"
    what = f"an error in clean itself, which should be reported: {type(error).__name__}: {error}"
    return "InternalError", what


def succeeded(job: Job, result: Result, spans: bool) -> Row:
    """The row of a document that was cleaned; `spans`: its records tell where each of their pieces stands."""
    articles = [with_spans(record, result.articles) if spans else record.to_dict() for record in result.records]
    labels: Counter[str] = Counter()
    for article in result.articles:
        for span in article.spans:
            labels[span.label] += span.end - span.start
    records = result.records
    return {
        **row_of(job, "cleaned"),
        "articles": b"".join(line(row) for row in articles),
        "removed": b"".join(line(removal.to_dict()) for removal in result.ledger),
        "failed": b"",
        "site": site_of(result.source),
        "records": len(records),
        "words": sum(record.words for record in records),
        "titles": sum(record.title is not None for record in records),
        "dates": sum(bool(record.published or record.updated) for record in records),
        "labels": sorted(labels.items()),
        "rules": sorted(Counter(row.rule for row in result.ledger if LABELS[row.label].fate == "removed").items()),
        "warnings": sorted({*result.warnings, *(warning for record in records for warning in record.warnings)}),
    }


def with_spans(record: Record, articles: Iterable[Article]) -> Row:
    """A record's row with the place and label of every piece of it, by which it is told in the ledger if it goes."""
    spans = [
        (span.start, span.end, span.label, span.text)
        for span in kept(articles)
        if record.start <= span.start < record.end
    ]
    return record.to_dict() | {KEPT_SPANS: spans}


def failed(job: Job, error: str, reason: str) -> Row:
    """The row of a document that could not be cleaned."""
    told = {
        "source": job.name,
        "path": job.input.place,
        "error": error,
        "reason": reason,
        "bytes": size_of(job.document),
        "digest": job.digest,
        "reproduce": f"clean explain {quoted(job.input.place)} --document {shlex.quote(job.name)}{job.asked}",
    }
    return {
        **row_of(job, "missing" if job.input.missing else "failed"),
        "articles": b"",
        "removed": b"",
        "failed": line(told),
        "site": site_of(Source(job.input.name, "", url=job.document.url, site=job.document.site)) or job.input.folder,
        **dict.fromkeys(("records", "words", "titles", "dates"), 0),
        "labels": [],
        "rules": [],
        "warnings": [],
    }


def quoted(word: str) -> str:
    """A path as a shell takes it, and a command not for an option.

    >>> quoted("a b.txt"), quoted("-a.txt"), quoted("-")
    ("'a b.txt'", './-a.txt', '-')
    """
    return shlex.quote(f"./{word}" if word.startswith("-") and word != STANDARD_INPUT else word)


def asked(fields: Fields | None, options: Options) -> str:
    """What was asked for beside the usual, as the command line says it to `clean explain`.

    >>> asked(Fields(text="story text"), Options(rules=("my-rules",), certainty=0.3, fast=True))
    " --text-field 'story text' --rules my-rules --certainty 0.3 --fast"
    """
    given = [(f"--{what}-field", name) for what, name in vars(fields or Fields()).items() if name]
    given += [("--rules", str(folder)) for folder in options.rules]
    for name in ("scraped", "boundary", "certainty"):
        if (value := getattr(options, name)) != getattr(Options, name):
            given.append((f"--{name}", str(value)))
    flags = "".join(f" --{name}" for name in ("fast", "entries") if getattr(options, name))
    return "".join(f" {option} {shlex.quote(value)}" for option, value in given) + flags


def row_of(job: Job, outcome: str) -> Row:
    """What is kept of every source."""
    size = size_of(job.document)
    return {"source": job.name, "input": job.input.name, "digest": job.digest, "outcome": outcome, "bytes": size}


def size_of(document: Document) -> int:
    """The bytes, or for rows the characters, of a document."""
    return len(document.content)
