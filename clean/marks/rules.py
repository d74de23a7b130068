"""What the rules say: matches all of them against each block in one pass."""

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache
from typing import Any

import re2
from ahocorasick_rs import AhoCorasick

from clean.dates import Calendar
from clean.marks.anchors import needs
from clean.model import Block, Confidence, Mark
from clean.rulebook import Rule, Rulebook, fold, plain, quiet

LOOSEST = 2  # times as long as a literal may a line be that equals it but for spacing and punctuation
LONG = 400  # characters; longer blocks are prose, where dates matter at the edges only
LONGEST_REMEMBERED = 200  # characters of a text whose marks are kept: lines of boilerplate come again and again
MOST_REMEMBERED = 5_000  # texts; four times as many save no time that could be seen
LONGEST_WORDED = 40  # characters; a date without a figure ("an hour ago") stands in a short line
DIGIT = re.compile(r"\d")
EDGE = 200  # characters at each end of a long block in which dates are looked for
MOST_ALSO = 12  # texts; more are slower to look for than the pattern is to try
PROSE = 100  # characters from which a block with a sentence end counts as prose
SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)\]]*\s+(?=(?:[\"'“‘„(\[¿¡]|« ?)*[^\W_a-zß-ÿ])|[。！？]+[」』”）]*| [|•·] ")
ABBREVIATION = re.compile(r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Dr|St|Prof|Gen|Sen|Rep|Gov|Lt|Col|Sgt|No|vs|Jr|Sr))\.$")
SINGLE_OPENS = re.compile(r"(?:^|[\s(:—–-])'(?=\w|$)")
SINGLE_CLOSES = re.compile(r"[\w.,!?…]'(?=[\s.,;:!?)]|$)")
WEAKER: dict[Confidence, Confidence] = {"high": "low", "medium": "low", "low": "low"}


class Matcher:
    """Finds which of many patterns match a text, at a cost that hardly grows with their number.

    Patterns for whole lines that say how the line begins are one state machine, which gives up on most texts after a
    few characters. Of the others nearly all have anchors, plain texts of which any match holds one: all anchors are
    looked for at once (Aho & Corasick 1975, doi:10.1145/360825.360855). The few that have neither are a state machine
    of their own. Only what these three let through is tried.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules: list[Rule] = []
        self._patterns: list[str] = []
        self._hints: list[str] = []
        self._compiled: dict[str, Any] = {}
        self._lengths: list[tuple[int, int]] = []
        self._also: list[tuple[tuple[str, ...], ...]] = []  # further texts, one of each of which must be there
        anchored: dict[str, list[int]] = defaultdict(list)
        whole_lines = StateMachine(re2.Set.FullMatchSet)
        without_anchor = StateMachine(re2.Set.SearchSet)
        for number, (rule, pattern, hint) in enumerate(patterns_of(rules)):
            wanted = needs(pattern)
            first, *others = wanted.texts or [frozenset[str]()]
            if rule.shape == "line" and wanted.openings is not None:
                whole_lines.add(number, hint)
            elif first:
                for anchor in first:
                    anchored[anchor].append(number)
            else:
                without_anchor.add(number, whole(hint, rule))
            self.rules.append(rule)
            self._patterns.append(whole(pattern, rule))
            self._hints.append(whole(hint, rule))
            self._lengths.append((wanted.shortest, wanted.longest if rule.shape == "line" else sys.maxsize))
            self._also.append(tuple(tuple(sorted(texts)) for texts in others if len(texts) <= MOST_ALSO)[:2])
        self._machines = [machine for machine in (whole_lines, without_anchor) if machine.compiled()]
        self._anchors = AhoCorasick(sorted(anchored))
        self._owners = [anchored[anchor] for anchor in sorted(anchored)]

    def match(self, text: str) -> Iterator[tuple[Rule, Any]]:
        """The rules that match somewhere in the text, each with the pattern that does, in the order of the rules."""
        lower, encoded, length = text.lower(), text.encode(), len(text)
        found = {anchor for anchor, _, _ in self._anchors.find_matches_as_indexes(lower, overlapping=True)}
        numbers = {
            number
            for anchor in found
            for number in self._owners[anchor]
            if all(any(piece in lower for piece in texts) for texts in self._also[number])
        }
        for machine in self._machines:
            numbers.update(machine.match(encoded))
        for number in sorted(numbers):
            shortest, longest = self._lengths[number]
            if shortest <= length <= longest and (pattern := self._matching(number, encoded)) is not None:
                yield self.rules[number], pattern

    def _matching(self, number: int, encoded: bytes) -> Any:
        """The pattern of a number, if it matches in a text of UTF-8.

        Its looser form is tried before it: that has few states, and on most texts is enough to tell that it does not.
        """
        found = None
        for pattern in dict.fromkeys((self._hints[number], self._patterns[number])):
            found = self._compiled_once(pattern)
            if found.search(encoded) is None:
                return None
        return found

    def _compiled_once(self, pattern: str) -> Any:
        """A pattern, compiled when it is first needed, since most are never."""
        found = self._compiled.get(pattern)
        if found is None:
            found = self._compiled[pattern] = re2.compile(pattern, quiet())
        return found


class StateMachine:
    """Many patterns as one, which tells the numbers of those that may match."""

    def __init__(self, kind: Callable[[re2.Options], Any]) -> None:
        self._set = kind(quiet())
        self._numbers: list[int] = []

    def add(self, number: int, hint: str) -> None:
        """Add a pattern, by a looser form of it, under a number."""
        self._set.Add(hint)
        self._numbers.append(number)

    def compiled(self) -> bool:
        """Make ready, and tell whether there is anything to match."""
        self._set.Add("(?s).*")  # always matches: where even this is not found, the machine ran out of memory
        self._set.Compile()
        return bool(self._numbers)

    def match(self, encoded: bytes) -> Sequence[int]:
        """The numbers of the patterns that may match in a text of UTF-8; all of them if memory ran out."""
        found = self._set.Match(encoded)
        if found is None:
            return self._numbers
        return [self._numbers[place] for place in found if place < len(self._numbers)]


def patterns_of(rules: Sequence[Rule]) -> Iterator[tuple[Rule, str, str]]:
    """(rule, pattern, looser pattern) for every pattern, and for every literal that need not be a whole line."""
    for rule in rules:
        if rule.shape != "line":
            yield from ((rule, pattern, pattern) for pattern in map(literal_pattern, rule.literals))
        yield from zip([rule] * len(rule.patterns), rule.patterns, rule.hints, strict=True)


class RuleMarks:
    """Marks blocks by rules. Picklable, and safe to share between threads."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self._build()

    def __getstate__(self) -> Rulebook:
        return self.book

    def __setstate__(self, book: Rulebook) -> None:
        self.book = book
        self._build()

    def _build(self) -> None:
        self._calendar = Calendar(self.book.words)
        self._known: dict[str, tuple[tuple[Mark, str], ...]] = {}
        self._lines: dict[str, Rule] = {}
        for rule in self.book.rules:
            if rule.shape == "line":
                self._lines.update((literal, rule) for literal in rule.literals)
        self._own = frozenset(rule.id for rule in self.book.rules if not rule.bundled)
        self._longest = LOOSEST * max(map(len, self._lines), default=0)
        self._plain = Matcher([rule for rule in self.book.rules if not rule.masked])
        self._masked = Matcher([rule for rule in self.book.rules if rule.masked])

    def find(self, blocks: Sequence[Block], entries: Collection[int] = ()) -> Iterator[Mark]:
        """Mark every hit of every rule; on the `entries` of menus, by number, of those alone that `_on_entry` asks."""
        zones: list[str] | None = None
        for number, block in enumerate(blocks):
            for mark, zone in self._on_entry(block.text) if number in entries else self._marks(block.text):
                if zone != "any":
                    zones = zones or zones_of(blocks)
                    if zone not in zones[number]:
                        continue
                yield Mark(number, *mark[1:])

    def _marks(self, text: str) -> Sequence[tuple[Mark, str]]:
        """The marks on a text, as if it were the first block, each with the zone it holds in."""
        if len(text) > LONGEST_REMEMBERED:
            return list(self._found(text))
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            known = self._known[text] = tuple(self._found(text))
        return known

    def _on_entry(self, text: str) -> Sequence[tuple[Mark, str]]:
        """The marks on an entry of a menu: of rules that name it word for word, and of the user's own rules."""
        of_line = list(self._of_line(text, plain(text)))
        if not self._own:
            return of_line
        return list(dict.fromkeys([*of_line, *(found for found in self._marks(text) if found[0].rule in self._own)]))

    def _of_line(self, text: str, flat: str) -> Iterator[tuple[Mark, str]]:
        """The mark of the rule that names a line word for word."""
        if len(flat) <= self._longest and (rule := self._lines.get(fold(flat))):
            yield Mark(0, 0, len(text), rule.label, rule.id, rule.why, rule.confidence, reach(rule)), rule.zone

    def _found(self, text: str) -> Iterator[tuple[Mark, str]]:
        flat = plain(text)
        yield from self._of_line(text, flat)
        yield from hits(self._plain, flat)
        masked = self._mask(flat)
        if masked is not flat:
            yield from hits(self._masked, masked)

    def _mask(self, flat: str) -> str:
        if len(flat) > LONGEST_WORDED and DIGIT.search(flat) is None:
            return flat
        if len(flat) <= LONG:
            return self._calendar.mask(flat)
        head, tail = flat[:EDGE], flat[-EDGE:]
        masked_head, masked_tail = self._calendar.mask(head), self._calendar.mask(tail)
        if masked_head is head and masked_tail is tail:
            return flat
        return masked_head + flat[EDGE:-EDGE] + masked_tail


def hits(matcher: Matcher, text: str) -> Iterator[tuple[Mark, str]]:
    """The marks of all rules on a text, each with the zone it holds in."""
    try:
        for rule, pattern in matcher.match(text):
            for mark in marks_of(rule, pattern, text):
                yield mark, rule.zone
    except UnicodeEncodeError:  # a lone surrogate, which no rule speaks of
        return


def reach(rule: Rule) -> Any:
    """How far a mark of the rule goes beyond its block."""
    return rule.takes if rule.takes in ("list", "rest") else "here"


def whole(pattern: str, rule: Rule) -> str:
    """The pattern, held to the whole block if the rule speaks of lines."""
    return f"^(?:{pattern})$" if rule.shape == "line" else pattern


def literal_pattern(literal: str) -> str:
    """A pattern for a literal anywhere in a block, at word boundaries."""
    words = r" +".join(re2.escape(word) for word in literal.split())
    start = r"\b" if literal[0].isascii() and literal[0].isalnum() else ""
    end = r"\b" if literal[-1].isascii() and literal[-1].isalnum() else ""
    return f"(?i){start}{words}{end}"


def marks_of(rule: Rule, pattern: Any, flat: str) -> Iterator[Mark]:
    """The marks of one rule on a text, as if it were the first block."""
    for found in pattern.finditer(flat):
        start, end = found.start(), found.end()
        groups = pattern.groupindex
        named = [found.start(group) for group in groups.values() if found.group(group)]
        confidence = rule.confidence
        if rule.shape != "line" and inside_quotes(flat, min(named, default=start)):
            confidence = WEAKER[confidence]
        if groups:
            for name, group in groups.items():
                if found.group(group):
                    label = name.replace("_", ".")
                    yield Mark(0, found.start(group), found.end(group), label, rule.id, rule.why, confidence)
            continue
        if rule.shape == "sentence":
            first, last = sentence_around(flat, start, end)
            if fold(flat[first:last]) != fold(flat[start:end]):
                continue
        if rule.takes == "sentence":
            start, end = sentence_around(flat, start, end)
        elif rule.takes != "part":
            start, end = 0, len(flat)
        yield Mark(0, start, end, rule.label, rule.id, rule.why, confidence, reach(rule))


def sentence_around(flat: str, start: int, end: int) -> tuple[int, int]:
    """The bounds of the sentence, or run of sentences, that holds a piece of a block."""
    first, last = 0, len(flat)
    for stop in sentence_stops(flat):
        if stop <= start:
            first = stop
        elif stop >= end:
            last = stop
            break
    for opens, closes in ("()", "[]"):  # what stands in brackets is a sentence of its own
        left, right = flat.rfind(opens, first, start + 1), flat.find(closes, max(start, end - 1), last)
        if left > flat.rfind(closes, first, start) and right >= 0:
            return left, right + 1
    return first, first + len(flat[first:last].rstrip())


@lru_cache(maxsize=16)
def sentence_stops(flat: str) -> tuple[int, ...]:
    """Where the sentences of a block end, white space included; remembered, since an appeal is asked for it often."""
    return tuple(
        stop.end()
        for stop in SENTENCE_END.finditer(flat)
        if not ABBREVIATION.search(flat, max(0, stop.start() - 8), stop.start() + 1)
    )


def inside_quotes(flat: str, at: int) -> bool:
    """Whether a place lies inside a quotation that opened in this block.

    >>> inside_quotes("Minister thanks helpers: 'Your support helps us'", 27), inside_quotes("The dockers' union", 13)
    (True, False)
    """
    if flat.count('"', 0, at) % 2 or (at and flat[at - 1] == '"'):
        return True
    if any(flat.count(first, 0, at) > flat.count(last, 0, at) for first, last in ("«»", "「」")):
        return True
    return "'" in flat and len(SINGLE_OPENS.findall(flat, 0, at)) > len(SINGLE_CLOSES.findall(flat, 0, at))


def zones_of(blocks: Sequence[Block]) -> list[str]:
    """The zones each block lies in, as `head body tail` or a part of it.

    Up to the first prose is the head, from the last on the tail. A file may hold several stories, so two or more
    blocks without prose between two with it are the tail of one and perhaps the head of another.
    """
    prose = [len(block.text) >= PROSE and bool(re.search(r"[.!?。]", block.text)) for block in blocks]
    zones = ["body"] * len(blocks)
    start = 0
    for number in range(len(blocks) + 1):
        if number < len(blocks) and not prose[number]:
            continue
        inner = start > 0 and number < len(blocks)
        if not inner or number - start > 1:
            name = "head tail" if inner or number - start == len(blocks) else "head" if start == 0 else "tail"
            zones[start:number] = [name] * (number - start)
        start = number + 1
    if any(prose):
        first, last = prose.index(True), len(prose) - 1 - prose[::-1].index(True)
        zones[first] = "body head"
        zones[last] = "body tail" if last != first else "body head tail"
    return zones
