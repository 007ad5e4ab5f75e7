"""Every tokenizer trimmed to one language: how many lines are covered, and how many of those are cut in another way (none).

    python bench/trim_exactness.py ../shared/data [NAME ...]

For each directory of `tokenizers/` and each GGUF file in `tokenizers/gguf/`: tokens are counted on every other line of one
language, the vocabulary is trimmed to 4,000 and 8,000 tokens and to 25 % and 50 % of the types that the text uses, for both
objectives, its files are written anew and read back, and all lines are encoded with both. Where what must stay is more than a
size, or the vocabulary less, the row says so. Exits with 1 where a covered line changed, a certificate is not proven, or fewer
than 200 lines were covered.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from polyvocab.errors import PolyvocabError
from polyvocab.formats import TokenizerFiles
from polyvocab.formats.directory import read_definition
from polyvocab.formats.gguf_trim import trim_gguf
from polyvocab.tokenizer import Tokenizer
from polyvocab.trim import Verification, select, verify
from polyvocab.trim.model import GgufTokenizer

LANGUAGES = {
    "focus-ar": "arb_Arab",
    "focus-sw": "swh_Latn",
    "o200k": "ukr_Cyrl",
    "sp-test-ja": "jpn_Jpan",
    "xlm-roberta": "fin_Latn",
}
# What a file leaves open.
READING = {
    "bert-base-multilingual-cased": {"lowercase": False},
    "clip": {"family": "clip"},
    "llama3": {"encoding": "llama3"},
    "openai-gpt": {"family": "openai-gpt"},
}
LEAST_COVERED = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("shared", type=Path)
    parser.add_argument("names", nargs="*", help="beginnings of names; default: all")
    args = parser.parse_args()
    print("| tokenizer | model | text | tokens | used | size | objective | covered | changed | length |")
    print("|---|---|---|---:|---:|---:|---|---:|---:|---:|")
    failed, covered, changed, least = False, 0, 0, None
    for name, path in tokenizers(args.shared / "tokenizers"):
        if args.names and not any(name.startswith(n) for n in args.names):
            continue
        language = next((text for start, text in LANGUAGES.items() if name.startswith(start)), "eng_Latn")
        texts = lines(args.shared / "text", language)
        for row, found, good in rows(name, path, language, texts):
            print(f"| {row} |", flush=True)
            failed |= not good
            if found is not None:
                covered, changed = covered + found.covered, changed + found.changed
                least = found.covered if least is None else min(least, found.covered)
    print(f"\n{changed:,} of {covered:,} covered lines changed; at least {least} covered in each case")
    sys.exit(1 if failed else 0)


def tokenizers(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.iterdir()):
        if path.name == "gguf":
            yield from ((f"gguf/{file.name}", file) for file in sorted(path.glob("*.gguf")))
        else:
            yield path.name, path


def lines(folder: Path, language: str) -> list[str]:
    """About 12,000 lines of one language, taken evenly from its texts, cut behind punctuation: a small vocabulary hardly ever
    covers a long line."""
    texts = [path.read_text("utf-8") for path in sorted(folder.glob(f"{language}.*.txt"))]
    every = [clause for text in texts for clause in re.split(r"\n+|(?<=[.!?,;:。、，；؟،؛])\s*", text) if clause.strip()]
    return every[:: max(1, len(every) // 12_000)]


def rows(name: str, path: Path, language: str, texts: list[str]) -> Iterator[tuple[str, Verification | None, bool]]:
    try:
        source = opened(path)
        tokenizer = Tokenizer(source.definition)
    except PolyvocabError as error:
        yield f"{name} | | | | | refused: {error} | | | |", None, False
        return
    ids, _ = tokenizer.encode_batch(texts[::2], threads=0)
    counts = {language: np.bincount(ids, minlength=tokenizer.token_count)}
    used = int((counts[language] > 0).sum())
    kind = getattr(source.definition.model, "algorithm", source.definition.model.kind)
    head = f"{name} | {kind} | {language} | {tokenizer.token_count:,} | {used:,}"
    for size in (4000, 8000, used // 4, used // 2):
        for objective in ("length", "lines"):
            try:
                chosen = select(source, counts, size=size, objective=objective)
            except PolyvocabError as error:
                yield f"{head} | {size:,} | {objective} | {error} | |", None, True
                break
            with tempfile.TemporaryDirectory() as folder:
                after = Tokenizer(kept(path, source, chosen.ids, Path(folder)))
            found = verify(tokenizer, after, chosen.ids, texts)
            length = found.tokens_after / found.tokens_before
            good = found.changed == 0 and chosen.certificate.proven and found.covered >= LEAST_COVERED
            yield f"{head} | {size:,} | {objective} | {found.covered:,} | {found.changed} | {length:.3f}", found, good


def opened(path: Path) -> TokenizerFiles | GgufTokenizer:
    if path.suffix == ".gguf":
        return GgufTokenizer(read_definition(path))
    return TokenizerFiles.from_directory(path, **READING.get(path.name, {}))


def kept(path: Path, source: TokenizerFiles | GgufTokenizer, ids: np.ndarray, folder: Path):
    """The trimmed tokenizer as it reads back from its files."""
    if path.suffix == ".gguf":
        return read_definition(trim_gguf(path, folder / "small.gguf", ids))
    source.keep(ids).write(folder)
    return TokenizerFiles.from_directory(folder).definition


if __name__ == "__main__":
    main()
