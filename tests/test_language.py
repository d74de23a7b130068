"""The language is langdetect's answer, the same every time, and none rather than a guess."""

import langdetect
import pytest

from clean.language import detect
from tests.conftest import RESULTS

langdetect.DetectorFactory.seed = 0


@pytest.mark.parametrize("name", sorted(RESULTS))
def test_same_answer_as_langdetect(name: str) -> None:
    for record in RESULTS[name].records:
        if record.language is not None:
            assert record.language == langdetect.detect(record.text)


@pytest.mark.parametrize("text", ["", "OK", "Live", "12:30", "Home Back", "NATO", "🙂🙂🙂", "\x00"])
def test_no_guess(text: str) -> None:
    assert detect(text) == (None, None)


def test_the_same_every_time() -> None:
    text = "Rada města schválila nový most přes řeku a práce začnou na jaře."
    assert {detect(text) for _ in range(20)} == {detect(text)}
    assert detect(text).code == "cs"


@pytest.mark.parametrize(
    "text",
    [
        "Abantu abaningi bahlangane edolobheni ngoLwesihlanu ukuze bathathe isinqumo ngesikebhe sasebusuku esizoya"
        " esiqhingini. Umphathi wesikebhe uthe bazoqala ngenyanga ezayo, kodwa abanye abakakhokhi.",
        "Bæjarráð samþykkti á föstudag að hefja næturferðir með ferju til eyjanna frá fyrsta maí eftir tveggja ára"
        " tafir og deilur um kostnaðinn.",
    ],
    ids=["Zulu", "Icelandic"],
)
def test_a_language_without_a_profile_is_not_taken_for_another(text: str) -> None:
    assert detect(text).code is None
