"""The library as its users meet it."""

import gc
import json
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

import clean
from clean import Cleaner, Options, Record, Removal, Result, count_sites, find_duplicates
from clean.errors import SourceError, UsageError
from clean.marks.looks import Text
from clean.model import Article, Block, Source
from tests.conftest import CASES, CLEANER, RESULTS
from tests.samples import FERRY, MILL, PAGE, write

TEXT = "\n".join(
    (
        "Night ferry for the islands",
        "The harbour council voted on Friday to run a night ferry from the first of May.",
        "Share this article",
    )
)


def test_everything_that_is_promised_is_there() -> None:
    for name in clean.__all__:
        assert getattr(clean, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        clean.nothing  # noqa: B018


def test_names_that_are_loaded_late_are_listed() -> None:
    assert set(clean.__all__) <= set(dir(clean))


def test_run_is_the_function_whatever_was_imported_before() -> None:
    import clean.runs.local

    assert clean.run is clean.runs.local.run


def test_a_result_holds_text_records_and_ledger() -> None:
    result = CLEANER.clean(TEXT, name="a.txt")
    assert isinstance(result, Result)
    assert result.text is TEXT
    assert [type(record) for record in result.records] == [Record]
    assert all(isinstance(row, Removal) for row in result.ledger)
    record = result.records[0]
    assert record.source == "a.txt"
    assert TEXT[record.body[0].start : record.body[0].end] == record.body[0].text


def test_bytes_and_a_byte_order_mark() -> None:
    result = CLEANER.clean(b"\xef\xbb\xbf" + TEXT.encode())
    assert result.text == TEXT


def test_records_and_removals_are_immutable() -> None:
    result = CLEANER.clean(TEXT)
    with pytest.raises(AttributeError):
        result.records[0].title = "Another"  # type: ignore[misc]


def test_a_cleaner_is_pickled_with_its_rules_and_options() -> None:
    other = pickle.loads(pickle.dumps(Cleaner(Options(most_lost=0.5))))
    assert other.options.most_lost == 0.5
    assert other.clean(TEXT).records == CLEANER.clean(TEXT).records


def test_many_at_once_are_as_each_alone() -> None:
    sources = [case.source for case in CASES]
    many = [result.records for result in CLEANER.clean_many(sources)]
    alone = [CLEANER.clean(source, name=str(number)).records for number, source in enumerate(sources)]
    assert many == alone


def test_many_stop_at_the_first_that_cannot_be_read_after_those_before_it() -> None:
    results = CLEANER.clean_many([TEXT, TEXT, b"%PDF-1.7", TEXT])
    assert [next(results).text, next(results).text] == [TEXT, TEXT]
    with pytest.raises(SourceError):
        next(results)


class Watching(Cleaner):
    """Notes whether unreachable cycles are looked for while it cleans, and fails on a page."""

    def looked_at(self, sources: Sequence[Source], blocks: Sequence[list[Block]]) -> list[Text]:
        self.seen = gc.isenabled()
        return super().looked_at(sources, blocks)

    def of_pages(self, sources: Sequence[Source], blocks: Sequence[list[Block]]) -> list[list[Article]]:
        if sources:
            raise RuntimeError("no pages today")
        return []


@pytest.mark.parametrize("searching", [True, False])
def test_the_search_for_cycles_waits_and_is_left_as_it_was(searching: bool) -> None:
    cleaner = Watching(book=CLEANER.book)
    (gc.enable if searching else gc.disable)()
    try:
        cleaner.clean("The ferry sailed at noon.")
        assert (cleaner.seen, gc.isenabled()) == (False, searching)
        with pytest.raises(RuntimeError):
            cleaner.clean("<html><p>The ferry sailed at noon.", kind="html")
        assert gc.isenabled() is searching
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"rules": "my-rules"}, r"write rules=\('my-rules',\)"),
        ({"scraped": "2024-05-12"}, "scraped is a datetime"),
        ({"certainty": 41}, "certainty is from 0 to 1, and not 41"),
        ({"most_lost": 90}, "most_lost is from 0 to 1, and not 90"),
        ({"boundary": -0.5}, "boundary is 0 or more, and not -0.5"),
        ({"boundary": float("nan")}, "boundary is 0 or more, and not nan"),
        ({"certainty": "high"}, "certainty is a number, and not 'high'"),
        ({"boundary": None}, "boundary is a number, and not None"),
        ({"fast": "no"}, "fast is True or False, and not 'no'"),
        ({"rules": None}, "rules are a tuple of folders, and not None"),
        ({"rules": (7,)}, "rules are a tuple of folders, and 7 is none"),
        ({"rules": ("",)}, "rules are a tuple of folders, and '' is none"),
        ({"duplicates": "drop"}, "duplicates is one of annotate, drop-passages, .* and not 'drop'"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_options_that_cannot_be_are_told(chosen: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Options(**chosen)


def test_what_is_no_document_is_told() -> None:
    with pytest.raises(UsageError, match=r"not PosixPath|not WindowsPath"):
        CLEANER.clean(Path("page.txt"))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="clean_many takes many documents, and not one"):
        list(CLEANER.clean_many(FERRY))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda index: find_duplicates("abc"), "find_duplicates takes many texts, and not one: give it a list"),
        (lambda index: find_duplicates(b"abc"), "takes many texts"),  # type: ignore[arg-type]
        (lambda index: find_duplicates([FERRY, None]), "takes texts, and number 1 is NoneType"),  # type: ignore[list-item]
        (lambda index: count_sites("abc"), "count_sites takes many sources"),  # type: ignore[arg-type]
        (lambda index: count_sites(Source("a", FERRY)), "count_sites takes many sources"),  # type: ignore[arg-type]
        (lambda index: count_sites([FERRY]), r'a source is Source\("its name", "its text"\), and not str'),  # type: ignore[list-item]
        (lambda index: list(CLEANER.clean_many(Source("a", FERRY))), "takes many documents"),  # type: ignore[arg-type]
        (lambda index: index.add("abc"), "Index.add takes many texts"),
        (lambda index: index.add(clean.Text("a", FERRY)), "Index.add takes many texts"),
        (lambda index: index.add([FERRY]), r'is Text\("its id", "what it says"\), and not str'),
        (lambda index: index.add([clean.Text(1, FERRY)]), "the id of a text of an index is a str, and not int"),  # type: ignore[arg-type]
        (lambda index: index.query("abc"), "Index.query takes many texts"),
        (lambda index: index.query([None]), "the text of a text of an index is a str, and not NoneType"),
        (lambda index: index.forget("abc"), "Index.forget takes many sources"),
        (lambda index: index.discard("abc"), "Index.discard takes many ids"),
        (lambda index: clean.Cleaner({"fast": True}), r"options are Options\(...\), and not dict"),  # type: ignore[arg-type]
        (lambda index: CLEANER.clean(FERRY, name=7), "name and url are str, and not 7"),  # type: ignore[arg-type]
        (lambda index: CLEANER.clean(FERRY, scraped="2024-05-12"), "scraped is a datetime"),  # type: ignore[arg-type]
    ],
)
def test_what_is_of_another_type_is_told(call: Callable[[Any], object], words: str) -> None:
    with clean.Index.open() as index, pytest.raises(UsageError, match=words):
        call(index)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda path: clean.run(7, path), "paths are files, folders, globs or URLs, and not 7"),  # type: ignore[arg-type]
        (lambda path: clean.run(path, ""), "'' is no path"),
        (lambda path: clean.run(path, None), "None is no path"),  # type: ignore[arg-type]
        (lambda path: clean.run(path, path, how=3), r"how is a How\(...\), and not 3"),  # type: ignore[arg-type]
        (lambda path: clean.How(workers=5000), "there cannot be 5,000 workers, but at most 1,024"),
        (lambda path: clean.Index.open(""), "'' is no path"),
        (lambda path: clean.Index.open(7), "7 is no path"),  # type: ignore[arg-type]
    ],
)
def test_a_run_or_an_index_that_cannot_be_is_told(call: Callable[[Path], object], words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=words):
        call(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


def test_an_index_that_is_a_folder_or_closed_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(clean.IndexFileError, match="is a folder, and no index: move it away"):
        clean.Index.open(tmp_path)
    index = clean.Index.open()
    index.close()
    with pytest.raises(clean.IndexFileError, match="was closed; open it again"):
        index.query([FERRY])


def test_without_certainty_all_goes_that_nothing_decides() -> None:
    some, none = (clean.Cleaner(Options(certainty=one), book=CLEANER.book).clean(PAGE) for one in (0.3, 0))
    assert {row.text for row in some.ledger} <= {row.text for row in none.ledger}
    assert len(none.records[0].text) < len(some.records[0].text)


def test_a_run_takes_one_path_as_well_as_many(tmp_path: Path) -> None:
    write(tmp_path, {"ferry.txt": FERRY, "mill.txt": MILL})
    for paths in (str(tmp_path / "ferry.txt"), tmp_path / "ferry.txt", [tmp_path / "mill.txt"]):
        clean.run(paths, tmp_path / "out", cleaner=CLEANER)
    assert json.loads((tmp_path / "out" / "run.json").read_bytes())["inputs"] == [str(tmp_path / "mill.txt")]
    assert len((tmp_path / "out" / "articles.jsonl").read_bytes().splitlines()) == 2


def test_kind() -> None:
    page = "<html><p>Night ferry</p></html>"
    assert CLEANER.clean(page).text == CLEANER.clean(page, kind="html").text == "Night ferry"
    assert CLEANER.clean(page, kind="text").text == page
    with pytest.raises(UsageError, match="no kind 'pdf'"):
        CLEANER.clean(page, kind="pdf")


@pytest.mark.parametrize("text", ["", " \n\t\n", "\ufeff"])
def test_nothing_gives_no_body(text: str) -> None:
    result = CLEANER.clean(text)
    assert all(not record.body for record in result.records)


def test_find_duplicates() -> None:
    pier = "The pier at Port Alder will close in May for repairs, the harbour council said on Friday."
    texts = [
        pier,
        "Growers lost nearly all their early pears to a frost of six degrees on Tuesday.",
        "PORT ALDER — " + pier,
        pier.replace("May", "June"),
        pier.upper(),
        "He did not elaborate.",
        "She did not elaborate.",
    ]
    assert find_duplicates(texts) == [0, 1, 0, 0, 0, 5, 6]
    assert find_duplicates([]) == []
    assert find_duplicates(texts * 2)[len(texts) :] == find_duplicates(texts)


def test_passages_tell_what_they_repeat_in_the_same_document() -> None:
    candles = "Neighbours lit candles between the rows until the morning, but that was not enough to save the trees."
    stock = "He did not elaborate."
    head = "{}\n\nUpdated 12 May 2024\nBy Ida Marlow\n\nPORT ALDER, May 3 (Lamp) - "
    stories = (
        f"{head.format('Orchard frost wipes out early pears')}Frost took all the pears. {candles}\n\n{stock}\n",
        f"{head.format('Night ferry to run until autumn')}The council voted 7-2 for it.\n\n{candles}\n\n{stock}\n",
    )
    first, second = CLEANER.clean("\n".join(stories)).records
    (again,) = [passage for passage in second.body if passage.text == candles]
    assert again.repeats is not None
    assert (again.repeats["kind"], again.repeats["contained_in"]) == ("contained", f"{first.id}:0")
    assert all(passage.repeats is None for passage in (*first.body, *second.body) if passage.text != candles)
    assert all(passage.repeats is None for passage in CLEANER.clean(stories[1]).records[0].body)


def test_records_of_the_corpus_are_plain_data() -> None:
    import orjson

    for result in RESULTS.values():
        for record in result.records:
            row = orjson.loads(orjson.dumps(record.to_dict()))
            assert row["text"] == record.text
            assert set(row["body"][0] if row["body"] else ()) <= {
                "start", "end", "kind", "text", "fingerprint", "duplicate_of", "repeats",
            }  # fmt: skip
