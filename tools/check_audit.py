"""Does `audit` find what is wrong with models that the package vocabtrimmer trimmed, and nothing in models that are right?

    python tools/check_audit.py "$(tools/make_trim_bench_env.sh)" ../shared/data

The first argument is the Python of the peer's environment. There `tools/make_trimmed_models.py` makes small models of four
families, lets the package trim them, and measures with its own libraries which ids have no row or a wrong one. A table says
for each defect of the package how it was measured and which finding of the saved directory names it. A defect that is in the
memory of the process alone is listed with what remains of it in the saved files. The originals, and what `trim_model` makes of
them, must have no finding that breaks. The exit status is 1 where a defect did not come about, a finding is missing, or a model
that is right has one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from polyvocab import count_tokens
from polyvocab.audit import Finding, audit
from polyvocab.trim import trim_model


@dataclass(frozen=True)
class Defect:
    """One thing that the package gets wrong: how it shows when measured, and the finding that must name it."""

    family: str
    what: str
    reader: str  # what of the measurements shows it: memory, fast, slow; or which tensors: first, zero
    key: str  # of these the number, or the tensor
    kind: str
    where: str  # where the finding is
    says: str = ""  # what is in its text

    def measured(self, found: dict) -> str:
        """In words; empty where there is no such defect. What memory alone shows is said to be so after looking."""
        if self.reader in _TENSORS:
            return _TENSORS[self.reader] if self.key in found[self.reader] else ""
        number = found[self.reader][self.key]
        alone = self.reader == "memory" and not found["fast"][self.key]
        return f"{self.reader}: {number:,} {_NUMBERS[self.key]}{_ALONE if alone else ''}" if number else ""


_TENSORS = {"first": "the first entries, not those of its tokens", "zero": "all zero (the peer's transformers loses it)"}
_NUMBERS = {
    "lines": "of 400 lines out of range",
    "beyond": "tokens out of range",
    "wrong": "tokens with another's row",
    "special_beyond": "special tokens out of range",
    "special_wrong": "special tokens with another's row",
}
_ALONE = "; none when the saved fast one is loaded"
MODEL, CONFIG, ADDED = "sentencepiece.bpe.model", "tokenizer_config.json", "added_tokens.json"
EMBEDDING = "bert.embeddings.word_embeddings.weight"
DEFECTS = [
    Defect("xlmr", "stale .model", "slow", "lines", "stale file", MODEL),
    Defect("xlmr", "id of <mask>", "memory", "special_beyond", "wrong id", CONFIG, "'<mask>' is 250001"),
    Defect("xlmr", "id of <mask>", "slow", "special_beyond", "wrong id", ADDED, "'<mask>' is 250001"),
    Defect("xlmr", "bias of the head is lost", "zero", "lm_head.bias", "wrong row", "lm_head.bias"),
    Defect("mt5", "stale .model", "slow", "lines", "stale file", "spiece.model"),
    Defect("mt5", "AutoTokenizer reads it", "fast", "lines", "stale file", "spiece.model"),
    Defect("mbart", "stale .model", "slow", "lines", "stale file", MODEL),
    Defect("mbart", "code put after each text", "memory", "lines", "wrong id", "tokenizer.json: post_processor", "250023"),
    Defect("mbart", "language codes and <mask>", "memory", "special_beyond", "wrong id", CONFIG, "'ar_AR' is 250001"),
    Defect("mbart", "language codes and <mask>", "slow", "special_beyond", "wrong id", ADDED, "'<mask>' is 250026"),
    Defect("mbart", "bias cut off", "first", "final_logits_bias", "wrong row", "final_logits_bias", "its first ones"),
    Defect("bert", "ids as before", "fast", "lines", "id out of range", "tokenizer.json"),
    Defect("bert", "ids as before", "fast", "beyond", "id out of range", "tokenizer.json"),
    Defect("bert", "ids as before", "fast", "wrong", "wrong row", EMBEDDING),
    Defect("bert", "ids as before", "fast", "special_wrong", "wrong row", EMBEDDING, "'[CLS]'"),
    Defect("bert", "vocab.txt has other ids", "fast", "wrong", "wrong id", "vocab.txt"),
    Defect("bert", "special tokens, slow", "slow", "special_wrong", "wrong id", CONFIG, "vocab.txt"),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("python", type=Path, help="the Python of the peer's environment")
    parser.add_argument("shared", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measured = make(args.python, args.shared, Path(folder) / "models")
        failures = table(Path(folder) / "models", measured) + without_defects(Path(folder) / "models", measured)
    print(f"\n{len(DEFECTS)} defects, {failures} failures")
    sys.exit(1 if failures else 0)


def make(python: Path, shared: Path, out: Path) -> dict[str, dict]:
    """Family to what was measured. Libraries print beside the lines of JSON."""
    script = Path(__file__).with_name("make_trimmed_models.py")
    done = subprocess.run([python, script, shared, out], capture_output=True, text=True, check=False, timeout=1800)
    if done.returncode:
        sys.exit(f"{script.name} failed:\n{done.stderr[-3000:]}")
    found = [json.loads(line) for line in done.stdout.split("\n") if line.startswith('{"family"')]
    return {entry["family"]: entry for entry in found}


def table(models: Path, measured: dict[str, dict]) -> int:
    """Prints the defects; how many did not come about or were not found."""
    found = {family: audit(models / family / "trimmed", original=models / family / "original") for family in measured}
    print("| family | defect | measured | finding |\n|---|---|---|---|")
    failures = 0
    for defect in DEFECTS:
        shown, named = defect.measured(measured[defect.family]), finding(defect, found[defect.family])
        failures += not shown or named is None
        what = f"{named.kind}: {named.where}" if named else "MISSING"
        print(f"| {defect.family} | {defect.what} | {shown or 'DID NOT COME ABOUT'} | {what} |")
    return failures


def finding(defect: Defect, found: list[Finding]) -> Finding | None:
    fitting = (f for f in found if f.breaks and f.kind == defect.kind and f.where == defect.where and defect.says in f.problem)
    return next(fitting, None)


def without_defects(models: Path, measured: dict[str, dict]) -> int:
    """The originals and our own trims of them: how many findings that break they have."""
    failures = 0
    for family, entry in measured.items():
        original, out = models / family / "original", models / family / "ours"
        trim_model(original, count_tokens(original, {"text": [entry["text"]]}), out, min_count=2)
        broken = [f for f in (*audit(original), *audit(out, original=original)) if f.breaks]
        print(*(f"{family}: {f}" for f in broken), sep="\n", end="\n" if broken else "")
        failures += len(broken)
    return failures


if __name__ == "__main__":
    main()
