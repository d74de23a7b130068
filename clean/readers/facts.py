"""What a page says of its article for machines: JSON-LD, meta elements, microdata, and the language it declares."""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from clean.model import Fact

META: Mapping[str, str] = {  # name, property or itemprop of a `<meta>`, in lower case, and the field it fills
    "og:title": "title",
    "twitter:title": "title",
    "parsely-title": "title",
    "sailthru.title": "title",
    "dc.title": "title",
    "dcterms.title": "title",
    "headline": "title",
    "author": "author",
    "article:author": "author",
    "article:author_name": "author",
    "parsely-author": "author",
    "sailthru.author": "author",
    "dc.creator": "author",
    "dcterms.creator": "author",
    "dc.contributor": "author",
    "byl": "author",
    "authors": "author",
    "citation_author": "author",
    "article:published_time": "published",
    "og:article:published_time": "published",
    "og:published_time": "published",
    "datepublished": "published",
    "parsely-pub-date": "published",
    "sailthru.date": "published",
    "dc.date.issued": "published",
    "dcterms.issued": "published",
    "dc.date": "published",
    "dcterms.created": "published",
    "dc.date.created": "published",
    "dcterms.date": "published",
    "publish-date": "published",
    "publish_date": "published",
    "pubdate": "published",
    "publication_date": "published",
    "citation_publication_date": "published",
    "article.published": "published",
    "date": "published",
    "article:modified_time": "updated",
    "og:updated_time": "updated",
    "datemodified": "updated",
    "lastmod": "updated",
    "last-modified": "updated",
    "dcterms.modified": "updated",
    "og:site_name": "publisher",
    "dc.publisher": "publisher",
    "dcterms.publisher": "publisher",
    "publisher": "publisher",
    "application-name": "publisher",
    "og:locale": "language",
    "content-language": "language",
    "language": "language",
    "dc.language": "language",
    "dcterms.language": "language",
    "og:description": "description",
    "description": "description",
    "twitter:description": "description",
    "og:url": "url",
}
ARTICLE = re.compile(r"(?:Article|BlogPosting|Report)$")  # types of schema.org that are a story
WHOLE_PAGE = frozenset(("WebPage", "ItemPage", "VideoObject", "Recipe", "Review", "PodcastEpisode"))
OTHERS = frozenset(  # properties whose nodes tell of other stories, or of what stands around this one
    "itemListElement mentions citation hasPart isPartOf isBasedOn relatedLink breadcrumb review potentialAction"
    " subjectOf liveBlogUpdate comment image video associatedMedia".split()
)
JSON_LD: Mapping[str, str] = {  # property of such a node, and the field it fills
    "headline": "title",
    "name": "name",
    "author": "author",
    "creator": "creator",
    "datePublished": "published",
    "dateCreated": "created",
    "dateModified": "updated",
    "publisher": "publisher",
    "inLanguage": "language",
    "articleBody": "body",
    "description": "description",
}
LONGEST_JSON = 4 << 20  # characters of all JSON-LD that is read; more is data, not a description
LEAST_BODY = 100  # characters of a whole story in JSON-LD
PARAGRAPH = re.compile(r"<p[\s>]", re.IGNORECASE)
MOST_NODES = 20_000
LONGEST_VALUE = 400  # characters of a headline or name
MOST_VALUES = 30  # authors of a story
TAG = re.compile(r"<[^<>]{1,200}>")
WRAPPER = re.compile(r"^\s*(?:<!\[CDATA\[|<!--|//\s*<!\[CDATA\[)|(?:\]\]>|-->|//\s*\]\]>|;)\s*$")


def facts(root: Any) -> tuple[Fact, ...]:
    """All that a tree of HTML says of its article, the most trusted origin of each field first.

    Properties as in schema.org, Open Graph (ogp.me) and Dublin Core. What is broken is passed over.
    """
    nodes = list(linked_data(root))
    found = [*of_json(nodes), *of_meta(root), *of_microdata(root), *of_links(root)]
    return tuple(dict.fromkeys(fact for fact in found if fact.value))


def plain(value: str) -> str:
    """A value without entities, tags and line breaks.

    >>> plain("Frost &amp;amp; <i>pears</i> ")
    'Frost & pears'
    """
    return " ".join(TAG.sub("", html.unescape(html.unescape(value))).split())


def of_meta(root: Any) -> Iterator[Fact]:
    """What `<meta>` elements say, wherever they stand."""
    for node in root.iter("meta"):
        value = node.get("content")
        if not value:
            continue
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            name = (node.get(attribute) or "").strip()
            if field := META.get(name.lower()):
                yield Fact(field, plain(value), f"meta {name}")


def of_links(root: Any) -> Iterator[Fact]:
    """The page's own address, title and language."""
    for node in root.iter("link"):
        if (node.get("rel") or "").lower() == "canonical":
            yield Fact("url", (node.get("href") or "").strip(), "link canonical")
    for node in root.iter("title"):
        yield Fact("page title", plain(node.text or ""), "<title>")
        break
    if language := root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang"):
        yield Fact("language", language.strip(), "<html lang>")


def of_microdata(root: Any) -> Iterator[Fact]:
    """What elements with an itemprop say, outside of lists of other stories."""
    fields = {"headline": "title", "datePublished": "published", "dateModified": "updated", "author": "author"}
    for node in root.iterfind(".//*[@itemprop]"):
        for word in node.get("itemprop").split():
            if word in fields and node.tag != "meta":
                stated = node.get("content") or node.get("datetime")
                value = stated or " ".join("".join(node.itertext()).split())
                if fields[word] == "author" and not stated:
                    value = next((" ".join("".join(part.itertext()).split()) for part in named(node)), value)
                if len(value) <= LONGEST_VALUE:
                    yield Fact(fields[word], plain(value), f"itemprop {word}")


def named(node: Any) -> Iterator[Any]:
    """The elements below that hold a name."""
    return node.iterfind(".//*[@itemprop='name']")  # type: ignore[no-any-return]


def linked_data(root: Any) -> Iterator[Any]:
    """What the JSON-LD scripts hold (W3C Recommendation JSON-LD 1.1), broken ones left out."""
    read = 0
    for node in root.iter("script"):
        if "ld+json" not in (node.get("type") or "").lower():
            continue
        text = node.text or ""
        read += len(text)
        if read > LONGEST_JSON:
            return
        try:
            yield json.loads(WRAPPER.sub("", WRAPPER.sub("", text)), strict=False)
        except (ValueError, RecursionError):
            continue


def of_json(parts: list[Any]) -> Iterator[Fact]:
    """What the JSON-LD of a page says of its story: of several stories, the first."""
    known: dict[str, Any] = {}
    nodes = list(walk(parts, known))
    stories = [node for node in nodes if any(ARTICLE.search(kind) for kind in kinds(node))]
    pages = [node for node in nodes if any(kind in WHOLE_PAGE for kind in kinds(node))]
    for number, node in enumerate([*stories[:1], *pages[:1]]):
        kind = next(iter(kinds(node)))
        for name, field in JSON_LD.items():
            if number and stories and field in ("author", "title", "body"):
                continue
            for value in values(node.get(name), known):
                yield Fact(field, plain(value), f"JSON-LD {kind}.{name}")


def story_in_head(root: Any) -> str:
    """The HTML of the story that JSON-LD tells whole, as some pages do for search engines; nothing if it does not.

    >>> from lxml import etree
    >>> told = {"@type": "NewsArticle", "articleBody": "It froze. " * 12 + chr(10) + "Tom &amp; Ida lit candles."}
    >>> story_in_head(etree.HTML(f'<script type="application/ld+json">{json.dumps(told)}</script>'))[-37:]
    '</p><p>Tom &amp; Ida lit candles.</p>'
    """
    for node in walk(list(linked_data(root)), {}):
        body = node.get("articleBody")
        if isinstance(body, str) and any(ARTICLE.search(kind) for kind in kinds(node)):
            text = html.unescape(body)
            if len(text) >= LEAST_BODY:
                lines = (html.escape(line.strip(), quote=False) for line in text.splitlines() if line.strip())
                return text if PARAGRAPH.search(text) else "".join(f"<p>{line}</p>" for line in lines)
    return ""


def walk(parts: Any, known: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All nodes of JSON-LD but those of other stories, in order; `known` is filled with those that have an @id."""
    waiting: list[Any] = [parts]
    seen = 0
    while waiting and seen < MOST_NODES:
        part = waiting.pop()
        seen += 1
        if isinstance(part, list):
            waiting += reversed(part)
        elif isinstance(part, dict):
            if isinstance(part.get("@id"), str) and len(part) > 1:
                known.setdefault(part["@id"], part)
            yield part
            waiting += [part[name] for name in reversed(list(part)) if name not in OTHERS]


def kinds(node: Mapping[str, Any]) -> list[str]:
    """The types of a node."""
    found = node.get("@type")
    return [kind for kind in (found if isinstance(found, list) else [found]) if isinstance(kind, str)]


def values(value: Any, known: Mapping[str, Any]) -> Iterable[str]:
    """The texts that a property holds: of a node its name, of a reference that of the node it refers to."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value[:MOST_VALUES]:
            if not isinstance(one, list):
                yield from values(one, known)
    elif isinstance(value, dict):
        node = value if "name" in value else known.get(str(value.get("@id")), value)
        name = node.get("name") or node.get("alternateName")
        names = name if isinstance(name, list) else [name]
        yield from (one for one in names[:MOST_VALUES] if isinstance(one, str))
