"""The tests mirror `clean/`, and hold its laws."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "corpus"
SHARED = ROOT.parent / "shared"  # data that may or may not be beside the project
