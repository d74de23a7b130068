"""Results to files and terminals: one file per form."""


def visible(text: str) -> str:
    """The text with characters that a terminal would obey, and not show, as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\t" else c.encode("unicode_escape").decode() for c in text)
