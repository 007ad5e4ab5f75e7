"""What TransMI does to the length of romanized text, and to text that is not romanized, for each family of tokenizers.

    python bench/transmi_tokens.py [--shared ../shared/data] [--cache DIR] [--lines 200] [--tokenizers xlmr,gpt2,...]

The text is NTREX, romanized by `polyvocab.Romanizer`. Tokens per word are those of the tokenizer as it was, after TransMI, and
after TransMI with routing (of marked text); words are what white space parts in the original. `kept` is the share of the
reduction without routing that routing keeps. Lines of native and of Latin text are encoded as they are, with the old and with
the new tokenizer, and those that change are counted. Latin letters in native text (names, mostly) are ordinary Latin text: of
the native lines that change, those without Latin letters are told. `unknown` are words of romanized text that the tokenizer
does not know (a WordPiece refuses words of more than 100 characters): before, after, and routed.

The last line is the least share kept of a reduction of at least 0.5 %.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from encode_tokenizers import TOKENIZERS, tokenizer_files
from polyvocab.formats import TokenizerFiles
from polyvocab.methods.transmi import transmi
from polyvocab.romanize import Romanizer
from polyvocab.tokenizer import Tokenizer
from polyvocab.transfer import TokenizerTransfer

LANGUAGES = (
    "arb_Arab rus_Cyrl kaz_Cyrl ell_Grek hin_Deva ben_Beng tam_Taml "
    "kat_Geor hye_Armn heb_Hebr kor_Hang amh_Ethi tha_Thai zho_Hans"
)
LATIN = "eng_Latn fin_Latn swh_Latn tur_Latn vie_Latn mlt_Latn"
FAMILIES = {
    "xlmr": "Unigram",
    "laser100k": "Unigram (SentencePiece)",
    "t5": "Unigram",
    "gpt2": "byte-level BPE",
    "o200k": "byte-level BPE",
    "qwen2": "byte-level BPE",
    "llama2": "SentencePiece BPE, byte fallback",
    "mistral-v1": "SentencePiece BPE, byte fallback",
    "bert-base-multilingual-cased": "WordPiece",
}
LEAST_REDUCTION = 0.005
HEADS = "text", "before", "TransMI", "routed", "kept", "lines changed", "without Latin letters", "changed, routed", "unknown"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "polyvocab-bench-tokenizers")
    parser.add_argument("--lines", type=int, default=200, help="of each language")
    parser.add_argument("--tokenizers", default=",".join(FAMILIES))
    parser.add_argument("--mode", default="max")
    args = parser.parse_args()
    texts = {name: lines_of(args.shared, name, args.lines) for name in LANGUAGES.split()}
    latin = [line for name in LATIN.split() for line in lines_of(args.shared, name, args.lines)]
    least = np.inf
    for name in args.tokenizers.split(","):
        source = TokenizerFiles.from_files(files_of(name, args.shared, args.cache), name)
        plain, routed = (transmi(source, mode=args.mode, routed=is_routed) for is_routed in (False, True))
        before, after, after_routed = map(Tokenizer, (source, plain.target, routed.target))
        changed = [int(lines_changed(before, tokenizer, latin).sum()) for tokenizer in (after, after_routed)]
        print(f"\n### {name} ({FAMILIES[name]}), {len(source.vocabulary):,} tokens\n")
        print(f"New tokens: {numbers(plain)}; routed: {numbers(routed)}. ", end="")
        print(f"Latin lines changed, of {len(latin):,}: {changed[0]:,}; routed: {changed[1]}.\n")
        print(f"| {' | '.join(HEADS)} |\n|---|{'---:|' * (len(HEADS) - 1)}")
        for language, lines in texts.items():
            romanized, marked = (Romanizer(mark=mark).batch(lines) for mark in (None, routed.text_steps[0]["mark"]))
            encoded = [
                before.encode_batch(romanized)[0],
                after.encode_batch(romanized)[0],
                after_routed.encode_batch(marked)[0],
            ]
            counts, words = [len(ids) for ids in encoded], sum(len(line.split()) for line in lines)
            kept = (counts[0] - counts[2]) / (counts[0] - counts[1]) if counts[0] > counts[1] else np.nan
            if counts[1] < (1 - LEAST_REDUCTION) * counts[0]:
                least = min(least, kept)
            differ = lines_changed(before, after, lines)
            native = np.array([not any(c.isascii() and c.isalpha() for c in line) for line in lines])
            cells = [language, *(f"{count / words:.3f}" for count in counts), f"{kept:.1%}"]
            cells += [f"{differ.sum()} of {len(lines)}", f"{differ[native].sum()} of {native.sum()}"]
            cells += [str(lines_changed(before, after_routed, lines).sum()), unknown(source, encoded)]
            print(f"| {' | '.join(cells)} |", flush=True)
    print(f"\nleast share kept: {least:.3f}")


def numbers(transfer: TokenizerTransfer) -> str:
    made = transfer.provenance[0]
    parts = [f"{made[kind]:,} {text}" for kind, text in (("twins", "twins"), ("in_between", "in between")) if made[kind]]
    return f"{made['new']:,}" + (f" ({', '.join(parts)})" if parts else "")


def unknown(source: TokenizerFiles, encoded: list[np.ndarray]) -> str:
    token = source.vocabulary.unknown
    return "–" if token is None else ", ".join(str(np.count_nonzero(ids == token)) for ids in encoded)


def lines_of(shared: Path, name: str, count: int) -> list[str]:
    lines = (shared / "text" / f"{name}.ntrex.txt").read_text("utf-8").split("\n")
    return [line for line in lines if line][:count]


def lines_changed(one: Tokenizer, other: Tokenizer, lines: list[str]) -> np.ndarray:
    return np.array([one.encode(line) != other.encode(line) for line in lines])


def files_of(name: str, shared: Path, cache: Path) -> dict[str, bytes]:
    """The files of a tokenizer; a tokenizer.json where that is what models with it have."""
    if name in TOKENIZERS:
        return {"tokenizer.json": Path(tokenizer_files(name, shared, cache)["json"]).read_bytes()}
    files = {path.name: path.read_bytes() for path in (shared / "tokenizers" / name).iterdir()}
    if name == "bert-base-multilingual-cased":
        files["tokenizer_config.json"] = b'{"tokenizer_class": "BertTokenizer", "do_lower_case": false}'
    return files


if __name__ == "__main__":
    main()
