"""Whatever a rule file holds is a rule or a problem that is told; single keys are in `test_rules.py`."""

from pathlib import Path

import pytest

from clean.errors import RuleError
from clean.rulebook import load, read
from tests.samples import RULE


def problem_of(folder: Path, content: str | bytes, name: str = "en/promo.toml") -> str:
    """The one thing that is wrong with a rule file, as users are told it."""
    path = folder / "my-rules" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(RuleError) as raised:
        load([folder / "my-rules"])
    (problem,) = read([folder / "my-rules"]).problems
    assert str(raised.value) == str(problem)
    assert problem.mend
    assert str(problem).startswith(f"my-rules/{name}: ")
    return str(problem)


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    assert "cannot be read" in problem_of(tmp_path, b'[[rule]]\nid = "promo.app.radi\xf3"\n')


@pytest.mark.parametrize("content", [RULE.replace("[[rule]]", "[rule]"), "rule = 5", "rule = [5]"])
def test_rules_that_are_no_list_of_tables_are_told(tmp_path: Path, content: str) -> None:
    assert "[[rule]]" in problem_of(tmp_path, content)


@pytest.mark.parametrize(
    "content",
    [
        "months = 5",
        "moons = ['waxing']",
        "months = [['january']]",
        "[bylines]\nafter = ['in']",
        "[datelines]\nsmall = 'de'",
    ],
)
def test_what_is_wrong_with_the_words_of_a_language_is_told(tmp_path: Path, content: str) -> None:
    problem_of(tmp_path, content, "xx/words.toml")


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    broken = RULE.replace("any    =", "colour = 1\nany    =").replace("misses =", "# misses =")
    (tmp_path / "promo.toml").write_text(broken, encoding="utf-8")
    with pytest.raises(RuleError) as raised:
        load([tmp_path])
    assert len(str(raised.value).splitlines()) == 2
