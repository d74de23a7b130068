"""What no rule knows, but looks and stands as boilerplate does: weighed by a model that was trained on real pages."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clean.labels import KEPT
from clean.marks.measures import PROSE, Measures, Values, measure
from clean.marks.neighbours import LONGEST_ITEM, SHORT, Standing, labels_of
from clean.marks.shapes import is_closed
from clean.marks.surroundings import claims_of, features
from clean.model import Block, Confidence, Mark
from clean.trees import Trees

OF_STORIES = Path(__file__).parent.parent / "weights" / "boilerplate.json"  # trained on texts of one story
OF_FILES = OF_STORIES.with_stem("boilerplate-files")  # and on such of several
CERTAINTY = 0.41  # that a block is boilerplate, from which it goes; more loses less news and leaves more
LEAST_CERTAINTY = 1e-6  # which stands for 0: all goes that nothing else decides
BEFORE_SPLIT = 0.5  # the same where it is not known yet which stories a file holds
SURE = 0.95  # from which that is of high confidence
SWITCH = 0.2  # log-odds that a change between news and boilerplate costs, so that single blocks follow their neighbours
ALONE = 1.25  # log-odds beyond the limit, from which a block goes whose neighbours both stay: it may be a subhead
REST = 2.0  # the same for the rest of a paragraph, out of which rules took a part
SENTENCE = 12  # weight of a very short sentence
SELDOM_IN_NEWS = frozenset(("legal", "cookie", "comment", "paywall", "other"))  # families of parts that news seldom has
MOST_REASONS = 3
LEAST_REASON = 0.2  # log-odds; what says less is not told
WHOLE = 0.97  # share of a block that rules take, from which nothing is left to decide
HEADLINE_REACH = 6  # blocks above the first prose in which its headline is looked for
HEADLINE_WORDS = 4  # of the shortest headline that is told so
HEADLINE_KNOWN = 0.3  # share of its words that return in the prose
More = Callable[[Measures], Mapping[str, Values]]  # features beyond those of the text

# What is told of a group of features that spoke for boilerplate: (group, what must hold of the block, words).
PHRASES: tuple[tuple[str, str, str], ...] = (
    ("length", "short", "short"),
    ("length", "", "of another length than the prose"),
    ("ending", "open", "no sentence end"),
    ("ending", "", "ends unlike prose"),
    ("punctuation", "", "punctuation unlike prose"),
    ("case", "", "capitals unlike prose"),
    ("wording", "", "other words than the prose"),
    ("repetition", "copied", "printed more than once"),
    ("rules", "", "weak rules speak for it"),
    ("neighbours", "", "its neighbours are no prose"),
    ("around", "", "little prose around it"),
    ("taken-around", "", "among removed blocks"),
    ("place", "", "where it stands in the document"),
    ("prose", "", "away from the prose"),
    ("run", "", "outside the longest run of prose"),
    ("marks", "", "near boilerplate that rules know"),
    ("trafilatura", "", "no main text to trafilatura"),
    ("resiliparse", "", "no main text to resiliparse"),
    ("inside", "", "in an element for something else"),
    ("likes", "", "elements like it hold no story"),
    ("around-it", "", "what is around it on the page"),
    ("main", "", "away from the main element"),
    ("links", "", "its links"),
    ("markup", "", "its element"),
    ("beside", "", "the elements beside it"),
)


# What a document is: a text that may hold several stories, one story, or a page, of which more is known than its text.
Whole = Literal["file", "story", "page"]


class Looks(NamedTuple):
    """What the blocks of a batch look like: their measures, features, and the numbers of those not decided yet."""

    measures: Measures
    features: Mapping[str, Values]
    blocks: NDArray[np.int64]


class Weighed(NamedTuple):
    """What a model says of the blocks of a batch that are not decided yet.

    `blocks`: their numbers in the batch; `odds`: log-odds that each is news, and of a text REST more for the rest of a
    paragraph; `leaves`: how it came to that. `whole`: what each document is.
    """

    measures: Measures
    blocks: NDArray[np.int64]
    odds: NDArray[np.float64]
    leaves: NDArray[np.uint8]
    trees: Trees
    whole: Whole

    def only(self, rows: NDArray[np.bool_]) -> "Weighed":
        """What it says of some of the blocks."""
        return self._replace(blocks=self.blocks[rows], odds=self.odds[rows], leaves=self.leaves[:, rows])


@cache
def bundled(path: Path) -> Trees:
    """A model that comes with the package."""
    return Trees.read(path)


def find(
    documents: Sequence[Sequence[Block]],
    marks: Sequence[Sequence[Mark]],
    standing: Sequence[Standing],
    certainty: float = CERTAINTY,
    trees: Trees | None = None,
    more: More | None = None,
) -> list[list[Mark]]:
    """Mark the blocks of each document that are boilerplate by their looks, their words and their place.

    `marks` is what the other detectors claim, `standing` what of it stands by itself, by block. A block of which that
    takes all is decided, and so are captions, summaries, and the rest of a paragraph that holds what is put into news.
    """
    if certainty >= 1 or not any(documents):
        return [[] for _ in documents]
    weighed = weigh(documents, marks, standing, trees or bundled(OF_STORIES), more)
    return told(weighed, documents, marks, standing, certainty)


def find_twice(
    documents: Sequence[Sequence[Block]],
    marks: Sequence[Sequence[Mark]],
    standing: Sequence[Standing],
    certainty: float = CERTAINTY,
) -> tuple[list[list[Mark]], list[list[Mark]]]:
    """What `find` marks if each document may hold several stories, and what it marks if each holds one.

    The first is to find the stories by, and says no reasons.
    """
    if certainty >= 1 or not any(documents):
        return [[] for _ in documents], [[] for _ in documents]
    seen = looks(documents, marks, standing)
    files, stories = asked(seen, bundled(OF_FILES), "file"), asked(seen, bundled(OF_STORIES), "story")
    before = told(files, documents, marks, standing, BEFORE_SPLIT)
    return before, told(stories, documents, marks, standing, certainty)


def told(
    weighed: Weighed,
    documents: Sequence[Sequence[Block]],
    marks: Sequence[Sequence[Mark]],
    standing: Sequence[Standing],
    certainty: float,
) -> list[list[Mark]]:
    """The marks on blocks that were weighed, by how sure the model must be; those on a file say no reason."""
    found: list[list[Mark]] = [[] for _ in documents]
    gone = going(weighed, certainty)
    whys = reasons(weighed, gone) if weighed.whole != "file" else [""] * len(gone)
    sure = weighed.odds[gone] <= np.log(1 / SURE - 1)
    blocks = weighed.blocks[gone]
    edges = np.searchsorted(blocks, weighed.measures.edges)
    for number, (first, end) in enumerate(pairwise(edges)):
        own = (blocks[first:end] - weighed.measures.edges[number]).tolist()
        labels = labels_of(own, documents[number], marks[number], standing[number])
        for place, block, label in zip(range(first, end), own, labels, strict=True):
            confidence: Confidence = "high" if sure[place] else "medium"
            text = documents[number][block].text
            found[number].append(Mark(block, 0, len(text), label, "learned", whys[place], confidence))
    return found


def going(weighed: Weighed, certainty: float) -> NDArray[np.int64]:
    """The places in `weighed` of the blocks that go; of a text, none of them its headline, as far as can be told.

    A page names its headline itself: there, a caption above the first paragraph would be taken for it.
    """
    limit = np.log(1 / max(certainty, LEAST_CERTAINTY) - 1)
    edges = np.searchsorted(weighed.blocks, weighed.measures.edges)
    stays: list[bool] = []
    for first, end in pairwise(edges):
        odds = (weighed.odds[first:end] - limit).tolist()
        row = smoothed(odds)
        if weighed.whole == "story":
            row = among_news(odds, weighed.blocks[first:end].tolist(), row)
        if weighed.whole != "page" and (headline := headline_of(weighed, first, row)) is not None:
            row[headline] = True
        stays += row
    return np.flatnonzero(~np.array(stays, bool))


def headline_of(weighed: Weighed, first: int, stays: Sequence[bool]) -> int | None:
    """Which of a document's blocks is the headline that nothing told from a menu, and would go: its words return.

    It stands a few blocks above the first prose that stays. Losing it costs the record its title.
    """
    measures = weighed.measures
    for place, stay in enumerate(stays):
        if not (stay and measures.prose[weighed.blocks[first + place]]):
            continue
        for above in range(place - 1, max(-1, place - 1 - HEADLINE_REACH), -1):
            block = weighed.blocks[first + above]
            if stays[above] and measures.words[block] >= HEADLINE_WORDS:
                return None
            known = measures.known[block] >= HEADLINE_KNOWN and not measures.closed[block]
            if known and measures.words[block] >= HEADLINE_WORDS and measures.length[block] <= LONGEST_ITEM:
                return above
        return None
    return None


def weigh(
    documents: Sequence[Sequence[Block]],
    marks: Sequence[Sequence[Mark]],
    standing: Sequence[Standing],
    trees: Trees,
    more: More | None = None,
) -> Weighed:
    """Ask the model about every block that is not decided."""
    seen = looks(documents, marks, standing, rests_stay=more is None)
    if more is not None:
        seen = seen._replace(features={**seen.features, **more(seen.measures)})
    return asked(seen, trees, "story" if more is None else "page")


def asked(seen: Looks, trees: Trees, whole: Whole) -> Weighed:
    """What a model says of blocks, by their looks."""
    leaves = trees.leaves(trees.matrix(seen.features, seen.blocks))
    odds = trees.odds(leaves)
    if whole != "page":
        odds = odds + REST * are_rests(seen.features["rules.taken"], seen.measures)[seen.blocks]
    return Weighed(seen.measures, seen.blocks, odds, leaves, trees, whole)


def looks(
    documents: Sequence[Sequence[Block]],
    marks: Sequence[Sequence[Mark]],
    standing: Sequence[Standing],
    rests_stay: bool = True,
) -> Looks:
    """What all blocks of a batch look like, and which are not decided.

    `rests_stay`: whether the rest of a paragraph, of which rules take a part, is decided to stay if that part is such
    as is put into news: where there is more to go by than its text, it is not.
    """
    measures = measure(documents)
    taken = [shares(row, blocks) for row, blocks in zip(standing, documents, strict=True)]
    claims = claims_of(marks, taken, measures)
    decided = claims.taken >= WHOLE
    rest = (claims.taken > 0) & (measures.weight * (1 - claims.taken) >= SENTENCE)
    for first, row, blocks in zip(measures.edges, standing, documents, strict=False):
        for number, stands in row.items():
            told = any(mark.label in ("caption", "summary") and mark.rule for mark in stands)
            if told or (rests_stay and rest[first + number] and in_news(stands, blocks[number].text)):
                decided[first + number] = True
    return Looks(measures, features(measures, claims), np.flatnonzero(~decided))


def are_rests(taken: Values, measures: Measures) -> NDArray[np.bool_]:
    """For every block, whether it is a paragraph of which rules take a part, and leave as much as a paragraph."""
    found: NDArray[np.bool_] = (taken > 0) & measures.closed & (measures.weight * (1 - taken) >= PROSE)
    return found


def in_news(stands: Sequence[Mark], text: str) -> bool:
    """Whether the rest of a block ends a sentence, and any of the parts that are taken is such as is put into news.

    A dateline and an appeal stand in front of a lead, and a line on another story within, or behind.
    """
    end = min((mark.start for mark in stands if mark.end >= len(text)), default=len(text))
    rest = text[:end].rstrip()
    families = {mark.label.split(".")[0] for mark in stands if mark.label not in KEPT}
    return bool(rest) and is_closed(rest) and bool(families - SELDOM_IN_NEWS)


def shares(standing: Standing, blocks: Sequence[Block]) -> dict[int, float]:
    """The share of each block that standing marks take out of the text."""
    found = {}
    for number, marks in standing.items():
        spans = sorted((mark.start, mark.end) for mark in marks if mark.label not in KEPT)
        if spans:
            covered, reached = 0, 0
            for start, end in spans:
                covered += max(0, end - max(start, reached))
                reached = max(reached, end)
            found[number] = covered / len(blocks[number].text)
    return found


def smoothed(odds: Sequence[float]) -> list[bool]:
    """Whether each of a row of blocks stays: the likeliest row, where a change costs SWITCH (Viterbi 1967)."""
    news = boilerplate = 0.0
    steps: list[tuple[bool, bool]] = []
    for one in odds:
        steps.append((news >= boilerplate - SWITCH, boilerplate > news - SWITCH))
        news, boilerplate = max(news, boilerplate - SWITCH) + one / 2, max(boilerplate, news - SWITCH) - one / 2
    stays = news >= boilerplate
    kept: list[bool] = []
    for news_before, boilerplate_before in reversed(steps):
        kept.append(stays)
        stays = news_before if stays else not boilerplate_before
    return kept[::-1]


def among_news(odds: Sequence[float], blocks: Sequence[int], stays: Sequence[bool]) -> list[bool]:
    """The same row, but that a block stays whose neighbours both stay, unless it is boilerplate beyond doubt."""
    kept = list(stays)
    for place in range(1, len(stays) - 1):
        beside = blocks[place + 1] - blocks[place - 1] == 2 and stays[place - 1] and stays[place + 1]
        kept[place] = stays[place] or (beside and odds[place] > -ALONE)
    return kept


def reasons(weighed: Weighed, places: NDArray[np.int64]) -> list[str]:
    """In words, for each place, which groups of features spoke for boilerplate, the loudest first."""
    said = weighed.trees.said(weighed.leaves[:, places])
    order = np.argsort(said, axis=1, kind="stable")[:, :MOST_REASONS]
    told = np.where(np.take_along_axis(said, order, axis=1) < -LEAST_REASON, order, -1)
    measures, blocks = weighed.measures, weighed.blocks[places]
    short, unclosed = measures.weight[blocks] < SHORT, ~measures.closed[blocks]
    rows, which = np.unique(
        np.column_stack([told, short, unclosed, measures.copies[blocks] > 1]), axis=0, return_inverse=True
    )  # few are told, again and again
    groups = weighed.trees.groups
    whys = [
        sentence([groups[group] for group in row[:-3] if group >= 0], *map(bool, row[-3:])) for row in rows.tolist()
    ]
    return [whys[row] for row in which.ravel().tolist()]


def sentence(groups: Sequence[str], short: bool, unclosed: bool, copied: bool) -> str:
    """What is told of groups of features that spoke for boilerplate, given how the block looks."""
    holds = {"": True, "short": short, "open": unclosed, "copied": copied}
    words = [next((words for name, when, words in PHRASES if name == group and holds[when]), "") for group in groups]
    return f"Looks like boilerplate: {', '.join(filter(None, words)) or 'all in all'}."
