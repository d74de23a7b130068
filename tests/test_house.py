"""The house keeps its plan: who imports whom, how light the import is, and what the repo may say."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT

# Storeys, lowest first: a module imports only from storeys below its own, or from its own room.
STOREYS = (
    ("errors", "labels", "trees", "clock", "disk", "words"),
    ("model", "dates"),
    ("rulebook",),
    ("bylines",),
    ("marks", "readers", "repair", "language", "writers"),
    ("boundaries",),
    ("dedupe", "sites", "heads"),
    ("settle", "split", "elements"),
    ("fields", "ledger"),
    ("pipeline",),
    ("score",),
    ("proofs", "runs", "train"),
    ("proposals", "tables"),
    ("commands",),
    ("cli",),
    ("__main__",),
)
LONGEST_FILE = 400
MODULES = sorted((ROOT / "clean").rglob("*.py"))


def room(path: Path) -> str:
    """The part of the house a file belongs to."""
    return path.relative_to(ROOT / "clean").parts[0].removesuffix(".py")


def imports(path: Path) -> list[str]:
    """The rooms that a file imports from."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    modules = [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return [module.split(".")[1] for module in modules if module.startswith("clean.")]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down(path: Path) -> None:
    storey = {name: height for height, names in enumerate(STOREYS) for name in names}
    own = room(path)
    if own == "__init__":
        return
    for other in imports(path):
        assert other == own or storey[other] < storey[own], f"{own} imports {other}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_say_what_they_are_for_and_stay_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(text))
    assert docstring
    assert len(text.splitlines()) <= LONGEST_FILE


def test_only_the_command_line_prints() -> None:
    for path in MODULES:
        if room(path) != "cli" and path.name != "__main__.py":
            names = {
                node.id for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Name)
            }
            assert "print" not in names, path


def test_import_is_light() -> None:
    heavy = (
        "('numpy', 'trafilatura', 're2', 'ftfy', 'langdetect', 'typer', 'rich', 'orjson', 'chardet', 'duckdb',"
        " 'pyarrow', 'rapidfuzz')"
    )
    code = f"import clean, sys; print([name for name in {heavy} if name in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )
