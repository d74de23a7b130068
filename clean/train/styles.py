"""How one site sets its stories: the gaps between lines, what stands above and below a story, how headlines look."""

import random
from dataclasses import dataclass, replace

from clean.train.parts import Story

SIGNS = ("#", "##", "■", "▶", "◆", "★")
POINTS = (".", ")", ".", " |")
DASHES = ("--", "—", "***", "==")
BARS = ("|", "-", "–", "·")
SITES = ("The Lantern", "Ostmere Post", "Farol", "Laterne")
BULLETS = ("• ", "- ", "  • ", "* ")
SEPARATORS = ("***", "---", "* * *", "====", "ENDS", "###", "-- end --")
SEPARATED = 0.06  # share of sites that part stories with a rule
BELOW = (  # what may stand below a headline, and how often
    ("byline", 0.6), ("clock", 0.75), ("box", 0.5), ("box", 0.3), ("box", 0.2), ("clock", 0.2), ("credit", 0.2),
)  # fmt: skip


@dataclass(frozen=True)
class Style:
    """The habits of one site."""

    gap: int  # line breaks between paragraphs
    furniture_gap: int
    lead_gap: int  # between headline or furniture and the first paragraph
    story_gap: int
    separator: str
    missing: float  # share of furniture that a story lacks
    shortened: float  # share of stories of which only the beginning is there
    headline: str = "plain"
    opening: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    sign: str = "#"
    bullet: str = "• "

    def titles(self, story: Story, number: int) -> tuple[str, str]:
        """The headline of a story as it stands above it, and as it is printed again."""
        title = story.title
        forms = {
            "sign": f"{self.sign} {title}",
            "caps": title.upper(),
            "number": f"{number}{self.sign} {title}",
            "dashed": f"{self.sign} {title} {self.sign}",
            "site": f"{title} {self.sign}",
        }
        return forms.get(self.headline, title), title if self.headline == "site" else forms.get(self.headline, title)


def style_of(draw: random.Random, kind: str, like: Style | None = None) -> Style:
    """A style for stories of a kind; gaps and separators as another has them, if one is given."""
    gap = like.gap if like else draw.choice((1, 1, 2, 2, 2))
    wide = gap if draw.random() < 0.5 else draw.choice((2, 3, 3, 4))
    separator = draw.choice(SEPARATORS) if draw.random() < SEPARATED else ""
    style = Style(
        gap=gap,
        furniture_gap=draw.choice((1, gap, gap, 2)),
        lead_gap=draw.choice((1, 1, gap, gap, gap + 1)),
        story_gap=like.story_gap if like else wide,
        separator=like.separator if like else separator,
        missing=draw.choice((0, 0, 0.1, 0.4)),
        shortened=draw.choice((0, 0, 0.3, 1.0)),
        bullet=draw.choice(BULLETS),
    )
    if kind == "furnished":
        return furnished(draw, style)
    return titled(draw, style, kind) if kind in ("headlines", "briefs") else style


def titled(draw: random.Random, style: Style, kind: str) -> Style:
    """The style with a headline above each story, and little else."""
    form = draw.choice(("plain", "plain", "plain", "sign", "caps", "number", "dashed"))
    sign = draw.choice({"number": POINTS, "dashed": DASHES}.get(form, SIGNS))
    opening: tuple[str, ...] = ("title",)
    if kind == "headlines" and draw.random() < 0.15:
        opening = ("title", "again")
    elif draw.random() < 0.15:
        opening = draw.choice((("title", "clock"), ("section", "title")))
    closing = ("close",) if kind == "briefs" and draw.random() < 0.15 else ()
    return replace(style, headline=form, sign=sign, opening=opening, closing=closing)


def furnished(draw: random.Random, style: Style) -> Style:
    """The style with furniture above and below each story."""
    parts = [draw.choice(("section", "clock", "box"))] if draw.random() < 0.2 else []
    parts.append("title")
    if draw.random() < 0.3:
        parts.append(draw.choice(("standfirst", "standfirst", "bullets")))
    below = [part for part, chance in BELOW if draw.random() < chance]
    if draw.random() < 0.5:
        draw.shuffle(below)
    parts += below
    if draw.random() < 0.2:
        parts.append("again")
    form = draw.choice(("site", "caps")) if draw.random() < 0.1 else "plain"
    closing = ["close" if draw.random() < 0.75 else "box" for _ in range(draw.choice((0, 0, 1, 1, 2, 3)))]
    sign = f"{draw.choice(BARS)} {draw.choice(SITES)}"
    return replace(style, headline=form, sign=sign, opening=tuple(parts), closing=tuple(closing))
