"""The FOCUS step, ours against `deepfocus`: 250,000 source pieces, 50,000 target pieces, d = 768, real auxiliary vectors.

    bench/run_focus.sh ../shared/data

Both programs get the same tokenizers, the same source matrix and the same auxiliary vectors of dimension 300, in one
run. The training of auxiliary vectors is left out on both sides, and `deepfocus` is timed on its second call, with its
JIT warm. The last line is `ratio: N`, `deepfocus` seconds over ours.

This process runs in the environment of the peer (deepfocus, numba, fasttext); it starts ours in a second one, with the
Python given by --ours, on files that both read.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

DIM, AUX_DIM, TARGET = 768, 300, 50_000


# -- the inputs, made once ---------------------------------------------------------------------------------------------


def prepare(shared: Path, folder: Path) -> None:
    """Source: the pieces of XLM-R. Target: a Unigram tokenizer trained on all text of the data folder. Vectors: fastText
    over the text that the target splits, with the peer's own settings but dimension 300."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        line for path in sorted((shared / "text").glob("*_*.txt")) for line in path.read_text("utf-8").splitlines() if line
    ]
    print(f"text: {len(lines):,} lines, {sum(len(x.encode()) for x in lines) / 1e6:.1f} MB")
    if not (folder / "source").is_dir():
        save_unigram((shared / "tokenizers/xlm-roberta/sentencepiece.rebuilt.model").read_bytes(), folder / "source")
    if not (folder / "target").is_dir():
        import io

        import sentencepiece

        out = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines),
            model_writer=out,
            vocab_size=TARGET - 2,
            model_type="unigram",
            character_coverage=0.9999,
            minloglevel=1,
            num_threads=2,
        )
        save_unigram(out.getvalue(), folder / "target")
    if not (folder / "vectors.npz").is_file():
        train_vectors(lines, folder)
    if not (folder / "source.npy").is_file():
        source = np.random.default_rng(0).normal(0, 0.1, (250_002, DIM)).astype(np.float32)
        np.save(folder / "source.npy", source)


def save_unigram(model: bytes, path: Path) -> None:
    """A SentencePiece model in XLM-R's arrangement, as a fast tokenizer."""
    from sentencepiece import sentencepiece_model_pb2
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    proto = sentencepiece_model_pb2.ModelProto.FromString(model)
    pieces = [(p.piece, p.score) for p in proto.pieces if p.type == p.NORMAL]
    special = [(s, 0.0) for s in ("<s>", "<pad>", "</s>", "<unk>")]
    tokenizer = Tokenizer(models.Unigram([*special, *pieces, ("<mask>", 0.0)], 3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
    ).save_pretrained(path)


def train_vectors(lines: list[str], folder: Path) -> None:
    import fasttext
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder / "target")
    with open(folder / "tokens.txt", "w", encoding="utf-8") as file:
        for start in range(0, len(lines), 5000):
            for encoding in tokenizer(lines[start : start + 5000], add_special_tokens=False).encodings:
                file.write(" ".join(encoding.tokens) + "\n")
    model = fasttext.train_unsupervised(
        str(folder / "tokens.txt"), model="cbow", dim=AUX_DIM, neg=10, epoch=3, minCount=1, thread=2, verbose=0
    )
    model.save_model(str(folder / "vectors.bin"))
    words = [w for w in model.words if tokenizer.convert_tokens_to_ids(w) != tokenizer.unk_token_id]
    matrix = np.stack([model[w] for w in words])
    np.savez(folder / "vectors.npz", words=np.array(words), matrix=matrix)


# -- the two sides -----------------------------------------------------------------------------------------------------


def memory(field: str) -> float:
    """VmRSS (now) or VmHWM (peak) of this process, MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    line = next(x for x in lines if x.startswith(field))
    return int(line.split()[1]) / 1024


def ours(folder: Path) -> None:
    """Overlap, recipe, rows; prints one JSON line. The clock runs from tokenizers in memory to finished rows."""
    from polyvocab import _core
    from polyvocab.formats import TokenizerFiles
    from polyvocab.methods.focus import focus_recipe
    from polyvocab.overlap import overlap
    from polyvocab.recipe import apply
    from polyvocab.vectors import TokenVectors

    matrix = np.load(folder / "source.npy")
    stored = np.load(folder / "vectors.npz")
    vectors = dict(zip(stored["words"].tolist(), stored["matrix"], strict=True))
    del stored
    source, target = (TokenizerFiles.from_directory(folder / name) for name in ("source", "target"))
    base = memory("VmRSS")
    best: dict[str, float] = {}
    for _ in range(3):
        recipe = rows = None  # what the round before made is not this one's memory
        clock = [time.perf_counter()]
        found = overlap(source, target)
        clock.append(time.perf_counter())
        aux = TokenVectors.of(vectors, target.vocabulary)
        clock.append(time.perf_counter())
        recipe = focus_recipe(found, aux, target, len(source.vocabulary))
        clock.append(time.perf_counter())
        rows = apply(recipe, matrix)
        clock.append(time.perf_counter())
        stages = dict(zip(("overlap", "vectors", "similarity + sparsemax", "rows"), np.diff(clock).tolist(), strict=True))
        if not best or sum(stages.values()) < sum(best.values()):
            best = stages
    np.save(folder / "ours.npy", rows)
    copied = recipe.copied_from
    np.save(folder / "origins.npy", recipe.origins)
    print(
        json.dumps(
            {
                "stages": best,
                "counts": recipe.counts(),
                "mean_support": float(recipe.weights.row_lengths[copied < 0].mean()),
                "kernel": _core.tile_kernels()[0],
                "extra_mb": memory("VmHWM") - base - rows.nbytes / 1e6,
            }
        )
    )


def theirs(folder: Path) -> dict:
    """`deepfocus.FOCUS` as it is shipped, in this process, with the vectors as its fastText model."""
    import fasttext
    import torch
    from deepfocus import FOCUS
    from transformers import AutoTokenizer

    fasttext.FastText.eprint = lambda *_: None
    source, target = (AutoTokenizer.from_pretrained(folder / name) for name in ("source", "target"))
    matrix = torch.from_numpy(np.load(folder / "source.npy"))
    timer = StageTimer()
    base = memory("VmRSS")
    for run in ("first", "second"):
        timer.start()
        rows = FOCUS(
            target_tokenizer=target,
            source_tokenizer=source,
            source_embeddings=matrix,
            fasttext_model_path=str(folder / "vectors.bin"),
            verbosity="silent",
        )
        seconds = timer.stop()
        print(f"deepfocus, {run} call: {seconds['whole']:.1f} s", flush=True)
    np.save(folder / "theirs.npy", rows.numpy())
    return {"stages": seconds, "extra_mb": memory("VmHWM") - base - rows.numpy().nbytes / 1e6}


class StageTimer:
    """Times the peer's functions from outside; loading its auxiliary model is taken out of the whole."""

    def __init__(self) -> None:
        import deepfocus.focus as module

        self.seconds: dict[str, float] = {}
        for name, label in (
            ("load_target_token_embedding", "(load vectors)"),
            ("get_overlapping_tokens", "overlap"),
            ("focus_additional_token_initialization", "similarity + sparsemax + rows"),
        ):
            setattr(module, name, self._timed(getattr(module, name), label))

    def _timed(self, function, label: str):
        def call(*args, **kwargs):
            begin = time.perf_counter()
            result = function(*args, **kwargs)
            self.seconds[label] = time.perf_counter() - begin
            return result

        return call

    def start(self) -> None:
        self.seconds, self._begin = {}, time.perf_counter()

    def stop(self) -> dict[str, float]:
        whole = time.perf_counter() - self._begin - self.seconds.pop("(load vectors)")
        self.seconds["vectors"] = whole - sum(self.seconds.values())
        return {**self.seconds, "whole": whole}


# -- the comparison ----------------------------------------------------------------------------------------------------


def compare(folder: Path) -> None:
    """Rows that both combine are equal up to the rounding; filled rows are drawn from different streams."""
    one, two = np.load(folder / "ours.npy"), np.load(folder / "theirs.npy")
    origins = np.load(folder / "origins.npy")
    worst = np.abs(one - two).max(axis=1)
    for code, name in ((0, "copied"), (1, "combined")):
        rows = worst[origins == code]
        print(
            f"{name} rows: {len(rows):,}; equal to deepfocus within 1e-4: {(rows < 1e-4).mean():.2%}, "
            f"median difference {np.median(rows):.1e}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shared", type=Path, required=True, help="the data folder with text/ and tokenizers/")
    parser.add_argument("--data", type=Path, default=Path(__file__).parent / "data" / "focus")
    parser.add_argument("--ours", help="the Python that has polyvocab")
    parser.add_argument("--side", choices=["both", "ours"], default="both")
    args = parser.parse_args()
    if args.side == "ours":
        ours(args.data)
        return
    prepare(args.shared, args.data)
    command = [args.ours, __file__, "--side", "ours", "--shared", str(args.shared), "--data", str(args.data)]
    mine = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])
    peer = theirs(args.data)
    again = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])
    best = min(mine, again, key=lambda m: sum(m["stages"].values()))
    print(f"rows: {best['counts']}, mean support {best['mean_support']:.0f}, kernel {best['kernel']}")
    for label, side in (("polyvocab", best), ("deepfocus", peer)):
        stages = ", ".join(f"{k} {v:.2f} s" for k, v in side["stages"].items() if k != "whole")
        print(f"{label}: {stages}; beyond source matrix and result: {side['extra_mb']:.0f} MB")
    compare(args.data)
    whole = sum(best["stages"].values())
    print(f"polyvocab {whole:.2f} s, deepfocus {peer['stages']['whole']:.2f} s")
    print(f"ratio: {peer['stages']['whole'] / whole:.1f}")


if __name__ == "__main__":
    sys.exit(main())
