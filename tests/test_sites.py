"""What repeats on a site goes, within a run and across runs; stories, headlines and recurring subheads stay."""

import json
import pickle
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from clean import Cleaner, Source, count_sites
from clean.marks.sites import LEAST_DOCUMENTS, key_of
from clean.runs.finished import repeats, state_of
from clean.runs.local import run
from clean.sites import host, site_of
from tests import CORPUS
from tests.conftest import CLEANER
from tests.samples import write, written

PLACES = "Alder Birkdale Corran Dunmoor Eskholm Farlow Garve Hollin Inverwick Jarrow Kelby Lorne".split()
THINGS = "ferry orchard library tramway bakery lighthouse windmill quarry regatta museum allotment brewery".split()
CROWD = "Become a lamp lighter"  # says nothing that a rule knows
NOTE = "The Lantern is printed on paper from the mill at Wend, and every tenth copy goes to a school free of charge."
WIRE = (
    "Storm closes the northern pass",
    "Snow closed the road over the northern pass on Sunday, and eleven lorries waited at the foot of it until dawn.",
    "The road office said it had sent two ploughs from the valley, one of which slid into a ditch on its way up.",
    "Drivers were given soup in the old customs house, which has not been opened for travellers in nineteen years.",
    "The pass is the only road between the two valleys from the end of October until the snow melts late in April.",
)


def story(number: int) -> list[str]:
    """A story that no other number has: headline and three paragraphs."""
    place, thing = PLACES[number % len(PLACES)], THINGS[(number + number // len(PLACES)) % len(THINGS)]
    return [
        f"{place} gets its {thing} back",
        f"The {thing} of {place} opens again on Monday, after four winters in which only the pigeons had used it.",
        f"Volunteers from {place} gave their Sundays to the {thing}, and a shipyard lent them the ladders they needed.",
        f"Whether the {thing} will pay its way is another matter, said {place}'s treasurer, who has seen the bills.",
    ]


def page(lines: Iterable[str]) -> str:
    """A document of some lines."""
    return "\n".join(lines) + "\n"


def pages(count: int, above: Sequence[str] = (), amid: Sequence[str] = (), below: Sequence[str] = ()) -> dict[str, str]:
    """Different documents with the same lines above, amid and below the text."""
    stories = map(story, range(count))
    return {f"{n:02}.txt": page([*above, *one[:2], *amid, *one[2:], *below]) for n, one in enumerate(stories)}


def gone(out: Path) -> set[tuple[str, str]]:
    """(source, text) of all that was removed since it repeats on its site."""
    rows = map(json.loads, (out / "removed.jsonl").read_bytes().splitlines())
    return {(row["source"], row["text"]) for row in rows if row["label"] == "repeat.site"}


def texts_gone(out: Path) -> set[str]:
    """The texts of all that was removed since it repeats on its site."""
    return {text for _, text in gone(out)}


def cleaned(tmp_path: Path, files: dict[str, str], folder: str = "in/lantern") -> Path:
    """Write files into a folder, clean the folder above it, and give the output directory."""
    write(tmp_path / folder, dict(files))
    run([str(tmp_path / "in")], tmp_path / "out", cleaner=CLEANER)
    return tmp_path / "out"


def test_what_repeats_goes_wherever_it_stands(tmp_path: Path) -> None:
    out = cleaned(tmp_path, pages(8, ["Lamps of the week"], [CROWD], [NOTE]))
    assert texts_gone(out) == {"Lamps of the week", CROWD, NOTE}
    records = list(map(json.loads, (out / "articles.jsonl").read_bytes().splitlines()))
    assert [(row["title"], row["text"].split("\n\n")) for row in records] == [
        (story(number)[0], story(number)[1:]) for number in range(8)
    ]


def test_the_reason_tells_the_document_frequency(tmp_path: Path) -> None:
    out = cleaned(tmp_path, pages(7, below=[CROWD]))
    rows = list(map(json.loads, (out / "removed.jsonl").read_bytes().splitlines()))
    assert {row["why"] for row in rows} == {"It stands in 7 of 7 different documents of the site."}
    assert {row["rule"] for row in rows} == {"repeats.site"}


def test_few_documents_tell_nothing(tmp_path: Path) -> None:
    assert texts_gone(cleaned(tmp_path, pages(LEAST_DOCUMENTS - 1, [CROWD], [CROWD], [NOTE]))) == set()


def test_a_run_of_many_sites_with_a_document_each_is_not_affected(tmp_path: Path) -> None:
    for number, text in enumerate(pages(8, below=[CROWD]).values()):
        write(tmp_path, {f"in/site-{number}/source.txt": text})
    run([str(tmp_path / "in")], tmp_path / "out", cleaner=CLEANER)
    assert gone(tmp_path / "out") == set()


def test_the_corpus_in_which_each_case_has_its_folder_is_not_affected(tmp_path: Path) -> None:
    run([str(CORPUS)], tmp_path, cleaner=CLEANER)
    with state_of(tmp_path) as state:
        assert state.one("SELECT count(DISTINCT site) FROM pages") == state.one("SELECT count(*) FROM sources") > 0
    assert repeats(tmp_path) == {}


def test_files_that_are_named_themselves_have_no_site(tmp_path: Path) -> None:
    write(tmp_path, dict(pages(8, below=[CROWD])))
    run([str(tmp_path / "*.txt")], tmp_path / "out", cleaner=CLEANER)
    assert gone(tmp_path / "out") == set()
    with state_of(tmp_path / "out") as state:
        assert state.rows("SELECT DISTINCT site FROM pages") == [("",)]


def test_the_folder_that_is_given_is_a_site_too(tmp_path: Path) -> None:
    write(tmp_path / "lantern", dict(pages(8, below=[CROWD])))
    run([str(tmp_path / "lantern")], tmp_path / "out", cleaner=CLEANER)
    assert texts_gone(tmp_path / "out") == {CROWD}


def test_what_repeats_on_one_site_stays_on_another(tmp_path: Path) -> None:
    write(tmp_path / "in" / "beacon", {"one.txt": page([*story(9), CROWD]), "two.txt": page([*story(10), CROWD])})
    out = cleaned(tmp_path, pages(8, below=[CROWD]))
    assert {source.split("/")[0] for source, _ in gone(out)} == {"lantern"}


def test_counts_are_remembered_across_runs(tmp_path: Path) -> None:
    files = list(pages(8, below=[CROWD]).items())
    assert gone(cleaned(tmp_path, dict(files[:4]))) == set()
    for path in (tmp_path / "in" / "lantern").iterdir():
        path.unlink()
    out = cleaned(tmp_path, dict(files[4:6]))
    assert gone(out) == {("lantern/04.txt", CROWD), ("lantern/05.txt", CROWD)}  # what was cleaned before stays so


def test_a_source_that_was_replaced_no_longer_counts_as_it_was(tmp_path: Path) -> None:
    files = pages(LEAST_DOCUMENTS - 1, below=[CROWD])
    cleaned(tmp_path, files)
    changed = {name: text.replace(CROWD, "") for name, text in files.items()}
    out = cleaned(tmp_path, {**changed, "99.txt": page([*story(9), CROWD])})
    assert gone(out) == set()
    assert gone(cleaned(tmp_path, files)) == {(f"lantern/{name}", CROWD) for name in files}


def test_runs_in_any_order_leave_the_same_counts(tmp_path: Path) -> None:
    write(tmp_path / "lantern", dict(pages(8, ["Lamps of the week"], below=[CROWD])))
    write(tmp_path / "beacon", {f"b{name}": text for name, text in pages(6, below=[NOTE]).items()})
    paths = [str(tmp_path / "lantern"), str(tmp_path / "beacon"), str(tmp_path / "lantern" / "*.txt")]
    for name, order in (("one", paths), ("two", paths[::-1])):
        run(order, tmp_path / name, cleaner=CLEANER)
    assert texts_gone(tmp_path / "one") == {"Lamps of the week", CROWD, NOTE}
    assert written(tmp_path / "one") == written(tmp_path / "two")


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    before = written(cleaned(tmp_path, pages(8, ["Lamps of the week"], below=[CROWD])))
    summary = run([str(tmp_path / "in")], tmp_path / "out", cleaner=CLEANER)
    assert (summary.cleaned, written(tmp_path / "out")) == (0, before)


def test_a_syndicated_story_in_many_files_stays(tmp_path: Path) -> None:
    """As a whole article, alone or among others, with the site's furniture around it."""
    alone = {f"alone-{n}.txt": page([f"{PLACES[n]} edition", *WIRE, CROWD]) for n in range(10)}
    beside = {f"beside-{n}.txt": page([*story(n), *WIRE, CROWD]) for n in range(10)}
    for number, files in enumerate((alone, beside, {**alone, **beside})):
        folder = tmp_path / str(number)
        out = cleaned(folder, files)
        assert texts_gone(out) <= {CROWD}
        body = (out / "articles.jsonl").read_text(encoding="utf-8")
        assert all(body.count(text) >= len(files) for text in WIRE)


def test_a_story_that_is_scraped_again_and_again_as_it_grows_counts_once(tmp_path: Path) -> None:
    longer = [*story(0), *story(1)[1:], *story(2)[1:]]
    files = {f"{length}.txt": page([*longer[:length], CROWD]) for length in range(3, len(longer) + 1)}
    assert len(files) >= LEAST_DOCUMENTS
    assert gone(cleaned(tmp_path, files)) == set()


@pytest.mark.parametrize(
    ("subhead", "holders", "stays"),
    [("What we know", 6, True), ("Key points", 6, True), ("The background", 10, False)],
)
def test_a_subhead_that_some_stories_share_stays(tmp_path: Path, subhead: str, holders: int, stays: bool) -> None:
    """Between a story's own paragraphs, two of three documents must have it; at the edge of a page, one in five."""
    files = {**pages(10), **pages(holders, amid=[subhead])}
    assert texts_gone(cleaned(tmp_path, files)) == (set() if stays else {subhead})


def test_at_the_edge_of_a_page_less_is_enough(tmp_path: Path) -> None:
    assert texts_gone(cleaned(tmp_path, {**pages(12), **pages(5, below=[CROWD])})) == {CROWD}


def test_a_paragraph_of_background_that_some_stories_share_stays(tmp_path: Path) -> None:
    assert gone(cleaned(tmp_path, {**pages(10), **pages(6, below=[NOTE])})) == set()


@pytest.mark.parametrize("below", [[], ["12 May 2024"], ["By Tom Reed"]], ids=" ".join)
def test_a_headline_that_repeats_stays_where_there_is_no_other(tmp_path: Path, below: list[str]) -> None:
    column = "Letters from the harbour wall"
    files = {name: page([column, *below, *text.splitlines()[1:]]) for name, text in pages(8).items()}
    out = cleaned(tmp_path, files)
    assert gone(out) == set()
    assert {json.loads(row)["title"] for row in (out / "articles.jsonl").read_bytes().splitlines()} == {column}


def test_a_mark_that_says_more_names_the_label(tmp_path: Path) -> None:
    out = cleaned(tmp_path, pages(8, below=["Share", "Read also:", "- Why the old pier is closing", CROWD]))
    rows = list(map(json.loads, (out / "removed.jsonl").read_bytes().splitlines()))
    assert {(row["label"], row["text"]) for row in rows} == {
        ("share", "Share"), ("related.heading", "Read also:"), ("related.item", "- Why the old pier is closing"),
        ("repeat.site", CROWD),
    }  # fmt: skip


def test_numbers_count_as_one_in_short_lines_only(tmp_path: Path) -> None:
    files = {
        name: text + f"Lamps so far: {number}\nTheir lamps were seen from {number} villages on that day\n"
        for number, (name, text) in enumerate(pages(8).items(), 11)
    }
    assert texts_gone(cleaned(tmp_path, files)) == {f"Lamps so far: {number}" for number in range(11, 19)}


def test_writing_without_spaces(tmp_path: Path) -> None:
    names = "青森 秋田 岩手 山形 福島 新潟 長野 石川".split()
    prose = "の港にある古い灯台が、四年ぶりに月曜日から再び点灯すると市が発表した。"
    files = {
        f"{n}.txt": page([f"{name}の古い灯台が再び点灯", name + prose, "灯を守る会に入ろう"])
        for n, name in enumerate(names)
    }
    assert texts_gone(cleaned(tmp_path, files)) == {"灯を守る会に入ろう"}


def sources(files: dict[str, str], url: str = "https://www.Lantern.example/") -> list[Source]:
    """Documents with URLs, as a crawler hands them on."""
    return [Source(name, text, url=url + name) for name, text in files.items()]


def test_the_library_remembers_only_what_it_is_told() -> None:
    known = count_sites(sources(pages(8, below=[CROWD])))
    (new,) = sources({"new.txt": page([*story(11), CROWD])})
    told = CLEANER.with_sites(known)
    assert [row.label for row in told.clean_source(new).ledger] == ["repeat.site"]
    assert [row.label for row in next(iter(told.clean_many([new]))).ledger] == ["repeat.site"]
    assert CLEANER.clean_source(new).ledger == []
    assert told.clean(new.text, name="new.txt").ledger == []  # of no known site


def test_counts_are_the_same_in_any_order_and_go_with_the_cleaner() -> None:
    files = sources(pages(8, below=[CROWD]))
    known = count_sites(files)
    assert known
    assert count_sites(reversed(files)) == known
    assert pickle.loads(pickle.dumps(Cleaner().with_sites(known))).sites == known


@pytest.mark.parametrize(
    ("source", "site"),
    [
        (Source("a.txt", "", url="http://www.gazette.example:8080/a"), "gazette.example"),
        (Source("a.txt", "", url="gazette.example/a"), "gazette.example"),
        (Source("lantern/a.txt", "", url="https://gazette.example"), "gazette.example"),
        (Source("a.txt", "", meta={"site": "www.beacon.example", "publisher": "The Beacon"}), "beacon.example"),
        (Source("a.txt", "", meta={"publisher": "The  Harbour/Beacon"}), "the-harbour-beacon"),
        (Source("Lantern/2024/a.txt", ""), "lantern"),
        (Source("Lantern/a.txt", "", site="beacon"), "beacon"),
        (Source("/home/a.txt", ""), ""),
        (Source("a.txt", "", url="http://[::1", meta={"site": 7}), ""),
    ],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_the_site_of_a_source(source: Source, site: str) -> None:
    assert site_of(source) == site


def test_hosts_without_a_url() -> None:
    assert host(None) == host("") == ""


def test_keys_are_the_same_in_every_process() -> None:
    assert key_of(CROWD) == key_of(f"» {CROWD.upper()}!") == 10267489481484995584
