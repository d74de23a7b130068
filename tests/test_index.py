"""The index of texts: what it tells, what it remembers, and what it does when it is killed, in use or broken."""

import errno
import os
import pickle
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clean import Index, IndexFileError, Match, Text, find_duplicates
from clean.dedupe.spilled import Spilled
from clean.dedupe.words import DOUBTFUL, FACT, PLAIN, WEIGHT, words_of
from tests import SHARED
from tests.duplicates import rows_of, scorer_of
from tests.duplicates import told as told_of

PIER = "The pier at Port Alder will close in May for repairs, the harbour council said on Friday."
PEARS = "Growers around the harbour lost most of their early pears in two nights of hard frost this week."
MILL = "The old mill beside the weir has been sold to a family that wants to grind flour there again."
WORDS = "harbour council ferry orchard tram lantern meadow quarry ledger thicket saffron kettle plover barley".split()


def told(index: Index, texts: Sequence[Text], collection: str = "") -> dict[str, Match]:
    """What adding texts tells, by id."""
    return {match.id: match for match in index.add(texts, collection)}


def ids(path: Path) -> set[str]:
    """The ids that a file holds."""
    with Index.open(path) as index:
        return {row for (row,) in index._connection.execute("select id from texts where gone is null").fetchall()}


def test_kinds_and_what_they_say() -> None:
    with Index.open() as index:
        found = told(
            index,
            [
                Text("a", PIER, date="2024-05-12"),
                Text("b", PIER.upper().replace("Á", "A")),
                Text("c", PIER.replace("Friday", "Monday")),
                Text("d", PIER + " " + PEARS + " " + MILL),
                Text("e", PEARS),
            ],
        )
    assert found["a"] == Match("a", contained_in="d", kind="contained", similarity=1.0)
    assert (found["b"].duplicate_of, found["b"].kind, found["b"].similarity) == ("a", "exact", 1.0)
    assert (found["c"].duplicate_of, found["c"].kind, found["c"].adds) == ("a", "near", True)
    assert (found["c"].since, round(found["c"].similarity or 0, 3)) == ("2024-05-12", 0.941)
    assert (found["d"].kind, found["e"].kind, found["e"].contained_in) == (None, "contained", "d")


def test_kept_is_the_longest_then_the_earliest_then_the_smallest_id_in_any_order() -> None:
    longer = PIER + " Nobody objected."
    cases = (
        ([Text("b", PIER), Text("a", longer)], "a"),
        ([Text("a", PIER, date="2024-05-13"), Text("b", PIER, date="2024-05-12"), Text("c", PIER)], "b"),
        ([Text("b", PIER), Text("a", PIER), Text("c", PIER)], "a"),
    )
    for texts, kept in cases:
        for _ in range(4):
            random.Random(len(texts)).shuffle(texts)
            with Index.open() as index:
                found = told(index, texts)
            assert {one.duplicate_of for one in found.values()} == {None, kept}
            assert found[kept].duplicate_of is None


def test_what_was_met_earlier_stays_the_original(tmp_path: Path) -> None:
    with Index.open(tmp_path / "seen.duckdb") as index:
        index.add([Text("old", PIER)])
    with Index.open(tmp_path / "seen.duckdb") as index:
        found = told(index, [Text("a", PIER + " Nobody objected."), Text("b", PIER)])
    assert [found[name].duplicate_of for name in "ab"] == ["old", "old"]


def test_a_chain_of_small_changes_is_not_one_cluster() -> None:
    words = [f"{word}{number}" for number in range(3) for word in WORDS][:40]
    chain = []
    for step in range(20):
        words[2 * step] = f"other{step}"
        chain.append(" ".join(words))
    found = find_duplicates(chain)
    assert found[-1] != found[0]
    assert 1 < len(set(found)) < len(chain)


def test_stock_sentences_and_texts_without_words() -> None:
    assert find_duplicates(["He did not elaborate.", "She did not elaborate.", "", "…", "He did not elaborate."]) == [
        0,
        1,
        2,
        3,
        0,
    ]


def test_texts_without_words_repeat_nothing_over_runs_either() -> None:
    with Index.open() as index:
        index.add([Text("a", ""), Text("b", "…")])
        assert [match.kind for match in index.add([Text("c", ""), Text("d", "…")])] == [None, None]


def test_very_long_texts_take_no_square_of_their_words() -> None:
    words = [f"{WORDS[number % 14]}{number}" for number in range(100_000)]
    assert find_duplicates([" ".join(words), " ".join(words[::-1]), " ".join(words[:-1])]) == [0, 1, 0]


def test_templates_differ_in_more_than_one_fact() -> None:
    first = "Kestrel Motors named Ida Marlow as chief executive on Monday, replacing Tom Reed, who leaves in May."
    other = first.replace("Kestrel", "Plover").replace("Ida Marlow", "Ada Quill").replace("May", "June")
    assert find_duplicates([first, other]) == [0, 1]


@pytest.mark.parametrize(
    ("text", "changed", "other"),
    [
        (
            "港の議会は金曜日、夜間の渡し船を五月から運航すると発表し、果樹園の農家はこれを歓迎した。",
            "港の議会は金曜日、夜間の渡し船を六月から運航すると発表し、果樹園の農家はこれを歓迎した。",
            "古い水車小屋は川沿いの家族に売られ、再び小麦粉を挽くことになると市の担当者が話した。",
        ),
        (
            "قال مجلس الميناء يوم الجمعة إن العبارة الليلية ستعمل ابتداء من شهر مايو بعد إصلاح الرصيف القديم",
            "قال مجلس الميناء يوم السبت إن العبارة الليلية ستعمل ابتداء من شهر مايو بعد إصلاح الرصيف القديم",
            "خسر المزارعون حول الميناء معظم محصول الكمثرى المبكر خلال ليلتين من الصقيع الشديد هذا الأسبوع",
        ),
        (
            "ท่าเรือเก่าจะปิดซ่อมในเดือนพฤษภาคมสภาท่าเรือกล่าวเมื่อวันศุกร์",
            "ท่าเรือเก่าจะปิดซ่อมในเดือนพฤษภาคมสภาท่าเรือกล่าวเมื่อวันเสาร์",
            "เกษตรกรรอบท่าเรือสูญเสียลูกแพร์เกือบทั้งหมดเพราะน้ำค้างแข็งสองคืน",
        ),
    ],
)
def test_writing_without_spaces_and_from_right_to_left(text: str, changed: str, other: str) -> None:
    assert find_duplicates([text, other, changed]) == [0, 1, 0]


def test_accents_spacing_entities_mojibake_and_broken_words_do_not_count() -> None:
    text = "Das Gemüse der Straße blüht früh, sagte die Gärtnerin am Freitag dem Blatt."
    spellings = [
        text.replace("ü", "u\u0308"),
        text.upper(),
        text.replace(" ", " \t "),
        text.replace("Gärtnerin", "G&auml;rtnerin"),
        text.encode().decode("cp1252"),
        text.encode().decode("latin-1"),
        text.encode().decode("latin-1").encode().decode("latin-1"),
        text.encode().decode("cp1252").encode().decode("cp1252"),
        text.replace("Gärtnerin", "Gärt-\nnerin").replace("Freitag", "Frei\u00adtag"),
        text.translate(str.maketrans("üä", "ua")),
    ]
    with Index.open() as index:
        index.add([Text("a", text)])
        assert [match.kind for match in index.query(spellings)] == ["exact"] * len(spellings)


def test_a_word_weighs_what_its_heaviest_letter_does() -> None:
    words = words_of(["Frost in mcDowell 7th iPhone", "", "a4 paper, 梨 and Ⓐ"])
    weights = words.values & WEIGHT
    assert [part.tolist() for part in np.split(weights, words.ends[1:-1])] == [
        [FACT, PLAIN, FACT, FACT, FACT],
        [],
        [FACT, PLAIN, DOUBTFUL, PLAIN],
    ]


def test_a_list_and_an_index_tell_the_same_clusters() -> None:
    chance = random.Random(11)
    bases = [[f"{chance.choice(WORDS)}{number}" for number in range(20)] for _ in range(8)]
    texts = []
    for number in range(120):
        words = list(chance.choice(bases)) + [f"more{number % 7}"] * chance.choice((0, 0, 1, 2, 30))
        words[chance.randrange(20)] = chance.choice(WORDS)
        texts.append(" ".join(words))
    found = find_duplicates(texts)
    with Index.open() as index:
        twins = told(index, [Text(f"{number:03}", text) for number, text in enumerate(texts)])
    twin_of = [twins[f"{number:03}"].duplicate_of or f"{number:03}" for number in range(len(texts))]
    assert found == [twin_of.index(twin) for twin in twin_of]
    assert 8 < len(set(found)) < 60


sentences = st.lists(st.sampled_from(WORDS), min_size=0, max_size=30).map(" ".join)


@settings(max_examples=25, deadline=None)
@given(st.lists(sentences, max_size=12), st.randoms())
def test_any_order_gives_the_same_clusters(texts: list[str], chance: random.Random) -> None:
    order = list(range(len(texts)))
    chance.shuffle(order)
    with Index.open() as index:
        found = told(index, [Text(f"{number:02}", text) for number, text in enumerate(texts)])
    with Index.open() as index:
        assert told(index, [Text(f"{number:02}", texts[number]) for number in order]) == found
    for match in found.values():
        assert match.duplicate_of is None or found[match.duplicate_of].duplicate_of is None


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=80), max_size=8))
def test_any_text_at_all(texts: list[str]) -> None:
    found = find_duplicates(texts * 2)
    assert len(found) == 2 * len(texts)
    assert all(other <= number and found[other] == other for number, other in enumerate(found))


@pytest.mark.skipif(
    not (SHARED / "bench" / "duplicates.jsonl.gz").is_file(), reason="the bench is not beside the project"
)
@pytest.mark.parametrize("kind", ["passage", "article"])
def test_floors_on_the_bench(kind: str) -> None:
    rows = rows_of(SHARED / "bench", kind)
    score = scorer_of(SHARED / "bench").score(rows, *told_of(rows))
    assert score["pairwise"]["f1"] >= 0.99
    assert score["hard_error"] <= 0.005
    assert score["contained"]["merged"] <= 0.005
    assert score["contained"]["recall"] >= 0.95


def test_what_repeated_a_forgotten_source_is_looked_up_anew(tmp_path: Path) -> None:
    path = tmp_path / "seen.duckdb"
    with Index.open(path) as index:
        index.add([Text("a", PIER + " Nobody objected.", "one"), Text("b", PIER, "two"), Text("c", PIER, "three")])
    with Index.open(path) as index:
        index.forget(["one"])
        found = told(index, [Text("d", PEARS, "four")])
        assert (found["b"].duplicate_of, found["c"].duplicate_of) == (None, "b")
        assert index.query([PIER])[0].duplicate_of == "b"
    assert ids(path) == {"b", "c", "d"}


def test_a_text_whose_id_is_there_takes_its_place() -> None:
    with Index.open() as index:
        index.add([Text("a", PIER), Text("b", PIER)])
        found = told(index, [Text("a", PEARS)])
        assert found["b"].duplicate_of is None
        assert [match.duplicate_of for match in index.query([PIER, PEARS])] == ["b", "a"]


def test_what_is_looked_up_elsewhere_is_told_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = random.Random(7)
    texts = [" ".join(words.choices(WORDS, k=24)) for _ in range(60)]
    texts += [f"{text} and {number}" for number, text in enumerate(texts)]
    batches = [[Text(f"{part}-{number}", text) for number, text in enumerate(texts[part::3])] for part in range(3)]
    sent = []

    def elsewhere(work: Callable[[Any], Any], given: Iterable[Any]) -> Iterator[Any]:
        """As in another process: nothing goes there or comes back but what can be written down."""
        for one in given:
            work, one = pickle.loads(pickle.dumps((work, one)))
            sent.append(work)
            yield pickle.loads(pickle.dumps(work(one)))

    def all_told(index: Index) -> list[list[Match]]:
        """What is told of each batch, of other texts, and of all that is looked up anew once longer ones are gone."""
        every = [index.add(batch) for batch in batches]
        asked = index.query([f"{text} once more" for text in texts])
        index.discard(text.id for batch in batches for text in batch[20:])
        return [*every, asked, index.add([])]

    with Index.open() as index:
        here = all_told(index)
    assert here[-1]
    monkeypatch.setattr("clean.dedupe.index.WORDS_AT_ONCE", 100)
    monkeypatch.setattr("clean.dedupe.external.WORDS_ALONE", 100)
    monkeypatch.setattr("clean.dedupe.external.PAIRS_AT_ONCE", 1000)
    monkeypatch.setattr("clean.dedupe.comparison.JUDGED_AT_ONCE", 1000)
    with Index.open(tmp_path / "seen.duckdb", each=elsewhere) as index:
        assert all_told(index) == here
    assert len({getattr(work, "func", work) for work in sent}) >= 5  # keys and pairs made, compared, told, and kept
    assert {path.suffix for path in tmp_path.iterdir()} == {".duckdb", ".words"}
    with Index.open(each=elsewhere) as index:  # in memory, where no other process finds anything
        assert all_told(index) == here


def test_what_a_process_left_that_died_is_deleted(tmp_path: Path) -> None:
    path, other = tmp_path / "seen.duckdb", tmp_path / "more.duckdb"
    with Spilled(path) as left, Spilled(other) as in_use, Index.open(path) as index:
        assert left.path is not None
        assert in_use.path is not None
        assert not left.path.exists()
        assert in_use.path.exists()
        index.add([Text("a", PIER)])
    assert {file.name for file in tmp_path.iterdir()} == {path.name, "seen.duckdb.0.words"}


def test_pairs_that_cannot_be_written_leave_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "seen.duckdb"
    with Index.open(path) as index:
        monkeypatch.setattr("clean.dedupe.meetings.write", full)
        with pytest.raises(IndexFileError, match="no space left"):
            index.add([Text("a", PIER), Text("b", f"{PIER} Nobody objected.")])
        monkeypatch.undo()
    assert {file.name for file in tmp_path.iterdir()} == {path.name, "seen.duckdb.0.words"}


def test_a_large_call_counts_as_several(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [
        Text("a", PIER),
        Text("b", PEARS),
        Text("c", PIER + " Nobody objected."),
        Text("d", PEARS),
        Text("e", MILL),
    ]
    with Index.open() as index:
        apart = [match for first in (0, 2, 4) for match in index.add(texts[first : first + 2])]
    monkeypatch.setattr("clean.dedupe.prepared.ROWS_AT_ONCE", 1)
    monkeypatch.setattr("clean.dedupe.index.TOGETHER", 2)
    with Index.open() as index:
        together = index.add(texts)
        assert index.query([PIER])[0].duplicate_of == "a"
    assert together == apart
    assert {match.id: match.duplicate_of for match in together} == {"a": None, "b": None, "c": "a", "d": "b", "e": None}


def test_collections_do_not_meet() -> None:
    with Index.open() as index:
        index.add([Text("a", PIER)], "one")
        assert index.add([Text("b", PIER)], "two")[0].kind is None


def test_an_error_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "seen.duckdb"
    with Index.open(path) as index:
        index.add([Text("a", PIER)])
    with pytest.raises(ZeroDivisionError), Index.open(path) as index:
        index.add(Text("b", f"{PEARS} {1 // number}") for number in (1, 0))
    assert ids(path) == {"a"}


def test_a_state_that_did_not_come_to_count_is_undone(tmp_path: Path) -> None:
    path = tmp_path / "seen.duckdb"
    index = Index.open(path)
    index.add([Text("a", PIER, "one"), Text("b", PIER, "two")])
    index.commit("first")
    index.forget(["one"])
    index.add([Text("c", PEARS, "three")])
    index.commit("second")
    index.close()
    index = Index.open(path, "first")
    assert [match.duplicate_of for match in index.query([PIER, PEARS])] == ["a", None]
    index.close()
    with pytest.raises(IndexFileError, match="does not belong"):
        Index.open(path, "second")


def test_parts_that_were_let_go_do_not_count_before_the_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "seen.duckdb"
    with Index.open(path) as index:
        index.add([Text("a", PIER, "one")])
    monkeypatch.setattr("clean.dedupe.index.TOGETHER", 2)
    index = Index.open(path)
    index.forget(["one"])
    assert len(index.add(Text(f"{number}", f"{number} {PEARS}", "two") for number in range(7))) == 7
    index.close()
    assert ids(path) == {"a"}


def words_files(path: Path) -> dict[str, int]:
    """The files of words beside an index, with their sizes in bytes."""
    return {file.name: file.stat().st_size for file in path.parent.glob("*.words")}


def test_long_texts_need_no_memory_of_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clean.dedupe.store.MEMORY", 24)
    path = tmp_path / "seen.duckdb"
    texts = [" ".join(f"{number}x{word % 977 + number}" for word in range(100_000)) for number in range(100)]
    with Index.open(path) as index:
        index.add(Text(str(number), text) for number, text in enumerate(texts))
    assert words_files(path) == {"seen.duckdb.0.words": 100 * 100_000 * 4}
    with Index.open(path) as index:
        assert [match.duplicate_of for match in index.query(texts[:3])] == ["0", "1", "2"]
    assert words_files(path) == {"seen.duckdb.0.words": 100 * 100_000 * 4}


def test_words_of_texts_that_are_gone_do_not_pile_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clean.dedupe.store.SPARE", 100)
    path = tmp_path / "seen.duckdb"
    names: set[str] = set()
    for run in range(12):
        with Index.open(path) as index:
            index.add([Text("empty", ""), *(Text(f"{n}", f"{run} {n} {PEARS}", "one") for n in range(20))])
            names |= words_files(path).keys()
    with Index.open(path) as index:
        assert [match.duplicate_of for match in index.query([f"11 7 {PEARS}", MILL])] == ["0", None]
    assert names == {"seen.duckdb.0.words", "seen.duckdb.1.words"}
    assert len(words_files(path)) == 1
    assert sum(words_files(path).values()) <= 4 * (3 * 20 * 20 + 100)


def test_words_that_cannot_be_written_anew_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clean.dedupe.store.SPARE", 0)
    path = tmp_path / "seen.duckdb"
    for run in range(4):
        with Index.open(path) as index:
            index.add([Text("a", f"{run} {PEARS}")])

    def fails(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("clean.dedupe.store.write_anew", fails)
    for _ in range(2):
        with Index.open(path) as index:
            assert index.query([f"3 {PEARS}"])[0].duplicate_of == "a"
        assert len(words_files(path)) == 1


def test_words_of_another_moment_are_refused(tmp_path: Path) -> None:
    path, words = tmp_path / "seen.duckdb", tmp_path / "seen.duckdb.0.words"
    with Index.open(path) as index:
        index.add([Text("a", PIER)])
    earlier = path.read_bytes()
    with Index.open(path) as index:
        index.forget([""])
        index.add([Text("b", f"{PEARS} {MILL}")])
    with Index.open(path):
        pass
    words.write_bytes(words.read_bytes()[::-1])
    with pytest.raises(IndexFileError, match=r"another moment .* from the same moment"):
        Index.open(path)
    path.write_bytes(earlier)
    with pytest.raises(IndexFileError, match="another moment"):
        Index.open(path)


def test_a_file_that_an_index_of_this_process_has_is_in_use(tmp_path: Path) -> None:
    path = tmp_path / "seen.duckdb"
    with Index.open(path) as index:
        with pytest.raises(IndexFileError, match="in use by this process"):
            Index.open(path)
        with Index.open(tmp_path / "seen.db") as other:  # which has words of its own
            other.add([Text("b", MILL)])
        index.add([Text("a", PIER)])
    with Index.open(path) as index:
        assert [match.duplicate_of for match in index.query([PIER, MILL])] == ["a", None]


FULL = """
import resource, signal, sys
from pathlib import Path
from clean import Index, IndexFileError, Text
index = Index.open(sys.argv[1])
index.add([Text("a", "The pier will close in May for repairs, the council said.")])
index.commit()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
try:
    many, long = map(int, sys.argv[2:])
    index.add(Text(str(number), " ".join(map(str, range(number, number + long)))) for number in range(many))
except IndexFileError as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on the size of files")
@pytest.mark.parametrize("texts", [("9", "100000"), ("10000", "14")])  # with more words than fit, and more keys
def test_a_full_disk_is_told_and_costs_nothing(tmp_path: Path, texts: tuple[str, str]) -> None:
    path = tmp_path / "seen.duckdb"
    done = subprocess.run([sys.executable, "-c", FULL, str(path), *texts], capture_output=True, text=True)
    assert f"{tmp_path}" in done.stdout, done.stderr
    assert "cannot be written" in done.stdout
    assert ids(path) == {"a"}


@pytest.mark.parametrize("number", [0, 1])
def test_a_folder_in_the_place_of_the_words_is_told(tmp_path: Path, number: int) -> None:
    (tmp_path / f"seen.duckdb.{number}.words").mkdir()
    with pytest.raises(IndexFileError, match=rf"seen\.duckdb\.{number}\.words .*is a (folder|directory)"):
        Index.open(tmp_path / "seen.duckdb")
    (tmp_path / f"seen.duckdb.{number}.words").rmdir()
    with Index.open(tmp_path / "seen.duckdb") as index:
        index.add([Text("a", PIER)])


@pytest.mark.skipif(os.name != "posix", reason="folders are synced there only")
def test_files_are_known_to_their_folder_before_anything_tells_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, set[str]]] = []

    def noted(folder: Path) -> None:
        synced.append((folder.name, {file.name for file in folder.iterdir()}))

    monkeypatch.setattr("clean.dedupe.wordfile.sync_folder", noted)
    monkeypatch.setattr("clean.dedupe.store.sync_folder", noted)
    (tmp_path / "here").mkdir()
    with Index.open(tmp_path / "here" / "seen.duckdb") as index:
        index.add([Text("a", PIER)])
        assert [name for name, _ in synced] == ["here", "here"]
        assert {"seen.duckdb", "seen.duckdb.0.words"} <= synced[-1][1]
    with Index.open(tmp_path / "here" / "seen.duckdb"):
        assert len(synced) == 2


@pytest.mark.parametrize("damage", ["gone", "cut"])
def test_an_index_without_its_words_is_refused_with_what_to_do(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "seen.duckdb"
    with Index.open(path) as index:
        index.add([Text("a", PIER)])
    words = tmp_path / "seen.duckdb.0.words"
    words.unlink() if damage == "gone" else words.write_bytes(words.read_bytes()[:-4])
    with pytest.raises(IndexFileError, match=r"seen\.duckdb\.0\.words .*delete"):
        Index.open(path)
    path.unlink()
    with Index.open(path) as index:  # what another index left there does not count
        assert index.add([Text("b", PIER)])[0].kind is None


def test_a_stock_phrase_in_many_texts_makes_no_square_of_pairs() -> None:
    from clean.dedupe.candidates import LEADERS, keys, pairs

    phrase = "the council said in a statement late on friday that it had nothing further to add"
    words = words_of(f"{phrase} {number} {number * 7} {WORDS[number % 14]}" for number in range(3000))
    found = keys(words)
    assert len(pairs(found, words.lengths)) <= LEADERS * len(found.values)


@pytest.mark.parametrize(
    "call",
    [Index.commit, lambda index: index.forget(["a"]), lambda index: index.discard(["a"]), lambda index: index.add([])],
)
def test_a_closed_index_says_so(tmp_path: Path, call: Callable[[Index], object]) -> None:
    index = Index.open(tmp_path / "seen.duckdb")
    index.close()
    with pytest.raises(IndexFileError, match="was closed; open it again"):
        call(index)


def test_texts_may_have_long_names(tmp_path: Path) -> None:
    name = "/a-long-name" * 20
    says = "Ferry {0} ran to place {0}7 on day {0}13"
    texts = (Text(f"{n}{name}", says.format(n // 2), f"s{n}{name}") for n in range(40_000))
    with Index.open(tmp_path / "seen.duckdb") as index:
        assert sum(match.duplicate_of is not None for match in index.add(texts)) >= 20_000


def test_an_index_has_room_for_a_hundred_thousand_passages_at_once(tmp_path: Path) -> None:
    chance = random.Random(7)
    texts = [" ".join(f"w{chance.randrange(9000)}" for _ in range(chance.randrange(12, 90))) for _ in range(70_000)]
    given = [Text(f"passage-{n}", texts[n % len(texts)], f"source-{n % 1000}") for n in range(100_000)]
    with Index.open(tmp_path / "seen.duckdb") as index:
        assert sum(match.duplicate_of is not None for match in index.add(given)) == 30_000
        index.forget(f"source-{n}" for n in range(500))
        index.commit()
        twins = {match.id: match.duplicate_of for match in index.add(given)}  # the last that is told of each counts
        assert len(twins) == 100_000
        assert sum(twin is not None for twin in twins.values()) == 30_000


def test_keys_of_very_many_texts_are_looked_at_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    from clean.dedupe.keyed import KEY
    from clean.dedupe.meetings import cut_up

    texts = [f"{' '.join(WORDS)} {number % 60} " + "so the council said " * (number % 3) for number in range(300)]
    found = find_duplicates(texts)
    monkeypatch.setattr("clean.dedupe.meetings.KEYS_AT_ONCE", 16)
    with Index.open() as index:
        twins = told(index, [Text(f"{number:03}", text) for number, text in enumerate(texts)])
    assert found == [int(twins[f"{number:03}"].duplicate_of or number) for number in range(len(texts))]
    keys = [7] * 500 + [3, 9, 9, 1] * 100
    parts = list(cut_up(np.array([(key, row) for row, key in enumerate(keys)], KEY)))
    assert sorted(row for part in parts for row in part["row"].tolist()) == list(range(900))
    assert [set(part["key"].tolist()) for part in parts] == [{1}, {3}, {7}, {9}]


ADDS_FOR_EVER = """
import sys
from clean import Index, Text
for run in range(1, 1000):
    with Index.open(sys.argv[1]) as index:
        index.add([Text(f"{run}:{number}", f"{run} {number} " + "so many words " * 9) for number in range(300)])
    print(run, flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs a signal that cannot be caught")
def test_killed_at_any_moment_it_holds_the_runs_that_were_finished(tmp_path: Path) -> None:
    chance = random.Random(5)
    for attempt in range(6):
        path = tmp_path / f"{attempt}.duckdb"
        process = subprocess.Popen([sys.executable, "-c", ADDS_FOR_EVER, str(path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0, 0.4))
        process.send_signal(signal.SIGKILL)
        told = 1 + len(process.communicate()[0].split())
        found = ids(path)
        runs = {int(name.partition(":")[0]) for name in found}
        assert runs == set(range(1, len(runs) + 1))
        assert len(found) == 300 * len(runs)
        assert told <= len(runs) <= told + 1  # the last may have been finished, and not told


HOLDS = """
import sys
from clean import Index
index = Index.open(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


def test_a_second_process_is_told_who_has_it(tmp_path: Path) -> None:
    path = tmp_path / "seen.duckdb"
    command = [sys.executable, "-c", HOLDS, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "open\n"
        with pytest.raises(IndexFileError, match=rf"is in use by process {first.pid}; wait"):
            Index.open(path)
        first.communicate("")
    Index.open(path).close()


@pytest.mark.parametrize("damage", ["random", "cut", "flipped", "empty", "folder", "other"])
def test_a_broken_file_is_refused_with_what_to_do(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "seen.duckdb"
    with Index.open(path) as index:
        index.add([Text(str(number), f"{number} {number + 1} " * 9) for number in range(2000)])
    whole = path.read_bytes()
    path.unlink()
    if damage == "folder":
        path.mkdir()
    elif damage == "other":
        with duckdb.connect(path) as other:
            other.execute("create table about as select 99 as format")
    else:
        broken = {
            "random": random.Random(1).randbytes(20000),
            "cut": whole[: len(whole) // 2],
            "flipped": whole[:4096] + bytes(4096) + whole[8192:],
            "empty": b"",
        }
        path.write_bytes(broken[damage])
    with pytest.raises(IndexFileError, match=r"seen\.duckdb .*delete"), Index.open(path) as index:
        index.query([PIER])
