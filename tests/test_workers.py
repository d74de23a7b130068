"""Whatever a document does to its worker, it alone is lost, and all the others are cleaned."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from clean.errors import CleanError
from clean.rulebook import Rulebook
from clean.runs.local import How, run
from clean.runs.names import ARTICLES, FAILED
from clean.runs.preloaded import let_go
from clean.runs.summary import Summary
from clean.runs.workers import Batch, Limits, Workers
from tests import ROOT
from tests.conftest import CLEANER
from tests.poison import DEEDS, Poisoned, what_is_loaded
from tests.samples import FERRY, MILL, RULE, write, written

POISONED = Poisoned(CLEANER.options, Rulebook(CLEANER.book.rules[:20], CLEANER.book.words))  # is loaded quickly
MEMORY = 256 << 20
# What a deed is told as, and a word of the reason.
TOLD = {
    "loop": ("TimedOut", "after 2 seconds"),
    "segfault": ("WorkerDied", "SIGSEGV"),
    "eat": ("OutOfMemory", "memory"),
    "abort": ("WorkerDied", "SIGABRT"),
    "kill": ("WorkerDied", "SIGKILL"),
    "leave": ("InternalError", "SystemExit: 3"),
    "vanish": ("WorkerDied", "exit code 0"),
    "raise_error": ("InternalError", "ZeroDivisionError: on purpose"),
}


def rows(out: Path, file: str) -> list[dict[str, Any]]:
    """The rows of a file of an output directory."""
    return [json.loads(line) for line in (out / file).read_bytes().splitlines()]


def good(count: int) -> dict[str, str | bytes]:
    """Documents of which none is like another."""
    return {f"good-{number:03}.txt": FERRY.replace("Friday", f"day {number} of the year") for number in range(count)}


def go(folder: Path, workers: int) -> Summary:
    """A run over the folder's inbox, with a cleaner that can be poisoned."""
    how = How(workers=workers, limits=Limits(2.0, MEMORY))
    return run([str(folder / "in")], folder / f"out-{workers}", cleaner=POISONED, how=how)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux only")
def test_poison_of_every_kind_costs_only_itself(tmp_path: Path) -> None:
    assert TOLD.keys() == DEEDS.keys()
    write(tmp_path / "in", good(40))
    write(
        tmp_path / "in",
        {f"good-{number * 5:03}-{deed}.txt": f"{MILL}\nPOISON {deed}" for number, deed in enumerate(DEEDS)},
    )
    summary = go(tmp_path, 2)
    assert [row["source"] for row in rows(tmp_path / "out-2", ARTICLES)] == sorted(good(40))
    failed = {row["source"].split("-")[2].removesuffix(".txt"): row for row in rows(tmp_path / "out-2", FAILED)}
    assert {deed: row["error"] for deed, row in failed.items()} == {deed: error for deed, (error, _) in TOLD.items()}
    for deed, (_, words) in TOLD.items():
        assert words in failed[deed]["reason"]
        assert failed[deed]["bytes"] == len(f"{MILL}\nPOISON {deed}")
        path = tmp_path / "in" / failed[deed]["source"]
        assert failed[deed]["reproduce"] == f"clean explain {path} --document {path.name}"
    assert len(summary.failed) == len(DEEDS)
    again = go(tmp_path, 2)  # what is quarantined is not tried again, and is still told
    assert (again.cleaned, len(again.failed)) == (0, len(DEEDS))


def test_bytes_are_the_same_with_any_number_of_workers(tmp_path: Path) -> None:
    write(tmp_path / "in", good(150))
    write(tmp_path / "in", {"broken.pdf": b"%PDF-1.7", "rows.jsonl": json.dumps({"id": "a", "text": MILL})})
    for workers in (0, 1, 2, 8):
        assert go(tmp_path, workers).records == 151
    assert written(tmp_path / "out-0") == written(tmp_path / "out-1") == written(tmp_path / "out-2")
    assert written(tmp_path / "out-2") == written(tmp_path / "out-8")


def children(parent: int) -> list[int]:
    """The processes below a process."""
    psutil = pytest.importorskip("psutil")
    try:
        return [child.pid for child in psutil.Process(parent).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def workers(parent: int) -> list[int]:
    """The processes that clean: they are forked by a child of ours."""
    return [worker for child in children(parent) for worker in children(child)]


def test_workers_that_are_killed_from_outside_cost_nothing(tmp_path: Path) -> None:
    pytest.importorskip("psutil")
    write(tmp_path / "in", good(4000))
    killed: list[int] = []

    def murder() -> None:
        """Kill a worker now and then."""
        while not done and len(killed) < 3:  # fewer than the times that a worker is started in vain
            time.sleep(1.5)
            if found := workers(os.getpid()):
                killed.append(found[len(killed) % len(found)])
                os.kill(killed[-1], signal.SIGKILL)

    done = False
    murderer = Thread(target=murder)
    murderer.start()
    summary = go(tmp_path, 2)
    done = True
    murderer.join()
    assert killed
    assert (summary.records, summary.failed) == (4000, [])


@pytest.mark.skipif(os.name != "posix", reason="there are no such signals")
@pytest.mark.parametrize("seconds", [0.0, 0.1, 1.0, 3.0])
def test_workers_that_are_just_being_started_are_ended_as_well(seconds: float) -> None:
    workers = Workers(CLEANER, 1, Limits())
    (worker,) = workers.all
    started = workers.threads.submit(worker.start, CLEANER)
    time.sleep(seconds)
    workers.close(at_once=True)
    assert started.cancelled() or started.exception() is None or isinstance(started.exception(), CleanError)
    assert worker.process is None


def test_workers_load_once_whatever_comes_first() -> None:
    workers = Workers(POISONED, 2, Limits())
    workers.load()
    made = [row for rows in workers.map(what_is_loaded, [Batch((), {})] * 6) for row in rows]
    loaded = {worker.process.pid for worker in workers.all}
    assert {row["process"] for row in made} <= loaded
    assert len(loaded) == 2
    assert all(row["objects"] for row in made)
    workers.close()
    assert not any(Path(f"/proc/{pid}").exists() for pid in loaded)


def test_workers_that_need_no_cleaner_have_none_and_clean_again_if_asked() -> None:
    workers = Workers(POISONED, 2, Limits())
    assert list(workers.each(len, ["ferry", "mill", "quarry"])) == [5, 4, 6]
    for objects in (False, True, False):
        if objects:
            made = [row for rows in workers.map(what_is_loaded, [Batch((), {})] * 6) for row in rows]
        else:
            made = [row for rows in workers.each(what_is_loaded, range(6)) for row in rows]
        assert {bool(row["objects"]) for row in made} == {objects}
        assert os.getpid() not in {row["process"] for row in made}
    workers.close()


SHARING = """
import json, os, shutil, signal, sys
from pathlib import Path
from clean.pipeline import Cleaner, Options
from clean.runs.preloaded import preload
from clean.runs.workers import Batch, Limits, Workers
from tests.poison import what_is_shared

def found(workers):
    print(json.dumps([row for rows in workers.map(what_is_shared, [Batch((), {})] * 4) for row in rows]))

folder = Path(sys.argv[1])
cleaner = Cleaner(Options(rules=(folder,)))
preload(cleaner.options.rules)
if sys.argv[2] == "gone":
    shutil.rmtree(folder)
workers = Workers(cleaner, 2, Limits())
found(workers)
if sys.argv[2] == "killed":
    os.kill(workers.all[0].origin, signal.SIGKILL)
    for worker in workers.all:
        worker.stop()
    found(workers)
workers.rest()
print(json.dumps([row for rows in workers.each(what_is_shared, range(4)) for row in rows]))
found(workers)
workers.close()
"""


def shared(folder: Path, what: str) -> list[list[dict[str, Any]]]:
    """What is shared by workers that clean, and, after they rested, by those that do not, and that clean again."""
    write(folder, {"rules/own.toml": RULE})
    command = [sys.executable, "-c", SHARING, str(folder / "rules"), what]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each worker loads what it needs")
def test_workers_share_what_is_loaded_once(tmp_path: Path) -> None:
    first, apart, again = shared(tmp_path, "")
    assert {row["loaded"] and row["shared"] for row in first} == {True}
    (parent,) = {row["parent"] for row in first}
    (other,) = {row["parent"] for row in apart + again}
    assert parent != other
    assert {row["loaded"] or row["shared"] for row in apart + again} == {False}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each worker loads what it needs")
def test_what_was_loaded_for_workers_may_be_killed(tmp_path: Path) -> None:
    first, again, *_ = shared(tmp_path, "killed")
    assert {row["shared"] for row in first + again} == {True}
    assert {row["parent"] for row in first}.isdisjoint(row["parent"] for row in again)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each worker loads what it needs")
def test_workers_load_for_themselves_what_could_not_be_loaded_for_all(tmp_path: Path) -> None:
    first, *_ = shared(tmp_path, "gone")
    assert {row["loaded"] or row["shared"] for row in first} == {False}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is let go")
def test_a_process_that_is_not_of_this_one_is_not_ended() -> None:
    command = ["sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $!"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    other = int(done.stdout)
    let_go([other])
    time.sleep(0.2)
    state = Path(f"/proc/{other}/stat").read_text().rpartition(")")[2].split()[0]
    os.kill(other, signal.SIGKILL)
    assert state == "S"


def test_no_worker_is_started_for_one_thing() -> None:
    workers = Workers(POISONED, 2, Limits())
    ((here,),) = workers.each(what_is_loaded, [0])
    assert here["process"] == os.getpid()
    assert list(workers.each(len, [])) == []
    assert workers.rooms()["dedupe"] > 0
    assert not any(worker.process for worker in workers.all)
    workers.close()


def test_a_killed_run_leaves_no_process_behind(tmp_path: Path) -> None:
    psutil = pytest.importorskip("psutil")
    write(tmp_path / "in", good(3000))
    command = [sys.executable, "-m", "clean", "run", "in", "--out", "out", "--workers", "2"]
    with subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}) as running:
        while len(workers(running.pid)) < 2:
            time.sleep(0.05)
        found = children(running.pid)
        running.kill()
    _, alive = psutil.wait_procs([psutil.Process(one) for one in found if psutil.pid_exists(one)], timeout=10)
    assert alive == []
