"""Rules that a finished run suggests: what repeats on a site, with counts, examples and what they would remove."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from unicodedata import normalize

import orjson

from clean.dates import Calendar
from clean.errors import UsageError
from clean.labels import LABELS, REMOVED
from clean.marks.shapes import is_closed
from clean.marks.sites import NUMBER, Repeats, key_of, prose_of
from clean.model import Block
from clean.pipeline import Cleaner
from clean.proofs import example, hit_faults, miss_faults
from clean.rulebook import MACROS, Rulebook, fold, plain, rule_of
from clean.runs import finished
from clean.runs.local import run
from clean.runs.names import MANIFEST
from clean.writers import toml

LEAST_SHARE = 0.02  # of a site's different documents; far less than removes unseen, since a person will look
LEAST_UNKNOWN = 0.5  # share of a block's documents in which no rule has removed it yet
SHOWN = 3  # examples, each from another source
LONGEST_SHOWN = 90  # characters of a line beside an example
MOST_WORDINGS = 5  # of a line with numbers in it that are tried as hits
SLUG_WORDS = 5  # of a text, that name its rule
STAYS = frozenset(
    ("title", "body.heading")
)  # a line that repeats and is kept as these: the only headline, or a subhead
BRACKETS = re.compile("[⟦⟧]")
HEADER = (
    "Proposed from what repeats; nothing is applied. Look at each rule: mend its label, the front of its id, and take",
    "out what is news. Put the rest into a folder of rules, as rules/sites/<site>.toml, and run `clean rules check`.",
)
MISSES = (  # sentences of news that use a line's own words; the first that no rule touches is taken
    "A reader asked what the words '{}' were doing there, and the editor wrote back the same evening.",
    "The court was shown a photograph of a wall on which somebody had painted '{}' in letters a yard high.",
    "On its third page the words '{}' stand between a shopping list and the drawing of a heron.",
)


class Place(NamedTuple):
    """Where a line stands: its source and text, what became of it, and the nearest passages around it."""

    source: str
    text: str
    label: str
    rule: str
    above: str = ""
    below: str = ""


class Proposal(NamedTuple):
    """A rule to be looked at: its row, in how many of a site's different documents its text stands, and where."""

    site: str
    row: Mapping[str, Any]
    documents: int
    of: int
    places: tuple[Place, ...]

    def to_dict(self) -> dict[str, Any]:
        """The proposal as a row of JSON; `blocks` and `characters` are what the rule would remove."""
        kept = sum(LABELS[place.label].fate == "kept" for place in self.places)
        return {
            "site": self.site,
            "rule": dict(self.row),
            "documents": self.documents,
            "of": self.of,
            "blocks": len(self.places),
            "characters": sum(len(place.text) for place in self.places),
            "kept_so_far": kept,
            "examples": [place._asdict() for place in examples(self.places)],
        }

    def comments(self) -> Iterator[str]:
        """What a person should know of the proposal, line by line."""
        told = self.to_dict()
        blocks, kept = told["blocks"], told["kept_so_far"]
        yield f"{self.site}: in {self.documents} of {self.of} different documents. It would remove {blocks} lines with"
        yield f"{told['characters']} characters; {kept} of the lines are in records so far. For example:"
        for place in examples(self.places):
            yield f"  {place.source}"
            yield from (f"    {line}" for line in (place.above, f"⟦{place.text}⟧", place.below) if line)


def learn(folder: Path, cleaner: Cleaner) -> list[Proposal]:
    """Rules for what repeats on the sites of a finished run, or of a folder of scrapes, which is cleaned first.

    Each passes the proof of its own hits and misses. Raises UsageError if there is no such folder.
    """
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}; name a finished run, or a folder of scrapes")
    if (folder / MANIFEST).exists():
        return proposals(folder, cleaner)
    with TemporaryDirectory(prefix="clean-learn-") as out:
        run([str(folder)], out, cleaner=cleaner)
        return proposals(Path(out), cleaner)


def toml_of(found: Iterable[Proposal]) -> Iterator[str]:
    """The lines of a rule file with the proposals."""
    yield from (f"# {line}" for line in HEADER)
    for proposal in found:
        yield ""
        yield from toml.rule(proposal.row, proposal.comments())


def proposals(out: Path, cleaner: Cleaner) -> list[Proposal]:
    """The proposals for the sites of a finished run, by site, the most frequent first."""
    found: list[Proposal] = []
    for (site, key), (repeats, places) in sorted(repeated(out).items()):
        known = sum(is_known(place) for place in places)
        if known <= (1 - LEAST_UNKNOWN) * len(places) and not stays(key, places):
            unknown = tuple(place for place in places if not is_known(place))
            row = draft(cleaner, site, key, unknown)
            row["why"] = f"It stands in {repeats.counts[key]} of {repeats.documents} different documents of {site}."
            found.append(Proposal(site, row, repeats.counts[key], repeats.documents, unknown))
    found.sort(key=lambda one: (one.site, -one.documents, one.row["id"]))
    return list(proved(with_ids(found, cleaner.book), cleaner))


def is_known(place: Place) -> bool:
    """Whether a rule, or a detector that says more, has taken the line, or will never."""
    return bool(place.rule) and place.rule != "repeats.site"


def stays(key: int, places: Sequence[Place]) -> bool:
    """Whether a line is one that mostly stays: a headline, a subhead, or a sentence that was kept."""
    label = Counter(place.label for place in places).most_common(1)[0][0]
    return label in STAYS or (label not in REMOVED and (bool(prose_of(key)) or is_closed(places[0].text)))


def repeated(out: Path) -> dict[tuple[str, int], tuple[Repeats, list[Place]]]:
    """By site and key, every line that repeats on its site, with all places where the run's files tell it."""
    sites = finished.repeats(out)
    found: dict[tuple[str, int], tuple[Repeats, list[Place]]] = {}
    for page, records, ledger in finished.sources(out):
        if (known := sites.get(page.site)) is None:
            continue
        often = {key for key in page.keys.tolist() if known.share(key) >= LEAST_SHARE}
        for place in places_of(page.source, records, ledger) if often else ():
            if (key := key_of(place.text)) in often:
                found.setdefault((page.site, key), (known, []))[1].append(place)
    return found


def places_of(name: str, records: Sequence[bytes], ledger: Sequence[bytes]) -> Iterator[Place]:
    """The passages and removals of a source, in order, each with the nearest passages above and below."""
    told = [
        (passage["start"], passage["end"], Place(name, passage["text"], f"body.{passage['kind']}", ""))
        for row in map(orjson.loads, records)
        for passage in row["body"]
    ]
    removals = map(orjson.loads, ledger)
    told += [(row["start"], row["end"], Place(name, row["text"], row["label"], row["rule"])) for row in removals]
    told.sort()
    passages = [(start, place.text) for start, _, place in told if LABELS[place.label].fate == "kept"]
    starts = [start for start, _ in passages]
    for start, end, place in told:
        above, below = bisect_left(starts, start), bisect_left(starts, end)
        yield place._replace(
            above=shortened(passages[above - 1][1], last=True) if above else "",
            below=shortened(passages[below][1]) if below < len(passages) else "",
        )


def shortened(text: str, last: bool = False) -> str:
    """The first words of a text, or the last, up to the length of a line."""
    if len(text) <= LONGEST_SHOWN:
        return text
    if last:
        return text[-LONGEST_SHOWN:].partition(" ")[2] or text[-LONGEST_SHOWN:]
    return text[:LONGEST_SHOWN].rpartition(" ")[0] or text[:LONGEST_SHOWN]


def draft(cleaner: Cleaner, site: str, key: int, places: Sequence[Place]) -> dict[str, Any]:
    """The row of a rule for a line, with all hits and misses that might prove it."""
    wordings = list(dict.fromkeys(fold(place.text) for place in places))
    by_words: dict[str, Any] = {"any": wordings}
    if len(wordings) > 1:
        by_words = {
            "patterns": ["{number}".join(map(re.escape, NUMBER.split(plain(places[0].text)))).replace("\\ ", " ")]
        }
    shown = examples(places, MOST_WORDINGS)
    hits = [f"{place.above}\n⟦{place.text}⟧" for place in shown if place.above]
    hits += [f"⟦{place.text}⟧\n{place.below}" for place in shown if place.below]
    hits += [f"⟦{place.text}⟧" for place in shown]
    return {
        "id": f"{label_for(cleaner, places[0].text)}.{slug(site)}-{slug(wordings[0]) or f'{key:x}'}",
        "site": site,
        **by_words,
        "shape": "line",
        "why": "",
        "hits": list(dict.fromkeys(hits)),
        "misses": [miss.format(shown[0].text) for miss in MISSES],
    }


def label_for(cleaner: Cleaner, text: str) -> str:
    """The label that most of the rules that speak of a text give it, be they ever so unsure; else `repeat.site`."""
    marks = cleaner.marks([[Block(0, len(text), text, 1)]])[0]
    told = Counter(mark.label for mark in marks if mark.label in REMOVED and mark.rule)
    return min(told, key=lambda label: (-told[label], label), default="repeat.site")


def slug(text: str) -> str:
    """The first words of a text as an id may hold them: bare Latin letters and figures, with hyphens between."""
    bare = normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return "-".join(re.findall("[a-z0-9]+", bare)[:SLUG_WORDS])


def examples(places: Iterable[Place], most: int = SHOWN) -> list[Place]:
    """Some of the places, each in another source."""
    return list({place.source: place for place in reversed(list(places))}.values())[: -most - 1 : -1]


def with_ids(found: Iterable[Proposal], book: Rulebook) -> Iterator[Proposal]:
    """The proposals, each with an id that no other rule has."""
    taken = {rule.id for rule in book.rules}
    for one in found:
        name = wanted = one.row["id"]
        number = 1
        while name in taken:
            number += 1
            name = f"{wanted}-{number}"
        taken.add(name)
        yield one._replace(row={**one.row, "id": name})


def proved(found: Iterable[Proposal], cleaner: Cleaner) -> Iterator[Proposal]:
    """The proposals that can be proved, each with two hits and a miss that do it."""
    macros = {**MACROS, **Calendar(cleaner.book.words).macros()}
    drafts = [(one, rule_of(one.row, macros, "proposed")) for one in found if is_writable(one)]
    book = Rulebook((*cleaner.book.rules, *(rule for _, rule in drafts)), cleaner.book.words)
    trial = Cleaner(cleaner.options, book)
    for one, rule in drafts:
        hits = [hit for hit in rule.hits if not any(hit_faults(trial, rule, example(hit, rule.zone)))][:2]
        misses = [miss for miss in rule.misses if not any(miss_faults(trial, rule, miss))][:1]
        if len(hits) == 2 and misses:
            yield one._replace(row={**one.row, "hits": hits, "misses": misses})


def is_writable(one: Proposal) -> bool:
    """Whether a file of UTF-8 can hold the texts of a proposal, and the marks around its hits be told from them."""
    told = "".join(place.above + place.text + place.below for place in one.places)
    return not BRACKETS.search(told) and told.encode("utf-8", "replace") == told.encode("utf-8", "surrogatepass")
