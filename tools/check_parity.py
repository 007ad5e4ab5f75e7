"""Compare polyvocab's tokenizer with the library that a tokenizer was made for, on any text.

    python tools/check_parity.py TOKENIZER TEXT...

TOKENIZER is a directory or a file: tokenizer.json is compared with Hugging Face `tokenizers` (ids, offsets, word numbers,
decoded text), a SentencePiece .model with `sentencepiece`, a rank file with `tiktoken` (ids and decoded text). Each line of a
text, its end included, is one case, and so is each whole text of at most 10 MB. Prints the first differences; exits with 1
where there are any.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from polyvocab.formats.definition import Ranks, SentencePieces
from polyvocab.tokenizer import Tokenizer

Case = tuple[str, list[int], str]  # the text, the reference's ids, its text of these ids


def main(
    tokenizer: Path,
    texts: list[Path],
    encoding: Annotated[str | None, typer.Option(help="Of a rank file: the name of its encoding.")] = None,
    offsets_every: Annotated[int, typer.Option(help="Offsets of one case in so many.")] = 10,
    show: Annotated[int, typer.Option(help="How many differences are printed.")] = 5,
) -> None:
    ours = Tokenizer.from_pretrained(tokenizer, encoding=encoding)
    file = Path(ours.definition.origin)
    match ours.definition.model:
        case SentencePieces():
            reference, offsets = _sentencepiece(file), None
        case Ranks():
            reference, offsets = _tiktoken(ours), None
        case _:
            reference, offsets = _tokenizers(file)
    cases = different = 0
    for text in _cases(texts):
        cases += 1
        ids, decoded = reference(text)
        found = []
        if (own := ours.encode(text)) != ids:
            found.append(f"ids {own[:20]} instead of {ids[:20]}")
        elif ours.decode(ids) != decoded:
            found.append(f"decoded {ours.decode(ids)[:80]!r} instead of {decoded[:80]!r}")
        elif offsets and cases % offsets_every == 0 and (place := offsets(ours, text)):
            found.append(place)
        different += bool(found)
        if found and different <= show:
            print(f"{text[:80]!r}: {found[0]}")
    print(f"{tokenizer}: {cases} cases, {different} differ")
    sys.exit(different > 0)


def _cases(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        text = path.read_bytes().decode("utf-8", "replace")
        yield from text.splitlines(keepends=True)
        if len(text) <= 10_000_000:
            yield text


def _tokenizers(file: Path):
    import tokenizers

    reference = tokenizers.Tokenizer.from_file(str(file))
    reference.no_truncation()
    reference.no_padding()
    # Without the trimming of offsets that some post-processors do.
    reference.post_processor = tokenizers.processors.TemplateProcessing(single="$A", pair="$A $B")

    def encode(text: str) -> tuple[list[int], str]:
        ids = reference.encode(text, add_special_tokens=False).ids
        return ids, reference.decode(ids, skip_special_tokens=False)

    def offsets(ours: Tokenizer, text: str) -> str | None:
        expected = reference.encode(text, add_special_tokens=False)
        starts = [0]
        for character in text:
            starts.append(starts[-1] + len(character.encode()))
        ids, spans, words, _ = ours.encode_aligned(text)
        for i, (begin, end) in enumerate(expected.offsets):
            own = (ids[i], tuple(spans[i]), words[i])
            if own != (expected.ids[i], (starts[begin], starts[end]), expected.word_ids[i]):
                return f"token {i}: (id, bytes, word) {own}, offsets {begin}:{end} and word {expected.word_ids[i]} there"
        return None

    return encode, offsets


def _sentencepiece(file: Path):
    import sentencepiece

    reference = sentencepiece.SentencePieceProcessor(model_file=str(file))

    def encode(text: str) -> tuple[list[int], str]:
        ids = reference.encode(text)
        return ids, reference.decode(ids)

    return encode


def _tiktoken(ours: Tokenizer):
    import tiktoken

    definition = ours.definition
    ranks = dict(zip(definition.model.tokens, definition.model.ids.tolist(), strict=True))
    pattern = definition.pre_tokenizer["pretokenizers"][0]["pattern"]["Regex"]
    special = {token.content: token.id for token in definition.added_tokens}
    reference = tiktoken.Encoding("checked", pat_str=pattern, mergeable_ranks=ranks, special_tokens=special)

    def encode(text: str) -> tuple[list[int], str]:
        ids = reference.encode(text, allowed_special="all")
        return ids, reference.decode(ids)

    return encode


if __name__ == "__main__":
    typer.run(main)
