"""Worker processes: documents go out in batches and come back in order, and a bad one costs only itself."""

import gc
import os
import signal
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import chain, islice
from multiprocessing import get_all_start_methods, get_context, parent_process
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from threading import Thread
from typing import Any, NamedTuple, TypeVar

from clean.clock import Clock
from clean.errors import CleanError
from clean.pipeline import Cleaner
from clean.runs import preloaded
from clean.runs.work import Job, Row, failed
from clean.sites import Sites

AHEAD = 4  # batches that wait for each worker, so that none is ever idle
SLOWEST = 200_000  # bytes of a batch that are cleaned in a second on a busy machine, at the least
LOADING = 120.0  # seconds in which a worker must have loaded rules and models
STARTS = 5  # times that a worker is started in vain
SPARE = 30.0  # seconds of a processor beyond its time that a worker may use before the system ends it
PATIENCE = 3600.0  # seconds for work that is no document's, and is done here if a worker dies of it
TRIES = 2  # of a document that is alone when its worker dies: once more, since what killed it may have been another

Work = Callable[[Cleaner, Sequence[Job], Sites], list[Row]]
Tool = Cleaner | Clock  # what a worker works with: a clock alone where nothing is to be cleaned
Given = TypeVar("Given")
Made = TypeVar("Made")


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

    def each(self, work: Callable[[Given], Made], given: Iterable[Given]) -> Iterator[Made]:
        """What the work makes of each thing that is given, in order."""
        return (alone(self.cleaner.clock, work, one) for one in given)

    def load(self) -> None:
        """Nothing is to be loaded that is not there."""

    def rest(self) -> None:
        """Nothing is held for workers."""

    def rooms(self) -> Counter[str]:
        """The seconds that were spent in each room since this was last asked for."""
        return Counter(self.cleaner.clock.taken())

    def close(self, at_once: bool = False) -> None:
        """Nothing is left behind."""


class Died(Exception):
    """A worker ended by itself, or was killed."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"its worker ended: {ending(code or 0)}")


class Worker:
    """A process with a tool of its own, started when it is needed, and anew after it died or was too slow.

    With a cleaner it holds rules and models, which take most of its memory; asked for work with another tool, it is
    started anew, so that they take none while nothing is cleaned.

    It shares no pipe and no lock with others, as the workers of pools do: one that is killed while it takes or gives a
    batch leaves nothing broken behind, and it is known which batch that was.
    """

    def __init__(self, memory: int) -> None:
        self.memory = memory
        self.tool: Tool | None = None  # is what its process has
        # forking this process would copy the threads of Arrow and DuckDB in whatever state they are
        self.context: Any = get_context("forkserver" if "forkserver" in get_all_start_methods() else "spawn")
        self.process: Any = None
        self.origin: int | None = None  # the process that holds what is loaded, if it was forked from such a one
        self.unwanted = False  # the run is ending at once
        self.rooms: Counter[str] = Counter()  # the seconds that were spent in each

    def start(self, tool: Tool) -> None:
        """Start the process, and wait until it has loaded all. Raises CleanError if it never does."""
        self.stop()
        self.tool = tool
        for _ in range(STARTS):
            try:
                return self.start_once()
            except (Died, TimeoutError) as error:  # which is no fault of the next document
                why = str(error) or f"not ready after {LOADING:g} seconds"
                if self.unwanted:
                    break
        raise CleanError(f"no worker can be started ({why}); is there enough memory? --workers 0 does without them")

    def start_once(self) -> None:
        """Start the process. Raises Died if it ends while it loads, TimeoutError if it takes too long."""
        self.pipe, theirs = self.context.Pipe()
        process = self.context.Process(target=serve, args=(theirs, self.tool, self.memory), daemon=True)
        process.start()
        self.process = process
        theirs.close()
        if self.unwanted:
            self.stop()
            raise CleanError("the run is ending")
        self.origin = self.receive(LOADING)

    def end_at_once(self) -> None:
        """End the process from another thread, or have it end as soon as it is there."""
        self.unwanted = True
        if (process := self.process) is not None:
            process.kill()

    def do(self, tool: Tool, work: Callable[..., Any], given: tuple[Any, ...], seconds: float) -> Any:
        """What the work makes of a tool and what is given. Raises TimeoutError, Died, or what the work raised."""
        if self.process is None or self.tool is not tool:
            self.start(tool)
        try:
            self.pipe.send((work, given, seconds))
        except OSError:
            self.stop()
            raise Died(self.code) from None
        answer, rooms = self.receive(seconds)
        self.rooms.update(rooms)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def receive(self, seconds: float) -> Any:
        """The answer of the process. Raises TimeoutError if it gives none in time, and Died if it will give none."""
        try:
            if not wait([self.pipe, self.process.sentinel], seconds):
                self.stop()
                raise TimeoutError
            return self.pipe.recv()
        except (EOFError, OSError) as error:
            if isinstance(error, TimeoutError):
                raise
            self.stop()
            raise Died(self.code) from None

    def stop(self) -> None:
        """End the process."""
        if self.process is not None:
            with suppress(OSError, AttributeError):
                self.pipe.close()
            self.process.join(0.1)  # of one that is dying, the exit code tells why
            self.process.kill()
            self.process.join()
            self.code, self.process = self.process.exitcode, None


class Workers:
    """Processes that clean side by side."""

    def __init__(self, cleaner: Cleaner, count: int, limits: Limits) -> None:
        self.cleaner, self.clock = cleaner, Clock()
        self.count, self.limits = count, limits
        self.all = [Worker(limits.memory) for _ in range(count)]
        self.idle: SimpleQueue[Worker] = SimpleQueue()
        for worker in self.all:
            self.idle.put(worker)
        self.threads = ThreadPoolExecutor(count)  # one waits for each worker

    def map(self, work: Work, batches: Iterable[Batch]) -> Iterator[list[Row]]:
        """The rows of each batch, in order."""
        for batch, future in self.ahead(partial(self.do, work), batches):
            yield self.result(work, batch, future)

    def each(self, work: Callable[[Given], Made], given: Iterable[Given]) -> Iterator[Made]:
        """What the work makes of each thing that is given, in order; where a worker dies of it, it is done here.

        So it is where there is one thing only, for which no worker needs to be started.
        """
        more = iter(given)
        first = list(islice(more, 2))
        if len(first) == 1:
            yield alone(self.clock, work, *first)
            return
        for one, future in self.ahead(partial(self.ask, self.clock, alone, PATIENCE, work), chain(first, more)):
            try:
                yield future.result()
            except CleanError:
                raise
            except Exception:
                yield work(one)

    def ahead(self, ask: Callable[[Given], Made], given: Iterable[Given]) -> Iterator[tuple[Given, "Future[Made]"]]:
        """What is given, in order, each with its answer to come; so many are asked for that no worker is idle."""
        waiting: deque[tuple[Given, Future[Made]]] = deque()
        for one in given:
            waiting.append((one, self.threads.submit(ask, one)))
            if len(waiting) > AHEAD * self.count:
                yield waiting.popleft()
        while waiting:
            yield waiting.popleft()

    def load(self) -> None:
        """Have all workers load while something else is done."""
        for _ in self.all:
            self.threads.submit(self.load_one)

    def load_one(self) -> None:
        """Have the next worker load. If it cannot, that is told when there is work for it."""
        worker = self.idle.get()
        try:
            if worker.process is None:
                worker.start(self.cleaner)
        finally:
            self.idle.put(worker)

    def rest(self) -> None:
        """End the workers, once they are idle, and what holds rules and models for them, until there is work again."""
        for worker in [self.idle.get() for _ in self.all]:
            worker.stop()
            self.idle.put(worker)
        preloaded.let_go({worker.origin for worker in self.all if worker.origin is not None})

    def do(self, work: Work, batch: Batch) -> list[Row]:
        """The rows of a batch, from the next worker that is free."""
        seconds = self.limits.seconds
        if len(batch.jobs) > 1:
            seconds += sum(len(job.document.content) for job in batch.jobs) / SLOWEST
        return self.ask(self.cleaner, work, seconds, *batch)  # type: ignore[no-any-return]

    def ask(self, tool: Tool, work: Callable[..., Any], seconds: float, *given: Any) -> Any:
        """What the next worker that is free makes of what is given."""
        worker = self.idle.get()
        try:
            return worker.do(tool, work, given, seconds)
        finally:
            self.idle.put(worker)

    def result(self, work: Work, batch: Batch, future: "Future[list[Row]]") -> list[Row]:
        """The rows of a batch; if its worker died, those of each document alone."""
        try:
            return future.result()
        except CleanError:
            raise
        except Exception as error:  # a dead worker, one that took too long, or whatever was raised in it
            if len(batch.jobs) == 1:
                return [self.again(work, batch, error)]
        alone = [Batch((job,), batch.sites) for job in batch.jobs]
        return [row for rows in self.map(work, alone) for row in rows]

    def again(self, work: Work, batch: Batch, error: Exception) -> Row:
        """The row of a document that was alone when its worker died: it is tried once more, and then given up."""
        for _ in range(TRIES - 1):
            try:
                (row,) = self.do(work, batch)
                return row
            except CleanError:
                raise
            except Exception as again:
                error = again
        return failed(batch.jobs[0], *self.reason(error))

    def reason(self, error: Exception) -> tuple[str, str]:
        """(name of the error, sentence) of what a document did to its worker."""
        if isinstance(error, TimeoutError):
            return "TimedOut", f"it was not done after {self.limits.seconds:g} seconds"
        if isinstance(error, MemoryError):
            return "OutOfMemory", f"it needs more than {self.limits.memory >> 20} MiB of memory"
        if isinstance(error, Died):
            return "WorkerDied", str(error)
        what = f"an error in clean itself, which should be reported: {type(error).__name__}: {error}"
        return "InternalError", what

    def rooms(self) -> Counter[str]:
        """The seconds that the workers spent in each room, side by side, and this process for them."""
        return sum((worker.rooms for worker in self.all), Counter(self.clock.taken()))

    def close(self, at_once: bool = False) -> None:
        """End the workers: when they are done, or at once."""
        if at_once:
            self.threads.shutdown(wait=False, cancel_futures=True)
            for worker in self.all:
                worker.end_at_once()
        self.threads.shutdown()
        for worker in self.all:
            worker.stop()


def serve(pipe: "Connection[Any, Any]", tool: Tool, memory: int) -> None:
    """What a worker does until nobody sends it anything."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who interrupts the run ends the workers
    Thread(target=end_with_parent, daemon=True).start()
    clock = tool if isinstance(tool, Clock) else loaded(tool, memory)
    pipe.send(preloaded.origin())
    while True:
        try:
            work, given, seconds = pipe.recv()
        except EOFError:
            return
        limit_time(seconds + SPARE)
        try:
            answer: Any = work(tool, *given)
        except SystemExit as error:
            answer = RuntimeError(f"sys.exit({error.code!r}) was called")
        except Exception as error:
            answer = error
        try:
            pipe.send((answer, clock.taken()))
        except (TypeError, AttributeError, ValueError):  # an error that cannot be sent is told in words
            pipe.send((RuntimeError(f"{type(answer).__name__}: {answer}"), {}))


def loaded(cleaner: Cleaner, memory: int) -> Clock:
    """Load all that cleaning needs, which is charged to no document, and limit what these may take; its clock."""
    if preloaded.CLEANER is not None:
        cleaner.share_rules_of(preloaded.CLEANER)
    preloaded.warmed(cleaner)
    gc.freeze()  # what is loaded stays, and need not be looked through for unreachable cycles
    limit_memory(memory)
    cleaner.clock.taken()
    return cleaner.clock


def alone(clock: Clock, work: Callable[[Given], Made], given: Given) -> Made:
    """Work for which no cleaner is needed."""
    with clock.room("dedupe"):
        return work(given)


def end_with_parent() -> None:
    """End this process when the one that started it is gone, so that a killed run leaves nothing behind."""
    if parent := parent_process():
        parent.join()
        os._exit(1)


def limit_time(seconds: float) -> None:
    """Let the system end this process when it has used so much more of a processor: nobody may be left to do it."""
    try:
        import resource
    except ImportError:  # Windows
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds), most))


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


def ending(code: int) -> str:
    """How a process ended, in words.

    >>> ending(-11), ending(3)
    ('killed by signal SIGSEGV', 'exit code 3')
    """
    try:
        return f"killed by signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    except ValueError:
        return f"killed by signal {-code}"
