"""What the tests share: one cleaner, the corpus, and the data that may or may not be beside the project."""

from pathlib import Path

import pytest

from clean.model import Record, Result
from clean.pipeline import Cleaner
from clean.score import Case, cases, clean_case
from tests import CORPUS, SHARED

CASES = tuple(cases(CORPUS))
CLEANER = Cleaner()


def results() -> dict[str, Result]:
    """What becomes of every corpus case."""
    return {case.name: clean_case(CLEANER, case)[0] for case in CASES}


RESULTS = results()


@pytest.fixture(scope="session")
def cleaner() -> Cleaner:
    """A cleaner with the bundled rules."""
    return CLEANER


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    """Each case of the corpus in turn."""
    found: Case = request.param
    return found


@pytest.fixture(scope="session")
def seeds() -> Path:
    """The folder of real scrapes; skips where it is not beside the project."""
    folder = SHARED / "seeds"
    if not folder.is_dir():
        pytest.skip("the real scrapes are not beside this checkout (../shared/seeds)")
    return folder


@pytest.fixture(scope="session")
def bench() -> Path:
    """The folder of bench data; skips where it is not beside the project."""
    folder = SHARED / "bench"
    if not folder.is_dir():
        pytest.skip("the bench data is not beside this checkout (../shared/bench)")
    return folder


def told(records: list[Record]) -> list[tuple[str | None, list[str]]]:
    """What the records say, without where they stood."""
    return [(record.title, [passage.text for passage in record.body]) for record in records]
