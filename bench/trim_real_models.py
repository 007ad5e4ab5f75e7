"""Real models trimmed: what each size keeps of the text, how large the model is, and that it computes the same numbers.

    python bench/trim_real_models.py MODEL --text english.txt [--coverages 0.99,0.999,0.9999] [--lines 200]

`MODEL` is a directory, such as those that `tools/get_real_models.py` makes. Every tenth line of the text is held out; tokens
are counted on the others. For each coverage the model is trimmed and loaded beside the original in float32, and both read
held-out lines whose tokens are all kept: hidden states must be equal bit for bit. The last line is the largest difference of
logits.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import torch
import transformers
from polyvocab import surgery
from polyvocab.formats import TokenizerFiles
from polyvocab.tokenizer import Tokenizer
from polyvocab.trim import Keep, trim_model, verify
from polyvocab.trim.verify import covered_texts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--coverages", default="0.99,0.999,0.9999,1.0")
    parser.add_argument("--lines", type=int, default=200, help="held-out lines that both models read")
    args = parser.parse_args()
    lines = [line for line in args.text.read_text("utf-8").split("\n") if line.strip()]
    held_out, seen = lines[::10], [line for i, line in enumerate(lines) if i % 10]
    files = TokenizerFiles.from_directory(args.model)
    source = Tokenizer(files)
    ids, _ = source.encode_batch(seen, threads=0)
    counts = {"text": np.bincount(ids, minlength=len(files.vocabulary))}
    before = load(args.model)
    print(f"{args.model.name}: {len(files.vocabulary):,} tokens, {parameters(before):,} parameters")
    size = sum(len(line.encode()) for line in seen) / 1e6
    print(f"{args.text.name}: {size:.1f} MB counted, {len(held_out):,} lines held out\n")
    print(
        "| coverage asked | tokens | lines covered | changed | length of text | parameters | difference of logits (relative) |"
    )
    print("|---:|---:|---:|---:|---:|---:|---:|")
    largest = 0.0
    for coverage in map(float, args.coverages.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "trimmed"
            made = trim_model(args.model, counts, out, coverage=coverage, keep=Keep(chat_template=True))
            kept = made.input.copied_from
            target = Tokenizer.from_pretrained(out)
            found = verify(source, target, kept, held_out)
            after = load(out)
            same = surgery.compare_outputs(before, after, kept, encoded(source, kept, held_out, args.lines))
        assert same.hidden, "hidden states differ"
        largest = max(largest, same.relative)
        print(
            f"| {coverage} | {len(kept):,} | {found.covered:,} of {found.texts:,} | {found.changed} | "
            f"{found.tokens_after / found.tokens_before:.4f} | {parameters(after):,} | "
            f"{same.logits:.1e} ({same.relative:.1e}) |"
        )
    print(f"\nlargest relative difference of logits: {largest:.1e}; hidden states: equal bit for bit")


def load(path: Path) -> transformers.PreTrainedModel:
    config = transformers.AutoConfig.from_pretrained(path)
    return getattr(transformers, config.architectures[0]).from_pretrained(path, dtype=torch.float32).eval()


def parameters(model: transformers.PreTrainedModel) -> int:
    return sum(p.numel() for p in model.parameters())


def encoded(source: Tokenizer, kept: np.ndarray, texts: list[str], limit: int) -> list[list[int]]:
    """The ids of held-out lines whose tokens are all kept, with special tokens around them."""
    found = [source.encode(text, add_special_tokens=True)[:512] for text in covered_texts(source, kept, texts)[:limit]]
    assert len(found) >= min(limit, 50), f"only {len(found)} covered lines"
    return [ids for ids in found if ids]


if __name__ == "__main__":
    main()
