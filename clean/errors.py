"""What can go wrong, each with a sentence for the person who reads it.

CleanError
├── UsageError         the call or its options are wrong
├── RuleError          a rule cannot be used: file, rule, what, how to mend
├── GoldError          a gold margin does not fit its source
├── OutputError        the output directory cannot be written or is not ours
├── IndexFileError     the index of duplicates cannot be used: in use, broken, of another version
└── SourceError        one document cannot be read; it costs only itself
    ├── EmptySource        nothing in it but white space
    ├── BinarySource       not text
    ├── UnreadableSource   the file cannot be opened or decoded
    └── UnsupportedSource  text, but in a format that has no reader

Stopped                a signal asked the program to end
"""


def refuse_one(given: object, takes: str, *kinds: type) -> None:
    """Raise UsageError where one text, or one of some kinds, was given for many: it would be taken for its letters."""
    if isinstance(given, (str, bytes, *kinds)):
        raise UsageError(f"{takes}, and not one: give it a list")


class Stopped(BaseException):
    """A signal asked the program to end; what is done is kept. No error, and so no CleanError."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class CleanError(Exception):
    """Anything this package raises on purpose."""


class UsageError(CleanError):
    """The call or its options are wrong."""


class RuleError(CleanError):
    """A rule cannot be used."""


class GoldError(CleanError):
    """A gold margin does not fit its source."""


class OutputError(CleanError):
    """The output directory cannot be written, or what it holds is not ours."""


class IndexFileError(CleanError):
    """The index of duplicates cannot be used."""


class SourceError(CleanError):
    """One document cannot be read; it costs only itself."""


class EmptySource(SourceError):
    """Nothing in it but white space."""


class BinarySource(SourceError):
    """Not text."""


class UnreadableSource(SourceError):
    """The file cannot be opened or decoded."""


class UnsupportedSource(SourceError):
    """Text, but in a format that has no reader."""
