"""What the elements of HTML do to the text in them: break it into blocks, hide it, or neither."""

# No reader of the page sees their text (HTML Standard, 15.3.1), or only one whose browser is too old for them.
UNSEEN = frozenset(
    "script style template head title svg canvas iframe object embed applet video audio map datalist noframes"
    " noembed frameset".split()
)
# They run with the text around them; every other element stands as a block of its own, custom ones too, since pages
# that use those give them a place of their own.
INLINE = frozenset(
    "a abbr acronym b basefont bdi bdo big blink cite code data del dfn em font i img input ins kbd link mark meta"
    " meter nobr output picture progress q ruby rb rp rt rtc s samp slot small source span strike strong sub sup time"
    " tt u var wbr".split()
)
BOLD = frozenset(("b", "strong"))
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
# Two of these with nothing between them are two things beside each other, mostly set apart by a margin.
APART = frozenset(("a", "span", "time", "label", "small", "cite", "data"))
CELLS = frozenset(("td", "th"))
LONGEST_CELL = 60  # characters; with a longer one, a row of a table is a frame for parts of the page, and no line
