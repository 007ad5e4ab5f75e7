"""Accelerated `transformers` tokenizers that are copied, saved, sent to other processes and shared by threads."""

import copy
import pickle
import random
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import polyvocab
import pytest
import torch
from accelerated_calls import BATCH, FEW, TEXT, assert_equal, load, outcome, plain, some_calls
from forks import forks, in_a_fork
from transformers import AutoTokenizer, BertTokenizerFast


@pytest.fixture
def original(sample_model):
    return load(sample_model)


@pytest.fixture
def native(sample_model):
    return polyvocab.accelerate_tokenizer(load(sample_model))


def copies(tokenizer):
    yield pickle.loads(pickle.dumps(tokenizer))
    yield copy.deepcopy(tokenizer)
    yield copy.copy(tokenizer)


def test_copies(native, original):
    for other in copies(native):
        assert type(other) is type(native) and other is not native
        assert_equal(other, original, FEW)
    deep = copy.deepcopy(native)
    deep.add_tokens(["Hello"])
    deep.padding_side = "left"
    assert_equal(native, original, FEW)
    assert polyvocab.accelerate_tokenizer(native) is native


def test_its_class_is_a_subclass_that_is_found_by_name(native, original):
    cls = type(native)
    assert issubclass(cls, type(original)) and cls.__name__ == type(original).__name__ and cls.__doc__ == type(original).__doc__
    assert repr(native) == repr(original)
    bert = polyvocab.accelerate_tokenizer(
        BertTokenizerFast(vocab={"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "[PAD]": 3, "[MASK]": 4, "a": 5})
    )
    assert type(bert).__name__ == "BertTokenizer" and bert("a b")["input_ids"] == [1, 5, 0, 2]
    assert type(pickle.loads(pickle.dumps(bert))) is type(bert)


def test_saving_and_training(native, original, tmp_path):
    for name, tokenizer in (("native", native), ("original", original)):
        tokenizer(BATCH)
        tokenizer.save_pretrained(tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "original").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "native").iterdir())
    for name in files:
        assert (tmp_path / "native" / name).read_bytes() == (tmp_path / "original" / name).read_bytes(), name
    assert type(AutoTokenizer.from_pretrained(tmp_path / "native")) is type(original)
    new = native.train_new_from_iterator(["hello hello world"] * 20, 60, show_progress=False)
    assert type(new) is type(native) and new.polyvocab_fallback is None
    assert new("hello world").data == type(original)(tokenizer_object=new._tokenizer)("hello world").data


def test_in_a_new_process(native, original):
    code = "import pickle, sys; t = pickle.load(sys.stdin.buffer); b = t('Hello world', padding=True)"
    code += "; print(dict(b), t.polyvocab_fallback, type(t).__module__)"
    done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(native), capture_output=True, check=True)
    assert done.stdout.decode().strip() == f"{dict(original('Hello world'))} None polyvocab.integrations.accelerated"


@forks
def test_in_a_forked_process(native, original):
    expected = original(BATCH)["input_ids"]
    native(BATCH)  # it has been used before
    assert in_a_fork(lambda: native(BATCH)["input_ids"] == expected)


@forks
def test_a_fork_while_a_thread_holds_the_backend(native, original):
    """The thread that would let go of the lock is not in the new process."""
    held, done = threading.Event(), threading.Event()

    def hold():
        with native._native.lock:
            held.set()
            done.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(60)
    try:
        empty = ([], {"padding": True})  # goes to the original

        def check():
            native.add_tokens(["Hello"])  # is built anew
            original.add_tokens(["Hello"])
            return native(TEXT).data == original(TEXT).data and outcome(native, *empty) == outcome(original, *empty)

        assert in_a_fork(check)
    finally:
        done.set()
        thread.join()


class Texts(torch.utils.data.Dataset):
    def __init__(self, tokenizer):
        self.tokenizer = tokenizer

    def __len__(self):
        return 6

    def __getitem__(self, i):
        return self.tokenizer([f"Hello {i}", *BATCH])["input_ids"]


@forks
def test_in_the_workers_of_a_data_loader(native, original):
    native(BATCH * 20)
    options = {"batch_size": None, "num_workers": 2, "multiprocessing_context": "fork", "timeout": 60}
    rows = list(torch.utils.data.DataLoader(Texts(native), **options))
    assert rows == [original([f"Hello {i}", *BATCH])["input_ids"] for i in range(6)]


def test_with_datasets(native, original):
    datasets = pytest.importorskip("datasets")
    from datasets.fingerprint import Hasher

    first = Hasher.hash(native)
    native(BATCH)
    native(BATCH, truncation=True, max_length=3, padding=True)
    assert Hasher.hash(native) == first and not native._native.watched
    code = "import pickle, sys; from datasets.fingerprint import Hasher; print(Hasher.hash(pickle.load(sys.stdin.buffer)))"
    done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(native), capture_output=True, check=True)
    assert done.stdout.decode().strip() == first
    data = datasets.Dataset.from_dict({"text": BATCH * 3})
    mapped = [data.map(lambda rows, t=t: t(rows["text"]), batched=True, num_proc=2) for t in (native, original)]
    assert mapped[0].to_dict() == mapped[1].to_dict()


def test_threads_never_see_each_others_options(native):
    text = "a b c d e f g h i j k l m n o p"

    def lengths(n):
        cut = native(text, truncation=True, max_length=n)
        filled = native([text, "a"], padding="max_length", truncation=True, max_length=n + 20, return_tensors="np")
        plain_length = len(native(text)["input_ids"])
        return len(cut["input_ids"]), filled["input_ids"].shape[1], plain_length

    whole = len(native(text)["input_ids"])
    with ThreadPoolExecutor(8) as pool:
        numbers = [3 + n % 9 for n in range(800)]
        assert list(pool.map(lengths, numbers)) == [(n, n + 20, whole) for n in numbers]


def test_threads_with_all_kinds_of_options(native, original):
    def columns(tokenizer, args, options):
        batch = tokenizer(*args, **options)
        return [(name, plain(column)) for name, column in batch.items()], [e.ids for e in batch.encodings]

    calls = []
    for args, options in some_calls(250, seed=3):
        try:
            calls.append((args, options, columns(original, args, options)))
        except BaseException:  # panics of the library too, and what warns: these have a test of their own
            continue
    assert len(calls) > 80
    order = [call for seed in range(40) for call in random.Random(seed).sample(calls[:80], 80)]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda call: columns(native, *call[:2]), order))
    assert len(got) == 3200 and got == [expected for _, _, expected in order]
