"""Does llama.cpp generate the same text with a trimmed GGUF file as with the original?

    python tools/check_gguf_generation.py original.gguf trimmed.gguf kept_ids.npy [--prompts FILE] [--tokens 48]

Needs the packages `llama-cpp-python` (built from its source: pip install --no-binary llama-cpp-python llama-cpp-python) and
numpy, and nothing of polyvocab. `kept_ids.npy`: the old id of each new token. `--prompts`: one prompt a line.

A prompt takes part where all its tokens are kept. Both models get it and go on greedily, each from its own tokens. Compared are
the ids of the prompt, the logits of the kept tokens at every step, the ids that are chosen and the text. Where the original
chooses a token that was not kept, the comparison of that prompt ends. The last line says how much was compared; the exit status
is 1 where anything differs, or nothing could be compared.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

PROMPTS = [
    "The capital of France is",
    "Water boils when",
    "Once upon a time, there was a little girl who",
    "The best way to learn a language is",
    "In the morning, the old man went to the sea and",
    "The three most important things in life are",
    "<|im_start|>user\nWhy is the sky blue?<|im_end|>\n<|im_start|>assistant\n",
    "<|im_start|>user\nTell me a story about a dog.<|im_end|>\n<|im_start|>assistant\n",
]


class Model:
    """A GGUF file in llama.cpp, on the CPU."""

    def __init__(self, path: Path, threads: int) -> None:
        import llama_cpp

        self.library = llama_cpp
        self.llama = llama_cpp.Llama(
            str(path), n_ctx=1024, n_threads=threads, n_threads_batch=threads, n_gpu_layers=0, verbose=False
        )
        self.size = self.llama.n_vocab()

    def ids(self, text: str) -> list[int]:
        return self.llama.tokenize(text.encode(), add_bos=True, special=True)

    def text(self, ids: list[int]) -> str:
        return self.llama.detokenize(ids, special=True).decode("utf-8", "replace")

    def logits(self, ids: list[int]) -> np.ndarray:
        """float32 [vocabulary] after these tokens, which go on from those before."""
        self.llama.eval(ids)
        return np.ctypeslib.as_array(self.library.llama_get_logits(self.llama.ctx), (self.size,)).copy()

    def is_end(self, token: int) -> bool:
        return bool(self.library.llama_vocab_is_eog(self.library.llama_model_get_vocab(self.llama.model), token))


def compare(one: Model, two: Model, kept: np.ndarray, prompt: str, count: int) -> dict | None:
    """What became of one prompt; None where a token of it is not kept."""
    new = {int(old): i for i, old in enumerate(kept)}
    ids = one.ids(prompt)
    if not set(ids) <= new.keys():
        return None
    result = {"prompt": two.ids(prompt) == [new[i] for i in ids], "steps": 0, "difference": 0.0, "end": "length"}
    chosen: tuple[list[int], list[int]] = ([], [])
    feeds = ids, two.ids(prompt)
    one.llama.reset()
    two.llama.reset()
    for _ in range(count):
        logits = one.logits(feeds[0]), two.logits(feeds[1])
        best = [int(values.argmax()) for values in logits]
        result["difference"] = max(result["difference"], float(np.abs(logits[0][kept] - logits[1]).max()))
        if best[0] not in new:
            result["end"] = "a token that was not kept"
            break
        result["steps"] += 1
        for tokens, token in zip(chosen, best, strict=True):
            tokens.append(token)
        if one.is_end(best[0]):
            result["end"] = "end of text"
            break
        feeds = [best[0]], [best[1]]
    result["ids"] = [new[i] for i in chosen[0]] == chosen[1]
    result["texts"] = one.text(chosen[0]), two.text(chosen[1])
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("original", type=Path)
    parser.add_argument("trimmed", type=Path)
    parser.add_argument("kept", type=Path)
    parser.add_argument("--prompts", type=Path)
    parser.add_argument("--tokens", type=int, default=48)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    one, two = Model(args.original, args.threads), Model(args.trimmed, args.threads)
    kept = np.load(args.kept)
    if two.size != len(kept):
        sys.exit(f"{args.trimmed} has {two.size} tokens, {args.kept} lists {len(kept)}")
    prompts = args.prompts.read_text("utf-8").splitlines() if args.prompts else PROMPTS
    results = []
    for prompt in prompts:
        result = compare(one, two, kept, prompt, args.tokens)
        if result is None:
            print(f"{prompt!r}: not covered")
            continue
        same = result["prompt"] and result["ids"] and result["texts"][0] == result["texts"][1]
        print(f"{prompt!r}: {'same' if same else 'DIFFERENT'}, {result['steps']} tokens, ended by {result['end']}")
        print(f"    {result['texts'][0]!r}" + ("" if same else f"\n    {result['texts'][1]!r}"))
        results.append((same, result))
    wrong = sum(not same for same, _ in results)
    steps = sum(result["steps"] for _, result in results)
    largest = max((result["difference"] for _, result in results), default=0.0)
    print(
        f"{one.size} tokens -> {two.size}: {len(results)} of {len(prompts)} prompts compared, {steps} tokens, "
        f"{wrong} prompts differ, largest difference of a logit {largest:g}"
    )
    sys.exit(1 if wrong or not steps else 0)


if __name__ == "__main__":
    main()
