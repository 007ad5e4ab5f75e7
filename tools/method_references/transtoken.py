"""Trans-Tokenization: from counts of aligned words to rows. The aligner's counts are made up: words at the same place.

The reference gets words as it wants them, in pieces with a dash between; ours splits them itself.

In what smoothing gives, a source token that begins a word counts twice: with ours in any vocabulary, with the reference where
its mark is `▁`. Such rows of byte-level sources are left out, and compared again with the reference's choice in ours. Where the
kinds of the tokenizers differ, the reference takes the letters that stand for bytes for characters, so that other tokens are
equal: they are left out, and all rows that smoothing makes.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from .comparison import Comparison, compare_rows
from .inputs import ALL, Inputs, source_matrix
from .reference import Reference, in_order_of_ids, save_model, stand_in, tokenizer

REFERENCE = Reference("LAGoM-NLP/transtokenizer", "a4882b219632a99dedc566ad453ee13fbae7aeae", package="transtokenizers")

_DASH = "—"
_LEAST = 3  # of the made-up counts


def _aligned(inputs: Inputs) -> list[tuple[str, str, int]]:
    """(source word, target word, count): each English word with the Finnish ones at its place, counted twice and more."""
    counts: Counter[tuple[str, str]] = Counter()
    for line, other in zip(inputs.lines("eng_Latn"), inputs.lines("fin_Latn"), strict=True):
        words, others = ([w for w in text.split() if _DASH not in w and "\ufffd" not in w] for text in (line, other))
        for i, word in enumerate(words if others else ()):
            place = i * len(others) // len(words)
            counts.update((word, others[j]) for j in {place, min(len(others) - 1, place + 1)})
    return [(*pair, 2 * n) for pair, n in sorted(counts.items(), key=lambda c: (-c[1], c[0])) if n >= _LEAST]


def run(checkout: Path, inputs: Inputs) -> dict[str, np.ndarray]:
    stand_in("datasets", load_dataset=None)
    import torch
    from transformers import PreTrainedTokenizerFast
    from transtokenizers import transtokenizers as reference

    in_order_of_ids()
    if not hasattr(PreTrainedTokenizerFast, "additional_special_tokens_ids"):
        PreTrainedTokenizerFast.additional_special_tokens_ids = []  # later versions of transformers lack it
    torch.set_num_threads(1)
    words = _aligned(inputs)
    nothing = inputs.folder / "transtoken-nothing.tsv"
    nothing.write_text("", "utf-8")
    made = {}
    for kinds in ALL:
        name = " to ".join(kinds)
        folders = [inputs.tokenizer(side, kind) for side, kind in zip(("source", "target"), kinds, strict=True)]
        old, new = map(tokenizer, folders)
        path, model = inputs.folder / f"transtoken {name}.tsv", inputs.folder / f"transtoken {name}"
        with open(path, "w", encoding="utf-8") as file:
            for word, other, count in words:
                pieces = [_DASH.join(side.tokenize(f" {text}")) for side, text in ((old, word), (new, other))]
                file.write("\t".join([*pieces, "-1.0", f"{count}.6\n"]))
        save_model(model, source_matrix(kinds[0]))
        paths = tuple(map(str, folders))
        untold, _ = reference.map_tokens(str(nothing), *paths)
        told, _ = reference.map_tokens(str(path), *paths)
        aligned = set(told)
        mapping = reference.smooth_mapping(paths[1], told)
        remapped = reference.remap_model(*paths, mapping, str(model))
        made[f"{name} rows"] = remapped.get_input_embeddings().weight.detach().numpy()
        made[f"{name} untold"] = np.array(json.dumps(_by_id(untold, old, new)))
        made[f"{name} smoothed"] = np.array([token not in aligned for token in new.get_vocab()])
    return made


def _by_id(counts: Mapping[str, Mapping[str, int]], old: Any, new: Any) -> dict[int, dict[int, int]]:
    theirs, ours = old.get_vocab(), new.get_vocab()
    return {ours[n]: {theirs[o]: int(count) for o, count in parts.items()} for n, parts in counts.items() if n in ours}


def compare(inputs: Inputs, made: Mapping[str, np.ndarray]) -> Iterator[Comparison]:
    from polyvocab.formats import TokenizerFiles
    from polyvocab.methods.transtoken import method
    from polyvocab.recipe import apply

    words = _aligned(inputs)
    for kinds in ALL:
        name, mixed = " to ".join(kinds), kinds[0] != kinds[1]
        sides = zip(("source", "target"), kinds, strict=True)
        old, new = (TokenizerFiles.from_directory(inputs.tokenizer(*side)) for side in sides)
        transfer = method.transtoken(old, new, alignments=words)
        left_out = {"new special": transfer.input.fills.keys() & new.vocabulary.special}
        if mixed:
            theirs = json.loads(str(made[f"{name} untold"]))
            ours = _without_alignments(old, new)
            ordinary = set(range(len(new.vocabulary))) - new.vocabulary.special
            left_out["equal token of one side"] = [i for i in ordinary if ours.get(str(i)) != theirs.get(str(i))]
        smoothed = np.flatnonzero(made[f"{name} smoothed"]) if kinds[0] == "bpe" or mixed else ()
        matrix, theirs, tokens = source_matrix(kinds[0]), made[f"{name} rows"], new.vocabulary.tokens
        yield compare_rows(name, apply(transfer.input, matrix), theirs, tokens, {**left_out, "smoothed": smoothed})
        if len(smoothed) and not mixed:
            smooth = method.smooth
            with patch.object(method, "smooth", lambda *given, _as=smooth: _as(*given[:-1], [False] * len(given[-1]))):
                transfer = method.transtoken(old, new, alignments=words)
            yield compare_rows(f"{name}, with their weights", apply(transfer.input, matrix), theirs, tokens, left_out)


def _without_alignments(old: Any, new: Any) -> dict[str, dict[str, int]]:
    """The counts of equal tokens and of numbers."""
    from polyvocab.methods.transtoken.method import add_numbers
    from polyvocab.overlap import overlap

    counts: defaultdict[int, Counter[int]] = defaultdict(Counter)
    add_numbers(counts, old, new)
    found = overlap(old, new)
    for i in found.matched.tolist():
        counts[i][int(found.source[i])] += 1
    return {str(i): {str(o): count for o, count in parts.items()} for i, parts in counts.items()}
