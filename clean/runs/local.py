"""One run over many sources on this machine: what is new or changed is cleaned, the rest is kept as it was."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from clean.errors import SourceError, UsageError
from clean.model import Result, Source
from clean.pipeline import DROPS_ARTICLES, Cleaner, Options
from clean.runs.duplicates import open_index, tell_repeats, with_spans
from clean.runs.inputs import Input, find, load, printable
from clean.runs.output import ARTICLES, FAILED, MANIFEST, REMOVED, SITES, Output, Previous
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
    broken rule, IndexFileError if the index of duplicates cannot be used.
    """
    return go_on(
        find(paths, without=Path(out).resolve()), Previous.read(Path(out)), cleaner or Cleaner(options), progress
    )


def forget(sources: Sequence[str], out: str | Path, cleaner: Cleaner | None = None) -> Summary:
    """Take sources out of a directory, and of its index of duplicates; what repeated them is looked up anew.

    Raises UsageError if the directory holds no such source, and what `run` does.
    """
    previous = Previous.read(Path(out))
    if unknown := sorted(set(sources) - previous.entries.keys()):
        raise UsageError(f"{out} holds no source {unknown[0]!r}; sources are named as in its {MANIFEST}")
    previous.gone.update(sources)
    return go_on([], previous, cleaner or Cleaner())


def go_on(
    found: Sequence[Input],
    previous: Previous,
    cleaner: Cleaner,
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Clean what was found, beside what earlier runs left, into the same directory."""
    folder = previous.folder
    inputs = {one.name: one for one in found if not one.passed_over}
    known = survey(inputs, folder, previous.entries)
    cleaner = cleaner.with_sites(known.sites)
    summary = Summary(passed_over={one.name: one.passed_over for one in found if one.passed_over})
    previous.gone.update(name for name, entry in previous.entries.items() if entry.get("missing"))
    names = sorted({*inputs, *(previous.entries.keys() - previous.gone)})
    done = 0
    index, is_new = open_index(folder)
    fresh = {*names} if is_new else {*previous.gone}
    with Output(folder) as output, closing(index):
        for batch in batches(names, inputs):
            if progress is not None:
                progress(done, len(inputs))
            for outcome in outcomes(batch, known, cleaner, previous, summary):
                output.add(outcome.lines)
                output.entries[outcome.name] = outcome.entry
                if outcome.entry is not previous.entries.get(outcome.name):
                    fresh.add(outcome.name)
            done += sum(name in inputs for name in batch)
        for name, counts in tell_repeats(output, index, fresh, cleaner.options.duplicates).items():
            adjust(output.entries[name], counts)
        for name, entry in output.entries.items():
            add_up(summary, name, entry, name in inputs)
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
        yield succeeded(digest, result, known.page(source, digest), cleaner.options.duplicates in DROPS_ARTICLES)


def succeeded(digest: str, result: Result, page: Page | None, spans: bool) -> Outcome:
    """The outcome of a source that was cleaned; `spans`: its records' rows tell where each of their pieces stands."""
    articles = [with_spans(record, result.articles) if spans else record.to_dict() for record in result.records]
    lines = {
        ARTICLES: [line(row) for row in articles],
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


def add_up(summary: Summary, name: str, entry: dict[str, Any], given: bool) -> None:
    """Count a source in; `given` tells whether this run was asked for it."""
    summary.sources += 1
    summary.records += entry.get("records", 0)
    summary.labels.update(entry.get("labels", {}))
    summary.warnings += [f"{name}: {warning}" for warning in entry.get("warnings", ())]
    if "failed" in entry:
        summary.quarantined += 1
        summary.failed += [entry["failed"]] if given else []


def adjust(entry: dict[str, Any], counts: Counter[str]) -> None:
    """Change what the manifest keeps of a source by what was dropped since."""
    entry["records"] += counts.pop("records", 0)
    labels = Counter(entry["labels"])
    labels.update(counts)
    entry["labels"] = {label: count for label, count in sorted(labels.items()) if count}


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
    told = (__version__, cleaner.book, options.scraped, options.boundary, options.most_lost, options.duplicates)
    return blake2b(repr(told).encode(), digest_size=16).hexdigest()


def records_of(paths: Sequence[str], cleaner: Cleaner) -> Iterator[Outcome]:
    """Clean every input and keep nothing: for output that goes to a pipe."""
    nothing = Previous(Path(), {})
    inputs = {one.name: one for one in find(paths) if not one.passed_over}
    known = survey(inputs, Path(), {})
    for batch in batches(sorted(inputs), inputs):
        yield from outcomes(batch, known, cleaner.with_sites(known.sites), nothing, Summary())
