"""`audit`: what is wrong with the vocabulary of a model, whoever made it."""

from __future__ import annotations

from pathlib import Path

from ..errors import FormatError, PolyvocabError
from ..formats.directory import ROLE_FILES, declared_roles, tokenizer_paths
from . import model, tokens, vocabulary_files
from .finding import Finding


def audit(path: str | Path, *, original: str | Path | None = None) -> list[Finding]:
    """The defects of a model directory or of a tokenizer's, the gravest first; empty where there are none.

    Looked at are the vocabulary files (stale ones, ids that disagree), the ids in tokenizer and model settings, tokens that no
    text produces, shapes and tied matrices, and with the `original` that a model was made from also whether each row is the
    one of its token and whether the trim is proven to be exact. Raises `PolyvocabError` where there is no tokenizer.json, or
    none in the original that can be read.
    """
    path = Path(path)
    found: list[Finding] = []
    files, definition = _tokenizer(path, found)
    if definition is not None:
        added = {token.content for token in definition.added_tokens}
        found += vocabulary_files.compare(files, added)
        found += vocabulary_files.beside(path, definition, files)
        found += tokens.frame(definition, "tokenizer.json")
        found += tokens.dead(definition, "tokenizer.json")
    ids = files["tokenizer.json"].ids if "tokenizer.json" in files else {}
    checkpoint = _checkpoint(path, found)
    if checkpoint is not None:
        found += model.sizes(checkpoint, max(ids.values(), default=-1) + 1)
        found += model.ids(checkpoint, ids, _roles(path))
    if original is not None:
        unreadable: list[Finding] = []
        old_files, old_definition = _tokenizer(Path(original), unreadable)
        if old_definition is None:
            raise PolyvocabError(f"the original, {original}: {unreadable[0].problem}")
        if definition is not None:
            found += tokens.exactness(old_definition, definition, "tokenizer.json")
        old = _checkpoint(Path(original), found)
        if checkpoint is not None and old is not None:
            found += model.rows(checkpoint, old, ids, old_files["tokenizer.json"].ids)
    return sorted(found, key=lambda finding: not finding.breaks)


def _tokenizer(path: Path, found: list[Finding]):
    if not path.is_dir():
        raise PolyvocabError(f"{path}: no such directory")
    files, definition = vocabulary_files.vocabulary_files(path, found)
    if definition is None and not any(finding.where == "tokenizer.json" for finding in found):
        raise PolyvocabError(f"{path}: has no tokenizer.json to compare with; save the fast tokenizer there first")
    return files, definition


def _roles(path: Path) -> dict[str, str]:
    try:
        return declared_roles({p.name: p.read_bytes() for p in tokenizer_paths(path) if p.name in ROLE_FILES})
    except FormatError:
        return {}  # a file that cannot be read is a finding by itself


def _checkpoint(path: Path, found: list[Finding]) -> model.Checkpoint | None:
    if not (path / "config.json").is_file():
        return None
    try:
        return model.Checkpoint(path)
    except PolyvocabError as error:
        found.append(Finding("unreadable file", str(path), str(error)))
        return None
