"""Worker processes: documents go out in batches and come back in order, and a bad one costs only itself."""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, TimeoutError
from threading import Thread
from typing import Any, NamedTuple

from clean.pipeline import Cleaner
from clean.runs.work import Job, Row, failed
from clean.sites import Sites

AHEAD = 2  # batches that wait for each worker, so that none is ever idle
SLOWEST = 200_000  # bytes of a batch that are cleaned in a second on a busy machine, at the least
SILENCE = 120.0  # seconds without a result, beyond the limits of the documents, after which all workers are replaced
TRIES = 2  # of a document that is alone when its worker dies: once more, since what killed it may have been another

Work = Callable[[Cleaner, Sequence[Job], Sites], list[Row]]


class Limits(NamedTuple):
    """What one document may take: seconds of time, and bytes of memory beyond those that a worker needs anyway."""

    seconds: float = 10.0
    memory: int = 1 << 30


class Batch(NamedTuple):
    """Documents that are worked on together, with what repeats on their sites."""

    jobs: tuple[Job, ...]
    sites: Sites


class Here:
    """No workers: all is done in this process, without limits."""

    def __init__(self, cleaner: Cleaner) -> None:
        self.cleaner = cleaner

    def map(self, work: Work, batches: Iterable[Batch]) -> Iterator[list[Row]]:
        """The rows of each batch, in order."""
        for batch in batches:
            yield work(self.cleaner, batch.jobs, batch.sites)

    def close(self, at_once: bool = False) -> None:
        """Nothing is left behind."""


class Workers:
    """Processes, each with a cleaner of its own, that are replaced when they die or take too long."""

    def __init__(self, cleaner: Cleaner, count: int, limits: Limits) -> None:
        self.cleaner, self.count, self.limits = cleaner, count, limits
        self.pool: Any = None

    def map(self, work: Work, batches: Iterable[Batch]) -> Iterator[list[Row]]:
        """The rows of each batch, in order."""
        waiting: deque[tuple[Batch, Future[list[Row]]]] = deque()
        for batch in batches:
            waiting.append((batch, self.schedule(work, batch)))
            if len(waiting) > AHEAD * self.count:
                yield self.result(work, *waiting.popleft())
        while waiting:
            yield self.result(work, *waiting.popleft())

    def schedule(self, work: Work, batch: Batch) -> "Future[list[Row]]":
        """Send a batch to the next worker that is free."""
        seconds = self.limits.seconds
        if len(batch.jobs) > 1:
            seconds += sum(len(job.document.content) for job in batch.jobs) / SLOWEST
        if self.pool is None or not self.pool.active:
            self.restart()
        future: Future[list[Row]] = self.pool.schedule(at_work, args=(work, batch), timeout=seconds)
        return future

    def restart(self) -> None:
        """Start all workers, in the place of those that there may be."""
        from multiprocessing import get_all_start_methods, get_context

        from pebble import ProcessPool

        self.close(at_once=True)
        # forking would copy the threads of Arrow and DuckDB in whatever state they are
        method = "forkserver" if "forkserver" in get_all_start_methods() else "spawn"
        given = (self.cleaner, self.limits.memory)
        self.pool = ProcessPool(self.count, initializer=start, initargs=given, context=get_context(method))

    def result(self, work: Work, batch: Batch, future: "Future[list[Row]]") -> list[Row]:
        """The rows of a batch; if its worker died, those of each document alone."""
        try:
            return self.wait(future)
        except Exception as error:  # a dead worker, one that took too long, or whatever was raised in it
            if len(batch.jobs) == 1:
                return [self.again(work, batch, error)]
        alone = [Batch((job,), batch.sites) for job in batch.jobs]
        return [row for rows in self.map(work, alone) for row in rows]

    def wait(self, future: "Future[list[Row]]") -> list[Row]:
        """The rows of a batch. If all are silent, as when one was killed while it took one, they are replaced."""
        try:
            return future.result(timeout=SILENCE + (AHEAD + 1) * self.limits.seconds)
        except TimeoutError:
            if not future.done():
                self.restart()
            raise

    def again(self, work: Work, batch: Batch, error: Exception) -> Row:
        """The row of a document that was alone when its worker died: it is tried once more, and then given up."""
        for _ in range(TRIES - 1):
            try:
                (row,) = self.wait(self.schedule(work, batch))
                return row
            except Exception as again:
                error = again
        return failed(batch.jobs[0], *self.reason(error))

    def reason(self, error: Exception) -> tuple[str, str]:
        """(name of the error, sentence) of what a document did to its worker."""
        if isinstance(error, TimeoutError):
            return "TimedOut", f"it was not done after {self.limits.seconds:g} seconds"
        if isinstance(error, MemoryError):
            return "OutOfMemory", f"it needs more than {self.limits.memory >> 20} MiB of memory"
        code = getattr(error, "exitcode", None)
        if code is not None:
            return "WorkerDied", f"it ended its worker: {ending(code)}"
        what = f"an error in clean itself, which should be reported: {type(error).__name__}: {error}"
        return "InternalError", what

    def close(self, at_once: bool = False) -> None:
        """End the workers: when they are done, or at once."""
        if self.pool is not None:
            if at_once:
                self.pool.stop()
            else:
                self.pool.close()
            self.pool.join()
            self.pool = None


CLEANER: list[Cleaner] = []  # of this worker


def start(cleaner: Cleaner, memory: int) -> None:
    """Make a worker ready: rules and models are loaded now, and no document is charged for them."""
    Thread(target=end_with_parent, daemon=True).start()
    cleaner.clean("Night ferry for the islands\n\nThe harbour council voted on Friday to run a night ferry.")
    CLEANER.append(cleaner)
    limit_memory(memory)


def end_with_parent() -> None:
    """End this process when the one that started it is gone, so that a killed run leaves nothing behind."""
    from multiprocessing import parent_process

    if parent := parent_process():
        parent.join()
        os._exit(1)


def limit_memory(more: int) -> None:
    """Let this process take so many bytes more than it has; does nothing where systems have no such limit."""
    try:
        import resource
    except ImportError:  # Windows
        return
    if sys.platform != "linux":  # macOS has the call, and does not keep to it
        return
    with open("/proc/self/statm", "rb") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + more, most))


def at_work(work: Work, batch: Batch) -> list[Row]:
    """Do the work on a batch, in a worker. Raises what it raises, and RuntimeError for the end of the program."""
    try:
        return work(CLEANER[0], batch.jobs, batch.sites)
    except SystemExit as error:
        raise RuntimeError(f"sys.exit({error.code!r}) was called") from None


def ending(code: int) -> str:
    """How a process ended, in words.

    >>> ending(-11), ending(3)
    ('killed by signal SIGSEGV', 'exit code 3')
    """
    from signal import Signals

    try:
        return f"killed by signal {Signals(-code).name}" if code < 0 else f"exit code {code}"
    except ValueError:
        return f"killed by signal {-code}"
