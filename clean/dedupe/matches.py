"""A text to look up, and what it repeats."""

from typing import Any, Literal, NamedTuple

Kind = Literal["exact", "near", "contained"]


class Text(NamedTuple):
    """A text to index: its own id, the text, the source it is from, and its date (ISO 8601), if that is known."""

    id: str
    text: str
    source: str = ""
    date: str | None = None


class Measures(NamedTuple):
    """How alike a text and its twin are, and how much of it stands in a container."""

    is_same: bool
    similarity: float
    adds: bool
    share: float


class Match(NamedTuple):
    """What a text repeats.

    `duplicate_of` is the id of its twin, or None, and `kind` tells whether the two are the same (`exact`) or `near`; a
    text without twin that stands in a longer one is `contained`. `similarity` is the share, from 0 to 1, of the longer
    text's words that stand in both; of a contained text, the share of its own. `adds` tells whether there is a number
    or name in it that its twin has not. `contained_in` is the id of a longer text that contains it. `since` is the
    date of its twin, or else its container, if that is known.
    """

    id: str
    duplicate_of: str | None = None
    kind: Kind | None = None
    similarity: float | None = None
    adds: bool = False
    contained_in: str | None = None
    since: str | None = None

    def as_field(self) -> dict[str, Any] | None:
        """How the text repeats another, as a field of a row; None if it repeats none."""
        if self.kind is None:
            return None
        similarity = round(self.similarity or 0.0, 3)
        told = {"kind": self.kind, "similarity": similarity, "adds": self.adds}
        return {**told, "contained_in": self.contained_in, "since": self.since}


def match_of(text: Text, twin: Text | None, container: Text | None, measures: Measures) -> Match:
    """What a text repeats: its twin, or else the longer text that contains it."""
    inside = container.id if container is not None else None
    if twin is not None:
        kind: Kind = "exact" if measures.is_same else "near"
        similarity = 1.0 if measures.is_same else measures.similarity
        adds = measures.adds and not measures.is_same
        return Match(text.id, twin.id, kind, similarity, adds, inside, twin.date)
    if container is not None:
        return Match(text.id, None, "contained", measures.share, False, inside, container.date)
    return Match(text.id)
