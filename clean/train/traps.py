"""What misleads within a story: subheads, clocks, lists of other stories, rules, wide gaps, and the like."""

import random
from collections.abc import Callable, Mapping, Sequence

from clean.train.furniture import Furniture
from clean.train.parts import LONGEST, SHORTEST, Line, Story, sentences
from clean.train.styles import Style

RULES = ("* * *", "***", "---", "•", "—", "~", "###", "_____")
QUESTIONS = ("And what did you expect?", "Why now?", "Q: What comes next?", "How did it begin?")
LENGTHS = (1, 2, 3, 4, 5, 6, 8, 10)  # words of a subhead
FORMS = ("{}", "{}", "{}", "{}", "{}", "- {} -", "{}:", "“{}”", '"{}"')  # of a subhead
ITEMS = (  # what a teaser is made of
    ("title", "lead"), ("title", "lead"), ("title",), ("title", "clock", "lead"), ("clock", "title"),
    ("title", "lead", "clock"), ("section", "title", "lead"), ("title", "byline"), ("section", "title"),
    ("title", "box"),
)  # fmt: skip
CUTS = (80, 120, 160, 220, 300)  # characters of a teaser's text
MORE = ("…", "...", " [...]", "… Read more")
SENDERS = (  # who wrote or sent a story, as its last line says
    "{name} | {topic}", "{name} {topic}@example.org", "Via {topic}", "[{name}]", "({name}/{topic})", "【{name}】",
    "{NAME} IS POLITICAL EDITOR OF THE LANTERN",
    "© {topic}", "{name} © {topic}, www.example.org", "[{topic}: {name}]",
)  # fmt: skip
ENTRIES = (  # of what is on when and where
    "{day} – {topic}", "{date} -- {topic}, {topic}", "{date} – {place} @ {topic}", "{day}: {topic}", "{date}, {place}",
)  # fmt: skip
RESULTS = (
    "{one} {goals}, {other} {more}",
    "{one} {goals}-{more} {other}",
    "{one} – {other} {goals}:{more}",
    "{one} v {other}: {more}",
)
KINDS = (
    "subheads", "subheads", "bullets", "share", "clocks", "related", "related", "promo", "rule", "gaps", "quote",
    "caption", "numbers", "teasers", "turns", "live", "bio", "results", "lists",
)  # fmt: skip


class Traps:
    """Puts what misleads into the bodies of stories."""

    def __init__(self, draw: random.Random, furniture: Furniture, others: Callable[[Story], list[Story]]) -> None:
        self.draw, self.furniture, self.others = draw, furniture, others
        self.makers: Mapping[str, Callable[[list[Line], Story, Style], list[Line]]] = {
            "subheads": self.subheads,
            "gaps": self.gaps,
            "share": self.share,
            "related": self.related,
            "teasers": self.teasers_within,
            "numbers": self.numbers,
            "bullets": self.bullets,
            "bio": self.bio,
            "results": self.results,
            "lists": self.lists,
        }

    def trapped(self, lines: list[Line], story: Story, style: Style, chance: float) -> list[Line]:
        """The lines of a body, by some chance with traps among them."""
        if self.draw.random() > chance:
            return lines
        for kind in dict.fromkeys(self.draw.sample(KINDS, self.draw.choice((1, 1, 2, 2, 3)))):
            if len(lines) >= 3:
                maker = self.makers.get(kind)
                lines = maker(lines, story, style) if maker else self.sprinkled(kind, lines, story, style)
        return lines

    def places(self, lines: Sequence[Line]) -> list[int]:
        """Some places within a body, the last first."""
        count = min(len(lines) - 1, self.draw.choice((1, 1, 2, 3, 4)))
        return sorted(self.draw.sample(range(1, len(lines)), count), reverse=True)

    def sprinkled(self, kind: str, lines: list[Line], story: Story, style: Style) -> list[Line]:
        """The lines with one or two short ones put in at some places."""
        found = list(lines)
        for place in self.places(lines):
            texts = [text for text in self.texts(kind, lines[place].text, story) if text.strip()]
            found[place:place] = [Line(text, style.gap, is_body=True) for text in texts]
        return found

    def texts(self, kind: str, below: str, story: Story) -> list[str]:
        """What is put in above a paragraph."""
        draw, phrase = self.draw, self.furniture.phrase
        if kind == "clocks":
            return [phrase(story, draw.choice(("clock", "live")))]
        if kind == "promo":
            return [phrase(story, "promo")]
        if kind == "rule":
            return [draw.choice(RULES)]
        if kind == "quote":
            return [f"“{self.sentence(story).strip('“”')}”"]
        if kind == "turns":
            return [draw.choice((*QUESTIONS, f"{self.furniture.value('name', story)}: Why did it take so long?"))]
        if kind == "live":
            return [phrase(story, "live"), self.subhead(below)]
        name = self.furniture.value("name", story)
        return [draw.choice((phrase(story, "credit"), f"{self.subhead(self.sentence(story))} ({name})"))]

    def subheads(self, lines: list[Line], story: Story, style: Style) -> list[Line]:
        """Subheads, of the story's own words or as papers have them."""
        found = list(lines)
        gap = style.gap + (self.draw.random() < 1 / 3)
        close = self.draw.random() < 0.3  # to the paragraph below
        form = self.draw.choice(FORMS)
        for place in self.places(lines):
            own = self.draw.random() > 0.3
            text = self.subhead(lines[place].text) if own else self.furniture.phrase(story, "head")
            if close:
                found[place] = found[place]._replace(gap=1)
            found.insert(place, Line(form.format(text), gap, is_body=True))
        return found

    def numbers(self, lines: list[Line], story: Story, style: Style) -> list[Line]:
        """Numbered subheads."""
        found = list(lines)
        places = self.places(lines)
        for number, place in zip(range(len(places), 0, -1), places, strict=True):
            found.insert(place, Line(f"{number}. {self.subhead(lines[place].text)}", style.gap, is_body=True))
        return found

    def bullets(self, lines: list[Line], story: Story, style: Style) -> list[Line]:
        """Sentences of the story, as a list."""
        sign = self.draw.choice(("• ", "- ", "  • ", "* ", ""))
        items = [sign + self.sentence(story) for _ in range(self.draw.randint(2, 4))]
        return self.put(lines, items, style.gap)

    def lists(self, lines: list[Line], story: Story, style: Style) -> list[Line]:
        """Short items without a sign in front, behind a colon, once or a few times."""
        texts: list[str] = []
        for _ in range(self.draw.choice((1, 1, 2, 3))):
            texts.append(f"{self.subhead(self.sentence(story))}:")
            texts += [self.subhead(self.sentence(story)) for _ in range(self.draw.randint(1, 5))]
        return self.put(lines, texts, self.draw.choice((1, style.gap)))

    def results(self, lines: list[Line], story: Story, style: Style) -> list[Line]:
        """Results of matches or votes, a line each, all in one form."""
        draw, form = self.draw, self.draw.choice(RESULTS)
        texts: list[str] = []
        for _ in range(draw.randint(2, 6)):
            one, other = (self.furniture.value("topic", story).capitalize() for _ in range(2))
            texts.append(form.format(one=one, other=other, goals=draw.randint(0, 6), more=draw.randint(0, 6)))
        return self.put(lines, texts, draw.choice((1, style.gap)))

    def gaps(self, lines: list[Line], story: Story, style: Style) -> list[Line]:
        """Wider gaps between paragraphs."""
        found = list(lines)
        for place in self.places(lines):
            found[place] = found[place]._replace(gap=self.draw.choice((2, 3, 4, style.story_gap)))
        return found

    def share(self, lines: list[Line], story: Story, style: Style) -> list[Line]:
        """A share bar, perhaps with the headline, within the body or at its end."""
        texts = [self.furniture.phrase(story, "box") for _ in range(self.draw.randint(1, 3))]
        if self.draw.random() < 0.5:
            texts.insert(0, story.title)
        if self.draw.random() < 0.5:
            return lines + [Line(text, style.gap, is_body=True) for text in texts]
        return self.put(lines, texts, style.gap)

    def related(self, lines: list[Line], story: Story, style: Style) -> list[Line]:
        """A list of headlines of other stories within the body."""
        sign = self.draw.choice(("", "- ", "• ", "> "))
        titles = [sign + other.title for other in self.others(story)]
        return self.put(lines, [self.furniture.phrase(story, "related"), *titles], style.gap)

    def teasers_within(self, lines: list[Line], story: Story, style: Style) -> list[Line]:
        """A list of teasers within the body."""
        place = self.places(lines)[0]
        teasers = [line._replace(is_body=True) for line in self.teasers(self.others(story)[:4], story, style)]
        return [*lines[:place], *teasers, *lines[place:]]

    def bio(self, lines: list[Line], story: Story, style: Style) -> list[Line]:
        """A last paragraph about the author, or a correction."""
        name, other = (self.furniture.value("name", story) for _ in range(2))
        day = self.furniture.value("date", story)
        text = self.draw.choice(
            (
                f"{name} is a reporter in Ostmere and has written two books about tides.",
                f"{name} reported from Tarn, {other} from Ostmere.",
                f"This article was corrected on {day} to give the right length of the pier.",
            )
        )
        return [*lines, Line(text, style.gap, is_body=True)]

    def tail(self, story: Story, style: Style) -> list[Line]:
        """Short lines that end a story: who sent or wrote it, a post that it quotes, what is on when and where."""
        name, topic, date = (self.furniture.value(slot, story) for slot in ("name", "topic", "date"))
        kind = self.draw.choice(("close", "close", "byline", "credit", "post", "sender", "dates"))
        texts = {
            "post": [f"— {name} (@{topic.lower()}) {date}"],
            "sender": [self.draw.choice(SENDERS).format(name=name, NAME=name.upper(), topic=topic)],
            "dates": self.entries(story),
        }.get(kind) or [self.furniture.phrase(story, kind) for _ in range(self.draw.randint(1, 3))]
        return [Line(text, style.gap, is_body=True) for text in texts if text.strip()]

    def entries(self, story: Story) -> list[str]:
        """What is on when and where, a line each, all in one form."""
        form = self.draw.choice(ENTRIES)
        slots = ("day", "date", "topic", "place")
        return [
            form.format(**{slot: self.furniture.value(slot, story) for slot in slots})
            for _ in range(self.draw.randint(2, 6))
        ]

    def put(self, lines: list[Line], texts: Sequence[str], gap: int) -> list[Line]:
        """The lines with others at one place among them."""
        place = self.places(lines)[0]
        return [*lines[:place], *(Line(text, gap, is_body=True) for text in texts if text.strip()), *lines[place:]]

    def teasers(self, others: Sequence[Story], story: Story, style: Style) -> list[Line]:
        """A list of other stories."""
        draw = self.draw
        gap = draw.choice((1, 2, style.gap))
        inner = draw.choice((1, 1, gap))
        parts, cut = draw.choice(ITEMS), draw.choice(CUTS)
        bullet = draw.choice(("", "", "", "- ", "• ", "» ", "* ")) if parts == ("title",) else ""
        lines: list[Line] = []
        if draw.random() < 0.8:
            first = max(gap, draw.choice((1, 2, 3, style.story_gap)))
            lines.append(Line(self.furniture.phrase(story, "related"), first))
        for other in others:
            texts = [self.item(part, other, cut, bullet) for part in parts]
            texts = [text for text in texts if text]
            lines += [Line(text, inner if number else gap) for number, text in enumerate(texts)]
        if draw.random() < 0.15:
            lines.append(Line(self.furniture.phrase(story, "promo"), gap))
        return lines

    def item(self, part: str, other: Story, cut: int, bullet: str) -> str:
        """One line of a teaser; nothing, at times, where its text should be."""
        draw = self.draw
        if part == "title":
            return bullet + other.title
        if part != "lead":
            return self.furniture.phrase(other, part)
        if draw.random() < 0.1:
            return ""
        whole = other.paragraphs[0]
        text = (sentences(whole)[0] if draw.random() < 0.5 else whole)[:cut].rstrip()
        return text + (draw.choice(MORE) if draw.random() < 0.2 else "")

    def sentence(self, story: Story) -> str:
        """A sentence from the beginning of a story."""
        text = self.draw.choice(story.paragraphs[:8])
        found = [part for part in sentences(text) if len(part) > SHORTEST]
        return (found[0] if found else text)[:LONGEST]

    def subhead(self, text: str) -> str:
        """A few words of a text, as subheads have them."""
        words = text.split()
        if len(words) < 4:
            return text[: self.draw.randint(6, 16)].strip("。、「」 ")
        length = self.draw.choice(LENGTHS)
        start = self.draw.randint(0, max(0, len(words) - length))
        found = " ".join(words[start : start + length]).strip(" .,;:()“”\"'—-–")
        return (found[:1].upper() + found[1:]) or "Tarn"
