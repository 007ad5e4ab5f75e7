"""What romanizations in context give to TransMI: tokens per word of romanized text, with and without them.

    python bench/transmi_context.py [--shared ../shared/data] [--cache DIR] [--pieces 8000]

The texts are NTREX, the declaration of human rights, and LibreOffice's help in Khmer and Dzongkha (Debian's packages,
unpacked in the cache). Lines that are mostly of the script are taken once each; every fifth is measured, the others are the
corpus for the context. The tokenizer is XLM-R's, and for Tibetan script, of which that has no pieces, a Unigram that is trained
here on the corpus and as much English. Words are what white space parts in romanized text. `most frequent` gives each token one
romanization (`texts`), `readings` all that it has in a tenth of its occurrences, whose gain is told. `whole` is the share of
measured words whose tokens' romanizations joined are the romanization of the word.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from pathlib import Path

from encode_texts import package_text
from polyvocab import Tokenizer
from polyvocab.formats import TokenizerFiles
from polyvocab.methods.transmi import romanize_in_context, tokens_per_word, transmi
from polyvocab.romanize import Romanizer

SCRIPTS = {"Thai": (0x0E00, 0x0E7F), "Khmer": (0x1780, 0x17FF), "Tibetan": (0x0F00, 0x0FFF), "Devanagari": (0x0900, 0x097F)}
HELP = {"km": "Khmer", "dz": "Tibetan"}
HEADS = (
    *("text", "tokenizer", "lines", "tokens a word, as it is", "TransMI", "most frequent", "readings", "gain"),
    *("tokens changed", "whole, by themselves", "whole, in context"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "polyvocab-bench-texts")
    parser.add_argument("--pieces", type=int, default=8000, help="of the tokenizers that are trained")
    args = parser.parse_args()
    xlmr = (args.shared / "tokenizers" / "xlm-roberta" / "sentencepiece.rebuilt.model").read_bytes()
    args.cache.mkdir(parents=True, exist_ok=True)
    text = args.shared / "text"
    english = lines_of(text / "eng_Latn.ntrex.txt", (0x41, 0x7A))
    helps = {code: package_lines(f"libreoffice-help-{code}", args.cache, SCRIPTS[script]) for code, script in HELP.items()}
    texts = {
        "Thai, news": (lines_of(text / "tha_Thai.ntrex.txt", SCRIPTS["Thai"]), xlmr),
        "Hindi, news": (lines_of(text / "hin_Deva.ntrex.txt", SCRIPTS["Devanagari"]), xlmr),
        "Khmer, LibreOffice's help": (helps["km"], xlmr),
        "Dzongkha, LibreOffice's help": (helps["dz"], None),
        "Tibetan, human rights": (lines_of(text / "bod_Tibt.udhr.txt", SCRIPTS["Tibetan"]), None),
    }
    print(f"| {' | '.join(HEADS)} |\n|---|---|{'---:|' * (len(HEADS) - 2)}")
    for name, (lines, model) in texts.items():
        corpus, measured = [line for n, line in enumerate(lines) if n % 5], lines[::5]
        if name.startswith("Tibetan"):  # too little text by itself
            corpus += helps["dz"]
        trained = "XLM-R" if model else f"Unigram of {args.pieces:,}"
        source = TokenizerFiles.from_files({"sentencepiece.bpe.model": model or train(corpus, english, args.pieces)}, trained)
        print(f"| {name} | {trained} | {' | '.join(figures(source, corpus, measured))} |", flush=True)


def figures(source: TokenizerFiles, corpus: list[str], measured: list[str]) -> list[str]:
    romanizer = Romanizer()
    context = romanize_in_context(source, romanizer, corpus)
    before = tokens_per_word(source, romanizer, measured)
    ways = (None, context.texts, context.readings())
    after = [tokens_per_word(transmi(source, romanizations=way).target, romanizer, measured) for way in ways]
    whole = [whole_words(source, texts, measured) for texts in (context.isolated, context.texts)]
    return [
        f"{len(measured):,}",
        f"{before:.3f}",
        *(f"{count:.3f}" for count in after),
        f"{1 - after[-1] / after[0]:.1%}",
        f"{len(context.changed):,}",
        *(f"{share:.1%}" for share in whole),
    ]


def whole_words(source: TokenizerFiles, texts: list[str | None], lines: list[str]) -> float:
    """The share of words that the romanizations of their tokens make up."""
    words = [word for line in lines for word in line.split()]
    ids, offsets = Tokenizer(source).encode_batch(words)
    joined = ("".join(texts[i] or "" for i in ids[a:b].tolist()) for a, b in zip(offsets, offsets[1:], strict=False))
    romanized = Romanizer().batch(words)
    return sum(a == b for a, b in zip(joined, romanized, strict=True)) / len(words)


def lines_of(path: Path, points: tuple[int, int]) -> list[str]:
    return of_script(path.read_text("utf-8"), points)


def package_lines(package: str, folder: Path, points: tuple[int, int]) -> list[str]:
    text = package_text(package, folder)
    if text is None:
        sys.exit(f"{package}: cannot be downloaded by apt-get; put its text into {folder / package}.txt")
    return of_script(text, points)


def of_script(text: str, points: tuple[int, int]) -> list[str]:
    """The lines of which more than half is between these code points, each once."""
    first, last = points
    lines = dict.fromkeys(line.strip() for line in text.split("\n"))
    return [line for line in lines if 2 * sum(first <= ord(c) <= last for c in line) > len(line)]


def train(corpus: list[str], english: list[str], pieces: int) -> bytes:
    """A Unigram model of the corpus with as many lines of English."""
    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([*corpus, *english[: len(corpus)]]),
        model_writer=model,
        vocab_size=pieces,
        character_coverage=1.0,
        minloglevel=2,
    )
    return model.getvalue()


if __name__ == "__main__":
    main()
