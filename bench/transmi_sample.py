"""What TransMI is worth to the embedded sample model: masked bits per byte on romanized text of languages that it has seen.

    python bench/transmi_sample.py ../shared/data/text [--spans 400]

The model is the sample of the tests (XLM-R's architecture, four layers, trained on seven languages in their own scripts). Text:
verses of three of them in other scripts that are not in its training text, romanized. All arms are asked for the same words,
with the same text around them; bits are divided by the bytes of the romanized text without marks, so that the routed arms
are measured alike, whose text is longer. The first row is the model on the same verses in their own script,
whose bytes are others.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from polyvocab import metrics, surgery
from polyvocab.formats import TokenizerFiles
from polyvocab.methods.transmi import transmi
from polyvocab.romanize import Romanizer
from polyvocab.transfer import TokenizerTransfer
from transformers import AutoModelForMaskedLM, AutoTokenizer

SAMPLE = Path(__file__).parent.parent / "tests" / "data" / "sample"
LANGUAGES = {"ukr_Cyrl": "Ukrainian", "hye_Armn": "Armenian", "zho_Hans": "Chinese"}
ARMS = [(mode, routed) for routed in (False, True) for mode in ("max", "min", "average", "weighted", "sum")]
CONTEXT = 64  # bytes of unmarked text on each side; a mark takes two bytes before each letter


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("text", type=Path, help="folder of LANGUAGE.bible.txt")
    parser.add_argument("--verses", type=int, default=200, help="of each language")
    parser.add_argument("--spans", type=int, default=400, help="of each language")
    args = parser.parse_args()
    verses = {language: unseen(args.text, language, args.verses) for language in LANGUAGES}
    print(
        "| model | text | "
        + " | ".join(LANGUAGES.values())
        + " | tokens per word |\n|---|---|"
        + "---:|" * (len(LANGUAGES) + 1)
    )
    source, tokenizer = AutoModelForMaskedLM.from_pretrained(SAMPLE / "model"), AutoTokenizer.from_pretrained(SAMPLE / "model")
    romanizer = Romanizer()
    plain = {language: romanizer.batch(texts) for language, texts in verses.items()}
    spans = {name: metrics.sample_spans(texts, [tokenizer], args.spans) for name, texts in plain.items()}
    native = {name: metrics.sample_spans(texts, [tokenizer], args.spans) for name, texts in verses.items()}
    row("source", "own script", source, tokenizer, native, native, verses)
    row("source", "romanized", source, tokenizer, spans, spans, plain)
    files = TokenizerFiles.from_directory(SAMPLE / "model")
    for mode, routed in ARMS:
        transfer = transmi(files, mode=mode, routed=routed)
        mark = transfer.text_steps[0]["mark"]
        marked = plain if mark is None else {name: Romanizer(mark=mark).batch(texts) for name, texts in verses.items()}
        asked = (
            spans
            if mark is None
            else {name: [with_marks(s, plain[name], marked[name], mark) for s in spans[name]] for name in spans}
        )
        row(f"TransMI, {mode}{', routed' if routed else ''}", "romanized", *applied(transfer), asked, spans, marked)


def unseen(folder: Path, language: str, count: int) -> list[str]:
    """Verses that the sample was not trained on, spread over the file."""
    seen = set((SAMPLE / "text" / f"{language}.train.txt").read_text("utf-8").split("\n"))
    lines = (folder / f"{language}.bible.txt").read_text("utf-8").split("\n")
    found = [line for line in lines if len(line) > 40 and line not in seen]
    return found[:: max(1, len(found) // count)][:count]


def applied(transfer: TokenizerTransfer) -> tuple:
    """Model and tokenizer after a transfer."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "model"
        surgery.apply_to_checkpoint(transfer, SAMPLE / "model", target)
        return AutoModelForMaskedLM.from_pretrained(target), AutoTokenizer.from_pretrained(target)


def with_marks(span: metrics.Span, plain: Sequence[str], marked: Sequence[str], mark: str) -> metrics.Span:
    """The same span in the marked text."""
    document = marked[plain.index(span.document)]
    places = [i for i, c in enumerate(document) if c != mark]  # of the characters of the unmarked text
    assert "".join(document[i] for i in places) == span.document
    start = places[span.start]
    return metrics.Span(document, start - (start > 0 and document[start - 1] == mark), places[span.stop - 1] + 1)


def row(model: str, text: str, network, tokenizer, asked: dict, spans: dict, texts: dict) -> None:
    """One line of the table. `asked`: spans as the model sees them, `spans`: those whose bytes count."""
    print(
        f"| {model} | {text} | " + " | ".join(f"{v:.3f}" for v in values(network.eval(), tokenizer, asked, spans)),
        end="",
        flush=True,
    )
    documents = [document for each in texts.values() for document in each]
    print(f" | {metrics.fertility(tokenizer, documents).tokens_per_word:.2f} |", flush=True)


def values(network, tokenizer, asked: dict, spans: dict) -> Iterator[float]:
    for name, of_language in asked.items():
        size = sum(len(span.text.encode()) for span in spans[name])
        longer = sum(len(span.text.encode()) for span in of_language) / size
        found = metrics.pseudo_bits_per_byte(network, tokenizer, of_language, context_bytes=round(CONTEXT * longer))
        yield found.bits / size


if __name__ == "__main__":
    main()
