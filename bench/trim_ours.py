"""Trims a model once, and prints a line of JSON with the seconds of its stages: the worker of `bench_trim.py`.

    python bench/trim_ours.py --model XLMR --text mt.txt --out trimmed --size 60000

The stages are those of `trim_peer.py`, as far as there are such here: tokens are counted, chosen (with the proof), the
tokenizer's files are written anew, and the checkpoint with them to the disk. As in `polyvocab trim`, all but the last is done
in another process, while this one loads torch and transformers; what is left of loading then is in the last stage.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path


class Stages:
    """Seconds of each stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.last = self.begin = time.time()  # one clock for both processes

    def end(self, stage: str) -> None:
        now = time.time()
        self.seconds[stage], self.last = round(now - self.last, 3), now


def choose(stages: Stages, args: argparse.Namespace, folder: Path) -> Stages:
    from polyvocab.counts import count_tokens
    from polyvocab.formats import TokenizerFiles
    from polyvocab.tokenizer import Tokenizer
    from polyvocab.trim import Keep, select, transfer

    stages.end("imports")
    files = TokenizerFiles.from_directory(args.model)
    tokenizer = Tokenizer(files)
    stages.end("load")
    counts = count_tokens(tokenizer, {"text": [args.text]})
    del tokenizer
    stages.end("mine")
    choice = {"size": args.size} if args.size is not None else {"min_count": args.min_count}
    chosen = select(files, counts, keep=Keep(characters="none"), **choice)
    assert chosen.certificate.proven, chosen.certificate
    stages.end("select")
    made = transfer(files, chosen)
    del files, counts, chosen
    made.save_pretrained(folder)
    stages.end("tokenizer")
    return stages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, required=True, help="a local directory")
    parser.add_argument("--text", type=Path, required=True, help="one text a line")
    parser.add_argument("--out", type=Path, required=True, help="where the trimmed model goes; must not exist")
    parser.add_argument("--size", type=int, help="the number of tokens; all that occur --min-count times otherwise")
    parser.add_argument("--min-count", type=int, default=2)
    args = parser.parse_args()
    stages = Stages()
    from polyvocab import TokenizerTransfer
    from polyvocab.surgery import apply_to_checkpoint, beside_loading

    with tempfile.TemporaryDirectory() as folder:
        stages = beside_loading(args.model, choose, stages, args, Path(folder) / "transfer")
        made = TokenizerTransfer.from_pretrained(Path(folder) / "transfer")
    apply_to_checkpoint(made, args.model, args.out)
    stages.end("model")
    print(
        json.dumps(
            {
                "tool": "polyvocab",
                "mb": round(args.text.stat().st_size / 1e6, 3),
                "kept": len(made.target.vocabulary),
                "seconds": stages.seconds,
                "total": round(stages.last - stages.begin, 3),
            }
        )
    )


if __name__ == "__main__":
    main()
