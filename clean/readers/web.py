"""What the web says of a page before the page itself is looked at."""

from codecs import lookup

from clean.readers.html import WEB_ENCODINGS


def decoded(content: bytes, charset: str) -> str | bytes:
    """A page in the encoding that its headers declare; as it is, where they declare none or are wrong.

    What is UTF-8 with more than ASCII in it is UTF-8, whatever is declared: text in other encodings hardly ever is by
    chance (RFC 2279, section 1).
    """
    if content.isascii() or not charset:
        return content
    try:
        content.decode("utf-8")
        return content
    except UnicodeDecodeError:
        pass
    try:
        name = lookup(charset).name
        return content.decode(WEB_ENCODINGS.get(name, name))
    except (UnicodeDecodeError, LookupError):
        return content
