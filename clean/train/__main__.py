"""`python -m clean.train MODEL --bench DIR`: trains a model and writes its weights where the package looks for them."""

import argparse
import sys
from pathlib import Path
from types import ModuleType

from clean.train import boilerplate, boundaries, web
from clean.train.crossing import FILES, crossed

MODELS: dict[str, ModuleType] = {"boilerplate": boilerplate, "boundaries": boundaries, "pages": web}


def measure(bench: Path, corpus: Path, folds: int, many: int) -> None:
    """Print how well boundaries are found on publishers never seen, by models of so many composed files each."""
    for point, rows in crossed(bench, corpus, folds, many, lambda what: sys.stderr.write(f"{what}\n")):
        sys.stdout.write(f"\nfrom a chance of {point}\n")
        for row in rows:
            sys.stdout.write(
                f"{row.name:12} files {row.files:4}  F1 {row.f1:.3f}  precision {row.precision:.3f}  "
                f"recall {row.recall:.3f}  exact {row.exact:.3f}  single stories cut {row.cut:.3f}\n"
            )


def main() -> None:
    """Train one model, or measure it by cross-validation."""
    words = argparse.ArgumentParser(prog="python -m clean.train", description=__doc__)
    words.add_argument("model", choices=sorted(MODELS))
    words.add_argument("--bench", type=Path, required=True, help="folder with the labelled documents")
    words.add_argument(
        "--corpus", type=Path, default=Path("corpus"), help="folder with our own cases (default: corpus)"
    )
    words.add_argument("--out", type=Path, help="file to write the weights to; the package's own if left out")
    words.add_argument("--folds", type=int, help="train nothing, but measure boundaries by so many folds of publishers")
    words.add_argument(
        "--files",
        type=int,
        metavar="N",
        help=f"with --folds: composed files that each model is trained on (default: {FILES}; "
        f"the weights that come with the package learned from {boundaries.FILES})",
    )
    given = words.parse_args()
    if given.files is not None and (not given.folds or given.files < 2):
        words.error("--files goes with --folds, and is 2 or more")
    if given.folds:
        measure(given.bench, given.corpus, given.folds, given.files or FILES)
        return
    model = MODELS[given.model]
    try:
        path = model.train(given.bench, given.corpus, given.out or model.WEIGHTS)
    except ImportError as error:
        sys.exit(f"{error}: install the packages for training with pip install 'clean-news[train]'")
    sys.stderr.write(f"wrote {path}: {path.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
