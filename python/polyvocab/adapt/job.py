"""What a job is asked to do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, get_args

from .. import methods
from ..errors import PolyvocabError
from ..train import Schedule


@dataclass(frozen=True)
class Job:
    """The settings of one adaptation.

    `source`: a model directory or a name on the hub. `corpus`: files of the target language. Exactly one of `tokenizer`
    (a directory or name) and `vocab_size` (train one of the source's family on the corpus). `method` makes the model
    that is written; `compare` are methods that the report sets beside it, trained in the same way. `romanize`: all text,
    that of the evaluation too, is romanized first, and the tokenizer that is written declares it.
    """

    source: str
    corpus: tuple[str, ...]
    out: str
    tokenizer: str | None = None
    vocab_size: int | None = None
    method: str = "focus"
    compare: tuple[str, ...] = ()
    text_field: str = "text"  # the JSON field or the column that holds the text
    romanize: bool = False
    romanize_lang: str | None = None  # ISO 639-3 code, for the rules of one language
    # training
    steps: int = 0
    schedule: Schedule = "embeddings_first"  # which parameters learn when: see train.schedule
    lora: int | None = None  # the body learns through an adapter of this rank, which is kept beside the merged model
    embeddings_share: float = 0.2  # of the steps, for the vocabulary alone (embeddings_first)
    embeddings_rate: float = 1e-3
    rate: float = 2e-4
    block: int = 512  # tokens of a training block, at most what the model takes
    batch: int = 16
    accumulate: int = 1
    bf16: bool = False
    save_every: int = 100
    # evaluation
    evaluate: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # {name: files}; "target" replaces held-out text
    evaluate_bytes: int = 100_000  # of each text
    evaluate_spans: int = 2000  # masked models: spans of each text
    context_bytes: int = 1024  # causal models: what the model sees; masked models: a quarter of it on each side
    # methods
    vector_settings: Mapping[str, Any] = field(default_factory=dict)  # for methods that train auxiliary vectors
    pad_to_multiple_of: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if (self.tokenizer is None) == (self.vocab_size is None):
            raise PolyvocabError("give either a tokenizer or a vocabulary size to train one")
        for method in self.arms:
            if method not in methods.names():
                raise PolyvocabError(f"unknown method {method!r}: use one of {', '.join(methods.names())}")
        least = {
            "steps": 0,
            "batch": 1,
            "accumulate": 1,
            "block": 8,
            "save_every": 1,
            "evaluate_bytes": 1,
            "evaluate_spans": 1,
            "context_bytes": 16,
        }
        for name, value in {**least, "vocab_size": 1, "pad_to_multiple_of": 1, "lora": 1}.items():
            if (given := getattr(self, name)) is not None and given < value:
                raise PolyvocabError(f"{name} is {given}: it must be at least {value}")
        if self.schedule not in get_args(Schedule):
            raise PolyvocabError(f"schedule {self.schedule!r}: use one of {', '.join(get_args(Schedule))}")
        if self.lora is not None and self.schedule == "new_rows":
            raise PolyvocabError("lora: the schedule new_rows leaves the body as it is, so an adapter would learn nothing")
        if not 0.0 <= self.embeddings_share <= 1.0:
            raise PolyvocabError(f"embeddings_share is {self.embeddings_share}: use a share between 0 and 1")
        if self.romanize_lang is not None and not self.romanize:
            raise PolyvocabError(f"romanize_lang is {self.romanize_lang!r}, but the text is not romanized: ask for that too")
        if not self.corpus:
            raise PolyvocabError("a corpus is needed: text files of the target language")

    @property
    def arms(self) -> tuple[str, ...]:
        """The methods, the one that is written first."""
        return (self.method, *(m for m in self.compare if m != self.method))

    @property
    def work(self) -> Path:
        """Where unfinished work lies: beside the output, so that it can be renamed into place."""
        out = Path(self.out)
        return out.with_name(out.name + ".work")

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def fingerprint(self) -> str:
        """What decides the result: every setting but where it is written, and the state of the input files."""
        settings = {k: v for k, v in self.as_dict().items() if k not in ("out", "save_every")}
        texts = [*self.corpus, *(f for names in self.evaluate.values() for f in names)]
        content = [(f, _content_hash(Path(f))) for f in texts if Path(f).is_file()]
        models = [p for name in (self.source, self.tokenizer) if name and Path(name).is_dir() for p in Path(name).iterdir()]
        state = [(str(p), p.stat().st_size, p.stat().st_mtime_ns) for p in sorted(models) if p.is_file()]
        return hashlib.sha256(json.dumps([settings, content, state], sort_keys=True).encode()).hexdigest()


def _content_hash(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
