"""The language of a text, from langdetect's profiles, the same answer every time."""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import chain
from operator import add
from typing import Any, NamedTuple

SAMPLE = 256  # characters; more change no answer
LEAST_GRAMS = 40  # letters and their neighbours; a shorter text is no ground for an answer
LEAST_CONFIDENCE = 0.9
FAMILIAR = 0.8  # share of what text in a language scores on its own profile; Zulu taken for Swahili has 0.75
BY_SCRIPT = frozenset(("ja", "zh-cn", "zh-tw"))  # told by their characters, of which each text has only a few
INDEPENDENT = 8  # neighbouring n-grams share their letters, so that many count as one
SMOOTHING = 0.5 / 10000  # alpha and base frequency of langdetect
STEPS = 25  # to a unit of log-probability, in a table of bytes, which stays in the processor's cache
WEB_ADDRESS = re.compile(r"https?://\S+|\S+@\S+")
SHOUTED = re.compile(r"[A-ZÀ-Þ]{2,}[^\W\d_]*")  # langdetect passes over words in capitals
SPACES = re.compile(r" {2,}")
LATIN = re.compile(r"[A-Za-z]")
OTHER_SCRIPT = re.compile("[\u0300-\U0010ffff]")


class Language(NamedTuple):
    """An ISO 639-1 code (`zh-cn` and `zh-tw` for Chinese) and how sure it is, from 0 to 1; None where none is sure."""

    code: str | None
    confidence: float | None


NO_LANGUAGE = Language(None, None)


class Profiles(NamedTuple):
    """langdetect's profiles as one table: a row of log-probabilities above the floor, one for each language,
    for every n-gram."""

    languages: tuple[str, ...]
    rows: Mapping[str, int]
    table: Any
    expected: Sequence[float]  # for each language what an n-gram of it scores on the average


def detect(text: str) -> Language:
    """Tell the language of a text.

    The naive Bayes of langdetect (Nakatani 2010) over its own profiles of 1- to 3-grams, summed over all n-grams of
    the first 256 characters instead of a random draw of them. Neighbouring n-grams are not independent, so the sum
    is divided before it becomes a confidence; below 0.9, with too little text, or where the text is much less like the
    profile than the language itself, as one without a profile is, the answer is None.
    """
    import numpy as np

    known = profiles()
    found = [gram for gram in grams(text[:SAMPLE]) if gram != " "]
    rows = [row for row in map(known.rows.get, found) if row is not None]
    if len(rows) < LEAST_GRAMS:
        return NO_LANGUAGE
    scores = known.table.take(rows, axis=0).sum(axis=0, dtype=np.uint32) / STEPS
    best = int(scores.argmax())
    code = known.languages[best]
    confidence = float(1 / np.exp((scores - scores[best]) / INDEPENDENT).sum())
    familiar = code in BY_SCRIPT or scores[best] >= FAMILIAR * known.expected[best] * len(found)
    return Language(code, round(confidence, 4)) if confidence >= LEAST_CONFIDENCE and familiar else NO_LANGUAGE


def grams(text: str) -> Iterable[str]:
    """The 1-, 2- and 3-grams of a text as langdetect counts them, and some with spaces that no profile holds."""
    text = WEB_ADDRESS.sub(" ", text)
    if not text.isascii() and 2 * len(LATIN.findall(text)) < len(OTHER_SCRIPT.findall(text)):
        text = LATIN.sub("", text)
    line = SPACES.sub(" ", f" {SHOUTED.sub(' ', text).translate(NORMAL)} ")
    pairs = list(map(add, line, line[1:]))
    return chain(line, pairs, map(add, pairs, line[2:]))


class Normal(dict[int, str]):
    """For `str.translate`: the letter that stands for a character in the profiles, or a space."""

    def __missing__(self, character: int) -> str:
        from langdetect.utils.ngram import NGram

        letter = self[character] = str(NGram.normalize(chr(character)))
        return letter


NORMAL = Normal()


@cache
def profiles() -> Profiles:
    """langdetect's profiles, read once."""
    import numpy as np

    folder = files("langdetect") / "profiles"
    tables = sorted(
        (json.loads(path.read_text(encoding="utf-8")) for path in folder.iterdir()), key=lambda t: str(t["name"])
    )
    rows: dict[str, int] = {}
    for table in tables:
        for gram in table["freq"]:
            rows.setdefault(gram, len(rows))
    floor = math.log(SMOOTHING)
    log = np.zeros((len(rows), len(tables)), dtype=np.uint8)
    expected: list[float] = []
    for column, table in enumerate(tables):
        places = [rows[gram] for gram in table["freq"]]
        totals = np.array([table["n_words"][len(gram) - 1] for gram in table["freq"]])
        shares = np.array(list(table["freq"].values())) / totals
        above = np.log(shares + SMOOTHING) - floor
        log[places, column] = np.rint(above * STEPS)
        expected.append(float((shares * above).sum()) / len(table["n_words"]))
    return Profiles(tuple(table["name"] for table in tables), rows, log, expected)
