"""Stories to training files: composed as scrapes are, with furniture, traps and teasers."""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from clean.marks.datelines import Datelines
from clean.train.events import disguised, nearest
from clean.train.furniture import Furniture
from clean.train.parts import Composed, Line, Story, rendered, sentences
from clean.train.scrapes import BREAKS, Scrape, joined
from clean.train.styles import Style, style_of
from clean.train.traps import Traps

KINDS: Mapping[str, int] = {  # of files, and in which proportion they are composed
    "furnished": 5,
    "headlines": 4,
    "bodies": 8,
    "single": 8,
    "teasers": 9,
    "same_event": 12,
    "briefs": 7,
    "short": 8,
    "scrapes": 10,
    "bundles": 9,
}
BUNDLED = tuple(kind for kind in KINDS if kind not in ("scrapes", "bundles"))  # what a bundle is made of
ALIKE = 0.6  # share of bundles whose files are of one language, but for what is of any
COUNTS = (2, 2, 2, 3, 3, 4, 4, 5, 6)  # stories of a file
BRIEFS = (2, 3, 3, 4, 4, 5, 6, 7, 8, 9, 10, 12)  # and of one of briefs
FLATTENED = 0.6  # power of a language's share by which it is drawn, so that rare ones come often enough
TAILED = 0.15  # share of stories that end with lines which are no prose
DECKED = 0.06  # share of stories whose body begins with a short line before the lead
DATELINED = (0, 0, 0, 0.4, 0.9)  # share of the stories of a site that open with a dateline
ANY = 0.15  # share of files whose stories are of any language

DATELINES = Datelines(())

Part = tuple[Story, list[Line], Style]


class Composer:
    """Composes files from stories, and from whole scrapes; all chance comes from one seed."""

    def __init__(self, stories: Sequence[Story], whole: Sequence[Scrape], seed: int) -> None:
        self.draw = random.Random(seed)
        self.stories = list(stories)
        self.whole = list(whole)
        self.languages = Counter(story.language for story in stories)
        self.furniture = Furniture(self.draw)
        self.traps = Traps(self.draw, self.furniture, self.others)
        self.language: str | None = None  # of the file in the making, where that was chosen beforehand

    def file(self, kind: str) -> Composed:
        """One file of a kind. Raises KeyError for a kind that does not exist."""
        if kind == "scrapes":
            return joined(self.whole, self.draw)
        return rendered(self.bundle() if kind == "bundles" else self.lines(kind), kind)

    def lines(self, kind: str) -> list[Line]:
        """The lines of one file of a kind that is composed of single stories."""
        makers: Mapping[str, Callable[[], list[Line]]] = {
            "furnished": lambda: self.several("furnished", 0.3),
            "headlines": lambda: self.several("headlines", 0.35),
            "bodies": lambda: self.several("bodies", 0.3),
            "single": self.single,
            "teasers": self.with_teasers,
            "same_event": self.same_event,
            "briefs": self.briefs,
            "short": self.short,
        }
        return makers[kind]()

    def some(self, count: int, language: str | None = None) -> list[Story]:
        """Stories for one file as one site would have them, mostly of one language, and never one twice."""
        return self.datelined(self.drawn(count, language))

    def datelined(self, stories: Sequence[Story]) -> list[Story]:
        """The stories, by some chance with datelines in front of the leads that have none."""
        share = self.draw.choice(DATELINED)
        found: list[Story] = []
        for story in stories:
            if self.draw.random() < share and not DATELINES.end(story.paragraphs[0]):
                lead = self.furniture.phrase(story, "dateline") + story.paragraphs[0]
                story = story._replace(paragraphs=(lead, *story.paragraphs[1:]))
            found.append(story)
        return found

    def drawn(self, count: int, language: str | None = None) -> list[Story]:
        """Stories as they are, mostly of one language, and never one twice."""
        draw = self.draw
        language = language or self.language or self.common_language()
        pool = [story for story in self.stories if story.language == language]
        if draw.random() < ANY or (len(pool) < count and draw.random() < 0.5):
            pool = self.stories
        return draw.sample(pool, min(count, len(pool)))

    def common_language(self) -> str:
        """One of the languages, the more common ones more often."""
        names = sorted(self.languages)
        return self.draw.choices(names, [self.languages[name] ** FLATTENED for name in names])[0]

    def others(self, story: Story) -> list[Story]:
        """A few stories that are not the one given."""
        return [other for other in self.some(self.draw.randint(2, 9), story.language) if other.title != story.title]

    def body(self, story: Story, style: Style, traps: float) -> list[Line]:
        """The paragraphs of a story, with traps by some chance."""
        paragraphs = story.paragraphs
        if len(paragraphs) > 3 and self.draw.random() < style.shortened:
            paragraphs = paragraphs[: self.draw.randint(2, min(len(paragraphs), 12))]
        if self.draw.random() < DECKED:
            paragraphs = (self.draw.choice((self.traps.sentence(story), f"{story.title}.")), *paragraphs)
        lines = [Line(text, style.gap, is_body=True) for text in paragraphs]
        lines = self.traps.trapped(lines, story, style, traps)
        return lines + self.traps.tail(story, style) if self.draw.random() < TAILED else lines

    def opening(self, story: Story, style: Style, number: int) -> list[Line]:
        """Headline and furniture in front of a body."""
        title, again = style.titles(story, number)
        texts: list[str] = []
        for part in style.opening:
            if part in ("title", "again"):
                texts.append(title if part == "title" else again)
            elif part == "standfirst":
                texts.append(self.traps.sentence(story))
            elif part == "bullets":
                texts += [style.bullet + self.traps.sentence(story) for _ in range(self.draw.randint(2, 3))]
            elif self.draw.random() > style.missing:
                texts.append(self.furniture.phrase(story, part))
        return [Line(text, style.furniture_gap) for text in texts if text]

    def closing(self, story: Story, style: Style) -> list[Line]:
        """Furniture behind a body."""
        parts = [part for part in style.closing if self.draw.random() > style.missing]
        return [Line(self.furniture.phrase(story, part), style.furniture_gap) for part in parts]

    def joined(self, parts: Sequence[Part]) -> list[Line]:
        """The lines of some stories, one behind the other."""
        lines: list[Line] = []
        for number, (story, body, style) in enumerate(parts, 1):
            opening = self.opening(story, style, number)
            if opening and body:
                body = [body[0]._replace(gap=style.lead_gap), *body[1:]]
            if lines and style.separator:
                lines.append(Line(style.separator, style.story_gap))
            block = [*opening, *body]
            lines += [block[0]._replace(gap=style.story_gap, starts=True), *block[1:]]
            lines += self.closing(story, style)
        return lines

    def several(self, kind: str, traps: float) -> list[Line]:
        """Stories in the style of one site, or of several."""
        stories = self.some(self.draw.choice(COUNTS))
        style = style_of(self.draw, kind)
        mixed = kind == "furnished" and self.draw.random() < 0.4
        parts: list[Part] = []
        for story in stories:
            parts.append((story, self.body(story, style, traps), style))
            style = style_of(self.draw, kind, style) if mixed else style
        return self.joined(parts)

    def single(self) -> list[Line]:
        """One story, full of traps."""
        story = self.some(1)[0]
        style = style_of(self.draw, self.draw.choice(("furnished", "headlines", "bodies")))
        return self.joined([(story, self.body(story, style, 1.0), style)])

    def short(self) -> list[Line]:
        """One to five stories of a few sentences each, as small papers and agencies have them."""
        stories = self.some(self.draw.choice((1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 5)))
        kinds = ("furnished", "furnished", "furnished", "headlines", "headlines", "bodies", "bodies")
        style = replace(style_of(self.draw, self.draw.choice(kinds)), shortened=0)
        mixed = self.draw.random() < 0.5
        parts: list[Part] = []
        for story in stories:
            first = story.paragraphs[: self.draw.randint(1, 4)]
            few = story._replace(paragraphs=tuple(map(self.cut, first)))
            if mixed:
                style = replace(style_of(self.draw, self.draw.choice(kinds[:-2])), shortened=0)
            parts.append((few, self.body(few, style, 0.5 if len(stories) == 1 else 0.15), style))
        lines = self.joined(parts)
        if self.draw.random() < 0.15:
            lines += self.traps.teasers(self.others(stories[-1])[:5], stories[-1], style)
        return lines

    def cut(self, text: str) -> str:
        """The first one to three sentences of a paragraph."""
        return " ".join(sentences(text)[: self.draw.choice((1, 2, 2, 3))]) or text

    def bundle(self) -> list[Line]:
        """Two files one behind the other, as whoever saves pages does it: each has a style, or gaps, of its own."""
        kinds = self.draw.choices(BUNDLED, [KINDS[kind] for kind in BUNDLED], k=2)
        self.language = self.common_language() if self.draw.random() < ALIKE else None
        first, second = map(self.lines, kinds)
        self.language = None
        return [*first, second[0]._replace(gap=self.draw.choice(BREAKS)), *second[1:]]

    def with_teasers(self) -> list[Line]:
        """One to three stories, with a list of others below each."""
        count = 1 if self.draw.random() < 0.6 else self.draw.choice((2, 2, 3))
        style = style_of(self.draw, self.draw.choice(("furnished", "headlines", "furnished", "bodies")))
        lines: list[Line] = []
        for story in self.some(count):
            lines += self.joined([(story, self.body(story, style, 0.2), style)])
            if count == 1 or self.draw.random() < 0.8:
                lines += self.traps.teasers(self.others(story), story, style)
        return lines

    def same_event(self) -> list[Line]:
        """Two stories that speak of the same, or seem to, and at times a third."""
        style = style_of(self.draw, self.draw.choice(("furnished", "headlines", "bodies", "bodies")))
        first = self.drawn(1)[0]
        near = nearest(first, self.stories, self.draw)
        if near is None or self.draw.random() < 0.4:
            near = disguised(self.draw.choice(self.others(first) or self.stories), first, self.draw)
        stories = [first, near]
        if self.draw.random() < 0.15:
            stories += [one for one in self.drawn(1) if one not in stories]
        self.draw.shuffle(stories)
        return self.joined([(story, self.body(story, style, 0.15), style) for story in self.datelined(stories)])

    def briefs(self) -> list[Line]:
        """Stories of a headline and a paragraph or two, mostly many."""
        stories, style = self.some(self.draw.choice(BRIEFS)), style_of(self.draw, "briefs")
        heading = [Line(self.furniture.phrase(stories[0], "round"), 1)] if self.draw.random() < 0.6 else []
        parts: list[Part] = []
        for story in stories:
            texts = story.paragraphs[: self.draw.choice((1, 1, 1, 2, 2, 3))]
            if self.draw.random() < 0.25:
                texts = (sentences(texts[0])[0],)
            parts.append((story, [Line(text, style.gap, is_body=True) for text in texts], style))
        return heading + self.joined(parts)
