"""Compare polyvocab's tokenizer with the library that a tokenizer was made for, on any text.

    python tools/check_parity.py TOKENIZER TEXT...
    python tools/check_parity.py TOKENIZER --random 1000000

TOKENIZER is a directory or a file, as `Tokenizer.from_pretrained` takes it. Compared are, for each line of the texts with its
end, for each text as a whole, and for random texts that mix what is hard on a tokenizer: the ids, the byte range of each token,
with Hugging Face `tokenizers` the number of its word too, and the text that the ids decode to. The other side is

- tokenizer.json: `tokenizers`
- vocab.txt, or vocab.json with merges.txt: the class of `transformers` that builds a tokenizer of them
- a SentencePiece .model, a GGUF of the kind llama: `sentencepiece`
- a rank file, a js-tiktoken JSON: `tiktoken`
- another GGUF: `tokenizers`, with the tokenizer.json that polyvocab writes for it

Prints where the first differences are and exits with 1 where there are any, with 2 where nothing could be compared.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from parity_references import Expected, Reference, reference_of
from polyvocab.errors import PolyvocabError, UnsupportedComponent
from polyvocab.tokenizer import Tokenizer

_LARGEST = 10_000_000  # bytes of a text that is a case as a whole too
_RANDOM_BLOCK = 10_000  # texts that are made at once


def main(
    tokenizer: Annotated[Path, typer.Argument(exists=True)],
    texts: Annotated[list[Path] | None, typer.Argument(exists=True, dir_okay=False)] = None,
    encoding: Annotated[str | None, typer.Option(help="Of a rank file: the name of its encoding.")] = None,
    family: Annotated[str | None, typer.Option(help="Of vocab.json and merges.txt: gpt2, qwen2, clip or openai-gpt.")] = None,
    lowercase: Annotated[bool | None, typer.Option(help="Of a vocab.txt: whether text is put into lower case.")] = None,
    random: Annotated[int, typer.Option(help="How many random texts are compared besides.")] = 0,
    seed: Annotated[int, typer.Option(help="Of the random texts.")] = 0,
    show: Annotated[int, typer.Option(help="How many differences are printed.")] = 5,
) -> None:
    try:
        ours = Tokenizer.from_pretrained(tokenizer, encoding=encoding, family=family, lowercase=lowercase)
        reference = reference_of(ours, tokenizer, family, lowercase)
    except PolyvocabError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    compared, refused = ["ids", "byte ranges", *(["word numbers"] if reference.has_words else [])], None
    try:
        ours.decode([])
        compared.append("decoded texts")
    except UnsupportedComponent as error:
        refused = error
    print(f"{tokenizer}: {', '.join(compared)} against {reference.name}")
    if refused:
        print(f"decoded texts are not compared: {refused}")
    cases = tokens = different = 0
    for place, text in chain(_cases(texts or []), _random_cases(random, seed)):
        expected = reference.encode(text)
        cases += 1
        tokens += len(expected.ids)
        difference = _difference(ours, reference, text, expected, decodes=refused is None)
        different += difference is not None
        if difference is not None and different <= show:
            print(f"{place}: {difference}")
    print(f"{cases} cases with {tokens} tokens: {f'{different} cases differ' if different else 'all are equal'}")
    sys.exit(2 if cases == 0 else different > 0)


def _cases(paths: list[Path]) -> Iterator[tuple[str, str]]:
    for path in paths:
        data = path.read_bytes()
        text = data.decode("utf-8", "replace")
        for number, line in enumerate(io.StringIO(text, newline="\n")):
            yield f"{path} line {number + 1}", line
        if text and len(data) <= _LARGEST:
            yield f"{path} as a whole", text


def _random_cases(count: int, seed: int) -> Iterator[tuple[str, str]]:
    sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
    from strategies_text import hard_texts

    for block in range(0, count, _RANDOM_BLOCK):
        texts = hard_texts(min(_RANDOM_BLOCK, count - block), seed=f"{seed} {block}")
        yield from ((f"random text {block + i} of seed {seed}", text) for i, text in enumerate(texts))


def _difference(ours: Tokenizer, reference: Reference, text: str, expected: Expected, decodes: bool) -> str | None:
    """The first place where something is different, None where all is equal."""
    ids = np.array(expected.ids, np.uint32)
    aligned = ours.encode_aligned(text)
    for way, own in (("encode", np.array(ours.encode(text), np.uint32)), ("encode_aligned", aligned.ids)):
        if not np.array_equal(own, ids):
            i = _first(own, ids)
            end = aligned.spans[i - 1, 1] if 0 < i <= len(aligned.spans) else 0
            after = text.encode()[int(end) :][:40].decode("utf-8", "replace")
            return f"token {i} before {after!r}: {way} gives {own[i : i + 5]} instead of {ids[i : i + 5]}"
    if not np.array_equal(aligned.spans, expected.spans):
        i = _first(aligned.spans, expected.spans)
        return f"token {i}, id {ids[i]}: the bytes {aligned.spans[i]} instead of {expected.spans[i]}"
    if expected.words is not None and not np.array_equal(aligned.words, expected.words):
        i = _first(aligned.words, expected.words)
        return f"token {i}, id {ids[i]}: the word {aligned.words[i]} instead of {expected.words[i]}"
    if decodes and (own := ours.decode(ids)) != (decoded := reference.decode(expected.ids)):
        i = next((i for i, (a, b) in enumerate(zip(own, decoded, strict=False)) if a != b), min(len(own), len(decoded)))
        return f"character {i} of the decoded text: {own[i : i + 40]!r} instead of {decoded[i : i + 40]!r}"
    return None


def _first(one: np.ndarray, other: np.ndarray) -> int:
    """The first row that is different, or that only one of them has."""
    count = min(len(one), len(other))
    rows = np.flatnonzero((one[:count] != other[:count]).reshape(count, -1).any(axis=1))
    return int(rows[0]) if len(rows) else count


if __name__ == "__main__":
    typer.run(main)
