"""A transformers tokenizer before and after `polyvocab.accelerate_tokenizer`: the same calls, the same results.

    python bench/bench_accelerate.py ../shared/data/tokenizers/gpt2 --text ../shared/data/text/eng_Latn.xquad.txt

About a megabyte of text in documents of about a kilobyte. Of several rounds the best one counts; the two take turns.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import polyvocab
import torch
from transformers import AutoTokenizer, PreTrainedTokenizerBase

CALLS = {
    "lists": {},
    "padded tensors": {"padding": True, "truncation": True, "max_length": 512, "return_tensors": "pt"},
    "padded lists": {"padding": True, "truncation": True, "max_length": 512},
    "offsets": {"return_offsets_mapping": True},
}


def documents(path: Path, total: int = 1_000_000, size: int = 1000) -> list[str]:
    """Lines of a file put together to documents, as often as it takes."""
    out, length, lines = [""], 0, path.read_text("utf-8").splitlines(keepends=True)
    while length < total:
        for line in lines:
            if len(out[-1].encode()) >= size:
                length += len(out[-1].encode())
                out.append("")
                if length >= total:
                    return out[:-1]
            out[-1] += line
    return out


def seconds(tokenizer: PreTrainedTokenizerBase, texts: list[str] | str, options: dict, repeat: int = 1) -> float:
    start = time.perf_counter()
    for _ in range(repeat):
        tokenizer(texts, **options)
    return (time.perf_counter() - start) / repeat


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tokenizers", nargs="+")
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    texts = documents(arguments.text)
    print(f"{len(texts)} documents, {sum(len(t.encode()) for t in texts) / 1e6:.2f} MB")
    for path in arguments.tokenizers:
        original = AutoTokenizer.from_pretrained(path)
        native = polyvocab.accelerate_tokenizer(AutoTokenizer.from_pretrained(path))
        for tokenizer in (original, native):
            tokenizer.pad_token = tokenizer.pad_token or tokenizer.convert_ids_to_tokens(0)
            tokenizer.model_max_length = 10**9
        rows = [(name, texts, options, 1) for name, options in CALLS.items()]
        rows += [("one document", texts[0], {}, 200), ("one word", "word", {}, 200)]
        for name, given, options, repeat in rows:
            expected, got = original(given, **options), native(given, **options)
            same = [torch.equal(v, got[k]) if torch.is_tensor(v) else v == got[k] for k, v in expected.items()]
            assert all(same) and native.polyvocab_fallback is None, (path, name, native.polyvocab_fallback)
            times = [
                (seconds(original, given, options, repeat), seconds(native, given, options, repeat))
                for _ in range(arguments.rounds)
            ]
            before, after = (min(column) * 1000 for column in zip(*times, strict=True))
            print(f"{Path(path).name:28} {name:16} {before:10.3f} ms {after:10.3f} ms {before / after:7.1f} x")


if __name__ == "__main__":
    main()
