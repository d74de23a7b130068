"""Stories to training files: composed as scrapes are, with furniture, traps and teasers, and where each story starts."""

import random
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from clean.boundaries.terms import tokens

KINDS = {  # of files, and in which proportion they are composed
    "furnished": 5,
    "headlines": 4,
    "bodies": 6,
    "single": 6,
    "teasers": 6,
    "same_event": 6,
    "briefs": 4,
    "short": 8,
}
NAMES = "Ida Tom Nora Emil Ruth Otto Lena Hugo Mara Paul Vera Karl Zoe Ivan Elsa Amin".split()
SURNAMES = "Marlow Reed Nor Varga Lindt Osei Tran Petit Rossi Haas Moreno Dahl Kade Sorel Bauer Novak".split()
MONTHS = "January February March April May June July August September October November December".split()
SENTENCE = re.compile(r"(?<=[.!?。！？])[\"”’»」]?\s+|(?<=[。！？])")


class Story(NamedTuple):
    """One story to compose with."""

    title: str
    paragraphs: tuple[str, ...]
    language: str
    publisher: str


class Composed(NamedTuple):
    """A training file: its text, and for each story where it starts, and where its body starts and ends."""

    text: str
    stories: tuple["Place", ...]
    kind: str


class Place(NamedTuple):
    """Where a story stands in a file: its opening, its body, and the end of that, in characters."""

    start: int
    body: int
    end: int


class Line(NamedTuple):
    """A line of a file in the making."""

    text: str
    gap: int  # line breaks in front of it
    role: str = ""  # "start" of a story, "body", or nothing


@cache
def furniture() -> Mapping[str, Mapping[str, list[str]]]:
    """The table of furniture, by language and place."""
    found: Mapping[str, Mapping[str, list[str]]] = tomllib.loads(Path(__file__).with_name("furniture.toml").read_text())
    return found


class Composer:
    """Composes files from stories with one source of chance."""

    def __init__(self, stories: Sequence[Story], seed: int) -> None:
        self.draw = random.Random(seed)
        self.stories = stories
        self.languages = Counter(story.language for story in stories)

    # -- pieces

    def phrase(self, story: Story, place: str) -> str:
        """A line of furniture in the language of a story, at times in no language."""
        table = furniture()
        language = story.language if story.language in table and self.draw.random() < 0.9 else "any"
        if language == "any" and story.language not in table and self.draw.random() < 0.4:
            language = "en"
        text = self.draw.choice(table[language][place])
        while "{" in text:
            text = re.sub(r"\{(\w+)\}", lambda found: self.value(found[1], story), text, count=1)
        return text

    def value(self, name: str, story: Story) -> str:
        draw = self.draw
        year, month, day = draw.randint(1998, 2025), draw.randint(1, 12), draw.randint(1, 28)
        match name:
            case "name" | "NAME":
                found = f"{draw.choice(NAMES)} {draw.choice(SURNAMES)}"
                return found.upper() if name == "NAME" else found
            case "title":
                return story.title.replace("{", "(")
            case "date":
                return draw.choice(
                    (
                        f"{day} {MONTHS[month - 1]} {year}",
                        f"{MONTHS[month - 1]} {day}, {year}",
                        f"{day:02}/{month:02}/{year}",
                    )
                )
            case "day":
                return draw.choice(
                    (
                        f"{day:02}.{month:02}.{year}",
                        f"{day}/{month}/{year}",
                        f"{year}.{month:02}.{day:02}",
                        f"{year}-{month:02}-{day:02}",
                    )
                )
            case "iso":
                return f"{year}-{month:02}-{day:02}"
            case "time":
                return f"{draw.randint(0, 23):02}{draw.choice(':::.')}{draw.randint(0, 59):02}"
            case "year":
                return str(year)
            case "topic":
                words = [word for word in tokens(" ".join(story.paragraphs[:3])) if len(word) > 5 or not word.isascii()]
                return draw.choice(words) if words else "Tarn"
            case _:
                return str(draw.choice((draw.randint(2, 9), draw.randint(2, 90), draw.randint(100, 2000))))

    def some(self, count: int, language: str | None = None) -> list[Story]:
        """Stories for one file, mostly of one language and never twice the same."""
        draw = self.draw
        if language is None:
            names = sorted(self.languages)
            language = draw.choices(names, [self.languages[name] ** 0.6 for name in names])[0]
        pool = self.stories if draw.random() < 0.05 else [story for story in self.stories if story.language == language]
        if len(pool) < count and draw.random() < 0.5:
            pool = self.stories
        return draw.sample(pool, min(count, len(pool)))

    # -- stories as lines

    def body(self, story: Story, style: "Style", most: int = 400) -> list[Line]:
        """The paragraphs of a story."""
        paragraphs = list(story.paragraphs[:most])
        if len(paragraphs) > 3 and self.draw.random() < style.shortened:
            paragraphs = paragraphs[: self.draw.randint(2, min(len(paragraphs), 12))]
        return [Line(text, style.gap, "body") for text in paragraphs]

    def headline(self, story: Story, style: "Style", number: int) -> list[str]:
        title = story.title
        match style.headline:
            case "hash":
                title = f"{style.sign} {title}"
            case "caps":
                title = title.upper()
            case "number":
                title = f"{number}{style.point} {title}"
            case "dashed":
                title = f"{style.dash} {title} {style.dash}"
            case "site":
                return [f"{title} {style.bar} {style.site}", *([title] if style.twice else [])]
        return [title, title] if style.twice else [title]

    def opening(self, story: Story, style: "Style", number: int) -> list[Line]:
        """Headline and furniture in front of a body."""
        lines: list[str] = []
        titles = self.headline(story, style, number)
        for part in style.opening:
            if part == "title":
                lines.append(titles[0])
            elif part == "again":
                lines.append(titles[-1])
            elif part == "standfirst":
                lines.append(self.sentence(story))
            elif part == "bullets":
                lines += [f"{style.bullet}{self.sentence(story)}" for _ in range(self.draw.randint(2, 3))]
            elif self.draw.random() > style.missing:
                lines.append(self.phrase(story, part))
        return [Line(line, style.furniture_gap) for line in lines if line]

    def sentence(self, story: Story) -> str:
        text = self.draw.choice(story.paragraphs[:8])
        found = [part for part in SENTENCE.split(text) if part and len(part) > 15]
        return (found[0] if found else text)[:250]

    def closing(self, story: Story, style: "Style") -> list[Line]:
        return [
            Line(self.phrase(story, part), style.furniture_gap)
            for part in style.closing
            if self.draw.random() > style.missing
        ]

    # -- whole files

    def file(self, kind: str) -> Composed:
        """One file of a kind."""
        maker: Callable[[], list[Line]] = getattr(self, f"make_{kind}")
        return rendered(maker(), kind, self.draw)

    def joined(self, parts: Sequence[tuple[Story, list[Line], "Style"]]) -> list[Line]:
        lines: list[Line] = []
        for story, body, style in parts:
            opening = self.opening(story, style, len(lines) and sum(line.role == "start" for line in lines) + 1 or 1)
            block = [*opening, *body]
            if not block:
                continue
            if opening and body:
                block[len(opening)] = block[len(opening)]._replace(gap=style.lead_gap)
            if lines and style.separator:
                lines.append(Line(style.separator, style.story_gap))
            block[0] = block[0]._replace(gap=style.story_gap)
            # a start that is itself the body is told by its role and the line's own
            lines += [Line(block[0].text, block[0].gap, "start body" if block[0].role else "start"), *block[1:]]
            lines += self.closing(story, style)
        return lines

    def make_furnished(self) -> list[Line]:
        stories = self.some(self.draw.choice((2, 2, 2, 3, 3, 4, 4, 5, 6)))
        style, mixed = Style(self.draw, "furnished"), self.draw.random() < 0.4
        return self.joined(
            [
                (s, self.trapped(s, style, 0.3), style := (Style(self.draw, "furnished", style) if mixed else style))
                for s in stories
            ]
        )

    def make_headlines(self) -> list[Line]:
        stories, style = self.some(self.draw.choice((2, 2, 2, 3, 3, 4, 4, 5, 6))), Style(self.draw, "headlines")
        return self.joined([(s, self.trapped(s, style, 0.35), style) for s in stories])

    def make_bodies(self) -> list[Line]:
        stories, style = self.some(self.draw.choice((2, 2, 2, 3, 3, 4, 4, 5))), Style(self.draw, "bodies")
        return self.joined([(s, self.trapped(s, style, 0.3), style) for s in stories])

    def make_single(self) -> list[Line]:
        story = self.some(1)[0]
        style = Style(self.draw, self.draw.choice(("furnished", "headlines", "bodies")))
        return self.joined([(story, self.trapped(story, style, 1.0), style)])

    def make_short(self) -> list[Line]:
        """One to five stories of two or three paragraphs, as small papers and agencies have them."""
        stories = self.some(self.draw.choice((1, 1, 2, 2, 2, 2, 3, 3, 4, 5)))
        style = Style(self.draw, self.draw.choice(("furnished", "furnished", "furnished", "headlines", "bodies")))
        style.shortened = 0
        mixed = self.draw.random() < 0.5
        parts: list[tuple[Story, list[Line], Style]] = []
        for story in stories:
            few = story._replace(paragraphs=tuple(map(self.shortened, story.paragraphs[: self.draw.randint(2, 4)])))
            if mixed:
                style = Style(self.draw, self.draw.choice(("furnished", "headlines")))
                style.shortened = 0
            parts.append((few, self.trapped(few, style, 0.5 if len(stories) == 1 else 0.15), style))
        lines = self.joined(parts)
        if self.draw.random() < 0.15:
            others = [
                other for other in self.some(self.draw.randint(2, 5), stories[0].language) if other not in stories
            ]
            lines += self.teasers(others, stories[-1], style)
        return lines

    def shortened(self, text: str) -> str:
        """The first one to three sentences of a paragraph."""
        found = [part for part in SENTENCE.split(text) if part]
        return " ".join(found[: self.draw.choice((1, 2, 2, 3))]) or text

    def make_teasers(self) -> list[Line]:
        count = 1 if self.draw.random() < 0.6 else self.draw.choice((2, 2, 3))
        stories = self.some(count + 12)
        style = Style(self.draw, self.draw.choice(("furnished", "headlines", "furnished", "bodies")))
        parts: list[Line] = []
        for story in stories[:count]:
            lines = self.joined([(story, self.trapped(story, style, 0.2), style)])
            if parts:
                lines[0] = lines[0]._replace(gap=style.story_gap)
            parts += lines
            if count == 1 or self.draw.random() < 0.8:
                others = stories[count:] if len(stories) > count + 3 else self.stories
                others = [other for other in self.draw.sample(list(others), min(10, len(others))) if other != story]
                parts += self.teasers(others[: self.draw.randint(2, 9)], story, style)
        return parts

    def make_same_event(self) -> list[Line]:
        kind = self.draw.choice(("furnished", "headlines", "bodies"))
        style = Style(self.draw, kind)
        first = self.some(1)[0]
        near = self.nearest(first)
        if near is not None and self.draw.random() < 0.6:
            second = near
        else:
            others = [story for story in self.stories if story.language == first.language and story != first]
            if not others:
                others = [story for story in self.stories if story != first]
            second = disguised(self.draw.choice(others), first, self.draw)
        stories = [first, second]
        if self.draw.random() < 0.15 and (third := self.some(1)[0]) not in stories:
            stories.append(third)
        self.draw.shuffle(stories)
        return self.joined([(s, self.trapped(s, style, 0.15), style) for s in stories])

    def make_briefs(self) -> list[Line]:
        stories, style = self.some(self.draw.randint(4, 12)), Style(self.draw, "briefs")
        lines = [Line(self.phrase(stories[0], "round"), 1)] if self.draw.random() < 0.6 else []
        parts = []
        for story in stories:
            most = self.draw.choice((1, 1, 1, 2, 2, 3))
            body = self.body(story, style, most)
            if self.draw.random() < 0.25:
                first = [part for part in SENTENCE.split(body[0].text) if part]
                body = [Line((first[0] if first else body[0].text)[:400], style.gap, "body")]
            parts.append((story, body, style))
        return lines + self.joined(parts)

    # -- what misleads

    def teasers(self, others: Sequence[Story], story: Story, style: "Style") -> list[Line]:
        """A list of other stories."""
        draw = self.draw
        gap = draw.choice((1, 2, style.gap))
        inner = draw.choice((1, 1, gap))
        parts = draw.choice(
            (
                ("title", "lead"),
                ("title", "lead"),
                ("title",),
                ("title", "clock", "lead"),
                ("clock", "title"),
                ("title", "lead", "clock"),
                ("section", "title", "lead"),
                ("title", "byline"),
                ("section", "title"),
                ("title", "box"),
            )
        )
        bullet = draw.choice(("", "", "", "- ", "• ", "» ", "* ")) if parts == ("title",) else ""
        cut = draw.choice((80, 120, 160, 220, 300))
        lines = []
        if draw.random() < 0.8:
            lines.append(Line(self.phrase(story, "related"), max(gap, draw.choice((1, 2, 3, style.story_gap)))))
        for number, other in enumerate(others):
            first = True
            for part in parts:
                if part == "title":
                    text = bullet + other.title
                elif part == "lead":
                    sentences = [one for one in SENTENCE.split(other.paragraphs[0]) if one]
                    text = (sentences[0] if sentences and draw.random() < 0.5 else other.paragraphs[0])[:cut].rstrip()
                    if draw.random() < 0.1:
                        continue
                    if draw.random() < 0.2:
                        text += draw.choice(("…", "...", " [...]", "… Read more"))
                else:
                    text = self.phrase(other, part)
                lines.append(Line(text, gap if first else inner))
                first = False
        if draw.random() < 0.15:
            lines.append(Line(self.phrase(story, "promo"), gap))
        return lines

    def trapped(self, story: Story, style: "Style", chance: float) -> list[Line]:
        """The body of a story, with what misleads put into it."""
        lines = self.body(story, style)
        draw = self.draw
        if draw.random() > chance:
            return lines
        kinds = draw.sample(
            (
                "subheads",
                "subheads",
                "bullets",
                "share",
                "clocks",
                "related",
                "related",
                "promo",
                "rule",
                "gaps",
                "quote",
                "caption",
                "list",
                "teasers",
                "turns",
                "live",
                "bio",
            ),
            draw.choice((1, 1, 2, 2, 3)),
        )
        for kind in dict.fromkeys(kinds):
            if len(lines) < 3:
                break
            lines = self.trap(kind, lines, story, style)
        return lines

    def trap(self, kind: str, lines: list[Line], story: Story, style: "Style") -> list[Line]:
        draw = self.draw
        within = sorted(
            draw.sample(range(1, len(lines)), min(len(lines) - 1, draw.choice((1, 1, 2, 3, 4)))), reverse=True
        )
        out = list(lines)

        def put(place: int, texts: Sequence[str], gap: int | None = None) -> None:
            out[place:place] = [Line(text, style.gap if gap is None else gap, "body") for text in texts if text.strip()]

        if kind == "subheads":
            wide = draw.choice((None, None, style.gap + 1))
            close = draw.random() < 0.3  # to what follows
            for place in within:
                text = (
                    self.phrase(story, "head")
                    if draw.random() < 0.3
                    else self.subhead(lines[min(place, len(lines) - 1)].text, story)
                )
                put(place, [text], wide)
                if close:
                    out[place + 1] = out[place + 1]._replace(gap=1)
        elif kind == "bullets":
            sign = draw.choice(("• ", "- ", "  • ", "* ", ""))
            put(within[0], [sign + self.sentence(story) for _ in range(draw.randint(2, 4))])
        elif kind == "share":
            texts = [self.phrase(story, "box") for _ in range(draw.randint(1, 3))]
            if draw.random() < 0.5:
                texts.insert(0, story.title)
            put(draw.choice((within[0], len(out))), texts)
        elif kind == "clocks":
            for place in within:
                put(place, [self.phrase(story, draw.choice(("clock", "live")))])
        elif kind in ("related", "teasers"):
            others = [other for other in self.some(draw.randint(2, 6), story.language) if other != story]
            if kind == "related":
                sign = draw.choice(("", "- ", "• ", "> "))
                texts = [self.phrase(story, "related"), *(sign + other.title for other in others)]
                put(within[0], texts)
            else:
                out[within[0] : within[0]] = [
                    line._replace(role="body") for line in self.teasers(others[:4], story, style)
                ]
        elif kind == "promo":
            for place in within:
                put(place, [self.phrase(story, "promo")])
        elif kind == "rule":
            for place in within:
                put(place, [draw.choice(("* * *", "***", "---", "•", "—", "~", "###", "_____"))])
        elif kind == "gaps":
            for place in within:
                out[place] = out[place]._replace(gap=draw.choice((2, 3, 4, style.story_gap)))
        elif kind == "quote":
            put(within[0], ["“" + self.sentence(story).strip('“”"') + "”"])
        elif kind == "caption":
            for place in within[:2]:
                put(
                    place,
                    [
                        self.phrase(story, "credit")
                        if draw.random() < 0.5
                        else f"{self.subhead(self.sentence(story), story)} ({self.value('name', story)})"
                    ],
                )
        elif kind == "list":
            for number, place in enumerate(reversed(within), 1):
                put(place + number - 1, [f"{number}. {self.subhead(lines[min(place, len(lines) - 1)].text, story)}"])
        elif kind == "turns":
            for place in within:
                put(
                    place,
                    [
                        draw.choice(
                            (
                                "And what did you expect?",
                                "Why now?",
                                f"{self.value('name', story)}: Why did it take so long?",
                                "Q: What comes next?",
                            )
                        )
                    ],
                )
        elif kind == "live":
            for place in within:
                put(place, [self.phrase(story, "live"), self.subhead(lines[min(place, len(lines) - 1)].text, story)])
        elif kind == "bio":
            put(
                len(out),
                [
                    draw.choice(
                        (
                            f"{self.value('name', story)} is a reporter in Ostmere and has written two books about tides.",
                            f"{self.value('name', story)} reported from Tarn, {self.value('name', story)} from Ostmere.",
                            f"This article was corrected on {self.value('date', story)} to give the right length of the pier.",
                        )
                    )
                ],
            )
        return out

    def subhead(self, text: str, story: Story) -> str:
        """A few words of a text, as subheads have them."""
        words = text.split()
        if len(words) < 4:
            return text[: self.draw.randint(6, 16)].strip("。、「」 ")
        length = self.draw.choice((1, 2, 3, 4, 5, 6, 8, 10))
        start = self.draw.randint(0, max(0, len(words) - length))
        found = " ".join(words[start : start + length]).strip(" .,;:()“”\"'—-–")
        return (found[:1].upper() + found[1:]) or "Tarn"

    def nearest(self, story: Story) -> Story | None:
        """The story that shares most words with a story, or None."""
        own = set(tokens(" ".join(story.paragraphs[:12])))
        others = [other for other in self.stories if other != story and other.language == story.language]
        if not others:
            return None
        scored = [
            (len(own & set(bag(other))) / (len(bag(other)) + 20) ** 0.5, number) for number, other in enumerate(others)
        ]
        scored.sort(reverse=True)
        return others[self.draw.choice(scored[:3])[1]]


@cache
def bag(story: Story) -> frozenset[str]:
    return frozenset(
        token for token in tokens(" ".join(story.paragraphs[:12])) if len(token) > 3 or not token.isascii()
    )


def disguised(story: Story, model: Story, draw: random.Random) -> Story:
    """The story with its most frequent names and words replaced by those of another, so that both speak of one event."""

    def frequent(one: Story) -> tuple[list[str], list[str]]:
        words = [word for word in re.findall(r"[^\W\d_]{4,}", " ".join(one.paragraphs))]
        counts = Counter(words)
        names = [word for word, _ in counts.most_common() if word[0] != word[0].lower() and counts[word.lower()] == 0]
        plain = [word for word, count in counts.most_common() if word.islower() and len(word) > 5]
        return names[:14], plain[:40]

    theirs, own = frequent(model), frequent(story)
    table: dict[str, str] = {}
    for old, new in zip(own, theirs, strict=True):
        share = draw.choice((0.5, 0.8, 1.0))
        for one, other in zip(old, new, strict=False):
            if draw.random() < share:
                table[one] = other

    def swap(text: str) -> str:
        return re.sub(r"[^\W\d_]{4,}", lambda found: table.get(found[0], found[0]), text)

    return Story(swap(story.title), tuple(map(swap, story.paragraphs)), story.language, story.publisher)


class Style:
    """How one site sets its stories."""

    def __init__(self, draw: random.Random, kind: str, like: "Style | None" = None) -> None:
        self.gap = like.gap if like else draw.choice((1, 1, 2, 2, 2))
        self.shortened = draw.choice((0, 0, 0.3, 1.0))  # share of stories of which only the beginning is taken
        self.furniture_gap = draw.choice((1, self.gap, self.gap, 2))
        self.lead_gap = draw.choice((1, 1, self.gap, self.gap, self.gap + 1))
        same = draw.random() < 0.5
        self.story_gap = like.story_gap if like else self.gap if same else draw.choice((2, 3, 3, 4))
        self.separator = like.separator if like else ""
        if not like and draw.random() < 0.06:
            self.separator = draw.choice(("***", "---", "* * *", "====", "ENDS", "###", "-- end --"))
        self.missing = draw.choice((0, 0, 0.1, 0.4))
        self.headline = "plain"
        self.twice = False
        self.sign = draw.choice(("#", "##", "■", "▶", "◆", "★"))
        self.point = draw.choice((".", ")", ".", " |"))
        self.dash = draw.choice(("--", "—", "***", "=="))
        self.bar = draw.choice(("|", "-", "–", "·"))
        self.site = draw.choice(("The Lantern", "Ostmere Post", "Farol", "Laterne"))
        self.bullet = draw.choice(("• ", "- ", "  • ", "* "))
        self.opening: tuple[str, ...] = ()
        self.closing: tuple[str, ...] = ()
        if kind == "furnished":
            self.furnish(draw)
        elif kind in ("headlines", "briefs"):
            self.opening = ("title",)
            self.headline = draw.choice(("plain", "plain", "plain", "hash", "caps", "number", "dashed"))
            if kind == "headlines" and draw.random() < 0.15:
                self.opening, self.twice = ("title", "again"), True
            elif draw.random() < 0.15:
                self.opening = ("title", "clock") if draw.random() < 0.5 else ("section", "title")
            if kind == "briefs" and draw.random() < 0.15:
                self.closing = ("close",)

    def furnish(self, draw: random.Random) -> None:
        """Choose what stands above and below a story."""
        parts = ["title"]
        if draw.random() < 0.2:
            parts.insert(0, draw.choice(("section", "clock", "box")))
        if draw.random() < 0.3:
            parts.append(draw.choice(("standfirst", "standfirst", "bullets")))
        below = [
            part
            for part, chance in (
                ("byline", 0.6),
                ("clock", 0.75),
                ("box", 0.5),
                ("box", 0.3),
                ("box", 0.2),
                ("clock", 0.2),
                ("credit", 0.2),
            )
            if draw.random() < chance
        ]
        if draw.random() < 0.5:
            draw.shuffle(below)
        parts += below
        if draw.random() < 0.2:
            parts.append("again")
            self.twice = True
        if draw.random() < 0.1:
            self.headline = draw.choice(("site", "caps"))
        self.opening = tuple(parts)
        self.closing = tuple("close" if draw.random() < 0.75 else "box" for _ in range(draw.choice((0, 0, 1, 1, 2, 3))))


def rendered(lines: Sequence[Line], kind: str, draw: random.Random) -> Composed:
    """The lines as one text, and where the stories are in it."""
    text: list[str] = []
    at = 0
    stories: list[list[int]] = []
    for number, line in enumerate(lines):
        piece = ("\n" * line.gap if number else "") + line.text
        start = at + (line.gap if number else 0)
        text.append(piece)
        at += len(piece)
        if line.role.startswith("start"):
            stories.append([start, -1, start])
        if "body" in line.role and stories:
            if stories[-1][1] < 0:
                stories[-1][1] = start
            stories[-1][2] = at
    return Composed("".join(text) + "\n", tuple(Place(*story) for story in stories), kind)
