"""Random tokenizers of every family, small enough that anything can happen in them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from polyvocab.formats.byte_alphabet import CHARACTER_OF_BYTE
from polyvocab.formats.definition import (
    AddedToken,
    Bpe,
    Ranks,
    SentencePieces,
    Strings,
    TokenizerDefinition,
    Unigram,
    WordLevel,
    WordPiece,
)
from polyvocab.formats.sentencepiece import PieceType

LETTERS = "abcd"
_LIKELY = st.text(alphabet=LETTERS[:3] * 3 + " ", max_size=24)
_UNLIKELY = st.text(alphabet=LETTERS + " e\u00e9\u4e2d", max_size=24)
TEXTS = st.lists(_LIKELY | _UNLIKELY, min_size=1, max_size=16)
WORD_CUTS = {"type": "WhitespaceSplit"}
BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}


@st.composite
def bpes(draw) -> TokenizerDefinition:
    """Merges of any kind: several that make one token, some before those that make their parts, some that never happen."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    form = draw(st.sampled_from(["characters", "bytes", "prefix", "suffix"]))
    prefix, suffix = ("##" if form == "prefix" else ""), ("</w>" if form == "suffix" else "")
    tokens = [CHARACTER_OF_BYTE[b] for b in range(256)] if form == "bytes" else list(LETTERS)
    tokens += [prefix + c for c in LETTERS if prefix] + [c + suffix for c in LETTERS if suffix]
    byte_fallback = form == "characters" and draw(st.booleans())
    if byte_fallback:
        tokens += [f"<0x{b:02X}>" for b in range(256)]
    known = {token: i for i, token in enumerate(tokens)}
    merges = _merges(rng, draw(st.integers(0, 24)), known, prefix, suffix)
    if draw(st.booleans()):
        merges = [merges[i] for i in rng.permutation(len(merges))]
    unk = None
    if form != "bytes" and draw(st.booleans()):
        unk, known["<unk>"] = "<unk>", len(known)
    table = np.array(merges, np.uint32).reshape(-1, 3)
    model = Bpe(
        tokens=Strings.of(known),
        ids=np.arange(len(known), dtype=np.uint32),
        merges=np.ascontiguousarray(table[:, :2]),
        merged=np.ascontiguousarray(table[:, 2]),
        unk_token=unk,
        unk_id=None if unk is None else known[unk],
        continuing_subword_prefix=prefix or None,
        end_of_word_suffix=suffix or None,
        fuse_unk=draw(st.booleans()),
        byte_fallback=byte_fallback,
        ignore_merges=draw(st.booleans()),
    )
    return TokenizerDefinition(
        model=model,
        engine="hf",
        pre_tokenizer=BYTE_LEVEL if form == "bytes" else WORD_CUTS,
        decoder=BYTE_LEVEL if form == "bytes" else None,
        added_tokens=_added(draw, len(known)),
    )


def _merges(rng, wanted: int, known: dict[str, int], prefix: str, suffix: str) -> list[tuple[int, int, int]]:
    """Mostly of neighbours in some words, so that they happen, and some of any two tokens. New tokens join `known`."""
    words = [_spelled(rng.choice(list(LETTERS[:3]), rng.integers(2, 9)), prefix, suffix) for _ in range(4)]
    merges = []
    for _ in range(wanted):
        word = words[rng.integers(len(words))]
        if len(word) > 1 and rng.random() < 0.8:
            at = rng.integers(len(word) - 1)
            left, right = word[at], word[at + 1]
        else:
            parts = [part for word in words for part in word]
            left, right = str(rng.choice(parts)), str(rng.choice(parts))
            if (suffix and left.endswith(suffix)) or (prefix and not right.startswith(prefix)) or len(left + right) > 16:
                continue
        merged = left + right.removeprefix(prefix)
        merges.append((known[left], known[right], known.setdefault(merged, len(known))))
        words = [_merged(word, left, right, merged) for word in words]
    return merges


def _spelled(letters, prefix: str, suffix: str) -> list[str]:
    word = [str(letters[0]), *(prefix + str(c) for c in letters[1:])]
    return [*word[:-1], word[-1] + suffix]


def _merged(word: list[str], left: str, right: str, merged: str) -> list[str]:
    out: list[str] = []
    for part in word:
        if out and out[-1] == left and part == right:
            out[-1] = merged
        else:
            out.append(part)
    return out


@st.composite
def ranks(draw) -> TokenizerDefinition:
    """tiktoken's form: any two tokens whose concatenation is a token may merge."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    longer = {"".join(rng.choice(list(LETTERS), rng.integers(2, 7))) for _ in range(draw(st.integers(0, 24)))}
    tokens = [bytes([b]) for b in range(256)] + [t.encode() for t in sorted(longer, key=lambda t: rng.random())]
    return TokenizerDefinition(Ranks(Strings.of(tokens), np.arange(len(tokens), dtype=np.uint32)), "tiktoken")


@st.composite
def unigrams(draw) -> TokenizerDefinition:
    pieces, scores = _scored(draw)
    pieces, scores = ["<unk>", *pieces], [0.0, *scores]
    fallback = draw(st.booleans())
    if fallback:
        pieces += [f"<0x{b:02X}>" for b in range(256)]
        scores += [0.0] * 256
    ids = np.arange(len(pieces), dtype=np.uint32)
    model = Unigram(Strings.of(pieces), ids, np.array(scores), unk_id=0, byte_fallback=fallback)
    return TokenizerDefinition(model, "hf", pre_tokenizer=WORD_CUTS, added_tokens=_added(draw, len(pieces)))


@st.composite
def sentencepieces(draw) -> TokenizerDefinition:
    pieces, scores = _scored(draw)
    fallback = draw(st.booleans())
    names = ["<unk>", "<s>"] + [f"<0x{b:02X}>" for b in range(256) if fallback]
    types = [PieceType.UNKNOWN, PieceType.CONTROL] + [PieceType.BYTE] * (256 * fallback)
    kinds = [PieceType.NORMAL] * 8 + [PieceType.USER_DEFINED, PieceType.UNUSED]
    types += [draw(st.sampled_from(kinds)) if len(p) > 1 else PieceType.NORMAL for p in pieces]
    model = SentencePieces(
        algorithm=draw(st.sampled_from(["unigram", "bpe"])),
        tokens=Strings.of([*names, *pieces]),
        ids=np.arange(len(names) + len(pieces), dtype=np.uint32),
        scores=np.array([0.0] * len(names) + scores, np.float32),
        types=np.array(types, np.uint8),
        unk_id=0,
        bos_id=1,
        eos_id=None,
        pad_id=None,
        byte_fallback=fallback,
        normalizer_name="identity",
        charsmap=b"",
        add_dummy_prefix=True,
        remove_extra_whitespaces=True,
        escape_whitespaces=True,
        treat_whitespace_as_suffix=False,
    )
    return TokenizerDefinition(model, "sentencepiece")


@st.composite
def wordpieces(draw) -> TokenizerDefinition:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    tokens = {"[UNK]": None} | {mark + c: None for c in LETTERS for mark in ("", "##") if rng.random() < 0.9}
    for _ in range(draw(st.integers(0, 24))):
        tokens[rng.choice(["", "##"]) + "".join(rng.choice(list(LETTERS), rng.integers(2, 6)))] = None
    ids = np.arange(len(tokens), dtype=np.uint32)
    model = WordPiece(Strings.of(tokens), ids, unk_id=0)
    return TokenizerDefinition(model, "hf", pre_tokenizer=WORD_CUTS, added_tokens=_added(draw, len(tokens)))


@st.composite
def word_levels(draw) -> TokenizerDefinition:
    words = draw(st.lists(st.text(alphabet=LETTERS, min_size=1, max_size=3), unique=True, max_size=30))
    tokens = ["<unk>", *words]
    model = WordLevel(Strings.of(tokens), np.arange(len(tokens), dtype=np.uint32), unk_id=0)
    return TokenizerDefinition(model, "hf", pre_tokenizer=WORD_CUTS, added_tokens=_added(draw, len(tokens)))


FAMILIES = {
    "bpe": bpes(),
    "ranks": ranks(),
    "unigram": unigrams(),
    "sentencepiece": sentencepieces(),
    "wordpiece": wordpieces(),
    "wordlevel": word_levels(),
}


def _scored(draw) -> tuple[list[str], list[float]]:
    """Pieces in the order of their scores, with most of the single characters."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    pieces = {c: None for c in "▁" + LETTERS if rng.random() < 0.9} | {"e": None}
    for _ in range(draw(st.integers(0, 24))):
        piece = "".join(rng.choice(list("▁" + LETTERS), rng.integers(2, 6)))
        pieces[piece] = None
    spread = draw(st.sampled_from([2.0, 40.0]))
    return list(pieces), (-rng.random(len(pieces)) * spread).round(1).tolist()


def _added(draw, size: int) -> tuple[AddedToken, ...]:
    return (AddedToken(size, "[dd]", special=draw(st.booleans()), normalized=False),) if draw(st.booleans()) else ()
