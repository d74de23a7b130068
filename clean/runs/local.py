"""One run over many sources on this machine: what is new or changed is cleaned, the rest is kept as it was."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, NamedTuple, get_args

from clean.errors import OutputError, Stopped, UsageError, refuse_one
from clean.labels import LABELS
from clean.pipeline import Cleaner, Options
from clean.readers.documents import Fields
from clean.runs import work
from clean.runs.duplicates import open_index, tell_repeats
from clean.runs.inputs import Input, documents_of, find, kept
from clean.runs.names import ARTICLES, STATE
from clean.runs.output import Format, Output
from clean.runs.refusals import told_of_lines
from clean.runs.state import State
from clean.runs.summary import Summary, summary_of, told_of
from clean.runs.survey import count_present
from clean.runs.work import Job, Row, digest_of
from clean.runs.workers import Batch, Here, Limits, Workers
from clean.sites import Sites

BATCH = 64  # documents that go to a worker together
BATCH_BYTES = 1 << 20  # from which a batch is closed
LIMITS = Limits()
MOST_WORKERS = 1024  # processes; each holds a quarter of a gigabyte
TOGETHER = 1000  # sources that are committed together
TOGETHER_BYTES = 32 << 20  # and bytes of their rows
TOGETHER_SECONDS = 10.0  # after which what is done is committed anyway


class Step(NamedTuple):
    """How far a run is: what it does, how many documents are done, and of how many; and of those that are cleaned,
    how many bytes they had, how many of their characters, and how many were removed, and how many documents failed.
    """

    what: str
    done: int
    total: int
    bytes: int = 0
    characters: int = 0
    removed: int = 0
    failed: int = 0


Progress = Callable[[Step], None]


@dataclass(frozen=True)
class How:
    """How a run goes about it.

    `workers`: processes to clean in; with 0, all is done in this one, without limits. `limits`: what one document may
    take. `reprocess`: clean what is known and unchanged, too. `fields`: names of fields in rows. `wait`: wait while
    another run uses the directory. `formats`: what is written beside JSONL, which always is. `progress` is told now
    and then how far it is.
    """

    workers: int = 0
    limits: Limits = LIMITS
    reprocess: bool = False
    fields: Fields | None = None
    wait: bool = False
    formats: tuple[Format, ...] = ("jsonl",)
    progress: Progress | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.workers, int):
            raise UsageError(f"workers is a whole number, and not {self.workers!r}")
        if not isinstance(self.limits, Limits):
            raise UsageError(f"limits are Limits(seconds, bytes), and not {self.limits!r}")
        if isinstance(self.formats, str) or set(self.formats) - set(get_args(Format)):
            raise UsageError(f"formats are a tuple of {', '.join(get_args(Format))}, and not {self.formats!r}")
        if not 0 <= self.workers <= MOST_WORKERS:
            what = f"there cannot be {self.workers:,} workers, but at most {MOST_WORKERS:,}"
            raise UsageError(f"{what}; 0 cleans in this process")

    def with_progress(self, progress: Progress) -> "How":
        """The same, and progress is told."""
        return replace(self, progress=progress)


def run(
    paths: str | Path | Sequence[str | Path],
    out: str | Path,
    options: Options | None = None,
    cleaner: Cleaner | None = None,
    how: How | None = None,
) -> Summary:
    """Clean every input into a directory: `articles.jsonl`, `removed.jsonl`, `failed.jsonl`, `run.json`.

    What the directory holds of other sources stays; a source that is as it was is not cleaned again. Each file is only
    ever seen whole, and what was done is kept if the run is ended before its time: the next goes on from there. Raises
    OutputError if the directory cannot be used, RuleError for a broken rule, IndexFileError if the index of duplicates
    cannot be used, UsageError for what is no path.
    """
    if not isinstance(how, How | None):
        raise UsageError(f"how is a How(...), and not {how!r}")
    cleaner, how, folder = cleaner or Cleaner(options), how or How(), Path(path_of(out))
    if not isinstance(paths, Iterable | Path):
        raise UsageError(f"paths are files, folders, globs or URLs, and not {paths!r}")
    given = [path_of(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
    with Output(folder, how.wait) as directory, TemporaryDirectory(prefix="clean-") as aside:
        found = find(given, without=folder.resolve())
        inputs = [kept(one, Path(aside)) for one in found if not one.passed_over]
        flow = Flow(directory.state, inputs, cleaner, how)
        flow.passed_over.update({one.name: one.passed_over for one in found if one.passed_over})
        return carry_out(flow, directory, given)


def path_of(path: str | Path) -> str:
    """A path as a text. Raises UsageError for what is none, as a variable that was never set."""
    if not isinstance(path, str | Path) or path == "":
        raise UsageError(f"{path!r} is no path; name files, folders, globs or URLs")
    return str(path)


def forget(sources: Sequence[str], out: str | Path, cleaner: Cleaner | None = None, how: How | None = None) -> Summary:
    """Take sources out of a directory, and of its index of duplicates; what repeated them is looked up anew.

    Raises UsageError if the directory holds no such source, and what `run` does.
    """
    refuse_one(sources, "forget takes many sources")
    how = how or How()
    if not (Path(path_of(out)) / STATE).exists():
        raise UsageError(f"{out} holds no finished run: there is no {STATE} in it")
    with Output(Path(out), how.wait) as directory:
        if unknown := directory.state.unknown(sources):
            raise UsageError(f"{out} holds no source {unknown[0]!r}; sources are named as in its {ARTICLES}")
        with directory.state.together():
            directory.state.forget(sources)
        return carry_out(Flow(directory.state, [], cleaner or Cleaner(), how), directory, [])


def carry_out(flow: "Flow", directory: Output, paths: Sequence[str]) -> Summary:
    """Do all steps of a run, and write its files."""
    with closing(open_index(directory.state, flow.workers)) as index:
        try:
            flow.go()
            with flow.timed("duplicates"), told_of_lines(directory.state.lines.path):
                tell_repeats(directory.state, index, flow.cleaner.options.duplicates, flow.workers)
        except BaseException:
            flow.workers.close(at_once=True)
            raise
        flow.workers.close()
    with flow.timed("writing"):
        directory.state.change_retold()
        directory.state.compact()
        directory.write(flow.how.formats)
    summary = summary_of(directory.state, flow.settings, flow.to_do, flow.passed_over)
    rooms = {room: round(seconds, 3) for room, seconds in sorted(flow.workers.rooms().items())}
    times = {"seconds": flow.seconds, "rooms": rooms}
    directory.tell(flow.number, {"inputs": list(paths), **times, **told_of(summary)})
    return summary


class Planned(NamedTuple):
    """A document that is to be cleaned: in which input, the how manyth there, under which name."""

    input: int
    number: int
    source: str
    digest: str
    site: str


class Flow:
    """The steps of a run, over the state that it shares with the runs before it."""

    def __init__(self, state: State, inputs: Sequence[Input], cleaner: Cleaner, how: How) -> None:
        from clean import __version__

        self.state, self.inputs, self.cleaner, self.how = state, inputs, cleaner, how
        self.settings, self.version = settings_digest(cleaner), __version__
        self.asked = work.asked(how.fields, cleaner.options)
        self.number = state.begin(self.version, self.settings)
        self.workers = Workers(cleaner, how.workers, how.limits) if how.workers else Here(cleaner)
        self.to_do = 0
        self.passed_over: dict[str, str] = {}
        self.seconds: dict[str, float] = {}

    def go(self) -> None:
        """List what there is, count what repeats on sites, and clean what is new or changed."""
        with self.timed("listing"):
            self.state.note(self.listed())
            self.state.plan(self.how.reprocess, [one.name for one in self.inputs])
            self.to_do = self.state.one("SELECT count(*) FROM fresh")
            self.state.renew_if_grown()
        with self.timed("counting"), self.state.filled():
            self.together(self.mapped("counting", work.survey, self.state.uncounted(), {}), self.count_in)
            sites = count_present(self.state)
        with self.timed("cleaning"), self.state.filled():
            self.together(self.mapped("cleaning", work.clean, self.state.to_clean(self.number), sites), self.keep)
        self.workers.rest()
        self.state.tidy()
        if self.to_do > TOGETHER:  # then tidying moved rows together
            self.state.renew()

    def together(self, rows: Iterable[Row], keep: Callable[[Sequence[Row]], None]) -> None:
        """Keep the rows in parts that are committed together, each while the next one is made.

        What is done when a run is stopped is kept, too, if it can be.
        """
        with ThreadPoolExecutor(1) as writer:
            kept: Future[None] = writer.submit(keep, [])
            part: list[Row] = []
            size, since = 0, monotonic()
            try:
                for row in rows:
                    part.append(row)
                    size += sum(len(value) for value in row.values() if isinstance(value, bytes))
                    if len(part) == TOGETHER or size >= TOGETHER_BYTES or monotonic() - since > TOGETHER_SECONDS:
                        kept.result()
                        self.state.renew_if_grown()
                        kept = writer.submit(keep, part)
                        part, size, since = [], 0, monotonic()
            except (Stopped, KeyboardInterrupt):
                with suppress(OutputError):  # the next run does again what is not
                    kept.result()
                    keep(part)
                raise
            kept.result()
            keep(part)

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Note how long something takes."""
        start = monotonic()
        yield
        self.seconds[what] = round(monotonic() - start, 3)

    def count_in(self, rows: Sequence[Row]) -> None:
        """Note what stands in some documents. One that could not even be read in its time is not tried again."""
        failed = [row for row in rows if "outcome" in row]
        nothing = [{"source": row["source"], "digest": row["digest"], "site": "", "keys": b""} for row in failed]
        self.state.count_in([row for row in rows if "outcome" not in row] + nothing)
        self.keep(failed)

    def keep(self, rows: Sequence[Row]) -> None:
        """Commit what became of some sources."""
        stamp = {"run": self.number, "settings": self.settings, "version": self.version, "told": False}
        self.state.replace([{**row, **stamp} for row in rows])

    def tell(self, step: Step) -> None:
        """Tell how far it has come."""
        if self.how.progress is not None:
            self.how.progress(step)

    def listed(self) -> Iterator[Row]:
        """The rows of the table of what was given. Where all of it is new, workers load as soon as each has a batch."""
        all_new = not self.state.one("SELECT count(*) FROM sources")
        place = 0
        for index, one in enumerate(self.inputs):
            self.tell(Step("listing", index, len(self.inputs)))
            for number, document in enumerate(documents_of(one, self.how.fields)):
                if document.passed_over:
                    self.passed_over[document.name] = document.passed_over
                    continue
                place += 1
                if all_new and place == BATCH * self.how.workers:
                    self.workers.load()
                yield {
                    "place": place,
                    "input": index,
                    "number": number,
                    "source": document.name,
                    "other": document.place,
                    "file": one.name,
                    "digest": digest_of(document),
                    "bytes": len(document.content),
                }

    def mapped(self, what: str, task: Any, planned: Iterable[tuple[Any, ...]], sites: Sites) -> Iterator[Row]:
        """The rows that the work makes of the planned documents, in order."""
        step = Step(what, 0, self.to_do)
        for rows in self.workers.map(task, batches(self.jobs(planned), sites)):
            step = advanced(step, rows)
            self.tell(step)
            yield from rows

    def jobs(self, planned: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Job, str]]:
        """(document, site) for each that is planned, in order, read again from its input; not those gone meanwhile."""
        for index, group in groupby((Planned(*row) for row in planned), key=lambda row: row.input):
            yield from self.jobs_of(self.inputs[index], group)

    def jobs_of(self, one: Input, wanted: Iterator[Planned]) -> Iterator[tuple[Job, str]]:
        """Those of one input. Both it and what is planned of it are gone through once, since there may be millions."""
        row = next(wanted, None)
        for number, document in enumerate(documents_of(one, self.how.fields)):
            if row is not None and row.number == number:
                yield Job(document._replace(name=row.source), digest_of(document), one, self.asked), row.site
                row = next(wanted, None)
            if row is None:
                break


def advanced(step: Step, rows: Sequence[Row]) -> Step:
    """The step after some more rows."""
    labels = Counter[str]()
    for row in rows:
        labels.update(dict(row.get("labels", ())))
    return step._replace(
        done=step.done + len(rows),
        bytes=step.bytes + sum(row.get("bytes", 0) for row in rows),
        characters=step.characters + labels.total(),
        removed=step.removed + sum(count for label, count in labels.items() if LABELS[label].fate == "removed"),
        failed=step.failed + sum(row.get("outcome", "cleaned") != "cleaned" for row in rows),
    )


def batches(jobs: Iterable[tuple[Job, str]], sites: Sites) -> Iterator[Batch]:
    """The documents in batches that are neither too long nor too large, each with what it must know of its sites.

    A large document goes alone, since the time of a batch grows with its size, and that of a document does not.
    """
    batch: list[Job] = []
    known: dict[str, Any] = {}
    size = 0
    for job, site in jobs:
        more = len(job.document.content)
        if batch and (len(batch) == BATCH or size + more > BATCH_BYTES):
            yield Batch(tuple(batch), known)
            batch, known, size = [], {}, 0
        batch.append(job)
        size += more
        if site in sites:
            known[site] = sites[site]
    if batch:
        yield Batch(tuple(batch), known)


def settings_digest(cleaner: Cleaner) -> str:
    """What, beside its bytes, decides what becomes of a source: the version, the rules, the options and the weights."""
    from clean import __version__

    digest = blake2b(repr((__version__, cleaner.book, replace(cleaner.options, rules=()))).encode(), digest_size=16)
    for weights in sorted((Path(__file__).parent.parent / "weights").glob("*.json")):
        digest.update(weights.read_bytes())
    return digest.hexdigest()


def records_of(paths: Sequence[str], cleaner: Cleaner, how: How) -> Iterator[bytes | Summary]:
    """The lines of the records of every input, and what was done; nothing is kept."""
    with TemporaryDirectory(prefix="clean-") as folder:
        summary = run(paths, folder, cleaner=cleaner, how=how)
        with (Path(folder) / ARTICLES).open("rb") as lines:
            yield from lines
        yield summary
