"""Which pairs SentencePiece's trainer makes pieces of: against its rule for whole texts, and against the trainer itself."""

from __future__ import annotations

import io
from random import Random

import numpy as np
import pytest
import sentencepiece
from polyvocab import Tokenizer
from polyvocab._core import replay as core
from polyvocab.counts import count_words
from polyvocab.formats.definition import PieceRules, Strings
from polyvocab.mixture.merge_list import MergeList
from polyvocab.mixture.piece_limits import Flag, PieceLimits
from polyvocab.mixture.replay import replay, trained
from polyvocab.mixture.words import training_tokenizer
from reference import pair_events
from reference.piece_limits import is_piece

CHARACTERS = ["a", "é", "б", "漢", "か", "カ", "ー", "1", "９", "▁", "!", "\u0301", "\t", "▅", "가"]


def random_rules(random: Random) -> PieceRules:
    return PieceRules(random.choice([2, 3, 5, 16]), *(random.random() < 0.5 for _ in range(6)))


@pytest.mark.parametrize("seed", range(8))
def test_pairs_of_pieces_are_judged_as_their_text(seed):
    random = Random(seed)
    compared = 0
    for _ in range(40):
        rules = random_rules(random)
        some = random.sample(CHARACTERS, 5)
        texts = {"".join(random.choices(some, k=random.randint(2, 4))) for _ in range(60)}
        pieces = sorted([text for text in texts if is_piece(text, rules)]) + CHARACTERS
        strings = Strings.of(pieces)
        limits = PieceLimits.of(rules, strings)
        ids = np.arange(len(pieces), dtype=np.uint32)
        none = np.zeros(0, np.uint32)
        facts = (limits.most_characters, limits.characters, limits.first_script, limits.last_script, limits.flags)
        merges = core.TrainedMerges(
            strings.data,
            strings.offsets,
            ids,
            none,
            none,
            none,
            spelt="characters",
            continuing_prefix="",
            end_suffix="",
            overlapping=True,
            limits=facts,
        )
        for left in ids.tolist():
            for right in ids.tolist():
                text = pieces[left] + pieces[right]
                assert merges.is_counted(left, right) == is_piece(text, rules), (text, left, right, rules)
                compared += 1
    assert compared > 10_000


def test_a_pair_that_the_list_has_is_counted_whatever_the_limits():
    limits = PieceLimits.of(PieceRules(max_sentencepiece_length=1), Strings.of(["a", "b", "ab"]))
    assert limits.flags.tolist() == [0, 0, 0] and Flag.ALONE == 1
    left, right, merged = (np.array([i], np.uint32) for i in range(3))
    strings = Strings.of(["a", "b", "ab"])
    merges = core.TrainedMerges(
        strings.data,
        strings.offsets,
        np.arange(3, dtype=np.uint32),
        left,
        right,
        merged,
        spelt="characters",
        continuing_prefix="",
        end_suffix="",
        overlapping=True,
        limits=(1, limits.characters, limits.first_script, limits.last_script, limits.flags),
    )
    assert merges.is_counted(0, 1) and not merges.is_counted(1, 0)


@pytest.mark.parametrize(
    "options", [{}, {"split_digits": True, "max_sentencepiece_length": 6}, {"split_by_unicode_script": False}]
)
def test_the_trainer_merged_the_most_frequent_pair_that_may_be_a_piece(options, sample_text, tmp_path):
    lines = [line for path in sorted(sample_text.glob("*.txt")) for line in path.read_text().splitlines()[:60]]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, model_type="bpe", vocab_size=900, character_coverage=1.0,
        minloglevel=2, **options,
    )  # fmt: skip
    (tmp_path / "spiece.model").write_bytes(model.getvalue())
    (tmp_path / "text.txt").write_text("\n".join(lines))
    tokenizer = Tokenizer.from_pretrained(tmp_path / "spiece.model")
    merges = MergeList.of(tokenizer.definition)
    assert len(merges) > 200
    assert tokenizer.definition.model.trainer == PieceRules(**options)
    words = count_words(training_tokenizer(tokenizer, joins_spaces=False), tmp_path / "text.txt")
    events = replay(words, merges)
    pairs, counts = pair_events.dense(events, len(merges) + 1, 1)
    place = {pair: i for i, pair in enumerate(pairs)}
    steps = list(zip(merges.steps.left.tolist(), merges.steps.right.tolist(), strict=True))
    own = [counts[place[pair], t, 0] for t, pair in enumerate(steps)]
    assert all(count >= following for count, following in zip(own, own[1:], strict=False))
    assert all(counts[:, t, 0].max() == own[t] for t in range(len(own)))
    assert trained(merges).is_counted(*steps[0])
