"""Tokens after all old ids, part by part: numbers, spellings, what has to move into the model, and what is refused."""

import base64
import json

import numpy as np
import pytest
from polyvocab.errors import FormatError, PolyvocabError
from polyvocab.formats import TokenizerFiles
from polyvocab.formats.append import NewTokens, rounded
from polyvocab.formats.append.scores import spelled
from polyvocab.formats.definition import AddedToken
from polyvocab.tokenizer import Tokenizer
from test_keep_parts import PIECES, added, bpe, document, files_of, model, number, spec_of, unigram

SPECIAL = AddedToken(0, "<|new|>", normalized=False, special=True)


def json_of(files: TokenizerFiles, name: str = "tokenizer.json"):
    return json.loads(files.files[name])


def refused(files: TokenizerFiles, new: NewTokens, message: str, error: type = FormatError) -> None:
    with pytest.raises(error, match=message):
        files.append(new)


def tokens(*names: str, **members) -> NewTokens:
    return NewTokens(names, **members)


# -- new tokens ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"tokens": ("x", "x")}, "'x' comes twice"),
        ({"tokens": ("x",), "added": (AddedToken(0, "x"),)}, "'x' comes twice"),
        ({"tokens": ("",)}, "is empty"),
        ({"tokens": ("\ud800",)}, "half of a surrogate pair"),
        ({"tokens": ("x",), "scores": np.zeros(2)}, "1 new tokens need as many finite scores"),
        ({"tokens": ("x",), "scores": np.array([np.nan])}, "1 new tokens need as many finite scores"),
        ({"merges": (("a", "b"), ("a", "b"))}, "a new merge comes twice"),
        ({"roles": {"pad": "x"}}, "'pad' is no role of a token"),
    ],
)
def test_new_tokens_that_are_none(members, message):
    with pytest.raises(PolyvocabError, match=message):
        NewTokens(**members)


def test_what_is_there_already_and_what_a_model_does_not_have():
    files = files_of(document())
    refused(files, tokens("ab"), "the new token 'ab' is there already, with the id 7", PolyvocabError)
    refused(files, tokens("x", merges=(("a", "b"),)), "there are merges to append, but the model, a wordlevel", PolyvocabError)
    refused(files, tokens(roles={"pad_token": "none"}), "the role pad_token is given to 'none'", PolyvocabError)
    refused(files_of(unigram()), tokens("x"), "a Unigram needs the scores of the new tokens")


# -- tokenizer.json --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("indent", [None, 2])
def test_a_tokenizer_json_keeps_its_layout(indent):
    data = json.dumps(unigram(), indent=indent, ensure_ascii=False).encode()
    made = TokenizerFiles.from_files({"tokenizer.json": data}).append(tokens("é", "x", scores=np.array([-1.5, -0.25])))
    longer = unigram()
    longer["model"]["vocab"] += [["é", -1.5], ["x", -0.25]]
    assert made.files["tokenizer.json"] == json.dumps(longer, indent=indent, ensure_ascii=False).encode()


@pytest.mark.parametrize("spell", [lambda a, b: f"{a} {b}", lambda a, b: [a, b]], ids=["lines", "pairs"])
def test_merges_in_the_form_of_the_file(spell):
    files = files_of(bpe([spell("a", "b")]))
    made = files.append(tokens("abx", "x", merges=(("ab", "x"),)))
    assert json_of(made)["model"]["merges"] == [spell("a", "b"), spell("ab", "x")]
    assert Tokenizer(made).encode("abx") == [10]
    refused(files, tokens("x", merges=(("a", "x"),)), "merge 1: 'a' . 'x' is not in the vocabulary")
    if isinstance(spell("a", "b"), str):
        refused(files, tokens(" ", "a ", merges=(("a", " "),)), "writes merges as 'left right'")
    again = tokens("ax", "x", merges=(("a", "x"), ("a", "b")))
    refused(files, again, "the new merge .'a', 'b'. is there already, and would lose its rank", PolyvocabError)


@pytest.mark.parametrize("seed", range(3))
def test_scores_are_read_as_they_were_given(seed):
    scores = -np.random.default_rng(seed).gamma(4, 3, 300)
    names = [f"new{n}" for n in range(300)]
    written = [score for score in scores.tolist() if is_readable(score)]
    assert len(written) > 290
    files = files_of(unigram())
    made = files.append(NewTokens(tuple(names[: len(written)]), np.array(written)))
    assert made.definition.model.scores[10:].tolist() == written
    assert rounded(scores).tolist() == [float(f"{score:.12g}") for score in scores]
    assert all(is_readable(score) for score in rounded(scores).tolist())


def is_readable(score: float) -> bool:
    try:
        return bool(spelled(score, "here"))
    except FormatError as error:
        return "round it first" not in str(error)


def test_added_tokens_get_the_next_ids_and_old_ones_keep_theirs():
    outside = bpe([["a", "b"]]) | {"added_tokens": [*added(**{"<s>": 1}), *added(**{"<|x|>": 10})]}
    files = files_of(outside)
    alone = files.append(NewTokens(added=(SPECIAL,)))
    assert alone.vocabulary.ids["<|new|>"] == 11 and "<|x|>" not in json_of(alone)["model"]["vocab"]
    made = files.append(tokens("x", added=(SPECIAL,)))
    assert [made.vocabulary.ids[t] for t in ("<|x|>", "x", "<|new|>")] == [10, 11, 12]
    assert json_of(made)["model"]["vocab"]["<|x|>"] == 10 and "<|new|>" not in json_of(made)["model"]["vocab"]
    again = made.append(NewTokens(added=(AddedToken(0, "ab", special=True, normalized=False),)))
    assert len(again.vocabulary) == 13 and 7 in again.vocabulary.special
    assert json_of(again)["added_tokens"][-1]["id"] == 7


def test_a_hole_stays_a_hole():
    vocab = {"<unk>": 0, "a": 2, "b": 5}
    files = files_of(document(model={"type": "WordLevel", "vocab": vocab, "unk_token": "<unk>"}))
    made = files.append(tokens("c", added=(SPECIAL,)))
    assert made.vocabulary.tokens == ("<unk>", None, "a", None, None, "b", "c", "<|new|>")
    assert Tokenizer(made).encode("c<|new|> a") == [6, 7, 2]


def test_an_added_token_in_the_model_never_comes_of_text():
    """Of a Unigram it has a score by which no text is cut into it."""
    marked = {"content": "ab", "id": 10, **{n: False for n in ("single_word", "lstrip", "rstrip", "normalized", "special")}}
    base = unigram()
    base["model"]["vocab"] = [["u", 0.0], ["a", -1.0], ["b", -2.0], ["c", -3.0], ["bc", -4.0]]
    base |= {"normalizer": {"type": "Lowercase"}, "added_tokens": [{**marked, "id": 5}]}
    files = files_of(base)
    made = files.append(tokens("bb", scores=np.array([-3.0])))
    texts = ["AB", "aB ab", "ABC abc", "Abx", "xx"]
    assert Tokenizer(made).encode_batch(texts, as_arrays=False) == Tokenizer(files).encode_batch(texts, as_arrays=False)
    assert made.vocabulary.tokens[5:] == ("ab", "bb") and made.definition.model.scores[5] == -4.0
    base["added_tokens"][0]["content"] = "xy"
    refused(files_of(base), tokens("bb", scores=np.array([-3.0])), "the added token 'xy' .id 5. is no piece")


@pytest.mark.parametrize(
    ("content", "members", "normalizer", "is_fine"),
    [
        ("new", {}, None, True),
        ("new", {"single_word": True}, None, False),
        ("[new]", {"single_word": True}, None, True),  # the pre-tokenizer parts it
        ("neü", {}, None, False),
        ("new", {}, {"type": "Lowercase"}, False),
        ("new", {"normalized": True}, {"type": "BertNormalizer", "clean_text": True}, True),
        ("new", {"normalized": False}, {"type": "BertNormalizer", "clean_text": True}, False),
    ],
)
def test_an_added_token_that_words_could_become(content, members, normalizer, is_fine):
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": True, "special": False}
    if normalizer is not None and normalizer["type"] == "BertNormalizer":
        normalizer |= {"handle_chinese_chars": True, "strip_accents": None, "lowercase": True}
    files = files_of(document(normalizer=normalizer, added_tokens=[{"id": 10, "content": content, **flags, **members}]))
    if is_fine:
        assert files.append(tokens("x")).vocabulary.tokens[10:] == (content, "x")
    else:
        refused(files, tokens("x"), f"the added token '{content}' .id 10. is no token of the model")


# -- settings --------------------------------------------------------------------------------------------------------------


def test_roles_and_lists():
    config = {"bos_token": "<s>", "pad_token": {"content": "</s>", "__type": "AddedToken"}, "extra_special_tokens": ["<s>"]}
    special = {"pad_token": {"content": "</s>", "lstrip": False}, "bos_token": "<s>"}
    files = files_of(document(), tokenizer_config__json=config, special_tokens_map__json=special)
    made = files.append(NewTokens(added=(SPECIAL, AddedToken(0, "<p>", special=True)), roles={"pad_token": "<p>"}))
    new = json_of(made, "tokenizer_config.json")
    assert new["pad_token"]["content"] == "<p>" and new["extra_special_tokens"] == ["<s>", "<|new|>"]
    assert json_of(made, "special_tokens_map.json")["pad_token"] == {"content": "<p>", "lstrip": False}
    assert made.roles["pad_token"] == "<p>"
    bare = files_of(document()).append(NewTokens(roles={"pad_token": "<pad>"}))
    assert bare.files["tokenizer_config.json"] == b'{\n  "pad_token": "<pad>"\n}\n'


def test_what_declares_added_tokens_follows():
    entry = {"content": "<s>", **{n: False for n in ("single_word", "lstrip", "rstrip", "normalized")}, "special": True}
    decoder = {"tokenizer_config__json": {"added_tokens_decoder": {"1": entry}}, "added_tokens__json": {"<s>": 1}}
    made = files_of(document(added_tokens=added(**{"<s>": 1})), **decoder).append(tokens("x", added=(SPECIAL,)))
    assert json_of(made, "tokenizer_config.json")["added_tokens_decoder"] == {"1": entry, "11": {**entry, "content": "<|new|>"}}
    assert json_of(made, "added_tokens.json") == {"<s>": 1, "<|new|>": 11}


# -- other formats ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"[UNK]\n[CLS]\n[SEP]\na\n", b"[UNK]\n[CLS]\n[SEP]\na", b"[UNK]\r\n[CLS]\r\n[SEP]\r\na\r\n"])
def test_vocab_txt(data):
    config = {"unk_token": "[UNK]", "pad_token": None, "mask_token": None, "do_lower_case": False}
    files = files_of(None, vocab__txt=data, tokenizer_config__json=config)
    made = files.append(tokens("##b", added=(SPECIAL,)))
    ending = b"\r\n" if b"\r" in data else b"\n"
    assert made.files["vocab.txt"] == data.rstrip() + ending + b"##b" + ending
    assert Tokenizer(made).encode("ab<|new|>") == [3, 4, 5]
    twice = files_of(None, vocab__txt=b"[UNK]\n[CLS]\n[SEP]\na\n", tokenizer_config__json={"do_lower_case": True})
    assert twice.append(tokens("b")).vocabulary.tokens[-3:] == ("[PAD]", "[MASK]", "b")  # these were not in the file
    refused(files, tokens("b "), "'b ' has white space at its ends")


def test_vocab_json_and_merges():
    parts = {"vocab__json": {"a": 0, "b": 1, "ab": 2}, "merges__txt": b"#version: 0.2\na b"}
    files = files_of(None, **parts, tokenizer_config__json={"tokenizer_class": "GPT2Tokenizer"})
    made = files.append(tokens("abb", merges=(("ab", "b"),)))
    assert json_of(made, "vocab.json") == {"a": 0, "b": 1, "ab": 2, "<|endoftext|>": 3, "abb": 4}
    assert made.files["merges.txt"] == b"#version: 0.2\na b\nab b"
    refused(files, tokens("a\u3000", "\u3000", merges=(("a", "\u3000"),)), "writes merges as 'left right'")


def test_rank_files():
    ranks = b"".join(base64.b64encode(bytes([b])) + b" %d\n" % b for b in range(256))
    config = {"pat_str": r"\p{L}+|[^\p{L}]", "added_tokens_decoder": {"300": {"content": "<|end|>", "special": True}}}
    files = files_of(None, a__tiktoken=ranks, tokenizer_config__json=config)
    made = files.append(tokens("ab", "Ġa", added=(SPECIAL,)))
    assert made.files["a.tiktoken"] == ranks + b"YWI= 301\nIGE= 302\n"
    assert Tokenizer(made).encode("ab<|new|><|end|>") == [301, 303, 300]
    refused(files, tokens("一"), "'一' is not spelled in the alphabet of bytes")
    refused(files, NewTokens(added=(AddedToken(0, "<y>", lstrip=True),)), "'<y>' must be special and without flags")
    of_class = files_of(
        None, a__tiktoken=ranks, tokenizer_config__json={**config, "tokenizer_class": "PreTrainedTokenizerFast"}
    )
    refused(of_class, tokens("ab"), "the class PreTrainedTokenizerFast puts tokens of its own behind")


def test_sentencepiece_models():
    trainer = number(40, 0) + number(4, 7) + number(3, 1)
    files = files_of(None, a__model=model(PIECES, trainer, extra=b"\xfa\x01\x02hi"))
    made = files.append(tokens("xy", scores=np.array([-2.5]), added=(SPECIAL, AddedToken(0, "zz"))))
    data = made.files["a.model"]
    assert spec_of(data)[4] == 10 and data.endswith(b"\xfa\x01\x02hi")
    assert Tokenizer(made).encode("xyzz")[-2:] == [7, 9]
    refused(files, tokens("xy"), "needs the scores of the new tokens")
    refused(files, NewTokens(added=(AddedToken(0, "<y>", lstrip=True),)), "flags that a SentencePiece model does not know")
    refused(files, NewTokens(added=(AddedToken(0, "a", special=True),)), "'a' is a piece of another type")
    beside = {"tokenizer_config__json": {"tokenizer_class": "XLMRobertaTokenizer"}}
    refused(
        files_of(None, a__model=model(PIECES), **beside),
        tokens("x", scores=np.zeros(1)),
        "the class XLMRobertaTokenizer puts tokens of its own behind .* save the tokenizer with transformers first",
    )
    plain = files_of(None, a__model=model(PIECES), tokenizer_config__json={"tokenizer_class": "LlamaTokenizer"})
    assert plain.append(tokens("x", scores=np.zeros(1))).vocabulary.tokens[-1] == "x"
    merging = files_of(None, a__model=model(PIECES, number(3, 2)))
    refused(merging, tokens("x", "y", scores=np.array([-9.0, -8.0])), "the scores of the new tokens rise")


def test_a_model_beside_that_does_not_fit():
    vocab = ["<s>", "<pad>", "</s>", "<unk>", "▁", "a", "b", "<mask>"]
    main = document(model={"type": "Unigram", "unk_id": 3, "vocab": [[t, 0.0] for t in vocab], "byte_fallback": False})
    pieces = [PIECES[0], PIECES[1], PIECES[2], *PIECES[4:]]
    new = tokens("x", scores=np.array([-1.5]))
    made = files_of(main, a__model=model(pieces)).append(new)
    piece = TokenizerFiles.from_files({"a.model": made.files["a.model"]}).vocabulary
    assert piece.tokens[-2:] == ("<mask>", "x") and piece.ids["x"] + 1 == made.vocabulary.ids["x"] == 8
    assert piece.ids["<mask>"] in piece.control
    swapped = [*pieces[:3], pieces[5], pieces[4], pieces[3]]
    refused(files_of(main, a__model=model(swapped)), new, "its pieces stand at no fixed distance from the tokens of")
    longer = [*pieces, ("q", 1), ("r", 1), ("s", 1)]
    refused(files_of(main, a__model=model(longer)), new, "has pieces that .* does not have, where the new ones belong")
    foreign = files_of(document(), dict__txt=b"stale")
    refused(foreign, tokens("x"), "dict.txt: a vocabulary in a format that is not written back")
