"""Training of auxiliary vectors, ours against gensim's FastText: speed, memory, and whether they find the same neighbours.

    python bench/bench_aux.py --shared ../shared/data [--dim 100] [--epochs 3] [--threads 2] [--model cbow] [--repeat 2]

Both get the same tokens of the same text (all text of the data folder, or --text FILES, split by the tokenizer of XLM-R or
by --tokenizer) and the same settings: 10 noise words, window 5, n-grams of 3 to 6 characters in 2 million buckets, tokens
that occur 10 times. Every run is a process of its own; ours and gensim's take turns. Ours is timed with its vocabulary, its
n-grams and its first values; gensim's without, and with sentences that lie ready as lists of strings.

Neighbours: of the 1,000 most frequent tokens, which of the ten nearest two runs have in common. The last line is
`ratio: N`, our speed over gensim's, the best run of each.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

SETTINGS = {"window": 5, "negative": 10, "min_count": 10, "sample": 1e-4, "min_n": 3, "max_n": 6, "alpha": 0.05}
BUCKETS = 2_000_000


def prepare(args: argparse.Namespace) -> None:
    """ids.npz and tokens.json in the data folder, for both sides."""
    from polyvocab.corpus import Corpus
    from polyvocab.tokenizer import Tokenizer
    from polyvocab.vectors.id_stream import IdStream

    args.data.mkdir(parents=True, exist_ok=True)
    files = args.text or sorted((args.shared / "text").glob("*_*.txt"))
    tokenizer = Tokenizer.from_pretrained(args.tokenizer or args.shared / "tokenizers" / "xlm-roberta")
    begin = time.perf_counter()
    stream = IdStream.of(Corpus([str(f) for f in files]), tokenizer, threads=args.threads)
    if args.limit:
        ends = stream.offsets[stream.offsets <= args.limit]
        stream = IdStream(stream.ids[: int(ends[-1])], ends)
    print(f"text: {len(files)} files, {len(stream.offsets) - 1:,} lines, {len(stream.ids):,} tokens", end=" ")
    print(f"in {time.perf_counter() - begin:.1f} s")
    np.savez(args.data / "ids.npz", ids=stream.ids, offsets=stream.offsets)
    tokens = [tokenizer.id_to_token(i) for i in range(int(stream.ids.max()) + 1)]
    (args.data / "tokens.json").write_text(json.dumps(tokens))


def load(data: Path) -> tuple[np.ndarray, np.ndarray, list[str]]:
    stored = np.load(data / "ids.npz")
    return stored["ids"], stored["offsets"], json.loads((data / "tokens.json").read_text())


def usage() -> dict[str, float]:
    """Seconds of all threads, and the most memory so far in MB."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu": used.ru_utime + used.ru_stime, "rss": used.ru_maxrss / 1024}


def ours(args: argparse.Namespace, out: Path) -> dict:
    from polyvocab.vectors import native
    from polyvocab.vectors.id_stream import IdStream
    from polyvocab.vectors.settings import TrainSettings

    ids, offsets, tokens = load(args.data)
    settings = TrainSettings(
        dim=args.dim,
        epochs=args.epochs,
        buckets=BUCKETS,
        seed=args.seed,
        model=args.model,
        tolerance=None,
        patience=1,
        **SETTINGS,
    )
    before, begin = usage(), time.perf_counter()
    trained = native.train_native(IdStream(ids, offsets), tokens, settings, threads=args.threads)
    matrix = trained.trainer.compose(args.threads)
    seconds, after = time.perf_counter() - begin, usage()
    np.savez(out, ids=trained.ids, matrix=matrix)
    digest = hashlib.sha256(trained.trainer.inputs.tobytes() + trained.trainer.outputs.tobytes()).hexdigest()
    return {
        "seconds": seconds,
        "cpu": after["cpu"] - before["cpu"],
        "rss": after["rss"],
        "before": before["rss"],
        "bytes": digest,
    }


def gensim(args: argparse.Namespace, out: Path) -> dict:
    import zlib

    from gensim.models import FastText

    ids, offsets, tokens = load(args.data)
    ends = offsets.tolist()
    flat = [tokens[i] for i in ids.tolist()]
    sentences = [flat[c : min(b, c + 10_000)] for a, b in zip(ends[:-1], ends[1:], strict=True) for c in range(a, b, 10_000)]
    del flat
    before = usage()
    model = FastText(
        vector_size=args.dim,
        sg=int(args.model == "skipgram"),
        hs=0,
        bucket=BUCKETS,
        min_alpha=1e-4,
        seed=args.seed,
        workers=args.threads,
        hashfxn=lambda text: zlib.crc32(text.encode("utf-8", "surrogatepass")),
        **SETTINGS,
    )
    model.build_vocab(sentences)
    started, begin = usage(), time.perf_counter()
    model.train(sentences, total_examples=model.corpus_count, epochs=args.epochs)
    seconds, after = time.perf_counter() - begin, usage()
    place = {token: i for i, token in enumerate(tokens)}
    np.savez(out, ids=np.array([place[t] for t in model.wv.index_to_key]), matrix=np.array(model.wv.vectors))
    return {"seconds": seconds, "cpu": after["cpu"] - started["cpu"], "rss": after["rss"], "before": before["rss"]}


def run(args: argparse.Namespace, side: str, seed: int, threads: int) -> dict:
    name = f"{side}-{seed}-{threads}"
    command = [
        sys.executable,
        __file__,
        "--side",
        side,
        "--seed",
        str(seed),
        "--threads",
        str(threads),
        "--data",
        str(args.data),
    ]
    command += ["--dim", str(args.dim), "--epochs", str(args.epochs), "--model", args.model]
    made = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])
    made["ktok"] = np.load(args.data / "ids.npz")["ids"].size * args.epochs / made["seconds"] / 1e3
    print(
        f"{side:6} seed {seed}, {threads} threads: {made['ktok']:6.0f} ktok/s, {made['seconds']:6.1f} s "
        f"({made['cpu']:.1f} s of CPU), {made['rss']:,.0f} MB at most, {made['before']:,.0f} MB before",
        flush=True,
    )
    made["vectors"] = args.data / f"{name}.npz"
    return made


def overlap(one: Path, two: Path, top: int = 1000, k: int = 10) -> float:
    """The share of the k nearest neighbours that two runs have in common, of the `top` most frequent tokens."""
    a, b = np.load(one), np.load(two)
    order = np.argsort(b["ids"])
    rows = order[np.searchsorted(b["ids"][order], a["ids"])]
    found = []
    for matrix in (a["matrix"], b["matrix"][rows]):
        unit = matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-30)
        cosines = unit[:top] @ unit.T
        np.fill_diagonal(cosines, -2)
        found.append(np.argpartition(-cosines, k, axis=1)[:, :k].tolist())
    return float(np.mean([len(set(x) & set(y)) / k for x, y in zip(*found, strict=True)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shared", type=Path, help="the data folder with text/ and tokenizers/")
    parser.add_argument("--text", type=Path, nargs="*", help="other text")
    parser.add_argument("--tokenizer", type=Path, help="another tokenizer")
    parser.add_argument("--data", type=Path, default=Path(__file__).parent / "data" / "aux")
    parser.add_argument("--limit", type=int, default=0, help="so many tokens at most")
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--model", choices=["cbow", "skipgram"], default="cbow")
    parser.add_argument("--repeat", type=int, default=1, help="further turns that are only timed")
    parser.add_argument("--side", choices=["ours", "gensim"])
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.side:
        side = ours if args.side == "ours" else gensim
        print(json.dumps(side(args, args.data / f"{args.side}-{args.seed}-{args.threads}.npz")))
        return
    prepare(args)
    runs = {(side, seed): run(args, side, seed, args.threads) for seed in (1, 2) for side in ("ours", "gensim")}
    timed = {side: [runs[side, 1], runs[side, 2]] for side in ("ours", "gensim")}
    for _ in range(args.repeat - 1):
        for side in ("ours", "gensim"):
            timed[side].append(run(args, side, 1, args.threads))
    alone = run(args, "ours", 1, 1 if args.threads > 1 else 2)
    print(f"ours with 1 and {max(args.threads, 2)} threads, the same bytes: {alone['bytes'] == runs['ours', 1]['bytes']}")
    cross = [overlap(runs["ours", a]["vectors"], runs["gensim", b]["vectors"]) for a in (1, 2) for b in (1, 2)]
    print(f"common neighbours: ours and gensim {np.mean(cross):.3f} ({min(cross):.3f} to {max(cross):.3f}), ", end="")
    print(f"gensim and gensim {overlap(runs['gensim', 1]['vectors'], runs['gensim', 2]['vectors']):.3f}, ", end="")
    print(f"ours and ours {overlap(runs['ours', 1]['vectors'], runs['ours', 2]['vectors']):.3f}")
    best = {side: max(r["ktok"] for r in timed[side]) for side in timed}
    cpu = {side: min(r["cpu"] for r in timed[side]) for side in timed}
    print(f"ours {best['ours']:.0f} ktok/s, gensim {best['gensim']:.0f} ktok/s; seconds of CPU: gensim's over ours ", end="")
    print(f"{cpu['gensim'] / cpu['ours']:.1f}")
    print(f"ratio: {best['ours'] / best['gensim']:.2f}")


if __name__ == "__main__":
    sys.exit(main())
