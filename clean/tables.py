"""Tables for people: what the commands print of scores."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from clean.score import Rate, Score
from clean.train.figures import Figures
from clean.writers import visible


def scores_tables(scores: Sequence[Score], found: Sequence[Rate]) -> Group:
    """A table of cases, one of labels, and the differences of each case that is not as its gold."""
    passed = sum(one.passed for one in scores)
    return Group(
        rates_table("case", [one.rate() for one in scores]),
        "",
        rates_table("label", found),
        *differences(scores),
        f"\n{passed} of {len(scores)} cases are exactly as their gold",
    )


def differences(scores: Sequence[Score]) -> Iterator[RenderableType]:
    """What each case that is not as its gold, or should not be, differs in."""
    for one in scores:
        if one.passed and not one.expected_to_fail:
            continue
        note = " (expected to fail)" if one.expected_to_fail and not one.passed else ""
        note = " (expected to fail, but passes: take the header line out)" if one.passed else note
        yield f"\n[bold]{escape(one.name)}[/bold]{note}"
        yield from (f"    {escape(visible(difference))}" for difference in one.differences)


def rates_table(what: str, found: Sequence[Rate]) -> Table:
    """Rates, a row each."""
    table = columns(what, "precision", "recall", "characters")
    for rate in found:
        table.add_row(escape(rate.name), f"{rate.precision:.3f}", f"{rate.recall:.3f}", f"{rate.characters:,}")
    return table


def figures_table(found: Sequence[Figures]) -> Table:
    """Figures of a bench, a row each."""
    table = columns("characters", "pages", "F1", "precision", "recall", "lost", "left")
    for row in found:
        shares = (row.f1, row.precision, row.recall, row.lost, row.left)
        table.add_row(escape(row.name), f"{row.pages:,}", *(f"{share:.4f}" for share in shares))
    return table


def columns(what: str, *names: str) -> Table:
    """An empty table with a column of names and columns of figures."""
    table = Table(box=None, pad_edge=False)
    table.add_column(what, no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    return table
