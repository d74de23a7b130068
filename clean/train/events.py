"""Two stories on one event: the pairs that share most words, and pairs that are made to speak of the same."""

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

from clean.boundaries.terms import tokens
from clean.train.parts import Story

WORD = re.compile(r"[^\W\d_]{4,}")
READ = 12  # paragraphs of a story that are compared
NEAREST = 3  # stories, of which one is drawn
NAMES, WORDS = 14, 40  # that are replaced by those of the other story
PERSONS = 8  # who are replaced as well, given name by given name and surname by surname
FULL_NAME = re.compile(r"\b([A-ZÀ-Þ][a-zß-ÿ]{3,}) (?:[A-Z]\. )?([A-ZÀ-Þ][a-zß-ÿ]{3,})\b")
SHARES = (0.5, 0.8, 1.0)  # of them


def nearest(story: Story, others: Sequence[Story], draw: random.Random) -> Story | None:
    """One of the stories of the same language that share most words with a story, or None."""
    own = bag(story)
    near = [other for other in others if other != story and other.language == story.language]
    scored = [(len(own & bag(other)) / (len(bag(other)) + 20) ** 0.5, number) for number, other in enumerate(near)]
    best = sorted(scored, reverse=True)[:NEAREST]
    return near[draw.choice(best)[1]] if best else None


@cache
def bag(story: Story) -> frozenset[str]:
    """The words of the beginning of a story."""
    words = tokens(" ".join(story.paragraphs[:READ]))
    return frozenset(word for word in words if len(word) > 3 or not word.isascii())


def disguised(story: Story, model: Story, draw: random.Random) -> Story:
    """The story with its most frequent names and words replaced by those of another, as if both spoke of one event."""
    table: dict[str, str] = {}
    for own, theirs in zip(frequent(story), frequent(model), strict=True):
        share = draw.choice(SHARES)
        table |= {one: other for one, other in zip(own, theirs, strict=False) if draw.random() < share}
    share = draw.choice(SHARES)
    for one, other in zip(persons(story), persons(model), strict=False):
        if draw.random() < share:
            table |= dict(zip(one, other, strict=True))

    def swapped(text: str) -> str:
        return WORD.sub(lambda found: table.get(found[0], found[0]), text)

    return story._replace(title=swapped(story.title), paragraphs=tuple(map(swapped, story.paragraphs)))


def frequent(story: Story) -> Iterator[list[str]]:
    """The most frequent names of a story, and its most frequent other long words."""
    counts = Counter(WORD.findall(" ".join(story.paragraphs)))
    common = [word for word, _ in counts.most_common()]
    yield [word for word in common if word[0] != word[0].lower() and not counts[word.lower()]][:NAMES]
    yield [word for word in common if word.islower() and len(word) > 5][:WORDS]


def persons(story: Story) -> list[tuple[str, str]]:
    """Given name and surname of those who are named in full, the most frequent surname first."""
    text = " ".join(story.paragraphs)
    counts = Counter(WORD.findall(text))
    found: dict[str, tuple[str, str]] = {}
    for given, surname in FULL_NAME.findall(text):
        if not counts[given.lower()] and not counts[surname.lower()]:
            found.setdefault(surname, (given, surname))
    return sorted(found.values(), key=lambda person: (-counts[person[1]], person))[:PERSONS]
