"""Runs the package vocabtrimmer once, as it is, and prints a line of JSON with the seconds of its stages.

    $(tools/make_trim_bench_env.sh) bench/trim_peer.py --model XLMR --text mt.txt --out trimmed [--size 60000]

For the environment that `tools/make_trim_bench_env.sh` makes. `--model` is a local directory of a model, `--text` a text file
with one text a line. The file is handed to the package as a dataset of its own: a folder with this file alone, which `datasets`
reads as plain text. Where a stage ends is taken from the package's own log; nothing of it is patched. The stages:

- imports: the package and what it needs        - load: model and tokenizer
- open: the tokenizer again, the text into Arrow files
- mine: the text is tokenized and counted       - select: counts are written, read, sorted and cut
- model: rows are chosen, the model is saved and loaded again
- tokenizer: its vocabulary is rewritten        - save: model and tokenizer

`cpu` are the seconds of processor time of the whole run: where they are far fewer than `total`, the machine was busy with
something else. `kept` counts the tokens that are left.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import resource
import shutil
import tempfile
import time
from pathlib import Path

# How the message begins with which a stage ends.
ENDS = {
    "open": "caching all tokens to",
    "mine": "saving frequency file to",
    "select": "updating model",
    "model": "updating tokenizer",
    "tokenizer": "saving model and tokenizer at",
}


class Stages(logging.Handler):
    """Seconds of each stage."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.seconds: dict[str, float] = {}
        self.last = self.begin = time.perf_counter()

    def end(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage], self.last = round(now - self.last, 3), now

    def emit(self, record: logging.LogRecord) -> None:
        for stage, beginning in ENDS.items():
            if record.getMessage().startswith(beginning):
                self.end(stage)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, required=True, help="a local directory")
    parser.add_argument("--text", type=Path, required=True, help="one text a line")
    parser.add_argument("--out", type=Path, required=True, help="where the trimmed model goes; must not exist")
    parser.add_argument("--size", type=int, help="the number of tokens, without the special ones; all seen ones otherwise")
    parser.add_argument("--min-count", type=int, default=2)
    args = parser.parse_args()
    if args.out.exists():
        parser.error(f"{args.out} exists already")
    with tempfile.TemporaryDirectory(dir=args.out.resolve().parent) as folder:
        scratch = Path(folder)
        os.environ |= {"HF_HOME": str(scratch / "home"), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
        print(json.dumps(run(args, scratch)))


def run(args: argparse.Namespace, scratch: Path) -> dict:
    (scratch / "text").mkdir()
    shutil.copy(args.text, scratch / "text/train.txt")
    stages = Stages()
    import vocabtrimmer

    stages.end("imports")
    trimmer = vocabtrimmer.VocabTrimmer(str(args.model))
    stages.end("load")
    logging.getLogger().addHandler(stages)
    logging.getLogger().setLevel(logging.INFO)
    trimmer.trim_vocab(
        language="text",
        path_to_save=str(args.out),
        dataset=str(scratch / "text"),
        dataset_column="text",
        dataset_split="train",
        target_vocab_size=args.size,
        min_frequency=args.min_count,
        cache_file_vocab=str(scratch / "vocab.json"),
        cache_file_frequency=str(scratch / "frequency.json"),
    )
    stages.end("save")
    missing = set(ENDS) - set(stages.seconds)
    assert not missing, f"the package's log names no end of {missing}"
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "tool": "vocabtrimmer",
        "mb": round(args.text.stat().st_size / 1e6, 3),
        "kept": int(trimmer.vocab_size_trimmed),
        "seconds": stages.seconds,
        "total": round(stages.last - stages.begin, 3),
        "cpu": round(used.ru_utime + used.ru_stime, 3),
    }


if __name__ == "__main__":
    main()
