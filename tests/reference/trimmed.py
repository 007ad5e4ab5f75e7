"""A tokenizer with some of its tokens, made in memory: the twin of what is written to files."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from polyvocab.formats.definition import Bpe, SentencePieces, Strings, TokenizerDefinition, Unigram


def trimmed(definition: TokenizerDefinition, ids: np.ndarray) -> TokenizerDefinition:
    """`ids`: the tokens that stay, ascending; each gets its position as its id. The post-processor is left out."""
    new = np.full(definition.token_count, -1, np.int64)
    new[ids] = np.arange(len(ids))
    model = definition.model
    stay = np.flatnonzero(new[model.ids] >= 0)
    changed = {
        "tokens": Strings.of(model.tokens[i] for i in stay.tolist()),
        "ids": new[model.ids[stay]].astype(np.uint32),
    }
    if isinstance(model, Unigram | SentencePieces):
        changed["scores"] = model.scores[stay]
    if isinstance(model, SentencePieces):
        changed["types"] = model.types[stay]
    if isinstance(model, Bpe):
        possible = (new[model.merges] >= 0).all(axis=1) & (new[model.merged] >= 0)
        changed["merges"] = new[model.merges[possible]].astype(np.uint32)
        changed["merged"] = new[model.merged[possible]].astype(np.uint32)
    for role in ("unk_id", "bos_id", "eos_id", "pad_id"):
        if getattr(model, role, None) is not None:
            changed[role] = int(new[getattr(model, role)])
    added = tuple(replace(token, id=int(new[token.id])) for token in definition.added_tokens)
    return replace(definition, model=replace(model, **changed), added_tokens=added, post_processor=None)
