"""Counting in a datatrove pipeline equals counting in one process, and a run that is not whole is refused."""

import json

import pytest
from polyvocab import TokenCounts, count_tokens
from polyvocab.errors import PolyvocabError

pytest.importorskip("orjson", reason="orjson, which datatrove's readers need, is not installed")
Document = pytest.importorskip("datatrove.data", reason="datatrove is not installed").Document
LocalPipelineExecutor = pytest.importorskip("datatrove.executor").LocalPipelineExecutor
get_datafolder = pytest.importorskip("datatrove.io").get_datafolder
JsonlReader = pytest.importorskip("datatrove.pipeline.readers").JsonlReader
steps = pytest.importorskip("polyvocab.integrations.datatrove")
AddTokenCounts, CountTokens, added_counts = steps.AddTokenCounts, steps.CountTokens, steps.added_counts

TASKS = 4


@pytest.fixture
def corpus(tmp_path, sample_text):
    """Files of two languages, a label in each line; one of the tasks gets none."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name in ("swh_Latn.heldout", "zho_Hans.train", "eus_Latn.train"):
        lines = (sample_text / f"{name}.txt").read_text("utf-8").split("\n")[:120]
        objects = [json.dumps({"text": line, "language": name[:3]}) for line in lines if line]
        (folder / f"{name}.jsonl").write_text("\n".join(objects))
    return folder


def expected(model, corpus) -> TokenCounts:
    return count_tokens(model, {path.name[:3]: [path] for path in sorted(corpus.iterdir())})


def counting(tmp_path, model, corpus, tasks=TASKS, **options) -> LocalPipelineExecutor:
    return LocalPipelineExecutor(
        [
            JsonlReader(str(corpus), text_key="text"),
            CountTokens(str(model), str(tmp_path / "counts"), label_key="language", **options),
        ],
        tasks=tasks,
        workers=1,
        logging_dir=str(tmp_path / "logs"),
    )


def test_tasks_add_up_to_a_single_process(tmp_path, sample_model, corpus):
    inputs = [str(path) for path in corpus.iterdir()]
    LocalPipelineExecutor(
        [AddTokenCounts(str(tmp_path / "counts"), str(tmp_path / "all.tokens"), tasks=TASKS, inputs=inputs)],
        tasks=1,
        logging_dir=str(tmp_path / "adding"),
        depends=counting(tmp_path, sample_model, corpus, memory_limit=1 << 20),
    ).run()
    found = TokenCounts.load(tmp_path / "all.tokens")
    alone = expected(sample_model, corpus)
    assert found == alone and found.labels == ("eus", "swh", "zho")
    alone.save(tmp_path / "alone")
    assert (tmp_path / "all.tokens").read_bytes() == (tmp_path / "alone").read_bytes()
    assert len(list((tmp_path / "counts").glob("*.tokens"))) == TASKS


def test_a_run_that_is_not_whole_is_refused(tmp_path, sample_model, corpus):
    counting(tmp_path, sample_model, corpus).run()
    folder = get_datafolder(str(tmp_path / "counts"))
    names = sorted(str(path) for path in corpus.iterdir())
    whole = added_counts(folder, TASKS, names)

    def refused(message: str, tasks: int = TASKS, inputs=None) -> None:
        with pytest.raises(PolyvocabError, match=message):
            added_counts(folder, tasks, inputs)

    refused("task 0 was one of 4, not of 3", tasks=3)
    refused("1 files are not counted: .*absent.jsonl", inputs=[*names, str(corpus / "absent.jsonl")])
    refused("1 files are counted, but no input: ", inputs=names[1:])
    # Resumed with more tasks: datatrove takes the first four for done.
    counting(tmp_path, sample_model, corpus, tasks=6).run()
    refused("task 0 was one of 4, not of 6", tasks=6)
    refused("task 4 was one of 6, not of 4")
    for rank in (4, 5):
        (tmp_path / "counts" / f"{rank:05d}.json").unlink()
    assert added_counts(folder, TASKS) == whole

    manifest, counts = tmp_path / "counts" / "00001.json", tmp_path / "counts" / "00001.tokens"
    text, data = manifest.read_text(), counts.read_bytes()
    counts.write_bytes(data[:-8] + b"\1" * 8)
    refused("00001.tokens: is not what its manifest says; run task 1 again")
    counts.unlink()
    refused("00001.tokens: is absent")
    counts.write_bytes(data)
    content = json.loads(text)
    content["inputs"] = json.loads((tmp_path / "counts" / "00000.json").read_text())["inputs"]
    manifest.write_text(json.dumps(content))
    refused("was counted by the tasks 0 and 1")
    manifest.write_text(text[:-4])
    refused("00001.json: is not JSON")
    manifest.write_text("{}")
    refused("00001.json: is no manifest of counts")
    manifest.unlink()
    refused(r"1 of 4 tasks are absent \(1\); run them first")
    with pytest.raises(PolyvocabError, match="by one task, not by 2"):
        list(AddTokenCounts(str(tmp_path / "counts"), "out", tasks=4).run(None, 0, 2))


def test_documents_go_on_unchanged(tmp_path, sample_model):
    documents = [Document(text="Habari ya dunia", id=str(i), metadata={}) for i in range(3)]
    step = CountTokens(str(sample_model), str(tmp_path), label="sw")
    assert list(step.run(iter(documents), 0, 1)) == documents
    assert added_counts(get_datafolder(str(tmp_path)), 1) == count_tokens(sample_model, {"sw": ["Habari ya dunia"] * 3})
