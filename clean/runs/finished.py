"""What finished runs left in a directory, to be looked through without changing it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clean.errors import OutputError, UsageError
from clean.marks.sites import Repeats
from clean.runs.lock import user
from clean.runs.names import LOCK, STATE
from clean.runs.refusals import told_of_lines
from clean.runs.state import NUMBERS, State
from clean.runs.survey import PAGES, count_pages, page_of_keys
from clean.sites import Page


@contextmanager
def state_of(folder: Path) -> Iterator[State]:
    """The state of a directory. Raises UsageError if it has none, OutputError if a run is using it."""
    try:
        if not (folder / STATE).is_file():
            raise UsageError(f"{folder} holds no finished run: there is no {STATE} in it")
        state = State(folder, read_only=True)
    except (OutputError, UsageError) as error:
        if (folder / LOCK).exists() and (who := user(folder)):
            raise OutputError(f"{folder} is in use by {who}; try again when it has ended") from error
        raise
    try:
        with told_of_lines(state.lines.path):
            yield state
    finally:
        state.close()


def repeats(folder: Path) -> dict[str, Repeats]:
    """What repeats on each site of the finished runs."""
    with state_of(folder) as state:
        return count_pages(state, f"({PAGES})")


def sources(folder: Path) -> Iterator[tuple[Page, list[bytes], list[bytes]]]:
    """(what stands in it, lines of its records, lines of its ledger) of each source with a site, in order of names."""
    columns = "source, pages.site, keys, place, articles, removed"
    joined = f"SELECT {columns} FROM pages JOIN sources USING (source, digest) WHERE pages.site <> ''"
    with state_of(folder) as state:
        for bounds, values in state.ranges("pages", f"2 * {NUMBERS} + octet_length(keys)"):
            for source, site, keys, *where in state.stream(f"{joined} AND {bounds} ORDER BY source", *values):
                articles, removed = state.lines_of(*where)
                yield page_of_keys(source, site, keys), articles.splitlines(), removed.splitlines()
