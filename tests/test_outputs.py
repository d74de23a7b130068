"""What runs leave can be read by others, told to people, and told to machines."""

import csv
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from clean.errors import OutputError, UsageError
from clean.model import Record, Removal
from clean.runs import metrics
from clean.runs.export import cell, export
from clean.runs.local import How, run
from clean.runs.names import ARTICLES, MANIFEST, REMOVED
from tests.conftest import CLEANER
from tests.samples import FERRY, MILL, PAGE, write
from tests.test_cli import clean


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with tables."""
    folder = tmp_path_factory.mktemp("outputs")
    write(folder / "in", {"pears.txt": PAGE, "ferry.txt": FERRY, "a.pdf": b"%PDF-1.7"})
    write(folder / "in", {"rows.jsonl": json.dumps({"id": "mill", "text": f"=SUM(A1) rises\n\n{MILL}", "tags": ["a"]})})
    run([str(folder / "in")], folder / "out", cleaner=CLEANER, how=How(formats=("jsonl", "parquet")))
    return folder / "out"


def rows(path: Path) -> list[dict[str, Any]]:
    """The lines of JSON of a file."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def with_pandas(path: Path) -> list[dict[str, Any]]:
    """The rows as pandas reads them."""
    import pandas

    table = pandas.read_parquet(path) if path.suffix == ".parquet" else pandas.read_json(path, lines=True)
    return list(table.to_dict("records"))


def with_polars(path: Path) -> list[dict[str, Any]]:
    """The rows as polars reads them."""
    import polars

    return (polars.read_parquet(path) if path.suffix == ".parquet" else polars.read_ndjson(path)).to_dicts()


def with_duckdb(path: Path) -> list[dict[str, Any]]:
    """The rows as DuckDB reads them."""
    import duckdb

    result = duckdb.execute(f"FROM '{path}'")
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def with_datasets(path: Path) -> list[dict[str, Any]]:
    """The rows as the datasets of Hugging Face read them."""
    import datasets

    form = "parquet" if path.suffix == ".parquet" else "json"
    return list(datasets.load_dataset(form, data_files=str(path), split="train", cache_dir=str(path.parent / ".cache")))


READERS = {"pandas": with_pandas, "polars": with_polars, "duckdb": with_duckdb, "datasets": with_datasets}


@pytest.mark.parametrize("file", ["articles.jsonl", "articles.parquet", "removed.jsonl", "removed.parquet"])
@pytest.mark.parametrize("reader", READERS)
def test_others_read_what_is_written(out: Path, reader: str, file: str) -> None:
    if importlib.util.find_spec(reader) is None:
        pytest.skip(f"{reader} is not installed")
    expected = rows(out / f"{file.split('.')[0]}.jsonl")
    found = READERS[reader](out / file)
    assert len(found) == len(expected) > 0
    for one, other in zip(found, expected, strict=True):
        assert {name: one[name] for name in ("source", "start", "end", "text")} == {
            name: other[name] for name in ("source", "start", "end", "text")
        }
        if "body" in other:
            assert [passage["text"] for passage in one["body"]] == [passage["text"] for passage in other["body"]]


@pytest.mark.parametrize("write", ["text", "metrics"])
def test_lines_end_alike_on_every_system(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: str
) -> None:
    def as_on_windows(path: Path, text: str, encoding: str, errors: str = "strict", newline: str | None = None) -> None:
        path.write_bytes((text.replace("\n", "\r\n") if newline is None else text).encode(encoding, errors))

    monkeypatch.setattr(Path, "write_text", as_on_windows)
    if write == "text":
        export(out, tmp_path / "texts", "text")
    else:
        metrics.write(tmp_path / "clean.prom", json.loads((out / MANIFEST).read_bytes()), 0)
    written = [path.read_bytes() for path in tmp_path.rglob("*.*")]
    assert written
    assert not any(b"\r" in content for content in written)


def test_the_columns_of_tables_are_the_fields_of_rows_whatever_they_hold(out: Path, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    write(tmp_path, {"none.pdf": b"%PDF-1.7"})
    run([str(tmp_path / "none.pdf")], tmp_path / "out", cleaner=CLEANER, how=How(formats=("jsonl", "parquet")))
    for file, fields in {"articles": Record.__slots__, "removed": Removal._fields}.items():
        full, empty = (pq.read_table(folder / f"{file}.parquet") for folder in (out, tmp_path / "out"))
        assert full.schema.names == list(fields)
        assert (full.schema, empty.num_rows) == (empty.schema, 0)
    (mill,) = [row for row in pq.read_table(out / "articles.parquet").to_pylist() if row["source"] == "mill"]
    assert json.loads(mill["meta"]) == {"tags": ["a"]}
    assert pq.ParquetFile(out / "articles.parquet").metadata.row_group(0).column(0).compression == "ZSTD"


def test_exports(out: Path, tmp_path: Path) -> None:
    expected = rows(out / ARTICLES)
    for name in ("all.jsonl", "all.parquet", "all.csv"):
        assert export(out, tmp_path / name, name.split(".")[1]) == len(expected) == 3
    assert rows(tmp_path / "all.jsonl") == expected
    assert [row["id"] for row in with_duckdb(tmp_path / "all.parquet")] == [row["id"] for row in expected]
    with (tmp_path / "all.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["text"] for row in table] == [cell(row["text"]) for row in expected]
    assert [row["title"] for row in table] == [cell(row["title"]) or "" for row in expected]
    assert not any(value.startswith(("=", "+", "-", "@")) for row in table for value in row.values())
    assert export(out, tmp_path / "texts", "text") == 3
    texts = {path.stem: path.read_text(encoding="utf-8") for path in (tmp_path / "texts").iterdir()}
    assert texts == {row["id"]: f"{row['title']}\n\n{row['text']}\n" for row in expected}
    assert not list(tmp_path.glob(".*"))


def test_a_cell_that_begins_as_a_formula_is_none(tmp_path: Path) -> None:
    title = '=HYPERLINK("https://lantern.example","Old mill")'
    write(tmp_path, {"rows.jsonl": json.dumps({"id": "=1+1", "text": MILL, "@x": 1})})
    run([str(tmp_path / "rows.jsonl")], tmp_path / "out", cleaner=CLEANER)
    export(tmp_path / "out", tmp_path / "all.csv", "csv")
    text = (tmp_path / "all.csv").read_text(encoding="utf-8-sig")
    assert "'=1+1" in text
    assert title not in text


def test_an_export_that_cannot_be_is_told(out: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no format 'xml'; formats are: jsonl, parquet, csv, text"):
        export(out, tmp_path / "a.xml", "xml")
    with pytest.raises(UsageError, match="holds no finished run"):
        export(tmp_path, tmp_path / "a.csv", "csv")
    write(tmp_path, {"taken": ""})
    with pytest.raises(OutputError, match="cannot be written"):
        export(out, tmp_path / "taken" / "a.csv", "csv")


def test_tables_that_are_there_are_kept_up_by_runs_that_were_not_asked_for_them(out: Path, tmp_path: Path) -> None:
    write(tmp_path / "in", {"pears.txt": PAGE})
    run([str(tmp_path / "in")], tmp_path / "out", cleaner=CLEANER, how=How(formats=("jsonl", "parquet")))
    write(tmp_path / "in", {"mill.txt": MILL})
    run([str(tmp_path / "in")], tmp_path / "out", cleaner=CLEANER)
    for name in ("articles", "removed"):
        table = with_duckdb(tmp_path / "out" / f"{name}.parquet")
        assert [row["source"] for row in table] == [row["source"] for row in rows(tmp_path / "out" / f"{name}.jsonl")]
    assert {row["source"] for row in with_duckdb(tmp_path / "out" / "articles.parquet")} == {"mill.txt", "pears.txt"}


def test_the_manifest_tells_of_the_run(out: Path) -> None:
    told = json.loads((out / MANIFEST).read_bytes())
    assert told["run"] == 1
    assert told["inputs"] == [str(out.parent / "in")]
    assert told["started"] <= told["ended"]
    assert told["seconds"].keys() == {"listing", "counting", "cleaning", "duplicates", "writing"}
    assert told["counts"] == {"sources": 4, "records": 3, "failed": 1}
    assert (told["cleaned"], told["failed"], len(told["settings"])) == (4, 1, 32)
    assert {"python", "duckdb", "numpy"} <= told["versions"].keys()
    removed = sum(len(row["text"]) for row in rows(out / REMOVED))
    assert 0 < removed < sum(told["characters"].values())


def test_the_command_line_tells_of_runs_and_writes_figures_for_machines(tmp_path: Path) -> None:
    write(tmp_path / "in", {"pears.txt": PAGE, "a.pdf": b"%PDF-1.7"})
    arguments = (
        "run",
        "in",
        "--out",
        "out",
        "--workers",
        "0",
        "--metrics",
        "figures/clean.prom",
        "--format",
        "parquet",
    )
    (tmp_path / "figures").mkdir()
    assert clean(tmp_path, *arguments).code == 1
    done = clean(tmp_path, "status", "out", "--json")
    (told,) = done.rows()
    assert [(run["run"], run["cleaned"], run["failed"]) for run in told["runs"]] == [(1, 2, 1)]
    assert told["quarantined"] == {"BinarySource": [1, ["a.pdf"]]}
    assert told["drift"] == []
    shown = clean(tmp_path, "status", "out")
    assert shown.code == 0
    assert "quarantined: 1 BinarySource, such as a.pdf" in shown.out.decode()
    assert "no site drifts" in shown.out.decode()
    assert clean(tmp_path, "status", "in").code == 2
    text = (tmp_path / "figures" / "clean.prom").read_text()
    assert "\nclean_sources 2\n" in text
    assert [path.name for path in (tmp_path / "figures").iterdir()] == ["clean.prom"]
    parser = pytest.importorskip("prometheus_client.parser")
    families = {family.name: family for family in parser.text_string_to_metric_families(text)}
    assert families["clean_quarantined"].samples[0].value == 1
    assert {sample.labels["fate"] for sample in families["clean_characters"].samples} == {"kept", "metadata", "removed"}
    done = clean(tmp_path, "export", "out", "--out", "all.csv")
    assert (done.code, done.err) == (0, "1 record in all.csv\n")


def test_a_log_for_machines_is_json(tmp_path: Path) -> None:
    write(tmp_path / "in", {"pears.txt": PAGE})
    done = clean(tmp_path, "run", "in", "--out", "out", "--workers", "0", "--log-format", "json")
    assert (done.code, done.out) == (0, b"")
    assert [json.loads(line)["cleaned"] for line in done.err.splitlines()] == [1]
