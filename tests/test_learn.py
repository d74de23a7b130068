"""Rules are proposed from what repeats: the command as a user types it, and what becomes of its proposals."""

import json
import tomllib
from pathlib import Path

import pytest

from clean import Cleaner, Options
from clean.labels import label_of_rule
from clean.marks.sites import Repeats
from clean.proofs import check
from clean.proposals import Line, Place, Proposal, learn
from clean.rulebook import load, read
from clean.runs.local import run
from tests.conftest import CLEANER
from tests.samples import contents, write
from tests.test_cli import clean
from tests.test_sites import CROWD, NOTE, WIRE, page, pages, story

ODD = 'The "big" {light} \\ tower\x7f'
JAPANESE = "灯を守る会に入ろう"


@pytest.fixture(scope="module")
def scrapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sites: one with lines at every place and a number in one of them, one with odd characters."""
    folder = tmp_path_factory.mktemp("learn") / "scrapes"
    files = pages(12, ["Lamps of the week"], [CROWD], [NOTE, "Share"])
    counted = {name: f"{text}Lamps so far: {number}!\n" for number, (name, text) in enumerate(files.items(), 3)}
    write(folder / "lantern.example", dict(counted))
    write(folder / "beacon", dict(pages(10, below=[JAPANESE, ODD])))
    write(folder / "alone", {"one.txt": page([*story(0), "Only once on this site"])})
    return folder


@pytest.fixture(scope="module")
def finished(scrapes: Path) -> Path:
    """A finished run over the scrapes."""
    out = scrapes.parent / "out"
    run([str(scrapes)], out, cleaner=CLEANER)
    return out


@pytest.fixture(scope="module")
def proposed(scrapes: Path, finished: Path) -> Path:
    """A folder of rules with what the command proposes."""
    folder = scrapes.parent / "my-rules"
    (folder / "sites").mkdir(parents=True)
    done = clean(scrapes.parent, "rules", "learn", finished.name, "--out", "my-rules/sites/proposed.toml")
    assert (done.code, done.out) == (0, b"")
    assert "6 rules proposed for 2 sites" in done.err
    return folder


def test_the_proposals_are_rules_that_prove_themselves(proposed: Path) -> None:
    book = load([proposed])
    assert {rule.site for rule in book.rules} == {"lantern.example", "beacon"}
    assert {label_of_rule(rule.id) for rule in book.rules} == {"repeat.site"}
    assert check(Cleaner(Options(rules=(proposed,)))) == []


def test_a_run_and_a_folder_of_scrapes_propose_the_same_and_change_nothing(scrapes: Path, proposed: Path) -> None:
    before = contents(scrapes.parent / "out")
    done = clean(scrapes.parent, "rules", "learn", "scrapes")
    assert done.out == (proposed / "sites" / "proposed.toml").read_bytes()
    assert clean(scrapes.parent, "rules", "learn", "out").out == done.out
    assert contents(scrapes.parent / "out") == before


def test_comments_tell_counts_sources_and_what_would_go(proposed: Path) -> None:
    text = (proposed / "sites" / "proposed.toml").read_text(encoding="utf-8")
    (told,) = (piece for piece in text.split("\n\n") if f'["{CROWD.lower()}"]' in piece)
    assert "lantern.example: in 12 of 12 different documents. It would remove 12 lines with" in told
    assert f"# {12 * len(CROWD)} characters; 0 of the lines are in records so far." in told
    assert [line for line in told.splitlines() if line.endswith(".txt")] == [
        f"#   lantern.example/{number:02}.txt" for number in range(3)
    ]
    assert f"#     ⟦{CROWD}⟧" in told
    assert f"#     {story(0)[2][:40]}" in told


def test_applied_they_remove_the_lines_even_of_a_single_document(scrapes: Path, proposed: Path, tmp_path: Path) -> None:
    lines = ["Lamps of the week", CROWD, NOTE, "Lamps so far: 1,400!"]
    write(tmp_path / "lantern.example", {"new.txt": page([lines[0], *story(0), *lines[1:]])})
    write(tmp_path / "other.example", {"new.txt": page([lines[0], *story(0), *lines[1:]])})
    cleaner = Cleaner(Options(rules=(proposed,)))
    run([str(tmp_path / "lantern.example"), str(tmp_path / "other.example")], tmp_path / "out", cleaner=cleaner)
    rows = [json.loads(row) for row in (tmp_path / "out" / "removed.jsonl").read_bytes().splitlines()]
    assert [row["text"] for row in rows if row["source"].startswith(str(tmp_path / "lantern"))] == lines
    assert not any(row["rule"].startswith("repeat") for row in rows if "other.example" in row["source"])


def test_what_is_applied_is_not_proposed_again(scrapes: Path, proposed: Path) -> None:
    assert learn(scrapes, Cleaner(Options(rules=(proposed,)))) == []


def test_json_holds_the_same(scrapes: Path, proposed: Path) -> None:
    rows = clean(scrapes.parent, "rules", "learn", "out", "--json").rows()
    table = tomllib.loads((proposed / "sites" / "proposed.toml").read_text(encoding="utf-8"))
    assert [row["rule"] for row in rows] == table["rule"]
    assert {(row["documents"], row["of"], row["kept_so_far"]) for row in rows} == {(12, 12, 0), (10, 10, 0)}


def test_lines_that_are_too_rare_to_go_unseen_are_proposed(tmp_path: Path) -> None:
    write(tmp_path / "lantern", {**pages(40), **pages(6, below=[CROWD])})
    (found,) = learn(tmp_path / "lantern", CLEANER)
    assert (found.documents, found.of, found.to_dict()["kept_so_far"]) == (6, 40, 6)


def proposed_for(tmp_path: Path, files: dict[str, str], cleaner: Cleaner = CLEANER) -> list[Proposal]:
    """The proposals for one site."""
    write(tmp_path / "lantern", dict(files))
    return learn(tmp_path / "lantern", cleaner)


def test_stories_subheads_and_headlines_are_not_proposed(tmp_path: Path) -> None:
    beside = {f"beside-{n}.txt": page([*story(n), *WIRE]) for n in range(10)}
    assert proposed_for(tmp_path / "wire", beside) == []
    assert proposed_for(tmp_path / "subhead", {**pages(10), **pages(6, amid=["What we know"])}) == []
    column = {name: page(["Letters", *text.splitlines()[1:]]) for name, text in pages(8).items()}
    assert proposed_for(tmp_path / "column", column) == []


def test_what_is_told_of_a_line_takes_no_more_memory_in_very_many_places() -> None:
    line = Line(Repeats(0, {}), "Lamps so far: 0!")
    for number in range(3000):
        text = f"Lamps so far: {number % 100}!"
        line.add(
            Place(f"{number // 2}.txt", text, "body.paragraph" if number % 3 else "promo.app", "", "above", "below")
        )
    line.add(Place("1500.txt", "Lamps so far: 7!", "promo.app", "promo.app.lamps"))
    assert (line.blocks, line.known, line.kept, line.labels.total()) == (3000, 1, 2000, 3001)
    assert line.characters == sum(len(f"Lamps so far: {number % 100}!") for number in range(3000))
    assert [place.source for place in line.shown] == [f"{number}.txt" for number in range(5)]
    assert line.wordings == ["lamps so far: 0", "lamps so far: 1"]
    assert line.is_writable
    line.add(Place("1501.txt", "Lamps ⟦so⟧ far", "body.paragraph", ""))
    assert not line.is_writable


def test_what_a_rule_half_knows_gets_its_label(tmp_path: Path) -> None:
    rules_alone = Cleaner(Options(certainty=1))
    (found,) = proposed_for(tmp_path, {**pages(40), **pages(6, below=["Privacy"])}, rules_alone)
    assert found.row["id"] == "legal.lantern-privacy"


def test_wrong_use_is_told(tmp_path: Path) -> None:
    done = clean(tmp_path, "rules", "learn", "nowhere")
    assert (done.code, done.out) == (2, b"")
    assert "there is no folder nowhere" in done.err
    write(tmp_path, {"in/one.txt": page(story(0))})
    assert clean(tmp_path, "rules", "learn", "in", "--out", "in").code == 2
    nothing = clean(tmp_path, "rules", "learn", "in")
    assert nothing.code == 0
    assert tomllib.loads(nothing.out.decode()) == {}
    assert "0 rules proposed" in nothing.err


@pytest.mark.parametrize("site", ['""', "7", '"www.lantern.example"', '"The Lantern"', '"a/b"'])
def test_a_site_that_no_source_can_have_is_refused(tmp_path: Path, proposed: Path, site: str) -> None:
    text = (proposed / "sites" / "proposed.toml").read_text(encoding="utf-8").replace('"lantern.example"', site)
    write(tmp_path, {"rules/odd.toml": text})
    assert any("no name of a site" in problem.what for problem in read([tmp_path / "rules"]).problems)
