"""A site that was redesigned is told, with what changed; a quiet month is not."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from clean.runs.drift import LEAST_HISTORY, drifts
from clean.runs.local import run
from tests.conftest import CLEANER
from tests.samples import write
from tests.test_cli import clean
from tests.test_sites import PLACES, THINGS

HOURS = 24 * 30


def month(random: Random, site: str, documents: float, titles: float, dates: float) -> Iterator[dict[str, Any]]:
    """What a site brings in a month, hour by hour: more by day, less at weekends, with articles of all lengths."""
    for hour in range(HOURS):
        rhythm = (1.5 if 6 <= hour % 24 <= 20 else 0.3) * (0.5 if hour // 24 % 7 >= 5 else 1.0)
        count = int(random.expovariate(1 / (documents * rhythm)))
        failed = sum(random.random() < 0.01 for _ in range(count))
        read = count - failed
        words = sum(int(random.lognormvariate(6, 0.7)) for _ in range(read))
        share = [random.betavariate(8, 2) for _ in range(read)]
        yield {
            "run": hour + 1,
            "site": site,
            "documents": count,
            "failed": failed,
            "records": read,
            "words": words,
            "body": words * 6,
            "characters": int(words * 6 / (sum(share) / read)) if read else 0,
            "titles": sum(random.random() < titles for _ in range(read)),
            "dates": sum(random.random() < dates for _ in range(read)),
            "rules": {"nav.menu": read, "share.word": sum(random.random() < 0.7 for _ in range(read))},
        }


@pytest.mark.parametrize("seed", range(5))
def test_a_quiet_month_raises_no_alarm_in_any_hour(seed: int) -> None:
    random = Random(seed)
    sites = [("busy", 30.0, 0.98, 0.9), ("small", 1.0, 0.9, 0.5), ("bare", 5.0, 1.0, 0.0), ("rare", 0.2, 0.95, 0.8)]
    rows = [list(month(random, *site)) for site in sites]
    for hour in range(0, HOURS, 7):
        assert drifts(row for site in rows for row in site[: hour + 1]) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"titles": 0.03}, "title found 98% → "),
        ({"words": 0.05, "body": 0.05}, "words per article "),
        ({"body": 0.2}, "body share "),
        ({"dates": 0.1}, "date found "),
        ({"records": 0.3, "words": 0.3, "titles": 0.3, "dates": 0.3}, "articles per document "),
        ({"failed": 60.0}, "failed "),
        ({"nav.menu": 0.0}, "rule nav.menu stopped firing (1.0 hits a document before)"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_a_change_of_any_figure_is_told_within_a_day(change: dict[str, float], words: str) -> None:
    rows = list(month(Random(1), "lantern", 10.0, 0.98, 0.9))
    for row in rows[-72:]:
        for name, factor in change.items():
            table = row["rules"] if name in row["rules"] else row
            table[name] = math.ceil(table[name] * factor)
        row["failed"] = min(row["failed"], row["documents"])
    found = [drift for hour in range(HOURS - 72, HOURS - 48) for drift in drifts(rows[: hour + 1])]
    assert {drift.site for drift in found} == {"lantern"}
    assert min(drift.run for drift in found) > HOURS - 80
    assert any(told.startswith(words) for drift in found for told in drift.changes)


def page(number: int, redesigned: bool) -> str:
    """A page as the site made them, or as it makes them now: without a headline that stands alone, and torn up."""
    place, thing = PLACES[number % 12], THINGS[number // 12 % 12]
    text = f"The {thing} of {place} opens again on day {number}, after four winters in which only pigeons had used it."
    more = (
        f"Volunteers gave {number} Sundays to the {thing} of {place}, and a shipyard lent them the ladders they needed."
    )
    if redesigned:
        return f"Share\nTweet\nSubscribe to our newsletter\nSign in\nRead also:\n- {place} gets its {thing} back\n"
    return f"{place} gets its {thing} back\nShare\nTweet\nUpdated 12 May 2024\n{text}\n{more}\n"


def test_a_redesign_is_told_with_what_changed_and_sources_to_look_at(tmp_path: Path) -> None:
    for hour in range(LEAST_HISTORY + 2):
        redesigned = hour == LEAST_HISTORY + 1
        files: dict[str, str | bytes] = {
            f"in/{site}/{hour:02}-{n:02}.txt": page(hour * 20 + n, redesigned and site == "lantern")
            for site in ("lantern", "beacon")
            for n in range(20)
        }
        write(tmp_path, files)
        run([str(tmp_path / "in")], tmp_path / "out", cleaner=CLEANER)
        if not redesigned:
            assert clean(tmp_path, "status", "out", "--drift").code == 0 or hour < LEAST_HISTORY
    done = clean(tmp_path, "status", "out", "--drift", "--json")
    assert done.code == 3
    ((drift,),) = [row["drift"] for row in done.rows()]
    assert (drift["site"], drift["run"]) == ("lantern", LEAST_HISTORY + 2)
    assert any(change.startswith("body share") for change in drift["changes"])
    assert drift["examples"] == [f"lantern/{LEAST_HISTORY + 1:02}-{n:02}.txt" for n in range(3)]
    shown = clean(tmp_path, "status", "out", "--drift").out.decode()
    assert f"lantern drifts since run {LEAST_HISTORY + 2}" in shown
    assert "look at: lantern/" in shown
    assert json.dumps(drift["changes"][0], ensure_ascii=False)[1:-1] in shown
