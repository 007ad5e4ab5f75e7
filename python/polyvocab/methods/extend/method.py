"""The pieces of another tokenizer appended to one that a model has, and new special tokens.

Known from Glot500 (ImaniGooghari et al., ACL 2023), which appended to XLM-R the pieces of a Unigram of 500 languages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...corpus import Corpus
from ...errors import PolyvocabError, UnsupportedComponent
from ...formats.append import NewTokens
from ...formats.definition import AddedToken, SentencePieces, Unigram
from ...formats.directory import TokenizerFiles
from ...transfer import SourceTokenizer, TokenizerTransfer
from .alphabet import alphabet_of
from .calibration import Scores
from .candidates import candidates
from .certify import certify
from .pieces import NewPieces, new_pieces
from .rows import recipes

_FRAMING = ("bos_token", "eos_token", "sep_token", "cls_token")


def extend(
    source: TokenizerFiles,
    other: TokenizerFiles | None = None,
    *,
    exact: bool = False,
    protect: Corpus | Iterable[str] | None = None,
    size: int | None = None,
    scores: Scores = "calibrated",
    special: Mapping[str, str] | None = None,
    added: Iterable[str | AddedToken] = (),
    initialize: str = "subword_mean",
    corpus: Corpus | None = None,
    seed: int = 0,
    **options: Any,
) -> TokenizerTransfer:
    """The source tokenizer with the pieces of `other` that it does not have, after all old ids. Old rows are copied bit for
    bit; a new row is what the method `initialize` makes of it: the mean of the pieces that the old tokenizer splits the token
    into, unless another one is named (`corpus` and `options` go to it).

    `exact`: only tokens that change nothing in text that the old tokenizer covered; see `extend.exact` for what that means
    and which pieces remain. `protect`: only tokens that change nothing in text over the characters of this corpus, covered or
    not; many more pieces remain. Without both, new pieces take part in old text too, as published. The certificate in the
    provenance says what is proven, either way. `size`: at most so many pieces, in the other tokenizer's order. `scores`, of a
    Unigram: `"calibrated"` to the source's scale, or the other one's `"own"` as published; see `extend.calibration`.

    A BPE gets merges that reach each new token, and the tokens that have to come between; a piece of a Unigram that never
    could be in a best segmentation is left out.

    `special`: role to string ({"pad_token": "<pad>"}): these roles are set, in the configuration of a model too, and the tokens
    are made where they are not there. `added`: more added tokens; a string is a special token without a role (a chat token).
    Their rows are drawn from N(mean, std) of the old ones.

    Raises `UnsupportedComponent` for tokenizers that do not mark where words start, and for a lone SentencePiece `.model`.
    """
    model = source.definition.model
    if isinstance(model, SentencePieces):
        raise UnsupportedComponent(
            "extending a lone SentencePiece .model",
            source.where,
            "load it with polyvocab.integrations.transformers.tokenizer_files, which makes a tokenizer.json",
        )
    exact = exact or protect is not None
    alphabet = None if protect is None else alphabet_of(source, protect)
    new = NewPieces()
    if other is not None:
        found = candidates(source, other)
        new = new_pieces(source, other, found, exact=exact, alphabet=alphabet, size=size, scores=scores)
    literals = _literals(source, special or {}, added)
    target = source.append(NewTokens(new.tokens, new.scores, new.merges, literals, special or {}))
    certificate = certify(source.definition, target.definition, alphabet)
    if exact and not certificate.proven:
        raise PolyvocabError(f"{source.where}: what was appended is {certificate}")
    input_rows, output_rows, derived = recipes(source, target, initialize, seed, corpus=corpus, **options)
    return TokenizerTransfer(
        SourceTokenizer.of(source),
        target,
        input_rows,
        output_rows,
        provenance=(
            {
                "method": "extend",
                "exact": exact,
                "alphabet": None if alphabet is None else len(alphabet),
                "scores": scores if isinstance(model, Unigram) else None,
                "initialize": initialize,
                "seed": seed,
                "pieces": len(new.tokens),
                "between": new.between,
                "left_out": new.left_out,
                "special": dict(special or {}),
                "added": [token.content for token in literals],
                "certificate": certificate.document(),
            },
        ),
        derived_from=derived,
    )


def _literals(source: TokenizerFiles, special: Mapping[str, str], added: Iterable[str | AddedToken]) -> tuple[AddedToken, ...]:
    """The added tokens that are asked for and are not there as such."""
    for role, token in special.items():
        if role in _FRAMING and source.roles.get(role, token) != token:
            raise PolyvocabError(
                f"{source.where}: {role} is {source.roles[role]!r}, which stands around texts: {token!r} would not, so give it "
                "another role, or change the post-processor first"
            )
    listed = [token if isinstance(token, AddedToken) else _special(token) for token in added]
    there = {token.content for token in (*listed, *source.definition.added_tokens)}
    listed += [_special(content) for content in dict.fromkeys(special.values()) if content not in there]
    return tuple(listed)


def _special(content: str) -> AddedToken:
    return AddedToken(0, content, normalized=False, special=True)
