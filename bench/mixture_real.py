"""What published tokenizers were trained on, by `polyvocab mixture`, beside what Hayase et al. (2024) found.

    python bench/mixture_texts.py DATA
    python tools/get_real_models.py REAL_MODELS
    python bench/mixture_real.py DATA REAL_MODELS OUT [--shared ../shared/data] [--tokenizers gpt2 claude ...]

The samples are small and of other kinds than web text: news of 2019 (NTREX, 31 languages, 170 to 610 kB each), the declaration
of human rights (UDHR, 53 languages, 9 to 38 kB each; for French, German, Spanish, Polish and others this is all), two English
novels (3.5 MB), and program sources of 18 languages (1 MB each at most). The paper had a gigabyte of web text for each of 112
languages. So take shares of languages with but a UDHR as noise, and English, code and the rest as what can be compared.

The paper's figures are shares of the pairs of neighbours that the trainer began with, so ours are printed in that unit too.
Each inference is one call of the command line; its result.json and report.html stay in OUT, and are not made anew.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import mixture_compose as compose
import mixture_texts as texts

LINES = 5  # of a document of NTREX or UDHR
PROSE_LINES = 200
CODE_BYTES = 1_000_000  # of a programming language
PROSE = ("botchan", "warandpeace")
ENGLISH, ENGLISH_PROSE = "eng_Latn", "English prose"

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
    for language, source, path in texts.sources_of_languages(shared):
        if source in ("ntrex", "udhr"):
            found[language] += [text for _, text in texts.documents_of_lines(path, LINES)]
        elif language == ENGLISH and source in PROSE:
            found[ENGLISH_PROSE] += [text for _, text in texts.documents_of_lines(path, PROSE_LINES)]
    for category in compose.categories_of(data, ("code",), 0):
        found[category.replace("/", ".")] = compose.sample_of(data, category, CODE_BYTES)
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for category, documents in found.items():
        files[category] = folder / f"{category.replace(' ', '-')}.jsonl"
        files[category].write_text("".join(json.dumps({"text": text}) + "\n" for text in documents), "utf-8")
    return files


def inferred(tokenizer: Path, options: tuple[str, ...], files: Mapping[str, Path], out: Path) -> dict:
    """The document of the command line's result."""
    if not out.exists():
        data = [argument for name, path in files.items() for argument in ("--data", f"{name}={path}")]
        command = [sys.executable, "-m", "polyvocab", "mixture", str(tokenizer), *options, *data, "--out", str(out), "--quiet"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return json.loads((out / "result.json").read_text("utf-8"))


def groups_of(document: Mapping, unit: str) -> tuple[tuple[float, float, float], dict[str, float]]:
    """((code, English, other languages), the largest three of the last), in percent."""
    shares = document["estimates"][document["chosen"]]["shares"][unit]
    by_name = {category["name"]: 100 * share for category, share in zip(document["categories"], shares, strict=True)}
    english = by_name.pop(ENGLISH) + by_name.pop(ENGLISH_PROSE)
    others = {name: share for name, share in by_name.items() if not name.startswith("code.")}
    code = sum(by_name.values()) - sum(others.values())
    largest = sorted(others, key=others.__getitem__, reverse=True)[:3]
    return (code, english, sum(others.values())), {name: others[name] for name in largest}


def row_of(name: str, document: Mapping) -> str:
    def shown(groups: tuple[float, float, float] | None) -> str:
        return " / ".join(f"{share:.1f}" for share in groups) if groups else ""

    (pairs, _), (in_bytes, largest) = groups_of(document, "pairs"), groups_of(document, "bytes")
    corpus = (document.get("corpus") or {}).get("pairs")
    cells = [
        name,
        document["chosen"],
        shown(pairs),
        shown(TOKENIZERS[name][2]),
        shown(in_bytes),
        ", ".join(f"{language} {share:.1f}" for language, share in largest.items()),
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
