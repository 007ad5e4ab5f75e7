"""The canonical form of tokens, and what counts as the same token."""

import numpy as np
import pytest
from polyvocab.errors import UnsupportedComponent
from polyvocab.formats import Spelling, TokenizerFiles, Vocabulary
from polyvocab.formats.byte_alphabet import BYTE_OF_CHARACTER
from polyvocab.overlap import overlap
from polyvocab.pieces import Piece, Pieces, Role
from tokenizers import Tokenizer, decoders, models, pre_tokenizers


def byte_level(tokens, special=()) -> TokenizerFiles:
    tokenizer = Tokenizer(models.BPE({t: i for i, t in enumerate(tokens)}, []))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    tokenizer.add_special_tokens(list(special))
    return TokenizerFiles.from_files({"tokenizer.json": tokenizer.to_str().encode()})


def metaspace(tokens, special=()) -> TokenizerFiles:
    tokenizer = Tokenizer(models.Unigram([(t, 0.0) for t in tokens], 0, byte_fallback=True))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    tokenizer.add_special_tokens(list(special))
    return TokenizerFiles.from_files({"tokenizer.json": tokenizer.to_str().encode()})


def wordpiece(tokens) -> TokenizerFiles:
    tokenizer = Tokenizer(models.WordPiece({t: i for i, t in enumerate(tokens)}, unk_token="[UNK]"))
    return TokenizerFiles.from_files({"tokenizer.json": tokenizer.to_str().encode()})


def spelled(word: str) -> str:
    """A text as byte-level BPE spells it."""
    character = {b: c for c, b in BYTE_OF_CHARACTER.items()}
    return "".join(character[b] for b in word.encode())


def test_the_byte_alphabet_is_the_librarys():
    assert set(BYTE_OF_CHARACTER) == set(pre_tokenizers.ByteLevel.alphabet())
    assert sorted(BYTE_OF_CHARACTER.values()) == list(range(256))


def test_one_form_for_all_families():
    expected = [(b"der", True, Role.NORMAL), (b"der", False, Role.NORMAL), ("é".encode(), False, Role.NORMAL)]
    families = {
        "byte-level": byte_level([spelled(" der"), spelled("der"), spelled("é")]),
        "metaspace": metaspace(["▁der", "der", "é"]),
        "wordpiece": wordpiece(["der", "##der", "##é"]),
    }
    for name, files in families.items():
        pieces = Pieces.of(files.vocabulary)
        assert [(pieces[i].bytes, pieces[i].word_start, pieces[i].role) for i in range(3)] == expected, name


def test_bytes_specials_and_parts_of_characters():
    pieces = Pieces.of(metaspace(["<unk>", "<0xC3>", "▁", "▁▁a"], ["<s>"]).vocabulary)
    assert pieces[1] == Piece(b"\xc3", False, Role.BYTE) and pieces[1].text is None
    assert pieces[2] == Piece(b"", True, Role.NORMAL) and pieces[2].text == " "
    assert pieces[3] == Piece(b" a", True, Role.NORMAL)
    assert pieces[4].role is Role.SPECIAL
    part = Pieces.of(byte_level([spelled("é")[:1]], ["<|end|>"]).vocabulary)
    assert part[0] == Piece(b"\xc3", False, Role.NORMAL) and part[1] == Piece(b"<|end|>", False, Role.SPECIAL)


def test_a_vocabulary_without_word_starts_is_refused():
    with pytest.raises(UnsupportedComponent, match="without a word-start mark"):
        Pieces.of(Vocabulary(("a</w>",), "bpe", Spelling.UNKNOWN))


def test_overlap_across_families_is_byte_exact_and_one_to_one():
    source = byte_level([spelled(" der"), spelled("ｆ"), spelled("é")[:1], spelled("é")[1:], spelled("x")], ["<|end|>"])
    target = metaspace(["<unk>", "▁der", "der", "f", "<0xC3>", "x"], ["</s>"])
    found = overlap(source, target)
    kinds = [found.kinds[k] for k in found.kind]
    assert found.source.tolist() == [-1, 0, -1, 1, 2, 4, -1]
    assert kinds == ["none", "exact", "none", "nfkc", "exact", "exact", "none"]
    assert found.counts() == {"none": 3, "exact": 3, "nfkc": 1}
    assert found.matched.tolist() == [1, 3, 4, 5] and found.unmatched.tolist() == [0, 2, 6]


def test_partial_characters_do_not_share_a_row_as_they_do_in_the_published_form():
    parts = byte_level([spelled("é")[:1], spelled("ü")[:1] + spelled("ü")[:1], spelled("€")[:1]])
    assert overlap(parts, parts).source.tolist() == [0, 1, 2]
    collided = overlap(parts, parts, canonical="decoded").source
    assert collided[0] == collided[2] == 0


def test_fuzzy_and_symbols():
    source, target = metaspace(["<unk>", "▁Haus", "▁7", "▁!"]), metaspace(["<unk>", "haus", "7", "!", "▁hauses"])
    assert overlap(source, target).counts().get("fuzzy") is None
    assert overlap(source, target, fuzzy=True).source[1:].tolist() == [1, 2, 3, -1]
    assert overlap(source, target, symbols=True).source[1:].tolist() == [-1, 2, 3, -1]


def test_specials_are_matched_by_role_then_by_string():
    from tiny import word_files

    source = word_files(["a", "<bos>", "<mask>"], {"bos_token": "<bos>"})
    target = word_files(["<s>", "a"], {"bos_token": "<s>"})
    found = overlap(source, target)
    assert found.source.tolist() == [1, 0] and [found.kinds[k] for k in found.kind] == ["role", "exact"]


def test_real_vocabularies_overlap_as_measured(shared):
    source = TokenizerFiles.from_directory(shared / "tokenizers" / "gpt2")
    target = TokenizerFiles.from_directory(shared / "tokenizers" / "focus-sw-xlmr-unigram-50k")
    found = overlap(source, target)
    assert len(np.unique(found.source[found.matched])) == len(found.matched) > 5000
    from polyvocab.pieces import Pieces

    a, b = Pieces.of(target.vocabulary), Pieces.of(source.vocabulary)
    exact = np.flatnonzero(found.kind == found.kinds.index("exact"))
    assert all(a.spelled[i] == b.spelled[found.source[i]] for i in exact)


def test_bytes_of_byte_fallback_meet_their_like_before_letters():
    """Llama never writes A as <0x41>: the row of A is that of A."""
    llama = metaspace(["<unk>", "<0x41>", "<0x42>", "<0x20>", "A", "▁"])
    letters = metaspace(["<unk>", "A", "B", "▁"])
    assert overlap(llama, letters).source.tolist() == [0, 4, 2, 5]
    assert overlap(letters, llama).source.tolist() == [0, -1, 2, -1, 1, 3]
    assert overlap(llama, llama).source.tolist() == [0, 1, 2, 3, 4, 5]


def test_what_bert_makes_a_word_of_its_own_has_no_word_start():
    pieces = Pieces.of(wordpiece(["[UNK]", ",", "日", "the", "##,", "##日"]).vocabulary)
    assert [pieces[i].word_start for i in range(1, 6)] == [False, False, True, False, False]
    xlmr = metaspace(["<unk>", ",", "▁,", "▁the"])
    assert overlap(xlmr, wordpiece(["[UNK]", ",", "the"])).source.tolist() == [-1, 1, 3]


def test_a_spacing_accent_does_not_become_a_word_start():
    source, target = metaspace(["<unk>", "▁\u0301"]), metaspace(["<unk>", "\u00b4"])  # U+00B4 is space + U+0301 in NFKC
    assert overlap(source, target).source.tolist() == [0, -1]
