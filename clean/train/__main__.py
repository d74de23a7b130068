"""`python -m clean.train MODEL --bench DIR`: trains a model and writes its weights where the package looks for them."""

import argparse
import sys
from pathlib import Path
from types import ModuleType

from clean.train import boilerplate, boundaries

MODELS: dict[str, ModuleType] = {"boilerplate": boilerplate, "boundaries": boundaries}


def main() -> None:
    """Train one model, or measure it by cross-validation."""
    words = argparse.ArgumentParser(prog="python -m clean.train", description=__doc__)
    words.add_argument("model", choices=sorted(MODELS))
    words.add_argument("--bench", type=Path, required=True, help="folder with the labelled documents")
    words.add_argument(
        "--corpus", type=Path, default=Path("corpus"), help="folder with our own cases (default: corpus)"
    )
    words.add_argument("--out", type=Path, help="file to write the weights to; the package's own if left out")
    given = words.parse_args()
    model = MODELS[given.model]
    try:
        path = model.train(given.bench, given.corpus, given.out or model.WEIGHTS)
    except ImportError as error:
        sys.exit(f"{error}: install the packages for training with pip install 'clean-news[train]'")
    sys.stderr.write(f"wrote {path}: {path.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
