"""Near-identical texts among many: which belong together, which of them is kept, and which stand in a longer one."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clean.dedupe.candidates import Keys, keys, pairs
from clean.dedupe.verification import Alike, Bags, contained, near
from clean.dedupe.words import Hashes, Numbers, Rows, bare, mixed, powers_of, words_of
from clean.errors import UsageError, refuse_one

NONE = -1


class Clusters(NamedTuple):
    """For each text the number of its twin, which is its own if it is kept, and how the two are alike.

    `similarity` is the share of the longer text's words that stand in both. `adds` tells whether a number or name
    stands in it that its twin has not. `within` is the number of a longer text that contains it, or -1; `share` how
    much of it stands there. `anchors` are texts with which later ones are to be compared: the kept, and the centres.
    """

    twin: Numbers
    similarity: NDArray[np.float64]
    adds: NDArray[np.bool_]
    within: Numbers
    share: NDArray[np.float64]
    anchors: NDArray[np.bool_]


class Stars(NamedTuple):
    """For each text its twin, the text that contains it, how much, and whether later ones are compared with it."""

    twin: Numbers
    within: Numbers
    share: NDArray[np.float64]
    anchors: NDArray[np.bool_]


def find_duplicates(texts: Iterable[str]) -> list[int]:
    """For each text the index of the first text that it repeats, or its own.

    Two texts are the same if they differ in nothing but case, accents, spacing and punctuation; near-identical if four
    fifths of the longer one's words stand in both, and at most one number or name differs (one more for every 50
    words). A cluster has a centre to which all its texts are near, so that a chain of small changes does not make one
    cluster. Texts of fewer than 8 words are the same only if they are equal, and texts without words never.

    Candidates share a key: the smallest hash of word 3-shingles in a window (Broder 1997,
    doi:10.1109/SEQUEN.1997.666900; winnowing, Schleimer et al. 2003, doi:10.1145/872757.872770). Time grows with
    n log n and memory with n, the number of words of all texts; 100,000 passages take about a second.

    >>> find_duplicates(["The pier shuts in May, he said on Friday.", "No.", "Pier shuts in May, he said on Friday"])
    [0, 1, 0]

    Raises UsageError for what is no text, and for one text where many are asked for.
    """
    refuse_one(texts, "find_duplicates takes many texts")
    texts = list(texts)
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise UsageError(f"find_duplicates takes texts, and number {number} is {type(text).__name__}")
    words = words_of(texts)
    first, copies = exact(words)
    ranked = np.argsort(-words.lengths[first], kind="stable")  # the longest first
    words = words.take(first[ranked])
    alike = near(Bags(words), pairs(keys(words), words.lengths))
    _, twin = gathered(alike, len(first), np.empty(0, np.int64))
    clusters = np.empty_like(twin)
    clusters[ranked] = twin
    return firsts(clusters[copies])


def firsts(clusters: Numbers) -> list[int]:
    """For each text the index of the first of its cluster; clusters have numbers, below that of texts.

    >>> firsts(np.array([2, 0, 2]))
    [0, 1, 0]
    """
    earliest = np.full(len(clusters), len(clusters))
    np.minimum.at(earliest, clusters, np.arange(len(clusters)))
    found: list[int] = earliest[clusters].tolist()
    return found


def exact(words: Rows, salts: Hashes | None = None) -> tuple[Numbers, Numbers]:
    """The first row of each that are equal, and for each row which of these it equals; empty rows equal none.

    Rows with different salts are not equal.
    """
    found = digests(words) if salts is None else digests(words) ^ salts
    _, first, copies = np.unique(found, return_index=True, return_inverse=True)
    order = np.argsort(first)  # so that the first rows keep their order
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return first[order], place[copies]


def digests(words: Rows) -> Hashes:
    """A hash of each row as a whole; of an empty row, of its number."""
    lengths = words.lengths
    powers, _ = powers_of(1 << int(lengths.max(initial=0)).bit_length())
    found = [np.empty(0, np.uint64)]
    for part in words.parts():
        places = np.arange(len(part.values)) - np.repeat(part.ends[:-1], part.lengths)
        sums = np.zeros(len(part.values) + 1, np.uint64)
        np.cumsum(bare(part.values) * powers[places], out=sums[1:])
        found.append(sums[part.ends[1:]] - sums[part.ends[:-1]])
    of_empty = np.arange(1, len(lengths) + 1, dtype=np.uint64)
    return mixed(np.where(lengths > 0, np.concatenate(found), of_empty))


def cluster(words: Rows, salts: Hashes | None = None) -> Clusters:
    """Cluster different texts, which are numbered by rank: of near-identical ones, the first is kept.

    Texts with different salts are not compared.
    """
    found = keys(words)
    if salts is not None:
        found = Keys(found.values ^ salts[found.texts], found.texts)
    return join(words, pairs(found, words.lengths), np.empty(0, np.int64))


def join(words: Rows, both: Numbers, kept: Numbers) -> Clusters:
    """Cluster texts by the pairs of them that may be alike, two in each row.

    The last rows are texts from before, whose twins are known: `kept` has their rows. A text that is near to some of
    these joins the one it is most alike; the others gather round centres, the texts to which most are near (star
    clustering, Aslam, Pelekhov & Rus 2004, doi:10.7155/jgaa.00084), and of each star the first text is kept.
    """
    count, bags = len(words.lengths) - len(kept), Bags(words)
    found = stars(near(bags, both), contained(bags, both), count, kept)
    twin = found.twin[:count]
    similarity, adds = np.ones(count), np.zeros(count, bool)
    repeats = np.flatnonzero(twin != np.arange(count))
    similarity[repeats], adds[repeats] = likeness(bags, np.stack([repeats, twin[repeats]], 1))
    return Clusters(twin, similarity, adds, found.within[:count], found.share[:count], found.anchors[:count])


def stars(alike: Alike, inside: Alike, count: int, kept: Numbers) -> Stars:
    """The stars of texts by the pairs that are near-identical, and by those of which one contains the other.

    New are the first `count` texts; `kept` has the twins of the others.
    """
    centre, twin = gathered(alike, count, kept)
    within, share = containers(inside, twin)
    anchors = np.zeros(len(twin), bool)
    anchors[twin] = anchors[centre] = True
    return Stars(twin, within, share, anchors)


def likeness(bags: Bags, both: Numbers) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """How alike the texts of each pair are, and whether a number or name stands in the first that the other has not."""
    return bags.similarity(both), bags.weights(both)[:, 0] > 0


def gathered(alike: Alike, count: int, kept: Numbers) -> tuple[Numbers, Numbers]:
    """For each text that round which it gathers, and its twin, by the pairs that are near-identical.

    New are the first `count` texts; `kept` has the twins of the others.
    """
    rows = np.arange(count + len(kept))
    centre = np.concatenate([centres(alike, count), rows[count:]])
    first = rows.copy()
    np.minimum.at(first, centre, rows)
    first[count:] = kept
    return centre, first[centre]


def centres(alike: Alike, count: int) -> Numbers:
    """For each of the first texts the text round which it gathers: an earlier one, another of its like, or itself.

    Of texts that are near to each other, that to which most are near is the centre, by rank if as many are; those near
    to it gather there, and so on with the rest. Found for all at once, in a few rounds (greedy independent set,
    Blelloch, Fineman & Shun 2012, doi:10.1145/2312005.2312058).
    """
    one, other = np.concatenate([alike.pairs, alike.pairs[:, ::-1]]).T
    similarity = np.tile(alike.share, 2)
    found = np.arange(count)
    is_open = np.ones(count, bool)
    to_old = (one < count) & (other >= count)
    gather(found, one[to_old], other[to_old], similarity[to_old])
    is_open[one[to_old]] = False
    new = (one < count) & (other < count)
    new[new] = is_open[one[new]] & is_open[other[new]]
    one, other, similarity = one[new], other[new], similarity[new]
    order = np.lexsort((np.arange(count), -np.bincount(one, minlength=count)))
    rank = np.empty(count, np.int64)
    rank[order] = np.arange(count)
    down = rank[one] > rank[other]
    one, other, similarity = one[down], other[down], similarity[down]
    is_centre = np.zeros(count, bool)
    while is_open.any():
        waits = np.zeros(count, bool)
        waits[one[is_open[one] & is_open[other]]] = True
        is_centre |= is_open & ~waits
        is_open &= waits
        is_open[one[is_centre[other]]] = False
    joins = is_centre[other] & ~is_centre[one]
    gather(found, one[joins], other[joins], similarity[joins])
    return found


def gather(found: Numbers, one: Numbers, other: Numbers, similarity: NDArray[np.float64]) -> None:
    """Set for each text which of several others it is most alike; the first, if several are."""
    order = np.lexsort((-other, similarity))
    found[one[order]] = other[order]  # the last counts


def containers(inside: Alike, twin: Numbers) -> tuple[Numbers, NDArray[np.float64]]:
    """For each text the text that contains most of it, or that one's twin, and the share that stands there."""
    inner, outer = twin[inside.pairs].T
    apart = inner != outer
    inner, outer, share = inside.pairs[apart, 0], outer[apart], inside.share[apart]
    found, most = np.full(len(twin), NONE), np.zeros(len(twin))
    order = np.lexsort((-outer, share))
    found[inner[order]], most[inner[order]] = outer[order], share[order]
    return found, most
