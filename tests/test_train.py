"""Training files are composed alike from one seed, and say where their stories are; models come out as they went in."""

import gzip
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from clean.train.__main__ import main
from clean.train.boundaries import common_words, compose, fit, odds_of
from clean.train.compose import DATELINES, KINDS, Composer
from clean.train.crossing import FILES
from clean.train.events import disguised, persons
from clean.train.furniture import Furniture, table
from clean.train.lessons import Lessons, corpus_stories, halves
from clean.train.pages import of_corpus
from clean.train.parts import Line, Story, sentences
from clean.train.scrapes import scrapes
from clean.train.silver import silver_stories
from clean.train.styles import style_of
from tests import CORPUS

STORIES = list(corpus_stories(CORPUS))
LESSONS = Lessons(STORIES, list(scrapes(of_corpus(CORPUS))))


@pytest.mark.parametrize(("words", "many"), [((), FILES), (("--files", "9600"), 9600)])
def test_folds_are_measured_with_as_many_files_as_is_said(
    words: tuple[str, ...], many: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told: list[int] = []
    monkeypatch.setattr("clean.train.__main__.measure", lambda *given: told.append(given[-1]))
    monkeypatch.setattr("sys.argv", ["train", "boundaries", "--bench", str(tmp_path), "--folds", "6", *words])
    main()
    assert told == [many]


@pytest.mark.parametrize("words", [("--files", "4800"), ("--folds", "6", "--files", "1")])
def test_files_go_with_folds(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.argv", ["train", "boundaries", "--bench", str(tmp_path), *words])
    with pytest.raises(SystemExit):
        main()


def test_one_seed_composes_one_file() -> None:
    assert list(compose(LESSONS, 1, 60)) == list(compose(LESSONS, 1, 60))
    assert list(compose(LESSONS, 1, 60)) != list(compose(LESSONS, 2, 60))


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_says_where_its_stories_are(kind: str) -> None:
    composer = Composer(*LESSONS, 3)
    for _ in range(20):
        file = composer.file(kind)
        assert file.stories
        last = 0
        for place in file.stories:
            assert last <= place.start <= place.body < place.end <= len(file.text)
            assert file.text[place.start - 1 : place.start] in ("", "\n")
            assert file.text[place.end] in "\r\n"
            last = place.end
        if kind == "single":
            assert len(file.stories) == 1


def test_some_sites_open_their_stories_with_datelines() -> None:
    composer = Composer(*LESSONS, 5)
    plain = [story for story in composer.drawn(9, "en") if not DATELINES.end(story.paragraphs[0])]
    counts = [
        sum(told.paragraphs != story.paragraphs for told, story in zip(composer.datelined(plain), plain, strict=True))
        for _ in range(30)
    ]
    assert {0, len(plain)} <= set(counts)
    for told, story in zip(composer.datelined(plain), plain, strict=True):
        assert told.paragraphs[0].endswith(story.paragraphs[0])
        assert told.paragraphs[1:] == story.paragraphs[1:]


def test_a_bundle_is_two_files_one_behind_the_other() -> None:
    composer = Composer(*LESSONS, 5)
    for _ in range(20):
        lines = composer.bundle()
        starts = [number for number, line in enumerate(lines) if line.starts]
        assert len(starts) > 1
        assert composer.language is None
    gaps = [{line.gap for line in composer.bundle() if line.starts} for _ in range(20)]
    assert any(len(row) > 1 for row in gaps)


def test_lists_stand_behind_a_colon() -> None:
    composer, story = Composer(*LESSONS, 5), STORIES[0]
    body = [Line(text, 2, is_body=True) for text in story.paragraphs]
    for _ in range(9):
        lines = composer.traps.lists(body, story, style_of(composer.draw, "bodies"))
        added = [line.text for line in lines if line not in body]
        assert added[0].endswith(":")
        assert not added[-1].endswith(":")
        assert [line for line in lines if line in body] == body


def test_halves_share_no_publisher() -> None:
    one, two = (half.stories for half in halves(LESSONS))
    assert not {story.publisher for story in one} & {story.publisher for story in two}
    assert len(one) + len(two) == len(STORIES)
    counts = [Counter(story.language for story in half) for half in (one, two)]
    assert abs(counts[0]["en"] - counts[1]["en"]) < 0.2 * len(STORIES)


def test_common_words_weigh_less() -> None:
    weights = common_words(STORIES)
    assert weights["the"] < weights.get("harbour", 128)


def test_pages_without_a_gold_give_the_stories_that_are_not_known(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    for name in ("page-one-story", "page-two-articles"):
        page = CORPUS / name / "source.html"
        about = {"language": "en", "group": name, "body": None}
        (tmp_path / "pages" / f"{name}.json").write_text(json.dumps(about), encoding="utf-8")
        (tmp_path / "pages" / f"{name}.html.gz").write_bytes(gzip.compress(page.read_bytes()))
    (story,) = silver_stories(tmp_path, [])
    assert story.publisher == "page-one-story"
    assert story.title
    assert len(story.paragraphs) >= 4
    assert list(silver_stories(tmp_path, [story])) == []


def test_a_disguised_story_speaks_of_the_other() -> None:
    import random

    ferry = Story("Ferry for Skerry", ("Skerry wants the ferry. Nobody in Skerry knows why.",), "en", "a")
    pears = Story("Pears in Marrow", ("Marrow grows pears. Nobody in Marrow eats them.",), "en", "b")
    found = [disguised(pears, ferry, random.Random(seed)) for seed in range(9)]
    assert any("Skerry" in story.title for story in found)


def test_a_disguised_story_names_the_persons_of_the_other_in_full() -> None:
    import random

    ferry = Story("A ferry", ("Edda Marlow wants the ferry. Marlow asked twice.",), "en", "a")
    pears = Story("Pears", ("Emeric J. Quist grows pears. Quist eats none. Quist sells them.",), "en", "b")
    assert persons(pears) == [("Emeric", "Quist")]
    found = [disguised(pears, ferry, random.Random(seed)).paragraphs[0] for seed in range(40)]
    assert any("Edda J. Marlow" in text for text in found)


def test_phrases_fill_their_slots_in_every_language() -> None:
    import random

    furniture = Furniture(random.Random(0))
    for language, places in table().items():
        story = Story("Frost in May", ("Growers around the harbour lost their early pears.",), language, "a")
        for place in places:
            assert all("{" not in furniture.phrase(story, place) for _ in range(9))


def test_sentences_of_writing_without_spaces() -> None:
    assert sentences("鐘が鳴った。霧が出た。") == ["鐘が鳴った。", "霧が出た。"]


def test_trees_say_what_the_trained_model_says() -> None:
    pytest.importorskip("lightgbm")
    draw = np.random.default_rng(5)
    rows = draw.random((400, 3)).astype(np.float32)
    wanted = (rows[:, 0] > rows[:, 2]).astype(np.int8)
    weight = np.ones(400, np.float32)
    settings = {"num_leaves": 8, "learning_rate": 0.2, "min_data_in_leaf": 5}
    model = fit(("one.a", "one.b", "two.c"), rows, wanted, weight, (settings, 30))
    assert model == fit(("one.a", "one.b", "two.c"), rows, wanted, weight, (settings, 30))
    assert ((odds_of(model, rows) > 0) == wanted).mean() > 0.95
