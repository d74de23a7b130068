"""Documents that tests write into folders, a rule for them, and what is done with folders."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from clean.runs.names import ROWS

PAGE = """\
Your gift keeps our newsroom open
Orchard frost wipes out early pears
Share
Tweet
Updated 3 hours ago
Orchard frost wipes out early pears
PORT ALDER: Growers around the harbour lost most of their early pears in two nights of frost.
"We lit candles between the rows, and it was not enough," said Tom Reed.
Listen to Gazette Radio
Read also:
- Why the old pier is closing
"""
FERRY = """\
Night ferry gets one more year

The harbour council voted 7-2 on Friday to run the night ferry for one more year.

"Nobody who works late can live here without it," said the ferryman, who has four crews and one boat.
"""
MILL = """\
Old mill to become a library

The town bought the mill for one pound on Tuesday, and will spend two years and a good deal more on its roof.
"""
CHANGED = FERRY.replace("one more year", "two more years")
RULE = """\
[[rule]]
id     = "promo.app.gazette-radio"
any    = ["listen to gazette radio"]
why    = "An invitation to the paper's own radio."
hits   = ["⟦Listen to Gazette Radio⟧", "The pier is closed.\\n⟦Listen to Gazette Radio!⟧"]
misses = ["Many listen to Gazette Radio while they milk, the survey found."]
"""


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files, and the folders they are in."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def contents(out: Path) -> dict[str, bytes]:
    """All files of an output directory that are not hidden."""
    return {path.name: path.read_bytes() for path in out.iterdir() if not path.name.startswith(".")}


def written(out: Path) -> dict[str, bytes]:
    """The files of an output directory that are written out of its state, which are the same after any runs."""
    return {file: (out / file).read_bytes() for file in ROWS}


def forbid(path: Path, right: int) -> None:
    """Take all rights to a path away; skips for a user who has them all the same, as root does."""
    path.chmod(0o500 if right == os.W_OK else 0)
    if os.access(path, right):
        pytest.skip("this user may read and write everything")
