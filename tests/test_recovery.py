"""A run may be killed, stopped, or run out of disk at any moment: nothing is lost, or twice, and no file is half."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import IO, Any

import pytest

from clean.errors import OutputError, Stopped, UsageError
from clean.runs import database, local
from clean.runs.finished import state_of
from clean.runs.local import How, run
from clean.runs.lock import Lock
from clean.runs.names import ARTICLES, ROWS, STATE
from tests import ROOT
from tests.conftest import CLEANER
from tests.samples import CHANGED, FERRY, MILL, write, written
from tests.test_sites import CROWD, pages

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes cannot be killed so here")
KILLS = 75  # at any moment, also before a run is entered
ENTERED = 25  # runs that there are at least then
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def inbox(folder: Path, count: int = 120) -> Path:
    """Documents of a site on which a line repeats, rows, and some that fail."""
    write(folder / "in" / "lantern", dict(pages(min(count, 12), below=[CROWD])))
    write(folder / "in", {f"{n:03}.txt": FERRY.replace("Friday", f"day {n} of the year") for n in range(count)})
    rows = "".join(json.dumps({"id": f"row-{n}", "text": f"{MILL}It has {n} doors.\n"}) + "\n" for n in range(count))
    write(folder / "in", {"rows.jsonl": rows + "broken\n", "a.pdf": b"%PDF-1.7"})
    return folder / "in"


@contextmanager
def zygote() -> Iterator[subprocess.Popen[str]]:
    """A process that forks others, which do runs."""
    command = [sys.executable, "-m", "tests.zygote"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, text=True, **pipes) as running:
        yield running
        assert running.stdin
        running.stdin.close()


def ordered(running: subprocess.Popen[str], out: Path, source: Path, reprocess: bool, dies_after: float | None) -> int:
    """Let a run be done, and killed after some seconds; its exit code."""
    to: IO[str] | None = running.stdin
    told: IO[str] | None = running.stdout
    assert to
    assert told
    to.write(json.dumps([[str(source)], str(out), reprocess]) + "\n")
    to.flush()
    process = int(told.readline())
    if dies_after is not None:
        time.sleep(dies_after)
        with suppress(ProcessLookupError):  # it was done before
            os.kill(process, signal.SIGKILL)
    return int(told.readline())


def test_runs_that_are_killed_at_many_moments_leave_what_an_undisturbed_one_does(tmp_path: Path) -> None:
    source, random = inbox(tmp_path, 60), Random(7)
    with zygote() as running:
        assert ordered(running, tmp_path / "calm", source, False, None) == 0
        start = time.monotonic()
        assert ordered(running, tmp_path / "calm", source, True, None) == 0
        lasts = time.monotonic() - start
        calm = written(tmp_path / "calm")
        codes: list[int] = []
        while codes.count(-signal.SIGKILL) < KILLS:
            codes.append(ordered(running, tmp_path / "out", source, 0 in codes, random.uniform(0, lasts)))
            if codes[-1] == 0:
                lasts *= 0.95  # the machine is faster than it was
            for file in ROWS:
                path = tmp_path / "out" / file
                assert not path.exists() or path.read_bytes() == calm[file]
        assert ordered(running, tmp_path / "out", source, False, None) == 0
    assert set(codes) <= {0, -signal.SIGKILL}
    assert written(tmp_path / "out") == calm
    ids = [json.loads(line)["id"] for line in calm[ARTICLES].splitlines()]
    assert len(ids) == len(set(ids)) == 60 + 60 + 12
    with state_of(tmp_path / "out") as state:
        assert state.one("SELECT count(*) - count(DISTINCT source) FROM sources") == 0
        assert state.one("SELECT count(DISTINCT run) FROM sources") > 0
        assert state.one("SELECT max(run) FROM runs") > ENTERED
    assert not list((tmp_path / "out").glob(".*.part"))


# A run that ends as if it were killed when all is told, and committed, and no source has changed yet.
DIES_BEFORE_CHANGES = """
import os, sys
from clean.runs.local import run
from clean.runs.state import State
State.apply = lambda self, statement, table: os._exit(9) if self.one(f"SELECT count(*) FROM {table}") else None
run(sys.argv[1], sys.argv[2])
"""


def test_a_run_that_dies_when_it_has_told_all_is_finished_by_the_next(tmp_path: Path) -> None:
    source = inbox(tmp_path, 20)
    run(source, tmp_path / "calm", cleaner=CLEANER)
    out = tmp_path / "out"
    command = [sys.executable, "-c", DIES_BEFORE_CHANGES, str(source), str(out)]
    assert subprocess.run(command, cwd=ROOT, env=ENVIRONMENT).returncode == 9
    with state_of(out) as state:
        assert state.one("SELECT count(*) FROM retold") > 0
        assert state.one("SELECT count(*) FROM sources WHERE NOT told") == 0
        assert state.moment()
    assert run(source, out, cleaner=CLEANER).cleaned == 0
    with state_of(out) as state:
        assert state.one("SELECT count(*) FROM retold") == 0
    assert written(out) == written(tmp_path / "calm")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_a_run_and_keeps_what_is_done(tmp_path: Path, number: int, code: int) -> None:
    source = inbox(tmp_path, 4000)
    command = [sys.executable, "-m", "clean", "run", str(source), "--out", "out", "--workers", "1"]
    done = 0
    for wait in (4, 8, 16, 32):  # on a busy machine, nothing is cleaned in the first seconds
        with subprocess.Popen(command, cwd=tmp_path, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True) as running:
            while not (tmp_path / "out" / ".owner.json").exists():
                time.sleep(0.05)
            time.sleep(wait)
            running.send_signal(number)
            _, told = running.communicate(timeout=30)
        assert running.returncode == code
        *_, last = told.splitlines()  # behind lines of progress, on a slow machine
        assert last == "clean: stopped; what was done is kept, and the next run goes on from there"
        with state_of(tmp_path / "out") as state:
            done = state.one("SELECT count(*) FROM sources")
        if done:
            break
    assert not (tmp_path / "out" / ARTICLES).exists()
    assert 0 < done < 8012


INTERRUPTED = """
import duckdb, os, signal, threading
from clean.cli import signals_told
from clean.errors import Stopped
database = duckdb.connect()
database.execute("SET enable_progress_bar = false")
database.execute("SET threads = 1")  # as in the state: with more, another one may work while this one hears nothing
try:
    with signals_told():
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
        database.execute("SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3")
except Stopped as stopped:
    print(stopped.number)
"""


def test_a_signal_that_comes_amid_a_query_stops_a_run_as_any_other() -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], env=ENVIRONMENT, capture_output=True, text=True)
    assert done.stdout == f"{signal.SIGTERM.value}\n"


def limited(size: int) -> None:
    """Let this process write no file that is larger, as on a full disk."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_disk_that_is_full_is_told_and_costs_nothing(tmp_path: Path) -> None:
    source = inbox(tmp_path)
    run([str(source / "lantern")], tmp_path / "out", cleaner=CLEANER)
    before = written(tmp_path / "out")
    size = (tmp_path / "out" / "state.duckdb").stat().st_size
    command = [sys.executable, "-m", "clean", "run", str(source), "--out", "out", "--workers", "0"]
    for more in (1000, 200_000, 600_000):
        within: dict[str, Any] = {"preexec_fn": partial(limited, size + more), "capture_output": True, "text": True}
        done = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, **within)
        if done.returncode == 1:
            break
        assert done.returncode == 2
        assert "cannot be" in done.stderr
        assert "Traceback" not in done.stderr
        assert written(tmp_path / "out") == before
    run([str(source)], tmp_path / "out", cleaner=CLEANER)
    for paths in ([str(source / "lantern")], [str(source)]):
        run(paths, tmp_path / "calm", cleaner=CLEANER)
    assert written(tmp_path / "out") == written(tmp_path / "calm")


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """A small disk in memory; skips where this user may not make one."""
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True)
    if done.returncode:
        pytest.skip("this user may mount nothing")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="there is no tmpfs")
def test_a_real_disk_that_is_full_or_read_only_is_told_and_costs_nothing(tmp_path: Path) -> None:
    source = inbox(tmp_path)
    with mounted(tmp_path / "disk", "size=4m"):
        out = tmp_path / "disk" / "out"
        run([str(source / "lantern")], out, cleaner=CLEANER)
        before = written(out)
        subprocess.run(["dd", "if=/dev/zero", f"of={tmp_path / 'disk' / 'filler'}"], capture_output=True)
        with pytest.raises(OutputError, match="cannot be"):
            run([str(source)], out, cleaner=CLEANER)
        assert written(out) == before
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path / "disk")], check=True)
        with pytest.raises(OutputError, match=r"cannot be written: read-only file system"):
            run([str(source)], out, cleaner=CLEANER)
        assert written(out) == before
        subprocess.run(["mount", "-o", "remount,rw,size=64m", str(tmp_path / "disk")], check=True)
        run([str(source)], out, cleaner=CLEANER)
        for paths in ([str(source / "lantern")], [str(source)]):
            run(paths, tmp_path / "calm", cleaner=CLEANER)
        assert written(out) == written(tmp_path / "calm")


def test_of_two_runs_on_one_directory_the_second_says_who_has_it_or_waits(tmp_path: Path) -> None:
    source = inbox(tmp_path, 600)
    command = [sys.executable, "-m", "clean", "run", str(source), "--out", "out", "--workers", "0"]
    with subprocess.Popen(command, cwd=tmp_path, env=ENVIRONMENT, stderr=subprocess.DEVNULL) as first:
        while not (tmp_path / "out" / ".owner.json").exists():
            time.sleep(0.05)
        with pytest.raises(OutputError, match=rf"in use by another run \(process {first.pid} on .*clean.*run"):
            run([str(source)], tmp_path / "out", cleaner=CLEANER)
        with (
            pytest.raises(OutputError, match=rf"in use by another run \(process {first.pid} "),
            state_of(tmp_path / "out"),
        ):
            pass
        second = subprocess.run([*command, "--wait"], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True)
        assert first.wait() == 1  # as some inputs fail
    assert second.returncode == 1
    assert "0 new or changed" in second.stderr


READS = """
import sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True):
    print(flush=True)
    sys.stdin.read()
"""


@contextmanager
def reading(out: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that reads the state of a directory, until its input ends."""
    command = [sys.executable, "-c", READS, str(out / STATE)]
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdout
        assert running.stdout.readline() == "\n"
        yield running


@pytest.fixture
def readers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[str]]]:
    """Let runs open their state anew after each few sources, and one process read it when it is closed for that."""
    found: list[subprocess.Popen[str]] = []
    with ExitStack() as ends:
        monkeypatch.setattr(local, "TOGETHER", 7)
        monkeypatch.setattr(database, "MANY", 20)

        def begins() -> None:
            if not found:
                found.append(ends.enter_context(reading(tmp_path / "out")))

        monkeypatch.setattr(database, "give_back", begins)
        yield found


def test_who_reads_the_state_while_a_run_opens_it_anew_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readers: list[subprocess.Popen[str]]
) -> None:
    source = inbox(tmp_path, 30)
    ended = []
    monkeypatch.setattr(database, "sleep", lambda _: ended.append(readers[0].communicate()))
    assert run(source, tmp_path / "out", cleaner=CLEANER).records == 30 + 30 + 12
    assert len(ended) == 1
    write(source, {f"{n:03}.txt": CHANGED.replace("Friday", f"day {n} of the year") for n in range(0, 30, 2)})
    run(source, tmp_path / "out", cleaner=CLEANER)
    monkeypatch.undo()
    run(source, tmp_path / "calm", cleaner=CLEANER)
    assert written(tmp_path / "out") == written(tmp_path / "calm")


def test_a_run_that_cannot_open_its_state_anew_says_who_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readers: list[subprocess.Popen[str]]
) -> None:
    source = inbox(tmp_path, 30)
    monkeypatch.setattr(database, "PATIENCE", 0.0)
    with pytest.raises(OutputError) as caught:
        run(source, tmp_path / "out", cleaner=CLEANER)
    assert f"in use by process {readers[0].pid}; wait" in str(caught.value)
    readers[0].communicate()
    run(source, tmp_path / "out", cleaner=CLEANER)
    run(source, tmp_path / "calm", cleaner=CLEANER)
    assert written(tmp_path / "out") == written(tmp_path / "calm")


def test_a_run_is_stopped_while_it_waits_for_who_reads_its_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readers: list[subprocess.Popen[str]]
) -> None:
    source = inbox(tmp_path, 30)

    def stops(_: float) -> None:
        raise Stopped(signal.SIGTERM)

    monkeypatch.setattr(database, "sleep", stops)
    with pytest.raises(Stopped):
        run(source, tmp_path / "out", cleaner=CLEANER)
    readers[0].communicate()
    run(source, tmp_path / "out", cleaner=CLEANER)
    run(source, tmp_path / "calm", cleaner=CLEANER)
    assert written(tmp_path / "out") == written(tmp_path / "calm")


def test_a_run_waits_for_who_reads_the_state_when_it_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = inbox(tmp_path, 5)
    run(source, tmp_path / "out", cleaner=CLEANER)
    with reading(tmp_path / "out") as reader:
        with pytest.raises(OutputError, match=f"in use by process {reader.pid}; wait"):
            run(source, tmp_path / "out", cleaner=CLEANER)
        monkeypatch.setattr(database, "sleep", lambda _: reader.communicate())
        assert run(source, tmp_path / "out", cleaner=CLEANER, how=How(wait=True)).cleaned == 0


def test_a_run_that_has_written_nothing_yet_is_told_too(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    lock.acquire()
    with pytest.raises(OutputError, match=rf"in use by another run \(process {os.getpid()} "), state_of(tmp_path):
        pass
    lock.release()
    with pytest.raises(UsageError, match="holds no finished run"), state_of(tmp_path):
        pass


def test_a_lock_goes_with_its_holder(tmp_path: Path) -> None:
    source = inbox(tmp_path, 600)
    command = [sys.executable, "-m", "clean", "run", str(source), "--out", "out", "--workers", "0"]
    with subprocess.Popen(command, cwd=tmp_path, env=ENVIRONMENT) as first:
        while not (tmp_path / "out" / ".owner.json").exists():
            time.sleep(0.05)
        first.kill()
    assert run([str(source / "lantern")], tmp_path / "out", cleaner=CLEANER).records == 12
