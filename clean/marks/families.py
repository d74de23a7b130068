"""What the tags and the class, id and role words of elements tell of the text in them: kinds of furniture, by name."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple


class Family(NamedTuple):
    """A kind of element: its tags, and the stems its words begin with; `exact` are whole words."""

    name: str
    why: str
    tags: str
    stems: str
    exact: str


FAMILIES = (
    Family(
        "nav",
        "A menu or a path through the site.",
        "nav menu",
        "nav menu breadcrumb topbar toolbar megamenu sitemap submenu pagination pager hamburger skip",
        "tabs",
    ),
    Family(
        "header",
        "The head of a page or of a story.",
        "header hgroup",
        "header masthead head kopf",
        "top",
    ),
    Family(
        "footer",
        "The foot of a page or of a story.",
        "footer",
        "footer foot fuss colophon imprint impressum copyright legal",
        "bottom contentinfo",
    ),
    Family(
        "aside",
        "What stands beside the story.",
        "aside",
        "sidebar aside rail widget secondary complementary siderail marginal",
        "side right left",
    ),
    Family(
        "share",
        "Buttons to share or follow.",
        "",
        "share sharing social follow facebook twitter whatsapp linkedin sociable addthis teilen compartir",
        "addtoany sns",
    ),
    Family(
        "comment",
        "What readers wrote, and the form for it.",
        "",
        "comment disqus respond reply replies discussion forum kommentar leserbrief livefyre",
        "coral viafoura",
    ),
    Family(
        "related",
        "Pointers to other stories.",
        "",
        "related recommend more teaser promo trending popular mostread most outbrain taboola similar "
        "read also further readmore listing latest next prev carousel slider card mehr empfehl weiter jp",
        "yarpp tease cards",
    ),
    Family(
        "ad",
        "Advertising, or what is for sale.",
        "ins",
        "advert adsense sponsor banner anzeige werbung publicid dfp adslot partner commercial shopping "
        "affiliate deal price product shop",
        "ad ads adv gpt",
    ),
    Family(
        "subscribe",
        "An offer to subscribe, to register or to give.",
        "",
        "newsletter subscri signup register paywall premium abo membership donat support offer login "
        "signin cta regwall piano tinypass barrier",
        "subs",
    ),
    Family(
        "cookie",
        "A dialog about consent, or one that lies over the page.",
        "dialog",
        "cookie consent gdpr cmp popup modal overlay privacy lightbox onetrust didomi notice",
        "",
    ),
    Family(
        "tags",
        "What the story is filed under.",
        "",
        "tag topic keyword categor label rubri schlagwort etiqueta section-name kicker eyebrow overline",
        "cat",
    ),
    Family(
        "meta",
        "When, and by whom.",
        "time address",
        "meta date time byline author writer publish posted credit autor datum verfasser timestamp "
        "published update reading bio profile contributor",
        "by info",
    ),
    Family(
        "caption",
        "What stands below a picture or film.",
        "figcaption figure",
        "caption image photo picture figure gallery media video audio player credit bild legende foto img thumbnail",
        "pic",
    ),
    Family(
        "title",
        "The headline.",
        "h1",
        "headline title heading entry-title",
        "hed",
    ),
    Family(
        "summary",
        "What sums the story up.",
        "",
        "summary lead intro standfirst deck dek subtitle subhead teaser-text excerpt abstract vorspann "
        "chapo bajada sommario description sapo",
        "sub sottotitolo",
    ),
    Family(
        "body",
        "The story itself.",
        "",
        "body content text story article entry post paragraph prose copy richtext artikel beitrag cuerpo "
        "corpo texte inhalt nota",
        "articlebody",
    ),
    Family(
        "form",
        "Something to fill in or to press.",
        "form fieldset button select option textarea label input",
        "form button btn search input survey poll quiz rating vote",
        "",
    ),
    Family(
        "list",
        "A list.",
        "ul ol dl li dt dd",
        "list items grid",
        "",
    ),
    Family(
        "table",
        "A table.",
        "table tr td th tbody thead caption",
        "table",
        "",
    ),
    Family(
        "quote",
        "A quotation or an embedded post.",
        "blockquote q",
        "quote pull zitat embed tweet instagram",
        "",
    ),
    Family(
        "box",
        "A box.",
        "details",
        "box infobox factbox callout inset panel collaps accordion toggle expand",
        "",
    ),
    Family(
        "article",
        "An article, as the page itself says.",
        "article",
        "",
        "articlebody",
    ),
    Family(
        "main",
        "The main part, as the page itself says.",
        "main",
        "main primary",
        "maincontent",
    ),
    Family(
        "section",
        "A section.",
        "section",
        "",
        "",
    ),
    Family(
        "hidden",
        "Hidden.",
        "noscript",
        "hidden hide invisible screen-reader sr-only visually offscreen print noprint",
        "",
    ),
    Family(
        "live",
        "A running report.",
        "",
        "live ticker liveblog timeline",
        "",
    ),
)
PARTS = re.compile(r"[a-z]+|[A-Z][a-z]*|[A-Z]+(?![a-z])|[^\W\d_A-Za-z]+")
BIT: Mapping[str, int] = {family.name: 1 << number for number, family in enumerate(FAMILIES)}
OF_TAG: Mapping[str, int] = {
    tag: sum(BIT[family.name] for family in FAMILIES if tag in family.tags.split())
    for tag in {tag for family in FAMILIES for tag in family.tags.split()}
}
STEMS = tuple((stem, BIT[family.name]) for family in FAMILIES for stem in family.stems.split())
FILED: Mapping[str, Sequence[tuple[str, int]]] = {  # under their first two letters, so that few are tried
    start: [(stem, bit) for stem, bit in STEMS if stem.startswith(start)] for start in {stem[:2] for stem, _ in STEMS}
}
EXACT: Mapping[str, int] = {
    word: sum(BIT[family.name] for family in FAMILIES if word in family.exact.split())
    for word in {word for family in FAMILIES for word in family.exact.split()}
}


@lru_cache(65536)
def families_of(tag: str, words: str) -> int:
    """The families of an element, one bit each, by its tag and the words of its class, id, role and itemprop.

    >>> families_of("div", "story-share-bar") == BIT["body"] | BIT["share"]
    True
    """
    found = OF_TAG.get(tag, 0)
    for word in words.split():
        found |= families_of_word(word)
    return found


@lru_cache(65536)
def families_of_word(word: str) -> int:
    """The families of one word, whose parts are set apart by signs or capitals: `shareBar`, `share-bar`."""
    found = EXACT.get(word.lower(), 0)
    for part in PARTS.findall(word):
        found |= families_of_part(part)
    return found


@lru_cache(65536)
def families_of_part(part: str) -> int:
    """The families of a part of a word."""
    part = part.lower()
    found = EXACT.get(part, 0)
    for stem, bit in FILED.get(part[:2], ()):
        if part.startswith(stem):
            found |= bit
    return found
