"""Counting in a datatrove pipeline equals counting in one process, and a run that is not whole is refused."""

import json

import numpy as np
import pytest
from polyvocab import TokenCounts, Tokenizer, count_tokens
from polyvocab.errors import PolyvocabError
from polyvocab.mixture.count import count_pairs, load_pairs
from polyvocab.mixture.store import PairStore

pytest.importorskip("orjson", reason="orjson, which datatrove's readers need, is not installed")
Document = pytest.importorskip("datatrove.data", reason="datatrove is not installed").Document
LocalPipelineExecutor = pytest.importorskip("datatrove.executor").LocalPipelineExecutor
get_datafolder = pytest.importorskip("datatrove.io").get_datafolder
JsonlReader = pytest.importorskip("datatrove.pipeline.readers").JsonlReader
steps = pytest.importorskip("polyvocab.integrations.datatrove")

TASKS = 4


class Tokens:
    """Counts of tokens: how they are made by tasks and alone, and what is in a file of them."""

    suffix, Count, Add = "tokens", steps.CountTokens, steps.AddTokenCounts
    added = staticmethod(steps.added_counts)

    def __init__(self, model, bpe):
        self.tokenizer = model

    def alone(self, texts, path):
        count_tokens(self.tokenizer, texts).save(path)
        return TokenCounts.load(path)

    load = staticmethod(TokenCounts.load)


class Pairs:
    """The same of pairs."""

    suffix, Count, Add = "pairs", steps.CountPairs, steps.AddPairCounts

    def __init__(self, model, bpe):
        self.tokenizer = bpe

    def alone(self, texts, path):
        count_pairs(Tokenizer.from_pretrained(self.tokenizer), texts, store=path)
        return self.load(path)

    @staticmethod
    def added(folder, tasks, inputs=None):
        head, records = steps.added_pairs(folder, tasks, inputs)
        return head, numbers(records)

    @staticmethod
    def load(path):
        store = PairStore.open(path)
        return store.head, numbers(store.records())


def numbers(records):
    """{category: all numbers of its records}"""
    found = {}
    for record in records:
        arrays = (*vars(record.events).values(), record.documents, record.bytes, record.characters)
        found.setdefault(record.category, []).append([array.tolist() for array in arrays])
    return found


@pytest.fixture(scope="module")
def bpe(tmp_path_factory, sample_text):
    """A tokenizer with 300 merges."""
    tokenizers = pytest.importorskip("tokenizers")
    from tokenizers import models, pre_tokenizers, trainers

    made = tokenizers.Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=256 + 300, show_progress=False, initial_alphabet=alphabet)
    lines = [line for path in sorted(sample_text.glob("*.train.txt")) for line in path.read_text("utf-8").split("\n")[:200]]
    made.train_from_iterator(lines, trainer)
    path = tmp_path_factory.mktemp("bpe") / "tokenizer.json"
    made.save(str(path))
    return path


@pytest.fixture(params=[Tokens, Pairs], ids=["tokens", "pairs"])
def kind(request, sample_model, bpe):
    return request.param(sample_model, bpe)


@pytest.fixture(scope="module")
def texts(sample_text) -> dict[str, list[str]]:
    names = ("eus_Latn.train", "swh_Latn.heldout", "zho_Hans.train")
    found = {name[:3]: (sample_text / f"{name}.txt").read_text("utf-8").split("\n")[:120] for name in names}
    return {language: [line for line in lines if line] for language, lines in found.items()}


@pytest.fixture
def corpus(tmp_path, texts):
    """Three files of all languages, a label in each line; one of the tasks gets none."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    objects = [json.dumps({"text": line, "language": language}) for language, lines in texts.items() for line in lines]
    for i in range(3):
        (folder / f"{i}.jsonl").write_text("\n".join(objects[i::3]))
    return folder


def counting(tmp_path, kind, corpus, tasks=TASKS, **options) -> LocalPipelineExecutor:
    return LocalPipelineExecutor(
        [
            JsonlReader(str(corpus), text_key="text"),
            kind.Count(str(kind.tokenizer), str(tmp_path / "counts"), label_key="language", **options),
        ],
        tasks=tasks,
        workers=1,
        logging_dir=str(tmp_path / "logs"),
    )


def test_tasks_add_up_to_a_single_process(tmp_path, kind, corpus, texts):
    inputs = [str(path) for path in corpus.iterdir()]
    LocalPipelineExecutor(
        [kind.Add(str(tmp_path / "counts"), str(tmp_path / "all"), tasks=TASKS, inputs=inputs)],
        tasks=1,
        logging_dir=str(tmp_path / "adding"),
        depends=counting(tmp_path, kind, corpus, memory_limit=1 << 20),
    ).run()
    alone = kind.alone(texts, tmp_path / "alone")
    assert kind.load(tmp_path / "all") == alone
    assert len(list((tmp_path / "counts").glob(f"*.{kind.suffix}"))) == TASKS
    if kind.suffix == "tokens":
        assert (tmp_path / "all").read_bytes() == (tmp_path / "alone").read_bytes()
        assert alone.labels == ("eus", "swh", "zho") and all(alone.counts[label].sum() > 1000 for label in alone.labels)


def test_pairs_of_tasks_are_those_that_are_estimated_from(tmp_path, corpus, texts, bpe):
    kind, folder = Pairs(None, bpe), get_datafolder(str(tmp_path / "counts"))
    counting(tmp_path, kind, corpus).run()
    kind.Add(str(tmp_path / "counts"), str(tmp_path / "all"), tasks=TASKS).add()
    tokenizer = Tokenizer.from_pretrained(bpe)
    alone = count_pairs(tokenizer, texts)
    shards = sorted((tmp_path / "counts").glob("*.pairs"))
    for found in (load_pairs(tokenizer, tmp_path / "all"), load_pairs(tokenizer, *shards)):
        assert found.categories == alone.categories == ("eus", "swh", "zho")
        assert found.pairs.sum() > 10_000 and len(found.merges) == 300 and found.events.state.max() == 300
        for name in ("documents", "bytes", "characters", "pairs"):
            assert np.array_equal(getattr(found, name), getattr(alone, name)), name
        for name, array in vars(alone.events).items():
            assert np.array_equal(getattr(found.events, name), array), name
    with pytest.raises(PolyvocabError, match="again: text of eus is in another of these files too; give each text once"):
        (tmp_path / "again").write_bytes((tmp_path / "all").read_bytes())
        load_pairs(tokenizer, tmp_path / "all", tmp_path / "again")
    (tmp_path / "again").unlink()
    # What is counted again is the same, byte by byte, and so is the sum; other text is known by another name.
    before, known = [path.read_bytes() for path in shards], {r.source for r in PairStore.open(tmp_path / "all").records()}
    counting(tmp_path / "again", kind, corpus).run()
    assert [path.read_bytes() for path in sorted((tmp_path / "again" / "counts").glob("*.pairs"))] == before
    assert known == {r.source for r in steps.added_pairs(folder, TASKS)[1]} and len(known) == 1
    (corpus / "2.jsonl").unlink()
    counting(tmp_path / "less", kind, corpus).run()
    less = steps.added_pairs(get_datafolder(str(tmp_path / "less" / "counts")), TASKS)[1]
    assert known.isdisjoint(r.source for r in less)
    both = load_pairs(tokenizer, tmp_path / "all", *(tmp_path / "less" / "counts").glob("*.pairs"))
    assert np.array_equal(both.documents, alone.documents + [r.documents for r in less])


def test_a_run_that_is_not_whole_is_refused(tmp_path, kind, corpus):
    counting(tmp_path, kind, corpus).run()
    folder = get_datafolder(str(tmp_path / "counts"))
    names = sorted(str(path) for path in corpus.iterdir())
    whole = kind.added(folder, TASKS, names)

    def refused(message: str, tasks: int = TASKS, inputs=None) -> None:
        with pytest.raises(PolyvocabError, match=message):
            kind.added(folder, tasks, inputs)

    refused("task 0 was one of 4, not of 3", tasks=3)
    refused("0 tasks: give the number that counted", tasks=0)
    refused("1 files are not counted: .*absent.jsonl", inputs=[*names, str(corpus / "absent.jsonl")])
    refused("1 files are counted, but no input: ", inputs=names[1:])
    # Resumed with more tasks: datatrove takes the first four for done.
    counting(tmp_path, kind, corpus, tasks=6).run()
    refused("task 0 was one of 4, not of 6", tasks=6)
    refused("task 4 was one of 6, not of 4")
    for rank in (4, 5):
        (tmp_path / "counts" / f"{rank:05d}.json").unlink()
    assert kind.added(folder, TASKS) == whole

    manifest, counts = tmp_path / "counts" / "00001.json", tmp_path / "counts" / f"00001.{kind.suffix}"
    text, data = manifest.read_text(), counts.read_bytes()
    counts.write_bytes(data[:-8] + b"\1" * 8)
    refused(f"00001.{kind.suffix}: is not what its manifest says; run task 1 again")
    counts.unlink()
    refused(f"00001.{kind.suffix}: is absent")
    counts.write_bytes(data)
    content = json.loads(text)
    manifest.write_text(json.dumps(content | {"fingerprint": "another"}))
    refused("task 1 counted with the fingerprint another, task 0 with [0-9a-f]{12};")
    content["inputs"] = json.loads((tmp_path / "counts" / "00000.json").read_text())["inputs"]
    manifest.write_text(json.dumps(content))
    refused("was counted by the tasks 0 and 1")
    manifest.write_text(text[:-4])
    refused("00001.json: is not JSON")
    manifest.write_text("{}")
    refused(f"00001.json: is no manifest of {kind.suffix}")
    manifest.unlink()
    refused(r"1 of 4 tasks are absent \(1\); run them first")
    with pytest.raises(PolyvocabError, match="by one task, not by 2"):
        list(kind.Add(str(tmp_path / "counts"), "out", tasks=4).run(None, 0, 2))


def test_counts_of_two_kinds_do_not_add_up(tmp_path, corpus, sample_model, bpe):
    counting(tmp_path, Pairs(None, bpe), corpus, blocks=3).run()
    folder = get_datafolder(str(tmp_path / "counts"))
    with pytest.raises(PolyvocabError, match="00000.json: is no manifest of tokens; give counts of each kind a folder of"):
        steps.added_counts(folder, TASKS)
    (tmp_path / "logs" / "completions" / "00002").unlink()
    counting(tmp_path, Pairs(None, bpe), corpus, blocks=4).run()
    with pytest.raises(PolyvocabError, match="task 2 counted with the blocks 4, task 0 with 3; count all anew"):
        steps.added_pairs(folder, TASKS)


def test_documents_go_on_unchanged(tmp_path, kind):
    documents = [Document(text="Habari ya dunia", id=str(i), metadata={}) for i in range(3)]
    step = kind.Count(str(kind.tokenizer), str(tmp_path / "counts"), label="sw")
    assert list(step.run(iter(documents), 0, 1)) == documents
    alone = kind.alone({"sw": ["Habari ya dunia"] * 3}, tmp_path / "alone")
    assert kind.added(get_datafolder(str(tmp_path / "counts")), 1) == alone
