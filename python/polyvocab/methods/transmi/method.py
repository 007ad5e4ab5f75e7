"""`transmi`: from a tokenizer to the one that also has the romanizations of its tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...certificate import Certificate
from ...formats.append import NewTokens
from ...formats.definition import TokenizerDefinition
from ...formats.directory import TokenizerFiles
from ...formats.vocabulary import Vocabulary
from ...memory import without_collection
from ...romanize import Romanizer
from ...romanize.text_steps import romanize_step
from ...tokenizer import Tokenizer
from ...transfer import SourceTokenizer, TokenizerTransfer
from .bpe import new_bpe_tokens
from .certificate import certify
from .family import is_bpe, is_unigram, require_family, spell_all
from .mark import choose_mark, spelled_mark
from .new_rows import recipe
from .pieces import lowest_score, new_pieces
from .reached import alone
from .romanized import Reading, Romanized, romanized
from .sources import Mode, frequency_of_tokens, mix, score_of_tokens
from .survive import survive
from .twins import latin_twins, letter_rows, with_marks


@without_collection()  # a few hundred thousand strings are made, and most of them stay
def transmi(
    source: TokenizerFiles,
    *,
    mode: Mode = "max",
    lang: str | None = None,
    routed: bool = False,
    counts: np.ndarray | None = None,
    romanizations: Sequence[str | None] | Sequence[Reading] | None = None,
    mark: str | None = None,
    twins: int | None = None,
    threads: int = 0,
) -> TokenizerTransfer:
    """The romanization of each token becomes a token, with the row of the token that it comes from (Liu et al. 2024).

    `mode` says what becomes of several tokens with one romanization: `max` and `min` take the row of the one with the largest
    or smallest score, `average` the mean of their rows, `weighted` their mean by frequency (`counts`, one number for each
    source id; a Unigram without counts uses the frequencies that its scores stand for). `sum` is the sum of the rows: the
    published checkpoints named `average` hold sums, and this is how to make one. The score of a new piece is the largest or
    smallest of its sources' scores, or their mean by the weights of the mode (for `sum` that of `average`). A BPE has ranks
    in place of scores (the first merged is the largest) and WordPiece its ids (the first is the largest).

    A romanization that is a token already keeps that one's row. What gets no token: see `romanized`; and what the tokenizer
    itself would never make: what its normalizer changes or its pre-tokenizer cuts, what has another segmentation with a better
    score in a Unigram, and what has a character that a BPE does not know. The provenance counts all of it.

    A BPE gets merges that reach the new tokens, and tokens in between, whose rows are the mean of those that they join.

    `routed`: text that is not romanized stays as it was. The romanizer puts a mark before each letter that it makes, and all
    new tokens need it. Then a romanization that is a token also gets a marked one; so do Latin tokens of up to `twins`
    letters (all, unless it says otherwise), because romanized text is made of them too; and so do each letter and the mark
    itself, so that no marked text is unknown. Their rows are those of the tokens that they are twins of. Many more rows are
    the price: with fewer twins marked text is longer, and `trim` drops those that a corpus of marked text does not use.
    Without `routed`, new tokens are found in ordinary Latin text as well, as published. `mark`: another one than
    `choose_mark` finds.

    The certificate in the provenance says what is proven: text without the mark (not routed: without Latin letters) is cut as
    before.

    `lang`: ISO 639-3, for the romanizer. `romanizations`: of each source id in place of those that it makes of single tokens,
    without word-start mark, None where there is none; or readings, as many of a token as it has, as `romanize_in_context`
    finds them in a corpus. In routed mode with marks.

    Raises `UnsupportedComponent` for a tokenizer of another family than Unigram, BPE and WordPiece, or one that does not mark
    where words start; `PolyvocabError` where no mark serves, and for counts or romanizations that do not fit.
    """
    definition, vocabulary = source.definition, source.vocabulary
    require_family(definition, vocabulary)
    model = alone(definition) if routed or is_bpe(definition) else None  # which much is asked of
    sign = choose_mark(source, mark, model=model) if routed else None
    written_sign = None if sign is None else spelled_mark(sign, vocabulary.spelling)
    found = romanized(vocabulary, Romanizer(lang, mark=sign), romanizations, sign, threads)
    if sign is not None and is_bpe(definition):
        found = _also_marked_whole(found, sign)
    wanted = _wanted(definition, vocabulary, found)
    scores = score_of_tokens(definition)
    frequencies = frequency_of_tokens(definition, counts) if mode == "weighted" else None
    rows, new_scores = mix(mode, wanted.of, wanted.ids, len(wanted.tokens), scores, frequencies)
    letters, latin = {}, {}
    if sign is not None:
        letters, latin = letter_rows(source, model, sign, found.texts), latin_twins(source, model, written_sign, twins)
    if is_bpe(definition):
        new, parts = _merged(source, model, wanted, scores, written_sign, letters, latin, threads)
    else:
        new, parts = _pieces(definition, wanted, scores, new_scores, letters, latin, threads), {}
    extra = letters | {token: [i] for token, i in latin.items()}
    return TokenizerTransfer(
        SourceTokenizer.of(source),
        source.append(new),
        recipe(len(vocabulary), new.tokens, wanted.tokens, rows, extra, parts),
        text_steps=(romanize_step(lang, mark=sign),),
        provenance=(
            {
                "method": "transmi",
                "mode": mode,
                "romanizations": "of single tokens" if romanizations is None else "given",
                **_counts(new.tokens, found, wanted, letters, latin),
                "certificate": _proof(new, definition, len(vocabulary), written_sign).document(),
            },
        ),
    )


def _merged(
    source: TokenizerFiles,
    model: Tokenizer,
    wanted: _Wanted,
    scores: np.ndarray,
    mark: str | None,
    letters: Mapping[str, object],
    latin: Mapping[str, int],
    threads: int,
) -> tuple[NewTokens, dict[int, tuple[int, int]]]:
    """The tokens of a BPE and their parts. Merges are made for the most frequent first, whatever the mode."""
    best = np.full(len(wanted.tokens), -np.inf)
    np.maximum.at(best, wanted.of, scores[wanted.ids])
    twins = sorted(latin, key=lambda token: -scores[latin[token]])
    in_order = wanted.by_falling(best)
    marked = {"mark": mark, "letters": list(letters), "twins": twins}
    return new_bpe_tokens(source.definition, source.vocabulary, model, in_order, **marked, threads=threads)


def _pieces(
    definition: TokenizerDefinition,
    wanted: _Wanted,
    scores: np.ndarray,
    new_scores: np.ndarray,
    letters: Mapping[str, object],
    latin: Mapping[str, int],
    threads: int,
) -> NewTokens:
    """The pieces of a Unigram or a WordPiece; letters that are nothing else come last."""
    pieces = {token: float(scores[i]) for token, i in latin.items() if token not in wanted.tokens}
    pieces |= {token: -np.inf for token in letters if token not in wanted.tokens and token not in latin}
    strings = [*wanted.by_falling(new_scores), *pieces]
    values = np.concatenate([np.sort(new_scores)[::-1], [*pieces.values()]])
    return new_pieces(definition, strings, values, threads=threads)


def _proof(new: NewTokens, definition: TokenizerDefinition, old_tokens: int, mark: str | None) -> Certificate:
    lowest = lowest_score(definition.model) if is_unigram(definition) else None
    return certify(new, old_tokens, mark=mark, lowest=lowest)


def _counts(
    new: Sequence[str], found: Romanized, wanted: _Wanted, letters: Mapping[str, object], latin: Mapping[str, object]
) -> dict[str, Any]:
    """How many new tokens there are of each kind, and what was left out."""
    sources = np.bincount(wanted.of, minlength=1)[[wanted.tokens[token] for token in new if token in wanted.tokens]]
    others = [token for token in new if token not in wanted.tokens]
    return {
        "romanized": len({*found.ids.tolist()}),
        "new": len(new),
        "of_one_token": int((sources == 1).sum()),
        "of_several": int((sources > 1).sum()),
        "twins": sum(token in latin for token in others),
        "letters": sum(token in letters and token not in latin for token in others),
        "in_between": sum(token not in letters and token not in latin for token in others),
        "already_tokens": wanted.already,
        "left_out": {**found.left_out, "cut": wanted.cut, "unreached": len(wanted.tokens) - len(sources)},
    }


@dataclass(frozen=True, eq=False)
class _Wanted:
    """Strings that are to be tokens, and the source tokens that they come from."""

    tokens: dict[str, int]  # to their number, in the order of their first source
    of: np.ndarray  # int64 [entries], numbers
    ids: np.ndarray  # int64 [entries], of the source; no pair twice
    already: int  # romanizations that are tokens of the source
    cut: int  # that would not reach the model whole

    def by_falling(self, key: np.ndarray) -> list[str]:
        """By falling key, float64 by number; equals in their order."""
        strings = list(self.tokens)
        return [strings[i] for i in np.argsort(-key, kind="stable").tolist()]


def _wanted(definition: TokenizerDefinition, vocabulary: Vocabulary, found: Romanized) -> _Wanted:
    """The strings of what romanizing made, without those that are tokens already, or that would not reach the model whole."""
    spelled = spell_all(found.texts, found.starts, vocabulary)
    is_new = np.array([token not in vocabulary.ids for token in spelled], bool)
    whole = survive(definition, found.texts, found.starts, vocabulary.spelling)
    chosen = np.flatnonzero(is_new & whole)
    tokens: dict[str, int] = {}
    of = np.array([tokens.setdefault(spelled[e], len(tokens)) for e in chosen.tolist()], np.int64)
    return _Wanted(tokens, of, found.ids[chosen], int((~is_new).sum()), int((is_new & ~whole).sum()))


def _also_marked_whole(found: Romanized, mark: str) -> Romanized:
    """With what is marked in part (`café` has one letter that the romanizer makes) marked in all its letters as well: without
    marks a BPE finds it in romanized text of other languages too, and would go other ways without it."""
    whole = [with_marks(text.replace(mark, ""), mark) for text in found.texts]
    more = [e for e, (text, other) in enumerate(zip(found.texts, whole, strict=True)) if text != other]
    return replace(
        found,
        ids=np.concatenate([found.ids, found.ids[more]]),
        texts=[*found.texts, *(whole[e] for e in more)],
        starts=[*found.starts, *(found.starts[e] for e in more)],
    )
