"""The vocabularies in the files of one directory: whether they are the same, and whether their ids fit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import FormatError, PolyvocabError
from ..formats import json_scan, sentencepiece, tokenizer_json
from ..formats.definition import TokenizerDefinition
from ..formats.directory import tokenizer_paths
from .finding import Finding, examples


@dataclass(frozen=True)
class VocabularyFile:
    """The tokens that one file defines: token to id, by the file's own ids."""

    name: str
    ids: Mapping[str, int]

    @property
    def largest(self) -> int:
        return max(self.ids.values(), default=-1)


def vocabulary_files(path: Path, found: list[Finding]) -> tuple[dict[str, VocabularyFile], TokenizerDefinition | None]:
    """The vocabularies by file name, and what tokenizer.json defines. A file that cannot be read is a finding."""
    files, definition = {}, None
    for file in tokenizer_paths(path):
        try:
            if file.name == "tokenizer.json":
                definition = tokenizer_json.read_definition(file.read_bytes(), file.name)
            ids = _ids(file, definition)
        except PolyvocabError as error:
            found.append(Finding("unreadable file", file.name, str(error)))
            continue
        if ids is not None:
            files[file.name] = VocabularyFile(file.name, ids)
    return files, definition


def _ids(file: Path, definition: TokenizerDefinition | None) -> dict[str, int] | None:
    if file.name == "tokenizer.json":
        texts = definition.model.tokens.texts()
        ids = dict(zip(texts, definition.model.ids.tolist(), strict=True))
        return ids | {token.content: token.id for token in definition.added_tokens}
    if file.suffix == ".model":
        return dict(sentencepiece.read(file.read_bytes(), file.name).ids)
    if file.name == "vocab.txt":
        lines = file.read_bytes().decode("utf-8", "replace").split("\n")
        return {line.removesuffix("\r"): i for i, line in enumerate(lines[:-1] if lines[-1] == "" else lines)}
    if file.name == "vocab.json":
        return _object(file)
    return None


def _object(file: Path) -> dict:
    try:
        value = json.loads(file.read_bytes())
    except ValueError as error:
        raise FormatError(file.name, f"is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise FormatError(file.name, "is no JSON object")
    return value


def compare(files: Mapping[str, VocabularyFile], added: set[str]) -> Iterator[Finding]:
    """Files of one tokenizer must have the same tokens in the same order. `transformers` reads whichever it likes: a
    SentencePiece model or a vocab.txt that was left as it was gives ids of the old vocabulary. The ids of a SentencePiece
    model may be shifted by one number, and its special tokens stand elsewhere."""
    if "tokenizer.json" not in files:
        return
    main = files["tokenizer.json"]
    for name, other in files.items():
        if other is main:
            continue
        extra = [token for token in other.ids if token not in main.ids and token not in added]
        missing = [token for token in main.ids if token not in other.ids and token not in added]
        if extra:
            shown = examples([repr(token) for token in extra])
            problem = f"has {len(extra):,} tokens that tokenizer.json lacks ({shown}); what reads it gives ids up to "
            yield Finding("stale file", name, f"{problem}{other.largest:,}")
        if missing:
            shown = examples([repr(token) for token in missing])
            yield Finding("stale file", name, f"lacks {len(missing):,} tokens of tokenizer.json: {shown}")
        is_shifted = name.endswith(".model")
        common = [t for t in sorted(main.ids, key=main.ids.get) if t in other.ids and not (is_shifted and t in added)]
        order = [other.ids[token] for token in common]
        moved = [common[i] for i in range(1, len(order)) if order[i] < order[i - 1]]
        if moved:
            shown = examples([repr(token) for token in moved])
            yield Finding("stale file", name, f"has tokens in another order than tokenizer.json: {shown}")
        elif not extra and not missing:
            shift = other.ids[common[0]] - main.ids[common[0]] if is_shifted and common else 0
            wrong = [
                f"{t!r} is {other.ids[t]} here and {main.ids[t]} there" for t in common if other.ids[t] - main.ids[t] != shift
            ]
            if wrong:
                problem = f"gives {len(wrong):,} tokens other ids than tokenizer.json: "
                yield Finding("wrong id", name, problem + examples(wrong))


def beside(path: Path, definition: TokenizerDefinition, files: Mapping[str, VocabularyFile]) -> Iterator[Finding]:
    """The ids of single tokens that settings declare, against those that the vocabulary files give them."""
    ids = files["tokenizer.json"].ids
    settings: dict[str, dict[str, int]] = {}
    for name, read in (("tokenizer_config.json", _decoder_ids), ("added_tokens.json", _added_ids)):
        try:
            settings[name] = read(_object(path / name)) if (path / name).is_file() else {}
        except FormatError as error:
            yield Finding("unreadable file", name, str(error))
    for name, declared in settings.items():
        if wrong := _disagreeing(declared, ids, unknown=True):
            yield Finding("wrong id", name, f"disagrees with tokenizer.json: {examples(wrong)}")
    for name in ("vocab.txt", "vocab.json"):
        if name in files and (wrong := _disagreeing(settings.get("tokenizer_config.json", {}), files[name].ids)):
            problem = f"disagrees with {name}, so that what reads both puts the rows of other tokens: {examples(wrong)}"
            yield Finding("wrong id", "tokenizer_config.json", problem)
    if wrong := _disagreeing(_declared_added(path / "tokenizer.json"), {t.content: t.id for t in definition.added_tokens}):
        problem = f"declares ids that only readers other than `tokenizers` believe: {examples(wrong)}"
        yield Finding("wrong id", "tokenizer.json: added_tokens", problem, False)


def _disagreeing(declared: Mapping[str, int], given: Mapping[str, int], *, unknown: bool = False) -> list[str]:
    """The tokens with another id there; `unknown`: also those which are not there."""
    return [
        f"{token!r} is {i} here and {given.get(token, 'no token')} there"
        for token, i in declared.items()
        if given.get(token, None if unknown else i) != i
    ]


def _declared_added(file: Path) -> dict[str, int]:
    """The ids as they are written, which `tokenizers` replaces by the model's or the next free ones."""
    entries = json_scan.scan(file.read_bytes(), file.name).document.get("added_tokens") or []
    return {entry["content"]: entry["id"] for entry in entries}


def _decoder_ids(document: dict) -> dict[str, int]:
    """Of a tokenizer_config.json."""
    entries = document.get("added_tokens_decoder") or {}
    return {e["content"]: int(i) for i, e in entries.items() if i.isdecimal() and isinstance(e, dict) and "content" in e}


def _added_ids(document: dict) -> dict[str, int]:
    """Of an added_tokens.json."""
    return {token: i for token, i in document.items() if isinstance(i, int)}
