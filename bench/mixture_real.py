"""What published tokenizers were trained on, by `polyvocab mixture`, beside what Hayase et al. (2024) found.

    python bench/mixture_texts.py DATA
    python tools/get_real_models.py REAL_MODELS
    python bench/mixture_real.py DATA REAL_MODELS OUT [--shared ../shared/data] [--tokenizers gpt2 claude ...]

The samples are small and of other kinds than web text: news of 2019 (NTREX, 30 languages, 150 to 600 kB each), the declaration
of human rights (UDHR, 10 to 100 kB; for French, German, Spanish, Polish and others this is all), two English novels (3.5 MB),
and program sources of 18 languages (1 MB each at most). The paper had a gigabyte of web text for each of 112 languages. So take
shares of languages with but a UDHR as noise, and English, code and the rest as what can be compared.

The paper's figures are shares of the pairs of neighbours that the trainer began with, so ours are printed in that unit too.
Each inference is one call of the command line; its result.json and report.html stay in OUT, and are not made anew.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import mixture_compose as compose

LINES = 5  # of a document of NTREX or UDHR
PROSE_LINES = 200
CODE_BYTES = 1_000_000  # of a programming language
PROSE = ("botchan", "warandpeace")
ENGLISH = "eng_Latn"

# The path below the folder of tokenizers, options, and the paper's shares of pairs in percent: code, English, other languages.
TOKENIZERS: dict[str, tuple[str, tuple[str, ...], tuple[float, float, float] | None]] = {
    "gpt2": ("gpt2", (), (0.7, 99.1, 0.2)),
    "cl100k": ("cl100k_base/cl100k_base.tiktoken", (), (62.6, 34.3, 3.1)),
    "o200k": ("o200k_base/o200k_base.tiktoken", (), (32.8, 28.1, 39.1)),
    "llama3": ("llama3/tokenizer.model", ("--encoding", "llama3"), None),  # the paper has the merges after cl100k's alone
    "claude": ("claude-js/claude.json", (), (57.5, 38.9, 3.6)),
    "mistral": ("mistral-v1/tokenizer.model", (), (25.8, 57.6, 16.6)),
    "neox": ("gpt-neox-20b", (), (15.2, 82.0, 2.8)),
    "xlmr": ("xlm-roberta/sentencepiece.rebuilt.model", (), None),
    "smollm2": ("smollm2-135m-instruct", (), None),
}


def write_samples(data: Path, shared: Path, folder: Path) -> dict[str, Path]:
    """A file of documents for each category; `code.x` are programming languages."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((shared / "text").glob("*_*.*.txt")):
        language, source, _ = path.name.split(".")
        if re.fullmatch(r"[a-z]{3}_[A-Z][a-z]{3}", language):
            if source in ("ntrex", "udhr"):
                found[language] += _documents(path, LINES)
            elif language == ENGLISH and source in PROSE:
                found["English prose"] += _documents(path, PROSE_LINES)
    for category in compose.categories_of(data, ("code",), 0):
        found[category.replace("/", ".")] = compose.sample_of(data, category, CODE_BYTES)
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for category, documents in found.items():
        files[category] = folder / f"{category.replace('/', '-').replace(' ', '-')}.jsonl"
        files[category].write_text("".join(json.dumps({"text": text}) + "\n" for text in documents), "utf-8")
    return files


def _documents(path: Path, lines: int) -> list[str]:
    every = path.read_text("utf-8").splitlines()
    blocks = ("\n".join(line for line in every[i : i + lines] if line.strip()) for i in range(0, len(every), lines))
    return [block for block in blocks if block]


def inferred(tokenizer: Path, options: tuple[str, ...], files: Mapping[str, Path], out: Path) -> dict:
    """The document of the command line's result."""
    if not out.exists():
        data = [argument for name, path in files.items() for argument in ("--data", f"{name}={path}")]
        command = [sys.executable, "-m", "polyvocab", "mixture", str(tokenizer), *options, *data, "--out", str(out), "--quiet"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return json.loads((out / "result.json").read_text("utf-8"))


def groups_of(document: Mapping, unit: str) -> dict[str, float]:
    """code, English, other languages, in percent, and the three largest of the last."""
    shares = document["estimates"][document["chosen"]]["shares"][unit]
    by_name = {category["name"]: 100 * share for category, share in zip(document["categories"], shares, strict=True)}
    code = sum(share for name, share in by_name.items() if name.startswith("code."))
    english = by_name[ENGLISH] + by_name["English prose"]
    others = {n: s for n, s in by_name.items() if not n.startswith("code.") and n not in (ENGLISH, "English prose")}
    return {"code": code, "English": english, "others": sum(others.values())} | {
        name: others[name] for name in sorted(others, key=others.__getitem__, reverse=True)[:3]
    }


def row_of(name: str, document: Mapping) -> str:
    pairs, by_bytes = groups_of(document, "pairs"), groups_of(document, "bytes")
    paper = TOKENIZERS[name][2]
    three = ("code", "English", "others")
    corpus = (document.get("corpus") or {}).get("pairs")
    cells = [
        name,
        document["chosen"],
        " / ".join(f"{pairs[group]:.1f}" for group in three),
        " / ".join(f"{share:.1f}" for share in paper) if paper else "",
        " / ".join(f"{by_bytes[group]:.1f}" for group in three),
        ", ".join(f"{language} {share:.1f}" for language, share in list(by_bytes.items())[3:]),
        " to ".join(f"{corpus[i]:.1e}" for i in (0, -1)) if corpus else "",
        f"{sum(document['seconds'].values()):.0f}",
    ]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("real_models", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--shared", type=Path, default=Path("../shared/data"))
    parser.add_argument("--tokenizers", nargs="+", choices=list(TOKENIZERS), default=list(TOKENIZERS))
    args = parser.parse_args()
    files = write_samples(args.data, args.shared, args.out / "samples")
    sizes = sum(path.stat().st_size for path in files.values())
    print(f"{len(files)} categories, {sizes / 1e6:.1f} MB; code / English / other languages, percent\n")
    head = ("tokenizer", "by", "pairs", "the paper, pairs", "bytes", "other languages", "corpus, pairs", "seconds")
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head), flush=True)
    for name in args.tokenizers:
        path, options, _ = TOKENIZERS[name]
        folder = args.real_models if name == "smollm2" else args.shared / "tokenizers"
        print(row_of(name, inferred(folder / path, options, files, args.out / name)), flush=True)


if __name__ == "__main__":
    main()
