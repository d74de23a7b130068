"""Blocks to marks: one file per detector, each a claim with a reason; who is right is settled elsewhere."""

from collections.abc import Mapping
from types import MappingProxyType

# Detectors that are code; every other name in the ledger is the id of a rule.
DETECTORS: Mapping[str, str] = MappingProxyType(
    {
        "datelines": "Place, and perhaps day and agency, in front of the lead.",
        "duplicates.article": "The article repeats another one, of this run or an earlier one.",
        "duplicates.passage": "The passage repeats another one, of this run or an earlier one.",
        "front": "Front matter: fields between two lines of dashes, in front of the text.",
        "learned": "Looks and stands as boilerplate does, by a model that weighs a line and what is around it.",
        "live.clock": "The clock of an entry of a live blog, which is a record of its own.",
        "live.section": "The heading of a round-up, right above the headline of one of its briefs.",
        "pages.time": "A line that is nothing but a `<time>`.",
        "pages.title": "The heading of the page's story, by the title in its head, or of a story beside it.",
        "repeats.passage": "The same paragraph stood in the document before.",
        "repeats.site": "It stands in many different documents of the site.",
        "repeats.title": "The headline was printed before, a few blocks above.",
        "shapes.invisible": "Characters that show nothing.",
        "split.teasers": "In a list of other stories: a headline and one short paragraph, again and again.",
        "threads": "In a thread of readers' comments: name, clock and text, again and again.",
        "settle.bridge": "Stands between two pieces of the same boilerplate, in one paragraph with them.",
        "settle.remainder": "Left over from a block of which more than half is boilerplate, between removed blocks.",
        "settle.separator": "A line without a letter or a figure, beside something that was removed.",
    }
)
