"""`inspect`: what the vocabulary of a tokenizer holds, and what it makes of given text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .._version import __version__
from ..errors import PolyvocabError, UnsupportedComponent
from ..formats import text_steps
from ..formats.definition import Bpe, Ranks, SentencePieces, TokenizerDefinition
from ..formats.directory import TokenizerFiles, read_definition
from ..formats.fingerprint import fingerprint
from ..tokenizer import Tokenizer
from ..trim.parts import Kind, Parts
from ..trim.selection import dead_tokens
from . import components, languages, vocabulary
from .entries import Entries, Role
from .usage import Usage, shares, usage_of

_LISTED = 20


@dataclass(frozen=True)
class Inspection:
    """What was found; all of it is plain data, so that `to_dict` is a JSON document."""

    tokenizer: Mapping[str, Any]  # where it lay, fingerprint, family, components
    sizes: Mapping[str, int | None]  # how many tokens, merges, special tokens, ...
    kinds: tuple[Mapping[str, Any], ...]  # of the tokens of text, by kind
    scripts: tuple[Mapping[str, Any], ...]  # the same by Unicode script
    dead: Mapping[str, Any]  # tokens that no text can produce
    texts: tuple[Mapping[str, Any], ...]  # of each label: fertility, continued words, unknowns, use, premium
    languages: tuple[Mapping[str, Any], ...]  # of each label: the tokens that it uses relatively most

    def to_dict(self) -> dict[str, Any]:
        """The document that `polyvocab inspect` writes: what JSON gives back as it was."""
        members = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
        return {"polyvocab": __version__, **members}


def inspect(
    tokenizer: str | Path | Tokenizer | TokenizerFiles | TokenizerDefinition,
    data: Mapping[str, Any] | None = None,
    *,
    encoding: str | None = None,
    family: str | None = None,
    lowercase: bool | None = None,
    field: str = "text",
    progress: bool = False,
) -> Inspection:
    """Inspect a tokenizer of any family and format.

    `tokenizer`: a directory or file in any format that is read here (see `formats.directory.read_definition`, also for
    `encoding`, `family` and `lowercase`), or what was read from one. `data`: label (a language, say) to a corpus, anything that
    `polyvocab.corpus.Corpus` takes; text steps of the tokenizer are done first.

    Measured are, after Rust et al. 2021 ("How Good is Your Tokenizer?"): fertility (tokens per word; words stand between white
    space) and the share of continued words; after Petrov et al. 2023: the premium, tokens per token of the first label where
    the texts are line by line translations of each other; after Chelombitko et al. 2024 (Qtok): the vocabulary by kind, script
    and language. Kinds are guesses from the string of a token, dead tokens are proven.

    Raises `FormatError` for a tokenizer that cannot be read; with data also `UnsupportedComponent` for one that is not native,
    `CorpusError` for text that cannot be read, `MetricError` for a text without words.
    """
    known = {"encoding": encoding, "family": family, "lowercase": lowercase}
    definition, steps = _read(tokenizer, known)
    native = tokenizer if isinstance(tokenizer, Tokenizer) else Tokenizer(definition, text_steps=steps) if data else None
    entries = Entries.of(definition)
    kinds = vocabulary.kinds_of(entries)
    byte_ids = np.flatnonzero(entries.roles == Role.BYTE)
    usages: dict[str, Usage] = {}
    for label, corpus in (data or {}).items():
        usages[label] = usage_of(native, corpus, label=label, byte_ids=byte_ids, field=field, progress=progress)
    parts = _parts(definition)
    return Inspection(
        tokenizer={
            "path": definition.origin,
            "fingerprint": fingerprint(definition),
            "family": components.family(definition),
            "normalizer": components.normalizer(definition),
            "pre_tokenizer": components.pre_tokenizer(definition),
            "post_processor": components.described(definition.post_processor),
            "decoder": components.described(definition.decoder),
            "text_steps": [dict(step) for step in steps],
            "word_marks": entries.marks,
            "longest_digits": vocabulary.longest_run(entries, kinds, "digits"),
            "longest_white_space": vocabulary.longest_run(entries, kinds, "white space"),
        },
        sizes=_sizes(definition, entries, parts),
        kinds=tuple(vocabulary.by_kind(entries, kinds)),
        scripts=tuple(vocabulary.by_script(entries)),
        dead=_dead(definition, entries, parts),
        texts=tuple(_texts(usages, entries)),
        languages=tuple(languages.by_language(usages, shares(usages), entries)),
    )


def _read(tokenizer: Any, known: Mapping[str, Any]) -> tuple[TokenizerDefinition, Sequence[Mapping[str, Any]]]:
    """(the definition, the text steps)."""
    if isinstance(tokenizer, str | Path):
        return read_definition(tokenizer, **known), text_steps.beside(tokenizer)
    if any(value is not None for value in known.values()):
        raise PolyvocabError("encoding, family and lowercase belong to a path: what was read already knows them")
    if isinstance(tokenizer, TokenizerDefinition):
        return tokenizer, ()
    return tokenizer.definition, tokenizer.text_steps


def _parts(definition: TokenizerDefinition) -> Parts | None:
    try:
        return Parts.of(definition)
    except UnsupportedComponent:  # a random model
        return None


def _sizes(definition: TokenizerDefinition, entries: Entries, parts: Parts | None) -> dict[str, int | None]:
    """`merges` is None where the model has none; those that a rank file or a SentencePiece BPE leaves unsaid are as many as
    tokens that merging makes."""
    model = definition.model
    merges = None
    if isinstance(model, Bpe):
        merges = len(model.merges)
    elif isinstance(model, Ranks) or (isinstance(model, SentencePieces) and model.algorithm == "bpe"):
        merges = None if parts is None else int(np.count_nonzero(parts.kinds == Kind.MADE))
    roles = {role: int(np.count_nonzero(entries.roles == role)) for role in Role}
    return {
        "tokens": definition.token_count,
        "text": roles[Role.TEXT],
        "byte_fallback": roles[Role.BYTE],
        "special": roles[Role.SPECIAL],
        "added": roles[Role.ADDED],
        "reserved": roles[Role.RESERVED],
        "holes": roles[Role.HOLE],
        "merges": merges,
    }


def _dead(definition: TokenizerDefinition, entries: Entries, parts: Parts | None) -> dict[str, Any]:
    """`tokens` come out of no text; `whole_words_only` come out where they are a whole word, and merging never makes them.
    None where the model is random."""
    if parts is None:
        return {"tokens": None, "share": None, "examples": [], "whole_words_only": None, "whole_word_examples": []}
    never = dead_tokens(definition, parts).tolist()
    takes_words = isinstance(definition.model, Ranks) or getattr(definition.model, "ignore_merges", False)
    whole = [i for i in np.flatnonzero(parts.kinds == Kind.NEVER).tolist() if i in entries.texts] if takes_words else []
    return {
        "tokens": len(never),
        "share": len(never) / max(definition.token_count, 1),
        "examples": [vocabulary.shown(i, entries.texts[i]) for i in never if i in entries.texts][:_LISTED],
        "whole_words_only": len(whole),
        "whole_word_examples": [vocabulary.shown(i, entries.texts[i]) for i in whole[:_LISTED]],
    }


def _texts(usages: Mapping[str, Usage], entries: Entries) -> list[dict[str, Any]]:
    first = next(iter(usages.values()), None)
    there = int(np.count_nonzero(entries.roles != Role.HOLE))
    rows = []
    for label, usage in usages.items():
        used = int(np.count_nonzero(usage.counts))
        is_parallel = usage.documents == first.documents
        rows.append(
            {
                "label": label,
                "documents": usage.documents,
                **usage.fertility.as_dict(),
                "used": used,
                "used_share": used / there,
                "premium": usage.fertility.tokens / first.fertility.tokens if is_parallel else None,
            }
        )
    return rows
