"""Makes the model of the trimming benchmark: the shape of XLM-R base with random weights, and XLM-R's tokenizer.

    $(tools/make_trim_bench_env.sh) bench/trim_model.py ../shared/data bench/data/xlmr

Run with the peer's transformers, so that both tools can read what it writes. 250,002 rows of 768, 12 layers, 278 million
float32 parameters (1.1 GB) from one seed; the tokenizer with its tokenizer.json and its sentencepiece.bpe.model.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("shared", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    if args.out.exists():
        parser.error(f"{args.out} exists already")
    import torch
    import transformers

    args.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=args.out.resolve().parent) as folder:
        pieces = args.shared / "tokenizers/xlm-roberta/sentencepiece.rebuilt.model"
        shutil.copy(pieces, Path(folder) / "sentencepiece.bpe.model")
        tokenizer = transformers.XLMRobertaTokenizerFast.from_pretrained(folder)
        torch.manual_seed(0)
        config = transformers.XLMRobertaConfig(
            vocab_size=len(tokenizer), max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5
        )
        made = Path(folder) / "made"
        transformers.XLMRobertaForMaskedLM(config).save_pretrained(made)
        tokenizer.save_pretrained(made)
        made.rename(args.out)
    print(f"{args.out}: {len(tokenizer):,} tokens")


if __name__ == "__main__":
    main()
