"""What the state of a directory does with more rows than its database can hold in memory."""

import pickle
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from clean.runs import database, duplicates, finished, survey
from clean.runs.state import State
from clean.sites import KEY

BUTTON = 256  # the key of a block that is no prose
MANY = 90_000  # sources; with names of some six hundred characters they are as large as what DuckDB may take
SITE = "'site-' || i % 1000"
NAME = "lpad((i * 7919 % {many})::VARCHAR, 9, '0') || repeat('/a-long-name', {long})"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    made = State(tmp_path)
    yield made
    made.close()


def fill(state: State, many: int, long: int) -> None:
    """So many documents that were given, and as many sources, in no order."""
    name = NAME.format(many=many, long=long)
    numbers = f"FROM range({many}) numbers(i)"
    digest = "md5(i::VARCHAR) AS digest"
    given = f"i AS place, 0 AS input, i AS number, {name} AS source, '' AS other, 'a' AS file, 1 AS bytes"
    state.sql(f"INSERT INTO given BY NAME SELECT {given}, {digest} {numbers}")
    labels = "MAP {'body.paragraph': 100, 'title': 20, 'nav': 5} AS labels"
    told = f"0 AS place, 1 AS articles, 1 AS removed, {labels}, false AS told, ''::BLOB AS failed, 'cleaned' AS outcome"
    told += ", 'a' AS input, md5('') AS settings, '0.1' AS version, 1 AS run, i * 7919 % 1000 AS bytes, 1 AS records"
    told += ", i * 7 % 500 AS words, 1 AS titles, 1 AS dates, MAP {'share.x': i % 9} AS rules, [] AS warnings"
    told += f", {SITE} AS site"
    state.sql(f"INSERT INTO sources BY NAME SELECT {name} AS source, {digest}, {told} {numbers}")
    keys = "unhex('0001000000000000' || '28' || printf('%08x', i + 1) || '000000') AS keys"  # a button, and its own
    state.sql(f"INSERT INTO pages BY NAME SELECT {name} AS source, {digest}, {SITE} AS site, {keys} {numbers}")
    state.lines.add(b"{}")
    state.lines.sync()


def names(state: State) -> list[str]:
    return [name for batch in state.to_tell(False) for name in batch.column("source").to_pylist()]


def test_sources_of_any_size_are_planned_and_told_in_order(state: State) -> None:
    fill(state, MANY, 50)
    state.plan(False, [])
    state.plan(True, [])
    assert state.one("SELECT count(*) FROM fresh") == MANY
    assert state.older("") == MANY
    assert state.failures(10) == (0, [])
    found = names(state)
    assert len(found) == MANY
    assert found == sorted(found)
    assert sum(map(len, state.written("articles"))) == MANY


def test_documents_of_any_size_are_counted_and_cleaned(state: State) -> None:
    fill(state, MANY, 50)
    for again in (False, True):
        state.plan(again, [])
        assert sum(1 for _ in state.uncounted()) == 0
        sites = survey.count_present(state)
        assert {one.documents for one in sites.values()} == ({MANY // 1000} if again else set())
        cleaned = Counter(site for *_, site in state.to_clean(2))
        assert cleaned == (Counter({f"site-{n}": MANY // 1000 for n in range(1000)}) if again else {})
        state.tidy()
        assert state.one("SELECT count(*) FROM pages") == MANY
    state.sql("DELETE FROM sources WHERE records = 1 AND titles = 1 AND bytes < 500")
    kept = state.one("SELECT count(*) FROM sources")
    state.tidy()
    assert 0 < state.one("SELECT count(*) FROM pages") == kept < MANY
    state.plan(True, [])
    assert sum(1 for _ in state.uncounted()) == MANY - kept


def test_what_very_many_sites_brought_is_added_up(state: State) -> None:
    fill(state, MANY, 0)
    rules = (
        "MAP(list_transform(range(20), lambda k: 'rule.' || (k + rowid % 300)), list_transform(range(20), lambda k: 1))"
    )
    state.sql(f"UPDATE sources SET site = 'site-' || rowid % 5000, rules = {rules}")
    state.tidy()
    hits = "list_sum(map_values(rules))::BIGINT"
    found = state.rows(f"SELECT count(*), sum(documents)::BIGINT, sum({hits})::BIGINT FROM site_runs")
    assert found == [(5000, MANY, 20 * MANY)]
    assert state.site_runs()[0]["documents"] == MANY // 5000


def test_pages_of_any_size_are_read_with_what_became_of_them(tmp_path: Path) -> None:
    made = State(tmp_path)
    fill(made, MANY, 50)
    made.lines.add(b"\n")
    made.sql("UPDATE sources SET articles = 3, removed = 0")
    made.close()
    names = [page.source for page, *_ in finished.sources(tmp_path)]
    assert len(names) == MANY
    assert names == sorted(names)


def test_of_sources_of_any_size_it_is_told_anew_what_they_repeat(state: State) -> None:
    fill(state, MANY, 50)
    state.make_room(database.LITTLE)
    new = names(state)[::2]
    state.sql("UPDATE sources SET told = true")
    state.note_others(iter(new))
    with state.together():
        for batch in state.to_tell(True):
            changed = pa.table(batch).select(["source", "articles", "removed", "labels"])
            state.retell(b"{}" * len(batch), changed.append_column("records", pa.array([7] * len(batch), pa.int32())))
        state.make_room()
        state.all_told("moment")
    state.change_retold()
    assert state.one("SELECT count(*) FROM sources WHERE records = 7") == len(new) == MANY // 2
    assert state.one("SELECT count(*) FROM sources WHERE told") == MANY
    assert not list(state.to_tell(True))
    assert state.one("SELECT count(*) FROM retold") == 0


def test_sources_are_parted_evenly(state: State) -> None:
    fill(state, 2500, 0)
    state.sql("UPDATE sources SET articles = 30000 + bytes % 1000")
    parts = list(duplicates.parts(state, {}))
    sizes = [sum(part.sources.column("articles").to_pylist()) for part in parts]
    assert min(sizes) > duplicates.AT_ONCE * 0.8
    assert max(sizes) < duplicates.AT_ONCE * 1.2
    assert [name for part in parts for name in part.sources.column("source").to_pylist()] == names(state)


def test_a_part_is_sent_without_the_sources_of_others(state: State) -> None:
    fill(state, 2000, 50)
    state.sql("UPDATE sources SET articles = 50000")
    parts = list(duplicates.parts(state, {}))
    (batch, *_) = state.to_tell(False)
    assert all(len(pickle.dumps(part)) < len(pickle.dumps(batch)) / 10 for part in parts)


def test_parts_do_not_depend_on_the_order_of_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PART", 20_000)
    parts = []
    for order in ("", "ORDER BY source", "ORDER BY digest"):
        folder = tmp_path / (order.replace(" ", "-") or "any")
        folder.mkdir()
        one = State(folder)
        fill(one, 2000, 3)
        one.sql(f"CREATE OR REPLACE TABLE sources AS FROM sources {order}")
        parts.append([batch.column("source").to_pylist() for batch in one.to_tell(False)])
        one.close()
    assert parts[0] == parts[1] == parts[2]
    assert len(parts[0]) > 10
    found = [name for part in parts[0] for name in part]
    assert found == sorted(found)


def note_pages(state: State, site: str, many: int) -> None:
    """Pages of a site: each has a block of its own, half of them one that they share."""
    rows = []
    for number in range(many):
        own = 256 * (number + 7) + 40  # of which the last byte says that it is prose
        keys = np.array(sorted({own, BUTTON} if number % 2 else {own}), dtype=KEY)
        row = {"source": f"{site}/{number}", "digest": f"{(number * 40503) % 65536:04x}0000", "site": site}
        rows.append({**row, "keys": keys.tobytes()})
    state.insert("pages", rows)


def test_of_a_large_site_some_pages_tell_what_repeats(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    for site in ("a.example", "b.example", "c.example"):
        note_pages(state, site, 40)
    note_pages(state, "big.example", 4000)
    every = survey.count_pages(state, f"({survey.PAGES})")
    monkeypatch.setattr(survey, "MOST_PAGES", 1000)
    some = survey.count_pages(state, f"({survey.PAGES})")
    assert every["big.example"].documents == 4000
    assert 900 < some["big.example"].documents < 1100
    assert abs(some["big.example"].share(BUTTON) - 0.5) < 0.05
    assert {site: some[site] for site in some if site != "big.example"} == {
        site: every[site] for site in every if site != "big.example"
    }
