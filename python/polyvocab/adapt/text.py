"""The text of the job: which steps it goes through, and its files after them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..corpus import Corpus
from ..errors import PolyvocabError
from ..romanize.text_steps import TextSteps, describe, romanize_step
from .job import Job

Steps = tuple[Mapping[str, Any], ...]
FILE = "text.jsonl"


def steps_of(job: Job, source: Steps, tokenizer: Steps) -> Steps:
    """What is done to all text of the job. `source` and `tokenizer`: what the source's tokenizer and a ready one declare.

    Raises `PolyvocabError` where the job asks for other text than they need: the rows of a model belong to text of one kind.
    """
    named = {"source": (job.source, source), "tokenizer": (job.tokenizer, tokenizer)}
    declaring = [name for name, (_, steps) in named.items() if steps]
    if not job.romanize:
        for name in declaring:
            place, steps = named[name]
            raise PolyvocabError(
                f"{place}: the {name} is for text with the steps {describe(steps)}: give --romanize, or a copy without its "
                "text_steps.json"
            )
        return ()
    if not declaring:
        return (romanize_step(job.romanize_lang),)
    place, steps = named[declaring[-1]]
    if source and tokenizer and source != tokenizer:
        raise PolyvocabError(
            f"{job.source} is for text with the steps {describe(source)}, {job.tokenizer} for {describe(tokenizer)}: give a "
            "tokenizer for the same text"
        )
    if job.romanize_lang is not None and any(step.get("lang") != job.romanize_lang for step in steps):
        raise PolyvocabError(
            f"{place}: is for text with the steps {describe(steps)}, not for --romanize-lang {job.romanize_lang}"
        )
    if source != tokenizer and any(step.get("mark") is not None for step in steps):
        raise PolyvocabError(
            f"{place}: is for text with the steps {describe(steps)}: marks are for the model and the tokenizer that were made "
            "for them; give one directory as both"
        )
    TextSteps(steps, where=place)  # refuses what is not known
    return steps


def write_documents(corpus: Corpus, steps: Steps, folder: Path) -> None:
    """The documents of a corpus after the steps, as the file `FILE` of a folder."""
    done = TextSteps(steps)
    with open(folder / FILE, "w", encoding="utf-8") as file:
        for batch in corpus.batches():
            file.writelines(json.dumps({"text": text}) + "\n" for text in done.batch(batch))
