"""Small tokenizers for tests of TransMI, what a transfer has of a token, and the slow twin of what gets one."""

import json

import tokenizers
from polyvocab.formats import TokenizerFiles
from polyvocab.pieces import Pieces
from polyvocab.romanize import Romanizer
from polyvocab.transfer import TokenizerTransfer


def untrained(family: str) -> tokenizers.Tokenizer:
    if family == "wordpiece":
        made = tokenizers.Tokenizer(tokenizers.models.WordPiece(unk_token="[UNK]"))
        made.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=False)
        made.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
        made.decoder = tokenizers.decoders.WordPiece()
    elif family == "byte-level":
        made = tokenizers.Tokenizer(tokenizers.models.BPE())
        made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
        made.decoder = tokenizers.decoders.ByteLevel()
    else:
        made = tokenizers.Tokenizer(tokenizers.models.BPE(byte_fallback=True, fuse_unk=True))
        made.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace()
        made.decoder = tokenizers.decoders.Metaspace()
    return made


def of_document(document: dict) -> TokenizerFiles:
    return TokenizerFiles.from_files({"tokenizer.json": json.dumps(document, ensure_ascii=False).encode()})


def unigram(*pieces: tuple[str, float]) -> TokenizerFiles:
    """Of these pieces, with Latin letters and what they are made of."""
    letters = [(c, -12.0) for c in ("▁", "a", "b", "c", "e", "v")]
    document = {"version": "1.0", "added_tokens": [], "normalizer": None, "post_processor": None}
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    document |= {"pre_tokenizer": metaspace, "decoder": metaspace}
    document["model"] = {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], *pieces, *letters], "byte_fallback": False}
    return of_document(document)


def row(transfer: TokenizerTransfer, token: str) -> dict[int, float]:
    """Source id to weight."""
    i, weights = transfer.target.vocabulary.ids[token], transfer.input.weights
    entries = slice(weights.indptr[i], weights.indptr[i + 1])
    return dict(zip(weights.indices[entries].tolist(), weights.weights[entries].tolist(), strict=True))


def score(transfer: TokenizerTransfer, token: str) -> float:
    return float(transfer.target.definition.model.scores[transfer.target.vocabulary.ids[token]])


def new_tokens(transfer: TokenizerTransfer) -> list[str]:
    return list(transfer.target.vocabulary.tokens[transfer.source.size :])


def obvious(source: TokenizerFiles) -> dict[str, set[int]]:
    """Romanization, with a space where it starts a word, to the tokens that it comes from: the slow twin of what a Unigram or a
    BPE gets."""
    out: dict[str, set[int]] = {}
    romanize = Romanizer()
    for i, spelled in enumerate(Pieces.of(source.vocabulary).spelled):
        try:
            text = spelled.decode()
        except UnicodeDecodeError:
            continue
        body = text.removeprefix(" ")
        made = romanize(body)
        starts_word = text.startswith(" ") or made.startswith(" ")
        if made != body and len(made.split()) == 1 and any("a" <= c.lower() <= "z" for c in made):
            out.setdefault(" " * starts_word + made.strip(), set()).add(i)
    return out
