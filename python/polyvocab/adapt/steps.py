"""The steps of the job. Each leaves a directory in the work folder that is whole or absent, so a killed job goes on
where it was."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import methods, surgery, train
from ..atomic import atomic_directory, refuse_existing, write_file
from ..corpus import Corpus, held_out
from ..errors import PolyvocabError, require
from ..formats import text_steps as text_steps_file
from ..formats.directory import TokenizerFiles
from ..integrations.transformers import declared_steps, load_tokenizer, save_tokenizer, train_like
from ..transfer import TokenizerTransfer
from . import text
from .job import Job

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase


_OTHER_FORMATS = ["*.bin", "*.pt", "*.h5", "*.msgpack", "*.onnx", "*.gguf", "onnx/*", "openvino/*"]  # not downloaded


@dataclass(frozen=True)
class Steps:
    """The steps of one job over its work folder."""

    job: Job
    progress: bool = True

    def is_finished(self) -> bool:
        """Whether the output is in place, and only the work folder of this job is still there."""
        record = self.job.work / "job.json"
        return (Path(self.job.out) / "report.json").is_file() and record.is_file() and self._is_mine(record)

    def _is_mine(self, record: Path) -> bool:
        return json.loads(record.read_text("utf-8"))["fingerprint"] == self.job.fingerprint()

    def begin(self) -> None:
        """Claim the work folder, or refuse one that belongs to another job."""
        record = self.job.work / "job.json"
        if record.is_file():
            if not self._is_mine(record):
                raise PolyvocabError(
                    f"{self.job.work}: holds the unfinished work of other settings or other text; remove it, or run "
                    "that command again to finish it"
                )
            return
        self.job.work.mkdir(parents=True, exist_ok=True)
        content = {"fingerprint": self.job.fingerprint(), "job": self.job.as_dict()}
        write_file(record, json.dumps(content, indent=1).encode())

    def _once(self, name: str, make: Callable[[Path], None]) -> Path:
        """The directory `name` of the work folder, made if it is not there."""
        target = self.job.work / name
        if not target.is_dir():
            with atomic_directory(target) as folder:
                make(folder)
        return target

    # -- text --------------------------------------------------------------------------------------------------------

    @cached_property
    def text_steps(self) -> tuple[Mapping[str, Any], ...]:
        """What is done to all text first, as the target tokenizer declares it."""
        ready = () if self.job.tokenizer is None else declared_steps(self.job.tokenizer)
        return text.steps_of(self.job, declared_steps(self.source), ready)

    def _corpus_of(self, name: str, files: Sequence[str]) -> Corpus:
        """The text of files after the text steps; `name` is that of its folder, where there are steps."""
        corpus = Corpus([Path(f) for f in files], field=self.job.text_field)
        if not self.text_steps:
            return corpus
        folder = self._once(name, lambda folder: text.write_documents(corpus, self.text_steps, folder))
        return Corpus(folder / text.FILE)

    @cached_property
    def corpus(self) -> Corpus:
        return self._corpus_of("corpus-text", self.job.corpus)

    @cached_property
    def evaluation(self) -> dict[str, list[str]]:
        """Evaluation texts by name; "target" is given, or held out from the corpus."""
        texts = {
            name: _limited(self._corpus_of(f"evaluation-{n}-text", files), self.job.evaluate_bytes)
            for n, (name, files) in enumerate(self.job.evaluate.items())
        }
        if "target" not in texts:
            texts = {"target": held_out(self.corpus, limit_bytes=self.job.evaluate_bytes), **texts}
        if not texts["target"] and "target" not in self.job.evaluate:
            raise PolyvocabError("the corpus is too small to hold text out for evaluation; give --eval target=FILE")
        for name, documents in texts.items():
            if not any(document.strip() for document in documents):
                raise PolyvocabError(f"--eval {name}: its files hold no text")
        return texts

    @cached_property
    def training_corpus(self) -> Corpus:
        return self.corpus.without(document for texts in self.evaluation.values() for document in texts)

    # -- tokenizers --------------------------------------------------------------------------------------------------

    @cached_property
    def source(self) -> Path:
        """The source checkpoint as a local directory with a tokenizer.json."""
        path = Path(self.job.source)
        if not path.is_dir():
            import huggingface_hub

            try:
                path = Path(huggingface_hub.snapshot_download(self.job.source, ignore_patterns=_OTHER_FORMATS))
            except Exception as error:
                raise PolyvocabError(f"{self.job.source}: neither a directory nor a model of the hub: {error}") from error
        return path

    @property
    def source_folder(self) -> Path:
        """The source tokenizer with a tokenizer.json, made if it is not there."""
        return self._once("source-tokenizer", lambda folder: save_tokenizer(self.source, folder))

    @property
    def target_folder(self) -> Path:
        """The target tokenizer, made if it is not there."""
        return self._once("target-tokenizer", self._make_tokenizer)

    @cached_property
    def source_tokenizer(self) -> PreTrainedTokenizerBase:
        return load_tokenizer(self.source_folder)

    @cached_property
    def target_tokenizer(self) -> PreTrainedTokenizerBase:
        return load_tokenizer(self.target_folder)

    def _make_tokenizer(self, folder: Path) -> None:
        if self.job.tokenizer is not None:
            save_tokenizer(self.job.tokenizer, folder)
        else:
            new = train_like(self.source_tokenizer, self.training_corpus.batches(), self.job.vocab_size)
            new.save_pretrained(folder)
        if self.text_steps:
            write_file(folder / text_steps_file.NAME, text_steps_file.dump(self.text_steps))

    # -- one arm -----------------------------------------------------------------------------------------------------

    def transfer(self, method: str) -> TokenizerTransfer:
        """The transfer of one method, saved and loaded."""

        def make(folder: Path) -> None:
            source = TokenizerFiles.from_directory(self.source_folder)
            options, known = {}, methods.options_of(method)
            if "untrained" in known:
                options["untrained"] = surgery.untrained_tokens(self._source_checkpoint(), len(source.vocabulary))
            if "matrices" in known:
                options["matrices"] = surgery.read_matrices(self._source_checkpoint(), len(source.vocabulary))
            if method == "focus":
                options |= {
                    "vector_settings": {**self.job.vector_settings, "cache": self.job.work / "vectors"},
                    "progress": self.progress,
                }
            begin = time.perf_counter()
            made = methods.initialize(
                method,
                source,
                TokenizerFiles.from_directory(self.target_folder),
                corpus=self.training_corpus,
                seed=self.job.seed,
                **options,
            )
            made.save_pretrained(folder / "transfer")
            (folder / "seconds").write_text(str(time.perf_counter() - begin))

        return TokenizerTransfer.from_pretrained(self._once(f"{method}-transfer", make) / "transfer")

    def initial(self, method: str) -> Path:
        """The checkpoint at step 0."""
        transfer = self.transfer(method)

        def make(folder: Path) -> None:
            surgery.apply_to_checkpoint(
                transfer, self._source_checkpoint(), folder / "model", pad_to_multiple_of=self.job.pad_to_multiple_of
            )

        return self._once(f"{method}-initial", make) / "model"

    def _source_checkpoint(self) -> Path:
        """The source with a tokenizer.json of its own: what transfers are checked against."""
        if (self.source / "tokenizer.json").is_file():
            return self.source

        def make(folder: Path) -> None:
            for path in self.source.iterdir():
                if path.is_file():
                    (folder / path.name).symlink_to(path.resolve())
            for path in self.source_folder.iterdir():
                (folder / path.name).unlink(missing_ok=True)
                shutil.copy2(path, folder / path.name)

        return self._once("source-checkpoint", make)

    def trained(self, method: str) -> Path:
        """The checkpoint after training, with its loss curve in losses.json."""
        initial = self.initial(method)
        if self.job.steps == 0:
            return initial
        target = self.job.work / f"{method}-trained"
        if target.is_dir():
            return target
        model, tokenizer = load_model(initial), self.target_tokenizer
        objective = train.objective_of(model.config)
        head = model.get_output_embeddings()
        stages = train.schedule(
            self.job.schedule,
            self.job.steps,
            tied=head is not None and head.weight is model.get_input_embeddings().weight,
            share=self.job.embeddings_share,
            embeddings_rate=self.job.embeddings_rate,
            rate=self.job.rate,
        )
        new_rows = train.new_rows(self.transfer(method))
        learned = None if any("all" in (stage.input, stage.output) for stage in stages) else new_rows
        per_step = self.job.batch * self.job.accumulate * world_size()
        block = min(self.job.block, longest_input(model.config))
        data = train.blocks(self.training_corpus, tokenizer, block, objective, self.job.steps * per_step, self.job.seed)
        adapted = None if self.job.lora is None else train.add_adapter(model, self.job.lora, seed=self.job.seed)
        curve, done = [], 0
        begin = time.perf_counter()
        for stage in stages:
            points = train.run_stage(
                model,
                tokenizer,
                data,
                stage,
                objective,
                self.job.work / f"{method}-stage-{stage.name}",
                new_rows=new_rows,
                first=done * per_step,
                batch_size=self.job.batch,
                accumulate=self.job.accumulate,
                bf16=self.job.bf16,
                seed=self.job.seed,
                save_every=self.job.save_every,
                log_every=max(1, self.job.steps // 50),
                progress=self.progress,
            )
            curve += [{"step": done + p.step, "loss": p.loss, "stage": stage.name} for p in points]
            done += stage.steps
        if is_main_process():
            with atomic_directory(target) as folder:
                shutil.copytree(initial, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.safetensors*"))
                if adapted is not None:
                    train.save_adapter(adapted, self.transfer(method), folder / "adapter", rows=learned)
                    model = adapted.merge_and_unload()
                model.save_pretrained(folder)
                losses = {"curve": curve, "seconds": time.perf_counter() - begin, "blocks": len(data), "block": block}
                write_file(self.job.work / f"{method}-losses.json", json.dumps(losses).encode())
        wait_for_everyone()
        return target

    def losses(self, method: str) -> dict[str, Any]:
        """The loss curve and the seconds of the training, where there was one."""
        path = self.job.work / f"{method}-losses.json"
        return json.loads(path.read_text("utf-8")) if path.is_file() else {"curve": [], "seconds": 0.0}

    def transfer_seconds(self, method: str) -> float:
        return float((self.job.work / f"{method}-transfer" / "seconds").read_text())

    def check(self) -> None:
        """Refuse before the long work what cannot succeed after it."""
        refuse_existing(Path(self.job.out))
        require("matplotlib", "plot", "the report")
        if self.job.steps:
            require("accelerate", "train", "training")
            if self.job.lora is not None:
                require("peft", "lora", "training an adapter")
        if "focus" in self.job.arms and self.job.vector_settings.get("trainer") == "gensim":
            require("gensim", "vectors", "training auxiliary vectors with gensim")
        import transformers

        try:
            config = transformers.AutoConfig.from_pretrained(self.source)
        except Exception as error:
            raise PolyvocabError(f"{self.source}: has no readable config.json: {error}") from error
        train.objective_of(config)
        _ = self.text_steps  # raises where source, tokenizer and job do not go together


def load_config(path: Path) -> PretrainedConfig:
    """The configuration of a checkpoint."""
    import transformers

    return transformers.AutoConfig.from_pretrained(path)


def load_model(path: Path, half: bool = False) -> PreTrainedModel:
    """The checkpoint as its architecture says, in float32 (or bfloat16), in evaluation mode."""
    import torch
    import transformers

    names = load_config(path).architectures or ["?"]
    model_class = getattr(transformers, names[0], None)
    if model_class is None:
        raise PolyvocabError(f"{path}: config.json names the architecture {names[0]}, which transformers does not have")
    model = model_class.from_pretrained(path, dtype=torch.bfloat16 if half else torch.float32)
    return model.to("cuda" if torch.cuda.is_available() else "cpu").eval()


# Positions of these start after the padding id, so that fewer of them are left for tokens.
_SHIFTED_POSITIONS = frozenset({"roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "longformer", "mpnet", "esm"})


def longest_input(config: PretrainedConfig) -> int:
    """Tokens that the model takes, special tokens included."""
    limit = getattr(config.get_text_config(), "max_position_embeddings", None) or 1 << 30
    return limit - (config.pad_token_id or 0) - 1 if config.model_type in _SHIFTED_POSITIONS else limit


def world_size() -> int:
    import torch.distributed as distributed

    return distributed.get_world_size() if distributed.is_available() and distributed.is_initialized() else 1


def is_main_process() -> bool:
    import torch.distributed as distributed

    return world_size() == 1 or distributed.get_rank() == 0


def wait_for_everyone() -> None:
    import torch.distributed as distributed

    if world_size() > 1:
        distributed.barrier()


def _limited(corpus: Corpus, limit: int) -> list[str]:
    documents, size = [], 0
    for document in corpus:
        size += len(document.encode("utf-8", "surrogatepass"))
        if documents and size > limit:
            break
        documents.append(document)
    return documents
