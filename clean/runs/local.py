"""One run over many sources on this machine: what is new or changed is cleaned, the rest is kept as it was."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from clean.errors import SourceError
from clean.model import Result, Source
from clean.pipeline import Cleaner, Options
from clean.runs.inputs import Input, find, load, printable
from clean.runs.output import ARTICLES, FAILED, REMOVED, SITES, Output, Previous
from clean.runs.survey import Survey, source_of, survey
from clean.sites import Page, row_of
from clean.writers.jsonl import line

BATCH = 100  # documents that are held in memory, and cleaned, together
BATCH_BYTES = 4 << 20  # after so many the batch is closed


class Outcome(NamedTuple):
    """What became of one input: its rows as lines of JSON, and what the manifest keeps of it."""

    name: str
    lines: dict[str, list[bytes]]
    entry: dict[str, Any]


@dataclass
class Summary:
    """What a run did, and what its directory now holds.

    `sources`, `records`, `quarantined` and `labels` (in characters) speak of the whole directory; `cleaned`,
    `unchanged`, `failed`, rows as in `failed.jsonl`, and `passed_over`, names with reasons, of the inputs of this run.
    """

    sources: int = 0
    cleaned: int = 0
    unchanged: int = 0
    records: int = 0
    quarantined: int = 0
    passed_over: dict[str, str] = field(default_factory=dict)
    failed: list[dict[str, Any]] = field(default_factory=list)
    labels: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)


def run(
    paths: Sequence[str],
    out: str | Path,
    options: Options | None = None,
    cleaner: Cleaner | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Clean every input into a directory: `articles.jsonl`, `removed.jsonl`, `failed.jsonl`, `sites.jsonl`, `run.json`.

    The inputs are gone through twice: before any is cleaned, it is counted what repeats on each site, together with
    what the directory knows of other sources. What the directory holds of other sources stays; a source whose bytes,
    and the rules, are as they were is not cleaned again. Each file is only ever seen whole. `progress` is called now
    and then with (number done, number of all). Raises OutputError if the directory cannot be written, RuleError for a
    broken rule.
    """
    cleaner = cleaner or Cleaner(options)
    folder = Path(out)
    found = find(paths, without=folder.resolve())
    inputs = {one.name: one for one in found if not one.passed_over}
    previous = Previous.read(folder)
    known = survey(inputs, folder, previous.entries)
    cleaner = cleaner.with_sites(known.sites)
    summary = Summary(passed_over={one.name: one.passed_over for one in found if one.passed_over})
    names = sorted({*inputs, *(name for name, entry in previous.entries.items() if not entry.get("missing"))})
    done = 0
    with Output(folder) as output:
        for batch in batches(names, inputs):
            if progress is not None:
                progress(done, len(inputs))
            for outcome in outcomes(batch, known, cleaner, previous, summary):
                output.add(outcome.lines)
                output.entries[outcome.name] = outcome.entry
                add_up(summary, outcome, outcome.name in inputs)
            done += sum(name in inputs for name in batch)
        output.commit(manifest(summary))
    return summary


def batches(names: Sequence[str], inputs: Mapping[str, Input]) -> Iterator[list[str]]:
    """The names in batches that are neither too long, nor too large to hold."""
    batch: list[str] = []
    size = 0
    for name in names:
        batch.append(name)
        size += size_of(inputs.get(name))
        if len(batch) == BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def size_of(one: Input | None) -> int:
    """The bytes of an input, as far as they are known."""
    try:
        return one.path.stat().st_size if one is not None and one.path is not None else 0
    except OSError:
        return 0


def outcomes(
    names: Sequence[str], known: Survey, cleaner: Cleaner, previous: Previous, summary: Summary
) -> list[Outcome]:
    """What becomes of a batch of sources, in order: taken over from an earlier run, failed, or cleaned together."""
    settings = settings_digest(cleaner)
    found: dict[str, Outcome] = {}
    fresh: list[tuple[str, Source]] = []
    for name in names:
        old, entry, one = previous.rows(name), previous.entries.get(name), known.inputs.get(name)
        if one is None:
            found[name] = Outcome(name, old, previous.entries[name])
            continue
        content, problem = load(one)
        digest = blake2b(content, digest_size=16).hexdigest()
        if entry is not None and not problem and (entry["digest"], entry["settings"]) == (digest, settings):
            summary.unchanged += 1
            found[name] = Outcome(name, old, entry)
            continue
        summary.cleaned += 1
        try:
            if problem is not None:
                raise problem
            fresh.append((digest, source_of(content, one, scraped=cleaner.options.scraped)))
        except SourceError as error:
            found[name] = failed(one, digest, len(content), type(error).__name__, str(error))
    for outcome in cleaned(fresh, cleaner, known):
        found[outcome.name] = outcome
    for outcome in found.values():
        outcome.entry.setdefault("settings", settings)
    return [found[name] for name in names]


def cleaned(fresh: Sequence[tuple[str, Source]], cleaner: Cleaner, known: Survey) -> Iterator[Outcome]:
    """Clean a batch; where one document breaks it, each alone, so that it costs no other its records."""
    try:
        results = list(cleaner.clean_many(source for _, source in fresh))
    except Exception as error:
        if len(fresh) > 1:
            for one in fresh:
                yield from cleaned([one], cleaner, known)
            return
        ((digest, source),) = fresh
        what = f"an error in clean itself, which should be reported: {type(error).__name__}: {error}"
        yield failed(known.inputs[source.name], digest, len(source.text), "InternalError", what)
        return
    for (digest, source), result in zip(fresh, results, strict=True):
        yield succeeded(digest, result, known.page(source, digest))


def succeeded(digest: str, result: Result, page: Page | None) -> Outcome:
    """The outcome of a source that was cleaned."""
    lines = {
        ARTICLES: [line(record.to_dict()) for record in result.records],
        REMOVED: [line(removal.to_dict()) for removal in result.ledger],
        FAILED: [],
        SITES: [] if page is None else [line(row_of(page))],
    }
    labels: Counter[str] = Counter()
    for article in result.articles:
        for span in article.spans:
            labels[span.label] += span.end - span.start
    entry: dict[str, Any] = {"digest": digest, "records": len(result.records), "labels": dict(sorted(labels.items()))}
    warnings = sorted({*result.warnings, *(warning for record in result.records for warning in record.warnings)})
    if warnings:
        entry["warnings"] = warnings
    return Outcome(result.source.name, lines, entry)


def failed(one: Input, digest: str, size: int, error: str, reason: str) -> Outcome:
    """The outcome of a source that could not be cleaned."""
    path = printable(str(one.path or one.name))
    row = {"source": one.name, "path": path, "error": error, "reason": reason, "bytes": size, "digest": digest}
    entry: dict[str, Any] = {"digest": digest, "failed": row}
    if one.missing:
        entry["missing"] = True
    return Outcome(one.name, {ARTICLES: [], REMOVED: [], FAILED: [line(row)], SITES: []}, entry)


def add_up(summary: Summary, outcome: Outcome, given: bool) -> None:
    """Count an outcome in; `given` tells whether this run was asked for it."""
    summary.sources += 1
    summary.records += outcome.entry.get("records", 0)
    summary.labels.update(outcome.entry.get("labels", {}))
    summary.warnings += [f"{outcome.name}: {warning}" for warning in outcome.entry.get("warnings", ())]
    if "failed" in outcome.entry:
        summary.quarantined += 1
        summary.failed += [outcome.entry["failed"]] if given else []


def manifest(summary: Summary) -> dict[str, Any]:
    """The counts of `run.json`, over all that the directory holds."""
    return {
        "counts": {"sources": summary.sources, "records": summary.records, "failed": summary.quarantined},
        "characters": dict(sorted(summary.labels.items())),
        "warnings": summary.warnings,
        "passed_over": summary.passed_over,
    }


def settings_digest(cleaner: Cleaner) -> str:
    """What, beside its bytes, decides what becomes of a source: the version, the rules and the options."""
    from clean import __version__

    options = cleaner.options
    told = (__version__, cleaner.book, options.scraped, options.boundary, options.most_lost)
    return blake2b(repr(told).encode(), digest_size=16).hexdigest()


def records_of(paths: Sequence[str], cleaner: Cleaner) -> Iterator[Outcome]:
    """Clean every input and keep nothing: for output that goes to a pipe."""
    nothing = Previous(Path(), {})
    inputs = {one.name: one for one in find(paths) if not one.passed_over}
    known = survey(inputs, Path(), {})
    for batch in batches(sorted(inputs), inputs):
        yield from outcomes(batch, known, cleaner.with_sites(known.sites), nothing, Summary())
