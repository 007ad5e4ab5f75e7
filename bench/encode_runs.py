"""Runs of all libraries on one tokenizer and one text, with the comparison of what they return.

Used by `bench_encode.py`, which says what is measured, and by `bench_decode.py`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

from encode_peers import REFERENCE, Peer, add_options, find_peers, load_tokenizers, names, reference_for, run_job
from encode_tables import show, summary
from encode_texts import DOCUMENTS, SIZES, build_texts

# Libraries that would take minutes for a whole text. None of them remembers more than a few words of the documents before,
# so a longer text would not be faster.
SLOW = ("tokenizers-0", "tiktoken-", "sentencepiece-", "kitoken-", "rs-bpe-")


def main(task: str, documentation: str) -> None:
    parser = argparse.ArgumentParser(description=documentation, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--texts", type=names, default=list(SIZES), help=f"of {','.join(SIZES)}")
    parser.add_argument("--documents", type=names, default=["short"], help=f"of {','.join(DOCUMENTS)}")
    parser.add_argument("--threads", type=lambda value: [int(x) for x in names(value)], default=[1], help="such as 1,2")
    parser.add_argument("--passes", type=int, default=3, help="warm passes per process")
    parser.add_argument("--megabytes", type=float, help="at most so much of a text, for all")
    parser.add_argument("--slow-megabytes", type=float, default=5, help="at most so much of a text, for slow libraries")
    parser.add_argument("--no-packages", action="store_true", help="no text from Debian packages")
    parser.add_argument("--quick", action="store_true", help="one round of 2 MB with one warm pass")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.passes, options.megabytes = 1, 1, 2

    texts = build_texts(options.texts, options.shared, options.data / "texts", not options.no_packages)
    for name, facts in texts.items():
        print(f"- text {name}: {facts['bytes'] / 1e6:.1f} MB, {facts['words']:,} words, {facts['distinct']:.1%} distinct")
    tokenizers = load_tokenizers(options.tokenizers, options.shared, options.data / "tokenizers")
    peers = find_peers(options.env, options.python)
    runs = []
    for name, files in tokenizers.items():
        for kind in options.documents:
            for threads in options.threads:
                for text, facts in texts.items():
                    print(f"\n### {name}, {text}, {kind} documents, {threads} thread{'s' if threads > 1 else ''}\n")
                    rows = run_all(task, files, facts["paths"][kind], threads, peers, options)
                    runs.append({"tokenizer": name, "text": text, "documents": kind, "threads": threads, "rows": rows})
                    if options.json:
                        options.json.write_text(json.dumps(runs, indent=1) + "\n")
    print("\n### Fastest exact library\n")
    print(summary(runs))


def run_all(task: str, files: dict, path: str, threads: int, peers: list[Peer], options: argparse.Namespace) -> list[dict]:
    """All libraries on one tokenizer and one text, in interleaved rounds; prints their table and returns its rows."""
    whole = None if options.megabytes is None else int(options.megabytes * 1e6)
    slow = min(int(options.slow_megabytes * 1e6), whole or sys.maxsize)
    job = {"task": task, "files": files, "text": path}
    waiting = [peer for peer in peers if peer.kind in files and peer.name.startswith(tuple(options.peers or [""]))]
    results: dict[Peer, dict] = {}
    failed: dict[Peer, str] = {}
    for number in range(options.rounds):
        for peer in list(waiting):
            limit = slow if peer.name.startswith(SLOW) else whole
            result = run_job(peer, **job, threads=threads, limit=limit, passes=options.passes, digests=number == 0)
            if "failed" in result:
                waiting.remove(peer)
                results.pop(peer, None)
                failed[peer] = result["failed"]
            else:
                results[peer] = better(results.get(peer), result)
        waiting = waiting[1:] + waiting[:1]
    results = {peer: results[peer] for peer in peers if peer in results}
    needed = dict.fromkeys([reference_for("json", peers), *(reference_for(peer.kind, peers) for peer in results)])
    references = {peer.name: expected_digests(peer, job, whole, options.data) for peer in needed if peer is not None}
    rows = [row_of(peer, result, references, reference_for(peer.kind, peers)) for peer, result in results.items()]
    print(show(rows, threads, list(references)))
    for peer, reason in failed.items():
        print(f"- {peer.label}: {reason}")
    sys.stdout.flush()
    return rows


def better(old: dict | None, new: dict) -> dict:
    """The best clocks of two rounds, cold and warm apart; everything else is from the first."""
    if old is None:
        return new
    return {**old, **{key: {clock: min(old[key][clock], new[key][clock]) for clock in old[key]} for key in ("cold", "warm")}}


def expected_digests(peer: Peer, job: dict, limit: int | None, cache: Path) -> list[str] | None:
    """The digests of a reference over the whole text, computed once and kept; None where it cannot be had."""
    if peer.kind not in job["files"]:
        return None
    contents = [Path(path).read_bytes() for path in (job["text"], job["files"][peer.kind])]
    key = hashlib.sha256(b"".join([f"{job['task']} {peer.name} {limit} ".encode(), *contents])).hexdigest()
    kept = cache / "reference" / f"{key[:24]}.json"
    if not kept.is_file():
        result = run_job(peer, **job, threads=2, limit=limit, passes=0, digests=True)
        if "failed" in result:
            print(f"reference {peer.name}: {result['failed']}", file=sys.stderr)
            return None
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(result["digests"][0]))
    return json.loads(kept.read_text())


def row_of(peer: Peer, result: dict, references: dict[str, list[str] | None], own: Peer | None) -> dict:
    """The figures of a library, the documents in which it differs from each reference, and the references it equals."""
    differing = {
        name: sum({wanted} != set(found) for wanted, *found in zip(expected, *result["digests"], strict=False))
        for name, expected in references.items()
        if expected is not None
    }
    exact = [name for name in (REFERENCE, own and own.name) if differing.get(name) == 0]
    measured = {key: result[key] for key in ("bytes", "documents", "cold", "warm")}
    return {**peer._asdict(), "label": peer.label, **measured, "differing": differing, "exact": exact}
