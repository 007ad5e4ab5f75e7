"""Loading, ours against every installed library: seconds, and the memory that the process holds beyond the imported library.

    tools/make_bench_env.sh
    python bench/bench_load.py --tokenizers o200k,xlmr

Each library loads the tokenizer in a fresh process, in interleaved rounds; the best second counts. `resident` is what stays
after one short text has been encoded, `peak` the highest point on the way, each above the memory of the process with the
library imported.
"""

from __future__ import annotations

import argparse
import json

from encode_peers import Peer, add_options, find_peers, load_tokenizers, run_job
from encode_tables import table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.set_defaults(tokenizers=["o200k", "xlmr"])
    options = parser.parse_args()
    tokenizers = load_tokenizers(options.tokenizers, options.shared, options.data / "tokenizers")
    peers = [peer for peer in find_peers(options.env, options.python) if peer.name.startswith(tuple(options.peers or [""]))]
    kept = {}
    for name, files in tokenizers.items():
        results: dict[Peer, list[dict]] = {peer: [] for peer in peers if peer.kind in files}
        for _ in range(options.rounds):
            for peer, done in results.items():
                done.append(run_job(peer, task="load", files=files, threads=1))
        print(f"\n### {name}\n")
        print(show(results))
        kept[name] = {f"{peer.name} {peer.kind}": done for peer, done in results.items()}
    if options.json:
        options.json.write_text(json.dumps(kept, indent=1) + "\n")


def show(results: dict[Peer, list[dict]]) -> str:
    best = {
        peer: [min(x["cold"][clock] for x in done) for clock in ("cpu", "wall")]
        + [min(x[key] for x in done) for key in ("resident", "peak")]
        for peer, done in results.items()
        if not any("failed" in x for x in done)
    }
    ours = {peer.kind: figures for peer, figures in best.items() if peer.library == "polyvocab"}
    lines = []
    for peer, figures in best.items():
        cells = [f"{figures[0]:.3f}", f"{figures[1]:.3f}", f"{figures[2]:.0f}", f"{figures[3]:.0f}"]
        mine = ours.get(peer.kind, ours.get("json")) if peer.library != "polyvocab" else None
        cells += [f"{figures[i] / mine[i]:.1f}" if mine else "" for i in (0, 2)]
        lines.append([peer.label, f".{peer.kind}", *cells])
    for peer, done in results.items():
        if peer not in best:
            lines.append([peer.label, next(x["failed"] for x in done if "failed" in x), *[""] * 6])
    return table(["library", "file", "s (cpu)", "s (wall)", "resident MB", "peak MB", "it/ours s", "it/ours MB"], lines)


if __name__ == "__main__":
    main()
