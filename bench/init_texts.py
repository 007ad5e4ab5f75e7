"""Texts and tokenizers for the comparison of methods of initialization.

    python bench/mixture_texts.py TEXTS --groups help
    python bench/init_texts.py TEXTS DATA [--shared ../shared/data]

Writes DATA/source/text.jsonl (english.jsonl: the English of it) and a tokenizer, and for each target language
DATA/<language>/{train,test}.jsonl and a tokenizer.

The source text is open: novels and Bibles of the data folder (public domain, CC0) and LibreOffice's help in 20 languages
(MPL-2.0), at most 1 MB of a language's help. The target languages are in neither it nor its tokenizer, and the scripts of
Cherokee and Armenian are not either. A document is 20 lines of a file or a paragraph of help. Which documents are test text
is decided by the number of the document alone; Bibles and NTREX are aligned by line, so no translation of a test document is
trained on in any language. Tokenizers are byte-level BPE, so that no text is unknown to any.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from mixture_texts import LINES, documents_of_lines

SOURCE_FILES = (
    *("eng_Latn.warandpeace", "eng_Latn.botchan", "jpn_Jpan.wagahai"),
    *(f"{language}.bible" for language in ("eng_Latn", "est_Latn", "eus_Latn", "lav_Latn", "zul_Latn", "zho_Hans")),
)
SOURCE_HELP = (
    *("cs", "de", "el", "es", "et", "eu", "fi", "fr", "hi", "hu"),
    *("id", "it", "ja", "ko", "pl", "pt", "ru", "tr", "vi", "zh-cn"),
)
HELP_BYTES = 1_000_000  # of a language
TARGETS = {
    "chr_Cher": ("bible",),
    "swh_Latn": ("bible", "ntrex"),
    "hye_Armn": ("bible", "ntrex", "ud-armtdp"),
    "ukr_Cyrl": ("bible",),
}
TEST_EVERY = 12  # of so many documents one is test text
SOURCE_TOKENS, TARGET_TOKENS = 8_192, 4_096
END = "<|endoftext|>"


def is_test(document: int) -> bool:
    return document % TEST_EVERY == 0


def books(shared: Path, language: str = "") -> Iterator[str]:
    """The documents of SOURCE_FILES that are no test text of others, in one language or in all."""
    for name in SOURCE_FILES:
        aligned = name.endswith(".bible")
        if name.startswith(language):
            for number, text in documents_of_lines(shared / "text" / f"{name}.txt", LINES):
                if not (aligned and is_test(number)):
                    yield text


def help_documents(texts: Path) -> Iterator[str]:
    for language in SOURCE_HELP:
        size = 0
        with open(texts / "help" / language / "train.jsonl", encoding="utf-8") as file:
            for line in file:
                text = json.loads(line)["text"]
                size += len(text.encode())
                if size > HELP_BYTES:
                    break
                yield text


def target_documents(language: str, shared: Path, *, test: bool) -> Iterator[str]:
    for source in TARGETS[language]:
        for number, text in documents_of_lines(shared / "text" / f"{language}.{source}.txt", LINES):
            if is_test(number) == test:
                yield text


def train_tokenizer(documents: Iterable[str], size: int, folder: Path) -> None:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=[END], initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(documents, trainer)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token=END, eos_token=END).save_pretrained(folder)


def write(documents: Iterable[str], path: Path) -> list[str]:
    kept = list(documents)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in kept), "utf-8")
    print(f"{path}: {len(kept):,} documents, {sum(len(text.encode()) for text in kept) / 1e6:.2f} MB", flush=True)
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path, help="folder of mixture_texts.py")
    parser.add_argument("data", type=Path)
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    args = parser.parse_args()
    documents = write(chain(books(args.shared), help_documents(args.texts)), args.data / "source" / "text.jsonl")
    write(books(args.shared, "eng"), args.data / "source" / "english.jsonl")
    train_tokenizer(documents, SOURCE_TOKENS, args.data / "source" / "tokenizer")
    for language in TARGETS:
        folder = args.data / language
        write(target_documents(language, args.shared, test=True), folder / "test.jsonl")
        documents = write(target_documents(language, args.shared, test=False), folder / "train.jsonl")
        train_tokenizer(documents, TARGET_TOKENS, folder / "tokenizer")


if __name__ == "__main__":
    main()
