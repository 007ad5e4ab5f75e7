"""Real auxiliary vectors for `bench_similarity.py`: XLM-R's pieces, trained on all text of the data folder.

python bench/aux_vectors.py VECTORS.npy [--shared ../shared/data] [--dim 300]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from polyvocab import Tokenizer
from polyvocab.corpus import Corpus
from polyvocab.formats.directory import TokenizerFiles
from polyvocab.vectors import train


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--shared", type=Path, default=Path("../shared/data"))
    parser.add_argument("--dim", type=int, default=300)
    options = parser.parse_args()
    texts = sorted((options.shared / "text").glob("*_*.txt"))
    model = (options.shared / "tokenizers/xlm-roberta/sentencepiece.rebuilt.model").read_bytes()
    tokenizer = Tokenizer(TokenizerFiles.from_files({"sentencepiece.model": model}))
    vectors = train(Corpus(texts), tokenizer, dim=options.dim, epochs=3, min_count=3, progress=True)
    np.save(options.out, vectors.matrix[vectors.known])
    print(f"{int(vectors.known.sum()):,} vectors of width {options.dim}: {options.out}")


if __name__ == "__main__":
    main()
