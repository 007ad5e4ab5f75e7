"""OFA: A framework of initializing unseen subword embeddings for efficient large-scale multilingual continued pretraining
(Liu et al., NAACL Findings 2024).

Word vectors of many languages in one space: a token is the mean of the words that are written with it, and each new token a
softmax over its ten nearest source tokens.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np

from ..corpus import Corpus
from ..errors import PolyvocabError
from ..formats.directory import TokenizerFiles
from ..overlap import overlap
from ..tokenizer import Tokenizer
from ..transfer import SourceTokenizer, TokenizerTransfer
from ..vectors import TokenVectors, means_of_words, read_vectors
from ._neighbours import neighbours_recipe

_LANGUAGE_OF_BARE_WORDS = "eng"


def ofa(
    source: TokenizerFiles,
    target: TokenizerFiles,
    *,
    corpus: Corpus | None = None,  # not used: the word vectors know the languages
    seed: int = 0,
    untrained: Collection[int] = (),
    word_vectors: Mapping[str, np.ndarray] | str | Path | None = None,
    source_languages: Collection[str] | None = None,
    target_languages: Collection[str] | None = None,
    neighbours: int = 10,
    temperature: float = 0.1,
    fuzzy: bool = False,
    threads: int = 0,
    progress: bool = False,
) -> TokenizerTransfer:
    """The transfer; one call serves input and output matrix alike.

    `word_vectors`: a mapping of words, or a file of them (`read_vectors`). As in ColexNet+, which was published with OFA, a
    word may be `deu:$haus$`: its language by three letters (English where there is none), and `$` for its edges. With
    `source_languages` or `target_languages` only words of these count on that side.

    Tokens that both vocabularies have are copied (`fuzzy`: in any case and with or without the space before them, as `overlap`
    has it); every source token that some word holds can be a neighbour, `untrained` ones apart. A token that no word holds is
    drawn from N(mean, std).
    """
    if word_vectors is None:
        raise PolyvocabError("ofa needs word_vectors in one space for the source's and the target's languages")
    words = read_vectors(word_vectors) if isinstance(word_vectors, str | Path) else word_vectors
    spaces = (_token_vectors(source, words, source_languages), _token_vectors(target, words, target_languages))
    found = overlap(source, target, fuzzy=fuzzy)
    recipe = neighbours_recipe(
        found.source,
        target,
        spaces,
        neighbours=neighbours,
        temperature=temperature,
        untrained=untrained,
        seed=seed,
        threads=threads,
        progress=progress,
    )
    return TokenizerTransfer(
        SourceTokenizer.of(source),
        target,
        recipe,
        provenance=(
            {
                "method": "ofa",
                "neighbours": neighbours,
                "temperature": temperature,
                "fuzzy": fuzzy,
                "seed": seed,
                "overlap": found.counts(),
                "words": len(words),
                "tokens_in_words": [int(side.known.sum()) for side in spaces],
            },
        ),
    )


def _token_vectors(files: TokenizerFiles, words: Mapping[str, np.ndarray], languages: Collection[str] | None) -> TokenVectors:
    used = [(forms, vector) for word, vector in words.items() if (forms := forms_of(word, languages))]
    if not used:
        raise PolyvocabError(f"no word vector is of the languages {', '.join(sorted(languages or ()))}")
    matrix = np.stack([np.asarray(vector, np.float32) for _, vector in used])
    return means_of_words(Tokenizer(files), [forms for forms, _ in used], matrix)


def forms_of(word: str, languages: Collection[str] | None = None) -> list[str]:
    """How a word may stand in a text: as it is, behind a space, and with a capital; nothing where it is of another language."""
    language, form = (word[:3], word[4:]) if len(word) > 4 and word[3] == ":" else (_LANGUAGE_OF_BARE_WORDS, word)
    if languages is not None and language not in languages or not form.strip("$"):
        return []
    text = form.replace("$", " ")
    capital = form[1].upper() + text[2:] if form[0] == "$" else f" {text[0].upper()}{text[1:]}"
    return [text, f" {text}", capital]
