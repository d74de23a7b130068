"""The figures of a slot: those of the body that ends it, of its headline, and of its widest gap."""

import numpy as np

from clean.boundaries.looks import looks
from clean.boundaries.page import Columns, Floats, Page, Slots, slots_of
from clean.boundaries.rhythm import rhythm
from clean.boundaries.style import style
from clean.boundaries.terms import Terms
from clean.boundaries.wording import wording

# Groups of features that are read at the headline of a slot; "above" is then the tail of the story before.
AT_HEADLINE = frozenset(
    "headline around title again list quote caption dateline clock byline publisher nav share promo related item legal"
    " comment credit repeat other slot".split()
)
AT_WIDEST = frozenset(
    "gaps.breaks gaps.over-usual gaps.share-as-wide gaps.as-wide gaps.since-as-wide gaps.until-as-wide".split()
)
AT_BODY = ("dateline.here", "clock.here", "list.here", "quote.here")
KNOWN_TITLE = 1000.0  # weight of words that a line known for a title has in advance
NO_LEAD = -500.0  # where there is no body: less than any body sounds like a lead
OLD_WORDS = 0.7  # what a word of a headline that stands before it takes from one that comes after


def look(page: Page, terms: Terms) -> Columns:
    """The figures of each unit of a page."""
    return wording(page, terms) | looks(page) | style(page) | rhythm(page)


def slots(page: Page, columns: Columns) -> tuple[Slots, Columns]:
    """The slots of a page, and the figures of each."""
    words = columns["headline.weight-after"] - OLD_WORDS * columns["headline.weight-before"]
    could = (columns["headline.is-headline"] > 0) & ~page.is_body
    likeness = np.where(could, words + KNOWN_TITLE * columns["title.here"], -np.inf)
    found = slots_of(page, likeness, columns["gaps.breaks"])
    figures: Columns = {}
    for name, values in columns.items():
        group = name.split(".")[0]
        if name in AT_WIDEST:
            figures[name] = values[found.widest]
        elif name in AT_BODY:
            figures[name] = values[found.body]
        elif group in AT_HEADLINE and not name.endswith(".here"):
            figures[name] = values[found.headline]
        elif not name.endswith(".here"):
            figures[name] = values[found.body]
    figures["gaps.at-body"] = columns["gaps.breaks"][found.body]
    figures["gaps.at-headline"] = columns["gaps.breaks"][found.headline]
    figures["headline.is-there"] = (found.headline != found.body).astype(np.float64)
    figures["slot.lines"] = (found.body - found.low).astype(np.float64)
    return found, figures | leads(columns["lead.here"][found.body], found)


def leads(lead: Floats, slots: Slots) -> Columns:
    """How much each body sounds like a lead, and how much more than those beside it."""
    near: Columns = {}
    for step in (-2, -1, 1, 2):
        place = np.arange(len(lead)) + step
        safe = np.clip(place, 0, max(len(lead) - 1, 0))
        near[f"{step:+d}"] = np.where((place == safe) & (slots.document[safe] == slots.document), lead[safe], NO_LEAD)
    return {
        "lead.here": lead,
        **{f"lead.step{step}": values for step, values in near.items()},
        "lead.over-near": lead - np.maximum.reduce(list(near.values())),
        "lead.over-before": lead - np.maximum(near["-2"], near["-1"]),
        "lead.over-first": lead - lead[np.searchsorted(slots.document, slots.document)],
        "lead.likelier": likelier(lead, slots),
    }


def likelier(lead: Floats, slots: Slots) -> Floats:
    """The share of the bodies of a document that sound more like a lead than each."""
    order = np.lexsort((-lead, slots.document))
    rank = np.empty(len(lead))
    rank[order] = np.arange(len(lead))
    first = np.searchsorted(slots.document, slots.document)
    counts = np.searchsorted(slots.document, slots.document, side="right") - first
    return np.asarray(np.round((rank - first) / np.maximum(counts, 1), 6))
