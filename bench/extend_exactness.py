"""Pieces of one tokenizer appended to another: how much shorter texts become, and how many old lines are cut otherwise (none).

    python bench/extend_exactness.py ../shared/data [NAME ...]

For two pairs of each family, and in three ways: `free` (as published, nothing protected), `exact` (text that the old tokenizer
covered), `protect` (text over the characters of English, Finnish, Swahili and Vietnamese). Old text are lines of 31 languages,
cut behind punctuation; of these `exact` promises those that the old tokenizer covered, `protect` those over its characters.
`changed` counts lines of what is promised (for `free`: of covered text), `changed of all` any line. Tokens per word are those
of a text in the other tokenizer's language. Exits with 1 where a promised line changed or a certificate is not proven.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from polyvocab.formats import TokenizerFiles
from polyvocab.integrations.transformers import tokenizer_files
from polyvocab.methods.extend import alphabet_of, covered, extend
from polyvocab.tokenizer import Tokenizer

PAIRS = [
    ("focus-sw-xlmr-unigram-50k", "focus-ar-xlmr-unigram-50k", "arb_Arab"),
    ("xlm-roberta", "focus-sw-xlmr-unigram-50k", "swh_Latn"),
    ("xlm-roberta", "sp-test-ja", "jpn_Jpan"),
    ("gpt2", "focus-ar-bpe-50k", "arb_Arab"),
    ("llama3", "bert-base-multilingual-cased", "kat_Geor"),
    ("llama2", "focus-ar-bpe-50k", "arb_Arab"),
    ("mistral-v1", "bert-base-multilingual-cased", "tam_Taml"),
    ("bert-base-uncased", "bert-base-multilingual-cased", "ben_Beng"),
    ("model2vec-test", "focus-ar-xlmr-unigram-50k", "arb_Arab"),
    ("words-eng", "words-swh", "swh_Latn"),
    ("words-rus", "words-arb", "arb_Arab"),
]
# What a file leaves open, and the class that a lone SentencePiece model is one of.
READING = {"bert-base-multilingual-cased": {"lowercase": False}, "llama3": {"encoding": "llama3"}}
CLASSES = {
    "xlm-roberta": ("XLMRobertaTokenizer", "sentencepiece.bpe.model"),
    "sp-test-ja": ("T5Tokenizer", "spiece.model"),
    "llama2": ("LlamaTokenizer", "tokenizer.model"),
    "mistral-v1": ("LlamaTokenizer", "tokenizer.model"),
}
PROTECTED = ("eng_Latn", "fin_Latn", "swh_Latn", "vie_Latn")
PER_LANGUAGE = 400


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("shared", type=Path)
    parser.add_argument("names", nargs="*", help="beginnings of names of the first tokenizer; default: all")
    args = parser.parse_args()
    texts = {path.name.split(".")[0]: lines(path) for path in sorted((args.shared / "text").glob("*.ntrex.txt"))}
    print("| source | other | mode | tokens added | promised lines | changed | changed of all | text | tokens per word |")
    print("|---|---|---|---:|---:|---:|---:|---|---:|")
    failed = False
    for name, other, language in PAIRS:
        if args.names and not any(name.startswith(n) for n in args.names):
            continue
        for row, good in rows(opened(args.shared, name, texts), opened(args.shared, other, texts), language, texts):
            print(f"| {name} | {other} | {row} |", flush=True)
            failed |= not good
    sys.exit(1 if failed else 0)


def lines(path: Path) -> list[str]:
    """Lines cut behind punctuation, as many of each language: a long line is seldom covered."""
    clauses = re.split(r"\n+|(?<=[.!?,;:。、，；？،؛।])\s*", path.read_text("utf-8"))
    return [clause for clause in clauses if clause.strip()][:PER_LANGUAGE]


def opened(shared: Path, name: str, texts: dict[str, list[str]]) -> TokenizerFiles:
    if name.startswith("words-"):
        return words([line for language, some in texts.items() if language.startswith(name[6:]) for line in some])
    folder = shared / "tokenizers" / name
    if name not in CLASSES:
        return TokenizerFiles.from_directory(folder, **READING.get(name, {}))
    import transformers

    cls, file = CLASSES[name]
    with tempfile.TemporaryDirectory() as target:
        shutil.copy(next(folder.glob("*.model")), Path(target) / file)
        return tokenizer_files(getattr(transformers, cls).from_pretrained(target))


def words(texts: list[str]) -> TokenizerFiles:
    """A WordLevel tokenizer of the words of texts: none is published that could be used here."""
    from tokenizers import Tokenizer as Library
    from tokenizers import models, pre_tokenizers, trainers

    made = Library(models.WordLevel(unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.train_from_iterator(texts, trainers.WordLevelTrainer(special_tokens=["<unk>"], show_progress=False))
    return TokenizerFiles.from_files({"tokenizer.json": made.to_str().encode()})


def rows(
    source: TokenizerFiles, other: TokenizerFiles, language: str, texts: dict[str, list[str]]
) -> Iterator[tuple[str, bool]]:
    every = [line for some in texts.values() for line in some]
    kept = [line for name in PROTECTED for line in texts[name]]
    tokenizer, found = Tokenizer(source), covered(source.definition)
    old = tokenizer.encode_batch(every, as_arrays=False)
    is_covered = np.array([bool(found[ids].all()) for ids in old])
    alphabet = alphabet_of(source, kept)
    is_over = np.array([alphabet_of_line(tokenizer, line) <= alphabet for line in every])
    before = per_word(tokenizer, texts[language])
    for mode, options, promised in (
        ("free", {}, is_covered),
        ("exact", {"exact": True}, is_covered),
        ("protect", {"protect": kept}, is_over),
    ):
        made = extend(source, other, **options)
        after = Tokenizer(made.target)
        differs = np.array([a != b for a, b in zip(old, after.encode_batch(every, as_arrays=False), strict=True)])
        changed = int((differs & promised).sum())
        good = mode == "free" or (changed == 0 and made.provenance[0]["certificate"]["proven"])
        length = f"{before:.3f} → {per_word(after, texts[language]):.3f}"
        added = len(made.target.vocabulary) - len(source.vocabulary)
        counts = f"{int(promised.sum()):,} | {changed:,} | {int(differs.sum()):,}"
        yield f"{mode} | {added:,} | {counts} | {language} | {length}", good


def alphabet_of_line(tokenizer: Tokenizer, line: str) -> frozenset[str]:
    return frozenset().union(*(word.decode("utf-8") for word in tokenizer.words(line)))


def per_word(tokenizer: Tokenizer, texts: list[str]) -> float:
    """Tokens for each stretch without white space."""
    ids, _ = tokenizer.encode_batch(texts)
    return len(ids) / sum(len(line.split()) for line in texts)


if __name__ == "__main__":
    main()
