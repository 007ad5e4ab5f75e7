"""Merge lists as their trainers made them, and the words that they were trained on."""

import io
import json

import numpy as np
import pytest
import sentencepiece
import tokenizers
from polyvocab import Tokenizer, count_words
from polyvocab.errors import UnsupportedComponent
from polyvocab.formats.definition import Ranks, Strings, TokenizerDefinition
from polyvocab.mixture.merge_list import MergeList
from polyvocab.mixture.words import training_tokenizer

MERGES = 600


@pytest.fixture(scope="module")
def lines(sample_text) -> list[str]:
    return (sample_text / "swh_Latn.heldout.txt").read_text().splitlines()[:1500]


@pytest.fixture(scope="module")
def byte_level(lines) -> tokenizers.Tokenizer:
    from tokenizers import models, pre_tokenizers, trainers

    made = tokenizers.Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=256 + MERGES, show_progress=False, initial_alphabet=alphabet)
    made.train_from_iterator(lines, trainer)
    return made


def sentencepiece_model(path, lines, **options) -> Tokenizer:
    buffer = io.BytesIO()
    options = {"vocab_size": 700, "model_type": "bpe", "minloglevel": 2} | options
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(lines), model_writer=buffer, **options)
    (path / "tokenizer.model").write_bytes(buffer.getvalue())
    return Tokenizer.from_pretrained(path / "tokenizer.model")


def texts_of(merges: MergeList) -> list[tuple[bytes, bytes]]:
    steps, text = merges.steps, merges.texts
    return [(text[a], text[b]) for a, b in zip(steps.left.tolist(), steps.right.tolist(), strict=True)]


def nothing_told(merges: MergeList) -> bool:
    return not any(map(len, (merges.redundant, merges.unreachable, merges.given, merges.early)))


def test_a_list_comes_back_as_it_was_trained(byte_level):
    tokenizer = Tokenizer.from_hf(byte_level)
    merges = MergeList.of(tokenizer.definition)
    listed = np.array([[tokenizer.vocab[a], tokenizer.vocab[b]] for a, b in tokenizer.merges])
    assert np.array_equal(np.stack([merges.steps.left, merges.steps.right], 1), listed) and len(merges) == MERGES
    assert nothing_told(merges) and training_tokenizer(tokenizer, joins_spaces=False) is tokenizer


def test_ranks_tell_the_same_merges(byte_level):
    listed = MergeList.of(Tokenizer.from_hf(byte_level).definition)
    tokens = [bytes([b]) for b in range(256)] + [listed.texts[i] for i in listed.steps.merged.tolist()]
    ranks = Ranks(Strings.of(tokens), np.arange(len(tokens), dtype=np.uint32))
    found = MergeList.of(TokenizerDefinition(ranks, "tiktoken"))
    assert texts_of(found) == texts_of(listed) and nothing_told(found)


def test_a_merge_that_no_trainer_makes_is_listed_apart(byte_level):
    spoiled = json.loads(byte_level.to_str())
    model = spoiled["model"]
    vocabulary, merges = model["vocab"], model["merges"]
    taken = {tuple(pair) for pair in merges}
    halves = ([token[:k], token[k:]] for token in vocabulary for k in range(1, len(token)))
    second = next([a, b] for a, b in halves if a in vocabulary and b in vocabulary and (a, b) not in taken)
    merges += [second, ["q", "x"], ["Q", "qx"]]
    vocabulary |= {"qx": len(vocabulary), "Qqx": len(vocabulary) + 1}
    merges[-1], merges[-2] = merges[-2], merges[-1]  # what is made of qx before qx
    tokenizer = Tokenizer.from_json(json.dumps(spoiled).encode())
    found = MergeList.of(tokenizer.definition)
    assert [tuple(merges[i]) for i in found.redundant.tolist()] == [tuple(second)]
    assert [found.texts[int(found.steps.merged[i])] for i in found.early] == [b"Qqx"]


def test_a_token_that_no_text_becomes_is_unreachable(byte_level):
    spoiled = json.loads(byte_level.to_str())
    model = spoiled["model"]
    lost = model["merges"].pop()
    tokenizer = Tokenizer.from_json(json.dumps(spoiled).encode())
    found = MergeList.of(tokenizer.definition)
    assert found.unreachable.tolist() == [model["vocab"]["".join(lost)]] and len(found) == MERGES - 1


def test_what_a_sentencepiece_trainer_was_told_is_no_step(lines, tmp_path):
    model = sentencepiece_model(tmp_path, lines, user_defined_symbols=["<extra>", "▁▁"])
    merges = MergeList.of(model.definition)
    characters = {piece.decode() for piece in model.definition.model.tokens if len(piece.decode()) == 1}
    assert [merges.texts[i].decode() for i in merges.given.tolist()] == ["<extra>", "▁▁"]
    assert len(merges) == 700 - len(characters) - 3 - 2 and not len(merges.early)
    scores = model.definition.model.scores[merges.steps.merged]
    assert np.array_equal(scores, -np.arange(len(merges)))


def test_words_are_those_of_a_sentencepiece_trainer(lines, tmp_path):
    model = sentencepiece_model(tmp_path, lines)
    joined = training_tokenizer(model, joins_spaces=False)
    counted = count_words(joined, lines)
    found = dict(zip((word.decode() for word in counted.words), counted.totals.tolist(), strict=True))
    expected: dict[str, int] = {}
    for line in lines:
        for word in line.split():
            expected["▁" + word] = expected.get("▁" + word, 0) + 1
    assert found == expected and counted.characters.sum() == len("".join(lines))


def test_runs_of_spaces_stay_together_where_they_were_learned(tmp_path, lines):
    spaced = ["    " * (1 + i % 3) + line for i, line in enumerate(lines)]
    options = {"allow_whitespace_only_pieces": True, "remove_extra_whitespaces": False, "normalization_rule_name": "identity"}
    model = sentencepiece_model(tmp_path, spaced, **options)
    merges = MergeList.of(model.definition)
    assert merges.merges_spaces
    words = count_words(training_tokenizer(model, joins_spaces=True), ["a    b c"]).words
    assert sorted(word.decode() for word in words) == ["▁a", "▁c", "▁▁▁▁b"]


@pytest.mark.parametrize("kind", ["WordPiece", "WordLevel"])
def test_models_without_merges_are_refused_with_the_reason(kind):
    model = getattr(tokenizers.models, kind)({"[UNK]": 0, "a": 1}, unk_token="[UNK]")
    with pytest.raises(UnsupportedComponent, match=f"(?i){kind}.*(order|not merged)"):
        MergeList.of(Tokenizer.from_hf(tokenizers.Tokenizer(model)).definition)
