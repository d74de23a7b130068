"""Rules as data: reads `rules/<language>/<family>.toml`, and refuses what cannot be used."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast, get_args

import re2

from clean.dates import AGO, DATE, TIME, Calendar
from clean.errors import RuleError
from clean.labels import LABELS, label_of_rule
from clean.model import Confidence
from clean.words import Words, word_faults, words_of

Shape = Literal["line", "sentence", "part"]
Takes = Literal["part", "sentence", "line", "list", "rest"]
Zone = Literal["head", "body", "tail", "any"]

KEYS = ("id", "any", "patterns", "case", "shape", "takes", "zone", "site", "confidence", "why", "hits", "misses")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "shape": get_args(Shape),
    "takes": get_args(Takes),
    "zone": get_args(Zone),
    "confidence": get_args(Confidence),
}
TAKES_BY_SHAPE: Mapping[str, Takes] = {"line": "line", "sentence": "sentence", "part": "part"}
WORDS_FILE = "words.toml"
LEAST_HITS = 2
ID = re.compile(r"[a-z]+(\.[a-z]+)*\.[a-z0-9]+(-[a-z0-9]+)*")
SITE = re.compile(r"(?!www\.)[^\sA-Z/\\]+")
UNICODE_CLASS = re.compile(r"\[(?:\\.|[^\]\\])*\\[pP]\{(?:\\.|[^\]\\])*\]|\\[pP]\{\^?\w+\}")
COUNTED = re.compile(r"(?<!\\[xpP])\{(\d+)(?:,\d*)?\}[?]?")
PATTERN_MEMORY = 64 << 20  # bytes; taken only as far as a pattern needs them
MACRO = re.compile(r"\{([a-z]+)\}")

NAME_PART = r"[^ \d,;:|/()\[\]\"!?@#&+=<>*]*"  # a class of few states; all letters of Unicode would be hundreds
PARTICLES = "de|van|von|der|den|del|da|di|do|dos|la|le|du|al|bin|ibn|ter|zu"  # small words within names
NAME = rf"(?-i:\p{{Lu}}{NAME_PART}(?: (?:(?:{PARTICLES}) ){{0,2}}\p{{Lu}}{NAME_PART}){{1,3}})"
DOMAIN = r"(?:[\p{L}\d](?:[\p{L}\d-]*[\p{L}\d])?\.)+[a-z]{2,10}"
WITHIN = r"(?:[^.!?…]|[.!?…]+[^ .!?…\"'»])"  # a character, or the end of a sentence with no sentence behind it
MACROS: Mapping[str, str] = {
    "headline": rf"(?:.{{3,250}}[^ .!?…\"'»)\]]|{WITHIN}{{3,250}}[!?]*[\"'»)\]]*)",  # not two sentences
    "sentence": rf"{WITHIN}{{3,250}}[.!?…]+",
    "name": NAME,
    "names": rf"(?:{NAME}(?:(?:, ?| and | und | et | y | e | en | & |, and | / ?){NAME})*)",
    "domain": DOMAIN,
    "url": rf"(?:https?://|www\.){DOMAIN}(?::\d+)?(?:/[^ ]*)?",
    "number": r"\d+(?:[.,  ]\d+)*",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of boilerplate or metadata, with its proof inside.

    `literals` are compared without case, spacing and outer punctuation; `patterns` are RE2 syntax with the macros
    already filled in; `hints` are looser forms of them, one for each, that cost a state machine little. `masked`
    tells that a pattern speaks of dates, so that it runs on masked text. A rule with a `site` holds on that site only.
    `bundled` tells that it comes with the package.
    """

    id: str
    label: str
    literals: tuple[str, ...]
    patterns: tuple[str, ...]
    hints: tuple[str, ...]
    shape: Shape
    takes: Takes
    zone: Zone
    confidence: Confidence
    why: str
    hits: tuple[str, ...]
    misses: tuple[str, ...]
    file: str
    masked: bool = False
    site: str = ""
    bundled: bool = False


class Problem(NamedTuple):
    """Something wrong with a rule: where, what, and how to mend it."""

    file: str
    rule: str
    what: str
    mend: str

    def __str__(self) -> str:
        where = f"{self.file}: rule {self.rule!r}" if self.rule else self.file
        return f"{where}: {self.what}. {self.mend}"


class Entry(NamedTuple):
    """A rule as a file has it: which file, its id, its row, and whether it comes with the package."""

    file: str
    id: str
    row: Mapping[str, Any]
    bundled: bool


@dataclass(frozen=True)
class Rulebook:
    """All rules of the folders that were read, in the order of their ids, and the words of each language."""

    rules: tuple[Rule, ...]
    words: tuple[Words, ...]
    problems: tuple[Problem, ...] = ()


def bundled_rules() -> Path:
    """The folder of rules that comes with the package, or with the checkout."""
    packaged = Path(__file__).parent / "rules"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "rules"


def load(folders: Sequence[Path]) -> Rulebook:
    """Read all rules below the folders. Those that come with the package are not tried: `clean rules check` does that.

    Raises RuleError, naming every problem, if one of them cannot be used.
    """
    book = read(folders, trusting=True)
    if book.problems:
        raise RuleError("\n".join(map(str, book.problems)))
    return book


def read(folders: Sequence[Path], trusting: bool = False) -> Rulebook:
    """Read all rules below the folders; what cannot be used is told in `problems` and left out.

    `trusting`: the patterns that come with the package are not compiled, which would take most of the time.
    """
    problems: list[Problem] = []
    entries: list[Entry] = []
    vocabularies: list[tuple[str, Mapping[str, object]]] = []
    places, own = {folder: folder.resolve() for folder in folders}, bundled_rules().resolve()
    for folder, path in rule_files(folders, problems):
        file = f"{places[folder].name}/{path.relative_to(folder).as_posix()}"
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            problems.append(Problem(file, "", f"the file cannot be read: {error}", "Mend the TOML at that place."))
            continue
        if path.name == WORDS_FILE:
            found = [Problem(file, "", what, mend) for what, mend in word_faults(table)]
            problems += found
            vocabularies += [] if found else [(path.parent.name, table)]
            continue
        if unknown := sorted(set(table) - {"rule"}):
            problems.append(Problem(file, "", f"unknown table {unknown[0]!r}", "Rules stand under [[rule]]."))
        entries += entries_of(table.get("rule", []), file, places[folder] == own, problems)
    words = tuple(words_of(vocabularies))
    macros = {**MACROS, **Calendar(words).macros()}
    rules = sorted(checked_rules(entries, macros, trusting, problems), key=lambda rule: rule.id)
    return Rulebook(tuple(rules), words, tuple(problems))


def entries_of(rows: object, file: str, bundled: bool, problems: list[Problem]) -> list[Entry]:
    """The rules that a file lists."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        problems.append(Problem(file, "", "`rule` is no list of tables", "Write [[rule]] above each rule."))
        return []
    return [Entry(file, str(row.get("id", "")), row, bundled) for row in rows]


def rule_files(folders: Sequence[Path], problems: list[Problem]) -> Iterator[tuple[Path, Path]]:
    """(folder, file) of every rule file, in a stable order."""
    for folder in folders:
        if not folder.is_dir():
            problems.append(Problem(str(folder), "", "there is no such folder of rules", "Check the path."))
        for path in sorted(folder.rglob("*.toml")):
            yield folder, path


def checked_rules(
    entries: Iterable[Entry], macros: Mapping[str, str], trusting: bool, problems: list[Problem]
) -> Iterator[Rule]:
    """The rules that can be used; of the others, what is wrong."""
    seen: dict[str, str] = {}
    for file, name, row, bundled in entries:
        if name in seen:
            what = f"the id stands already in {seen[name]}"
            problems.append(Problem(file, name, what, "Give it a slug of its own, or join the two rules."))
            continue
        seen[name] = file
        patterns = [] if trusting and bundled else strings(row.get("patterns"))
        found = [
            *faults(row),
            *(fault for pattern in patterns for fault in pattern_faults(pattern, macros)),
        ]
        problems += [Problem(file, name, what, mend) for what, mend in found]
        if not found:
            yield replace(rule_of(row, macros, file), bundled=bundled)


def faults(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with a rule's row but for its patterns, and how to mend it."""
    yield from shape_faults(row)
    for key, allowed in CHOICES.items():
        if key in row and row[key] not in allowed:
            yield f"{key} is {row[key]!r}", f"It must be one of: {', '.join(allowed)}."
    if bare := [text for text in strings(row.get("any")) if not fold(text)]:
        yield f"the literal {bare[0]!r} holds nothing but punctuation", "Use a pattern for it."


def shape_faults(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with the keys of a rule's row and the types of their values."""
    if unknown := sorted(set(row) - set(KEYS)):
        yield f"unknown key {unknown[0]!r}", f"Known keys are: {', '.join(KEYS)}."
    name = row.get("id")
    if not isinstance(name, str) or not ID.fullmatch(name) or label_of_rule(name) is None:
        yield "the id is not a label and a slug", "Write it as 'related.heading.read-also', with a label of labels.py."
    if ("any" in row) == ("patterns" in row):
        yield "a rule has literals or patterns", "Give it either `any` or `patterns`, and not both."
    for key in ("any", "patterns", "hits", "misses"):
        if key in row and (
            not isinstance(row[key], list) or not strings(row[key]) or len(strings(row[key])) != len(row[key])
        ):
            yield f"{key} is not a list of texts", f'Write it as {key} = ["...", "..."].'
    if not isinstance(row.get("why"), str) or not row["why"].strip():
        yield "it has no `why`", "Say in one sentence what the text is."
    if "site" in row and (not isinstance(row["site"], str) or not SITE.fullmatch(row["site"])):
        yield (
            f"the site {row['site']!r} is no name of a site",
            "Write it as 'example.org': lower case, no www, no spaces.",
        )
    hits = strings(row.get("hits"))
    if len(hits) < LEAST_HITS or not all("⟦" in hit and "⟧" in hit for hit in hits):
        yield "it needs at least two hits with what goes in ⟦ ⟧", "Add examples as real scrapes have them."
    if not strings(row.get("misses")):
        yield "it has no miss", "Add a sentence of news that uses the rule's own words and must stay."


def pattern_faults(pattern: str, macros: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is wrong with a pattern, and how to mend it."""
    if unknown := [name for name in MACRO.findall(pattern) if name not in macros]:
        yield f"unknown macro {{{unknown[0]}}}", f"Known macros are: {', '.join(sorted(macros))}."
        return
    try:
        compiled = re2.compile(filled(pattern, macros), quiet())
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else error
        mend = "Patterns are RE2 syntax: no look-around, no back-references, so that none can hang a run."
        yield f"the pattern {pattern!r} does not compile: {reason}", mend
        return
    labels = [name.replace("_", ".") for name in compiled.groupindex]
    if unknown := [label for label in labels if label not in LABELS]:
        yield f"the group {unknown[0]!r} is no label", "A named group bears a label of labels.py, with _ for the dot."
    if compiled.search("", 0) is not None:
        yield f"the pattern {pattern!r} matches nothing at all", "Let it match at least one character."


def strings(value: object) -> list[str]:
    """The texts in a list, or an empty list."""
    return [item for item in value if isinstance(item, str) and item] if isinstance(value, list) else []


def filled(pattern: str, macros: Mapping[str, str]) -> str:
    """The pattern with its macros filled in."""
    return MACRO.sub(lambda macro: f"(?:{macros[macro[1]]})", pattern)


def loosened(pattern: str, macros: Mapping[str, str]) -> str:
    """A pattern that matches wherever the given one does, and perhaps elsewhere, with far fewer states.

    Names, addresses and classes of letters become "anything"; counted repeats become uncounted ones.

    >>> loosened(r"by {name} in .{3,20}", MACROS)
    'by (?:.+) in .+'
    """
    loose = {**macros, **dict.fromkeys(MACROS, ".+"), "domain": r"[^ ]+\.[^ ]+"}
    plain_classes = UNICODE_CLASS.sub(".", filled(pattern, loose))
    return COUNTED.sub(lambda count: "*" if int(count[1]) == 0 else "+", plain_classes)


def quiet() -> re2.Options:
    """Options for RE2 that keep its complaints out of the terminal."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = PATTERN_MEMORY
    return options


def rule_of(row: Mapping[str, Any], macros: Mapping[str, str], file: str) -> Rule:
    """The rule that a row without faults describes."""
    shape = cast(Shape, row.get("shape", "line"))
    patterns = tuple(row.get("patterns", ()))
    prefix = "" if row.get("case") else "(?i)"
    used = {name for pattern in patterns for name in MACRO.findall(pattern)}
    return Rule(
        id=row["id"],
        label=label_of_rule(row["id"]) or "",
        literals=tuple(fold(text) for text in row.get("any", ())),
        patterns=tuple(prefix + filled(pattern, macros) for pattern in patterns),
        hints=tuple("(?i)" + loosened(pattern, macros) for pattern in patterns),
        shape=shape,
        takes=row.get("takes", TAKES_BY_SHAPE[shape]),
        zone=row.get("zone", "any"),
        confidence=row.get("confidence", "high"),
        why=row["why"],
        hits=tuple(row["hits"]),
        misses=tuple(row["misses"]),
        file=file,
        masked=bool(used & {"date", "time", "ago"}),
        site=row.get("site", ""),
    )


# Characters that stand for one plain character each, so that offsets hold.
PLAIN = (
    *((quote, "'") for quote in "‘’‚‛ʼ`´"),
    *((quote, '"') for quote in "“”„‟"),
    *((stand_in, "\ufffd") for stand_in in (DATE, TIME, AGO)),
    *((space, " ") for space in "\t\xa0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"),
)
EDGES = " :.,;…!|·•‣▪*#>»›→<«‹←-–—_=+~/\\[](){}\u200b\u200e\u200f\ufeff\x00"


def plain(text: str) -> str:
    """The text with straight quotes and plain spaces, at unchanged length."""
    if text.isascii():
        return text.replace("\t", " ").replace("`", "'")
    for character, substitute in PLAIN:
        if character in text:
            text = text.replace(character, substitute)
    return text


def fold(text: str) -> str:
    """The form in which whole lines are compared: no case, single spaces, no punctuation at the ends.

    >>> fold(" » People are  also reading:")
    'people are also reading'
    """
    return " ".join(plain(text).lower().strip(EDGES).split())
