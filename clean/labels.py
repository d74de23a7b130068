"""The one vocabulary: every label, what becomes of text that bears it, and what it means."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

Fate = Literal["kept", "metadata", "removed"]


class Label(NamedTuple):
    """One row of the vocabulary."""

    name: str
    fate: Fate
    meaning: str


LABELS: Mapping[str, Label] = MappingProxyType(
    {
        row.name: row
        for row in (
            Label("title", "kept", "The headline of a story."),
            Label("body.paragraph", "kept", "A paragraph of the story."),
            Label("body.heading", "kept", "A subhead inside the story."),
            Label("body.list", "kept", "An item of a list that belongs to the story."),
            Label("body.quote", "kept", "A quotation set apart as a block of its own."),
            Label("summary", "kept", "A bullet between headline and story that sums it up."),
            Label("caption", "kept", "What stands below a picture."),
            Label("dateline", "metadata", "Place (and agency) in front of the lead."),
            Label("date", "metadata", "When the story was published."),
            Label("updated", "metadata", "When the story was last changed."),
            Label("byline", "metadata", "Who wrote it."),
            Label("publisher", "metadata", "Who published it."),
            Label("nav", "removed", "Menus, breadcrumbs, skip links, search and login."),
            Label("share", "removed", "Share bars, follow buttons, print and copy links."),
            Label("promo.donation", "removed", "The publisher asks for money or support."),
            Label("promo.subscribe", "removed", "The publisher offers a subscription."),
            Label("promo.newsletter", "removed", "The publisher offers a newsletter or alerts."),
            Label("promo.app", "removed", "The publisher offers an app, channel, podcast, video or audio version."),
            Label("ad", "removed", "Advertising and its labels."),
            Label("related", "removed", "A pointer to another story."),
            Label("related.heading", "removed", "Heading of a list of other stories."),
            Label("related.item", "removed", "Item of a list of other stories."),
            Label("legal", "removed", "Copyright, terms, imprint, syndication notes."),
            Label("cookie", "removed", "Consent banners."),
            Label("comment", "removed", "Reader comments, their counts and house rules."),
            Label("paywall", "removed", "The story ends here for those who have not paid."),
            Label("credit", "removed", "Who took the picture, or reported and edited, on a line of its own."),
            Label("repeat.title", "removed", "The headline, printed again."),
            Label("repeat.passage", "removed", "A passage that stood in the document before, or in another."),
            Label("repeat.article", "removed", "A piece of an article that repeats another."),
            Label("repeat.site", "removed", "A block that repeats over documents of the site."),
            Label("other", "removed", "Shows nothing, or boilerplate of no known kind."),
        )
    }
)

KEPT, METADATA, REMOVED = (
    frozenset(row.name for row in LABELS.values() if row.fate == name) for name in ("kept", "metadata", "removed")
)


def fate(label: str) -> Fate:
    """Tell what becomes of text that bears the label; KeyError for a label that does not exist."""
    return LABELS[label].fate


def label_of_rule(rule: str) -> str | None:
    """The label that a rule's id starts with, or None.

    >>> label_of_rule("related.heading.read-also")
    'related.heading'
    """
    parts = rule.split(".")
    names = (".".join(parts[:length]) for length in range(len(parts) - 1, 0, -1))
    return next((name for name in names if name in LABELS), None)
