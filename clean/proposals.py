"""Rules that a finished run suggests: what repeats on a site, with counts, examples and what they would remove."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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


@dataclass
class Line:
    """A line that repeats on a site: what is counted over all its places, and some of them.

    `text` is as it stands first, `labels` are those of all places, and `known` counts those where a rule has taken it.
    All else is told of the others: their characters, how many are kept so far, the first wordings, the first place of
    each of some sources, and whether a file of UTF-8 can hold all the texts, with marks around them.
    """

    repeats: Repeats
    text: str
    labels: Counter[str] = field(default_factory=Counter)
    known: int = 0
    blocks: int = 0
    characters: int = 0
    kept: int = 0
    wordings: list[str] = field(default_factory=list)
    shown: list[Place] = field(default_factory=list)
    is_writable: bool = True

    def add(self, place: Place) -> None:
        """Count a place of the line; those of a source come one after the other."""
        self.labels[place.label] += 1
        if is_known(place):
            self.known += 1
            return
        self.blocks += 1
        self.characters += len(place.text)
        self.kept += LABELS[place.label].fate == "kept"
        if len(self.wordings) < 2 and (wording := fold(place.text)) not in self.wordings:
            self.wordings.append(wording)
        if len(self.shown) < MOST_WORDINGS and (not self.shown or self.shown[-1].source != place.source):
            self.shown.append(place)
        self.is_writable = self.is_writable and is_writable(place)


class Proposal(NamedTuple):
    """A rule to be looked at: its row, in how many of a site's different documents its line stands, and what of it."""

    site: str
    row: Mapping[str, Any]
    documents: int
    of: int
    line: Line

    def to_dict(self) -> dict[str, Any]:
        """The proposal as a row of JSON; `blocks` and `characters` are what the rule would remove."""
        return {
            "site": self.site,
            "rule": dict(self.row),
            "documents": self.documents,
            "of": self.of,
            "blocks": self.line.blocks,
            "characters": self.line.characters,
            "kept_so_far": self.line.kept,
            "examples": [place._asdict() for place in self.line.shown[:SHOWN]],
        }

    def comments(self) -> Iterator[str]:
        """What a person should know of the proposal, line by line."""
        told = self.to_dict()
        blocks, kept = told["blocks"], told["kept_so_far"]
        yield f"{self.site}: in {self.documents} of {self.of} different documents. It would remove {blocks} lines with"
        yield f"{told['characters']} characters; {kept} of the lines are in records so far. For example:"
        for place in self.line.shown[:SHOWN]:
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
    for (site, key), line in sorted(repeated(out).items(), key=lambda one: one[0]):
        if line.known <= (1 - LEAST_UNKNOWN) * line.labels.total() and not stays(key, line):
            row, count, of = draft(cleaner, site, key, line), line.repeats.counts[key], line.repeats.documents
            row["why"] = f"It stands in {count} of {of} different documents of {site}."
            found.append(Proposal(site, row, count, of, line))
    found.sort(key=lambda one: (one.site, -one.documents, one.row["id"]))
    return list(proved(with_ids(found, cleaner.book), cleaner))


def is_known(place: Place) -> bool:
    """Whether a rule, or a detector that says more, has taken the line, or will never."""
    return bool(place.rule) and place.rule != "repeats.site"


def stays(key: int, line: Line) -> bool:
    """Whether a line is one that mostly stays: a headline, a subhead, or a sentence that was kept."""
    label = line.labels.most_common(1)[0][0]
    return label in STAYS or (label not in REMOVED and (bool(prose_of(key)) or is_closed(line.text)))


def repeated(out: Path) -> dict[tuple[str, int], Line]:
    """By site and key, every line that repeats on its site, by all places where the run's files tell it."""
    sites = finished.repeats(out)
    found: dict[tuple[str, int], Line] = {}
    for page, records, ledger in finished.sources(out):
        if (known := sites.get(page.site)) is None:
            continue
        often = {key for key in page.keys.tolist() if known.share(key) >= LEAST_SHARE}
        for place in places_of(page.source, records, ledger) if often else ():
            if (key := key_of(place.text)) in often:
                found.setdefault((page.site, key), Line(known, place.text)).add(place)
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


def draft(cleaner: Cleaner, site: str, key: int, line: Line) -> dict[str, Any]:
    """The row of a rule for a line, with all hits and misses that might prove it."""
    shown, text = line.shown, line.shown[0].text
    by_words: dict[str, Any] = {"any": line.wordings}
    if len(line.wordings) > 1:
        by_words = {"patterns": ["{number}".join(map(re.escape, NUMBER.split(plain(text)))).replace("\\ ", " ")]}
    hits = [f"{place.above}\n⟦{place.text}⟧" for place in shown if place.above]
    hits += [f"⟦{place.text}⟧\n{place.below}" for place in shown if place.below]
    hits += [f"⟦{place.text}⟧" for place in shown]
    return {
        "id": f"{label_for(cleaner, text)}.{slug(site)}-{slug(line.wordings[0]) or f'{key:x}'}",
        "site": site,
        **by_words,
        "shape": "line",
        "why": "",
        "hits": list(dict.fromkeys(hits)),
        "misses": [miss.format(text) for miss in MISSES],
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
    drafts = [(one, rule_of(one.row, macros, "proposed")) for one in found if one.line.is_writable]
    book = Rulebook((*cleaner.book.rules, *(rule for _, rule in drafts)), cleaner.book.words)
    trial = Cleaner(cleaner.options, book)
    for one, rule in drafts:
        hits = [hit for hit in rule.hits if not any(hit_faults(trial, rule, example(hit, rule.zone)))][:2]
        misses = [miss for miss in rule.misses if not any(miss_faults(trial, rule, miss))][:1]
        if len(hits) == 2 and misses:
            yield one._replace(row={**one.row, "hits": hits, "misses": misses})


def is_writable(place: Place) -> bool:
    """Whether a file of UTF-8 can hold the texts of a place, and the marks around a hit be told from them."""
    told = place.above + place.text + place.below
    return not BRACKETS.search(told) and told.encode("utf-8", "replace") == told.encode("utf-8", "surrogatepass")
