"""Training of vectors on the core: against a slow twin, on any number of threads, and against gensim."""

from __future__ import annotations

import numpy as np
import pytest
from polyvocab import _core, vectors
from polyvocab.corpus import Corpus
from polyvocab.errors import PolyvocabError
from polyvocab.tokenizer import Tokenizer
from polyvocab.vectors import native
from polyvocab.vectors.id_stream import IdStream
from polyvocab.vectors.settings import TrainSettings
from tiny import word_files

KERNELS = _core.vectors.step_kernels()
WORDS = ["the", "cat", "dog", "sat", "ran", "on", "a", "mat", "läuft", "ähnlich", "cats", "dogs", "<unk>"]


def settings(**changed) -> TrainSettings:
    base = {
        **{"dim": 20, "epochs": 2, "min_count": 1, "window": 3, "negative": 4, "buckets": 500, "seed": 7, "model": "cbow"},
        **{"sample": 0.05, "min_n": 2, "max_n": 4, "alpha": 0.05, "tolerance": None, "patience": 1},
    }
    return TrainSettings(**{**base, **changed})


def stream(n: int = 3000, seed: int = 0, words: int = len(WORDS)) -> IdStream:
    """Random text of unequal words; some sentences are empty."""
    rng = np.random.default_rng(seed)
    share = 1.0 / np.arange(1, words + 1)
    ids = rng.choice(words, n, p=share / share.sum()).astype(np.uint16)
    ends = np.sort(rng.integers(0, n, 150))
    return IdStream(ids, np.concatenate([[0], ends, [n]]).astype(np.uint64))


# -- the twin: one round, as it is written down ------------------------------------------------------------------------


def softplus(x):
    return np.log1p(np.exp(-abs(x))) + max(x, 0.0)


def twin_round(plan, parts, inputs, outputs, alpha):
    """Moves float64 `inputs` and `outputs` by one round. `parts`: the input rows of each word. Returns the losses."""
    examples = len(plan["scales"])
    in_step, out_step = np.zeros_like(inputs), np.zeros_like(outputs)
    in_bend, out_bend = np.zeros(len(inputs)), np.zeros(len(outputs))
    losses = []
    for e in range(examples):
        slots = plan["inputs"][plan["input_begin"][e] : plan["input_begin"][e + 1]]
        rows = [row for slot in slots for row in parts[plan["words"][slot]]]
        hidden = inputs[rows].mean(axis=0)
        back, bend, loss = np.zeros_like(hidden), 0.0, 0.0
        for target in plan["targets"][plan["target_begin"][e] : plan["target_begin"][e + 1]]:
            row, answer = int(target & 0x7FFFFFFF), float(target >> 31)
            logit = hidden @ outputs[row]
            p = 1.0 / (1.0 + np.exp(-logit))
            back += alpha * (answer - p) * outputs[row]
            bend += alpha * p * (1 - p) * (outputs[row] @ outputs[row])
            out_step[row] += alpha * (answer - p) * hidden
            out_bend[row] += alpha * p * (1 - p) * (hidden @ hidden)
            loss += softplus(-logit if answer else logit)
        losses.append(loss)
        for row in rows:
            in_step[row] += back
            in_bend[row] += bend
    inputs += in_step * np.minimum(1.0, 1.9 / np.maximum(in_bend, 1e-30))[:, None]
    outputs += out_step * np.minimum(1.0, 1.9 / np.maximum(out_bend, 1e-30))[:, None]
    return losses


def trainer_for(text, s, round_ids, kernel=None):
    ids, counts = native.chosen_words(text, len(WORDS), s.min_count)
    word_of_id = np.full(len(WORDS), -1, np.int32)
    word_of_id[ids] = np.arange(len(ids))
    indptr, rows, buckets = native.subwords([WORDS[i] for i in ids], s.min_n, s.max_n, s.buckets)
    made = _core.vectors.VectorTrainer(
        *(text.ids, text.offsets, word_of_id, counts, indptr, rows, len(buckets)),
        **{"dim": s.dim, "epochs": s.epochs, "window": s.window, "negative": s.negative, "sample": s.sample},
        **{"skipgram": s.model == "skipgram", "alpha": s.alpha, "min_alpha": 1e-4, "seed": s.seed, "round": round_ids},
        kernel=kernel,
    )
    parts = [[w, *(rows[indptr[w] : indptr[w + 1]].astype(int) + len(ids))] for w in range(len(ids))]
    return made, parts


@pytest.mark.parametrize("model", ["cbow", "skipgram"])
@pytest.mark.parametrize("alpha", [0.05, 2.0])  # the second one so large that steps are shortened
def test_rounds_equal_the_twin(model, alpha):
    s, text, round_ids = settings(model=model, alpha=alpha), stream(700), 128
    made, parts = trainer_for(text, s, round_ids)
    assert np.abs(made.inputs).max() <= 1 / s.dim and np.abs(made.inputs).std() > 0 and not made.outputs.any()
    inputs, outputs = made.inputs.astype(np.float64), made.outputs.astype(np.float64)
    for number in range(3):
        rate = s.alpha - (s.alpha - 1e-4) * (number * round_ids / len(text.ids)) / s.epochs
        twin_round(made.plan(0, number), parts, inputs, outputs, rate)
        assert made.advance(1, 1) == round_ids
        assert np.allclose(made.inputs, inputs, atol=1e-5 * alpha / 0.05) and np.allclose(
            made.outputs, outputs, atol=1e-5 * alpha / 0.05
        )
    composed = np.array([inputs[rows].mean(axis=0) for rows in parts])
    assert np.allclose(made.compose(), composed, atol=1e-5 * alpha / 0.05)


def test_the_loss_is_that_of_every_sixteenth_example():
    s, text = settings(), stream(100)
    made, parts = trainer_for(text, s, 1000)
    losses = twin_round(made.plan(0, 0), parts, made.inputs.astype(np.float64), made.outputs.astype(np.float64), s.alpha)
    made.advance(1, 1)
    assert made.epoch == 1 and made.loss == pytest.approx(np.mean(losses[::16]), rel=1e-6)


# -- what a round decides ----------------------------------------------------------------------------------------------


def test_plans_have_the_right_shares():
    s = settings(window=4, negative=5, sample=1e-2)
    text = stream(60_000)
    made, _ = trainer_for(text, s, 10_000)
    plans = [made.plan(0, r) for r in range(6)]
    counts = np.sort(text.counts(len(WORDS)))[::-1]
    shares = counts / counts.sum()
    keep = np.minimum(1, np.sqrt(1e-2 / shares) + 1e-2 / shares)
    truths = np.concatenate([p["targets"][p["targets"] >> 31 == 1] for p in plans]) & 0x7FFFFFFF
    kept = np.bincount(truths, minlength=len(counts))
    assert np.abs(kept / counts - keep).max() < 0.03
    noise = np.concatenate([p["targets"][p["targets"] >> 31 == 0] for p in plans])
    power = counts**0.75 / (counts**0.75).sum()
    per_truth = (power[None] * (1 - np.eye(len(counts))))[truths].sum(axis=0) * 5
    assert np.abs(np.bincount(noise, minlength=len(counts)) / per_truth - 1).max() < 0.05
    sizes = np.concatenate([np.diff(p["input_begin"]) for p in plans])
    assert sizes.min() >= 1 and sizes.max() == 8
    assert made.plan(1, 0)["targets"].tobytes() != plans[0]["targets"].tobytes()


@pytest.mark.parametrize("model", ["cbow", "skipgram"])
def test_rounds_cut_no_windows_and_sentences_do(model):
    """Without thinning, many short rounds have the examples of one long round."""
    s, text = settings(sample=0.0, model=model), stream(500)
    one, _ = trainer_for(text, s, 1000)
    many, _ = trainer_for(text, s, 17)

    def examples(plan):
        for e in range(len(plan["scales"])):
            slots = plan["inputs"][plan["input_begin"][e] : plan["input_begin"][e + 1]]
            yield plan["words"][slots].tolist(), plan["targets"][plan["target_begin"][e] : plan["target_begin"][e + 1]].tolist()

    whole = list(examples(one.plan(0, 0)))
    assert [e for r in range(30) for e in examples(many.plan(0, r))] == whole
    ends = text.offsets.astype(int)
    lonely = int((np.diff(ends) == 1).sum())
    assert len(whole) == len(text.ids) - lonely


# -- the same bytes ----------------------------------------------------------------------------------------------------


def bytes_of(s, text, **options):
    made = native.train_native(text, WORDS, s, **options).trainer
    return made.inputs.tobytes() + made.outputs.tobytes() + np.float64(made.loss).tobytes()


@pytest.mark.parametrize("model", ["cbow", "skipgram"])
def test_bytes_depend_neither_on_threads_nor_on_kernels(model):
    s, text = settings(model=model, dim=37), stream()
    first = bytes_of(s, text, threads=1)
    assert all(bytes_of(s, text, threads=n) == first for n in (2, 5))
    assert all(bytes_of(s, text, threads=2, kernel=kernel) == first for kernel in KERNELS)
    assert bytes_of(settings(model=model, dim=37, seed=8), text) != first
    wide = IdStream(text.ids.astype(np.uint32), text.offsets)
    assert bytes_of(s, wide, threads=2) == first


def test_it_does_not_matter_how_far_each_call_goes():
    s, text = settings(), stream()
    results = []
    for rounds in (1, 3, 1000):
        made, _ = trainer_for(text, s, 100)
        while not made.finished:
            made.advance(rounds, 2)
        results.append(made.inputs.tobytes())
    assert len(set(results)) == 1
    assert made.advance(1, 1) == 0


# -- what the vectors are worth ----------------------------------------------------------------------------------------


def planted(seed: int = 0, groups: int = 6, members: int = 5) -> list[str]:
    """Sentences of one group each: words of a group share their neighbours, and nothing of their spelling."""
    rng = np.random.default_rng(seed)
    names = rng.permutation([f"{a}{b}{c}" for a in "bdfgk" for b in "aeiou" for c in "lmnrst"])[: groups * members]
    table = names.reshape(groups, members)
    return [" ".join(rng.choice(table[rng.integers(groups)], 12)) for _ in range(1500)]


def neighbours(matrix: np.ndarray, k: int) -> np.ndarray:
    unit = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -2)
    return np.argsort(-cosines, axis=1)[:, :k]


@pytest.mark.parametrize("model", ["cbow", "skipgram"])
def test_words_that_share_neighbours_become_neighbours(model):
    text = planted()
    group = {}
    for line in text:
        for word in line.split():
            group.setdefault(word, group.get(line.split()[0], len(set(group.values()))))
    made = vectors.train_words(Corpus(text), dim=16, min_count=1, sample=0, model=model, epochs=10, buckets=1000)
    found = neighbours(made.matrix, 4)
    labels = np.array([group[word] for word in made.words])
    assert (labels[found] == labels[:, None]).mean() > 0.95


def test_neighbours_are_gensims(sample_text):
    """The twin agrees with us as with itself under another seed, or better."""
    pytest.importorskip("gensim")
    words = sorted({w for line in sample_text for w in line.split()})
    tokenizer = Tokenizer(word_files([*words, "<unk>"]))
    options = {"dim": 32, "epochs": 10, "min_count": 20, "buckets": 50_000, "sample": 1e-3}
    ours = vectors.train(Corpus(sample_text), tokenizer, seed=1, **options)
    twins = [vectors.train(Corpus(sample_text), tokenizer, trainer="gensim", seed=s, **options) for s in (1, 2)]
    assert np.array_equal(ours.known, twins[0].known)
    lists = [neighbours(v.matrix[v.known], 10) for v in (ours, *twins)]

    def overlap(a, b):
        return np.mean([len(set(x) & set(y)) / 10 for x, y in zip(a.tolist(), b.tolist(), strict=True)])

    assert overlap(lists[0], lists[1]) > overlap(lists[1], lists[2]) - 0.05


@pytest.fixture(scope="module")
def sample_text():
    from pathlib import Path

    return (Path(__file__).parent / "data/sample/text/swh_Latn.train.txt").read_text("utf-8").splitlines()[:4000]


# -- the ways to stop --------------------------------------------------------------------------------------------------


def test_training_stops_when_the_loss_has_settled():
    s = settings(epochs=50, tolerance=0.5, patience=2)
    assert len(native.train_native(stream(), WORDS, s).losses) == 3
    assert len(native.train_native(stream(), WORDS, settings(epochs=4, tolerance=0.0)).losses) <= 4
    assert not native.has_settled([3.0, 2.0], settings(tolerance=0.1)) and native.has_settled(
        [2.0, 1.9], settings(tolerance=0.1)
    )


def test_ctrl_c_stops_it(monkeypatch):
    seen = []

    def interrupted(self, n=1):
        seen.append(n)
        raise KeyboardInterrupt

    monkeypatch.setattr(native.tqdm, "update", interrupted)
    with pytest.raises(KeyboardInterrupt):
        native.train_native(stream(), WORDS, settings(epochs=100_000))
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"dim": 0}, "dim is 0: vectors need 1 or more"),
        ({"model": "glove"}, "model is 'glove': use one of 'cbow', 'skipgram'"),
        ({"buckets": -1}, "buckets is -1"),
        ({"alpha": 0.0}, "alpha must be above 0"),
        ({"negative": 2000}, "at most 1000"),
        ({"trainer": "glove"}, "trainer is 'glove': use 'native' or 'gensim'"),
    ],
)
def test_settings_that_make_no_sense(wrong, message):
    with pytest.raises(PolyvocabError, match=message):
        vectors.train(Corpus(["a b"]), Tokenizer(word_files(["a", "b", "<unk>"])), **wrong)
