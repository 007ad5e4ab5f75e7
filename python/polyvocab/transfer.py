"""`TokenizerTransfer`: the one object that everything which changes a vocabulary returns."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ._version import __version__
from .atomic import atomic_directory
from .errors import FormatError, RecipeError, TransferError, require
from .formats.directory import TokenizerFiles
from .formats.safetensors import load_arrays, save_arrays
from .recipe import Csr, Fill, Given, Origin, RowRecipe

FORMAT_VERSION = 1
_DOCUMENT, _ARRAYS, _TOKENIZER = "transfer.json", "recipes.safetensors", "tokenizer"


@dataclass(frozen=True)
class SourceTokenizer:
    """What a transfer must know of the tokenizer that it starts from."""

    fingerprint: str
    size: int  # the token count
    roles: Mapping[str, int] = field(default_factory=dict)  # {"bos_token": 0, ...}
    text_steps: tuple[Mapping[str, Any], ...] = ()  # what its own text needs
    file_hash: str = field(default="", compare=False)  # SHA-256 of the file that defines it: the same file needs no look inside

    @classmethod
    def of(cls, files: TokenizerFiles) -> SourceTokenizer:
        file_hash = hashlib.sha256(files.files[files.defining_file]).hexdigest()
        return cls(files.vocabulary.fingerprint, len(files.vocabulary), dict(files.role_ids), files.text_steps, file_hash)


@dataclass(frozen=True)
class Tying:
    """What becomes of tied input and output matrices.

    `keep`: as the model has it; refused where a tied model would need two recipes. `untie`: the output gets a matrix
    of its own, with the logit scale that the architecture applies only when tied folded in. `join(a, b)`: an untied
    model becomes tied, row = a * input + b * output.
    """

    kind: Literal["keep", "untie", "join"] = "keep"
    a: float = 0.0
    b: float = 0.0

    @classmethod
    def join(cls, a: float, b: float) -> Tying:
        return cls("join", a, b)

    def __post_init__(self) -> None:
        if self.kind not in ("keep", "untie", "join"):
            raise TransferError(f"tying {self.kind!r}: use keep, untie or join")

    def then(self, other: Tying) -> Tying:
        if other.kind == "keep" or self == other == UNTIE:
            return self
        if self.kind == "keep":
            return other
        raise TransferError(f"tying '{self.kind}' and then '{other.kind}' is no single change: apply them one by one")


KEEP, UNTIE = Tying("keep"), Tying("untie")


@dataclass(frozen=True)
class TokenizerTransfer:
    """An immutable change of vocabulary: from a source tokenizer to a target tokenizer, with a recipe for every row.

    `output` is None where the output matrix follows the input's recipe. `derived_from` holds the hash of each matrix
    ("input", "output") that the recipe was computed from; other matrices are refused.

    `text_steps` are declared changes of the text before it is tokenized (romanization, say), beyond those that the source's
    text needs: a vocabulary alone is no tokenizer. The target's files say all that its text needs: what is declared here is
    written into them, after the steps of the source; where nothing is declared, what they have beyond the source's is it.
    """

    source: SourceTokenizer
    target: TokenizerFiles
    input: RowRecipe
    output: RowRecipe | None = None
    tying: Tying = KEEP
    text_steps: tuple[Mapping[str, Any], ...] = ()
    provenance: tuple[Mapping[str, Any], ...] = ()
    derived_from: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, recipe in (("input", self.input), ("output", self.output)):
            if recipe is None:
                continue
            if recipe.n_source != self.source.size:
                raise TransferError(f"the {name} recipe reads {recipe.n_source} rows, the source has {self.source.size}")
            if len(recipe) != len(self.target.vocabulary):
                raise TransferError(
                    f"the {name} recipe makes {len(recipe)} rows, the target has {len(self.target.vocabulary)} tokens"
                )
        for name in ("text_steps", "provenance"):  # as JSON keeps them: what is saved reads back equal
            object.__setattr__(self, name, tuple(json.loads(json.dumps([dict(s) for s in getattr(self, name)]))))
        if self.text_steps:
            needed = (*self.source.text_steps, *self.text_steps)
            if self.target.text_steps != needed:
                object.__setattr__(self, "target", self.target.with_text_steps(needed))
        else:
            object.__setattr__(self, "text_steps", _beyond(self.source.text_steps, self.target.text_steps))
        if self.output == self.input:
            object.__setattr__(self, "output", None)

    @classmethod
    def identity(cls, files: TokenizerFiles) -> TokenizerTransfer:
        """The same tokenizer, every row its own copy."""
        return cls(SourceTokenizer.of(files), files, RowRecipe.identity(len(files.vocabulary)))

    @property
    def output_or_input(self) -> RowRecipe:
        return self.input if self.output is None else self.output

    def then(self, other: TokenizerTransfer) -> TokenizerTransfer:
        """This change and then `other`, as one. Raises where `other` does not start from this target tokenizer."""
        if other.source.fingerprint != self.target.vocabulary.fingerprint:
            raise TransferError(
                f"the second transfer starts from another tokenizer ({other.source.size} tokens, "
                f"{other.source.fingerprint[:12]}) than the first ends at ({len(self.target.vocabulary)} tokens, "
                f"{self.target.vocabulary.fingerprint[:12]})"
            )
        if other.derived_from:
            raise TransferError(
                "the second transfer was derived from the weights of the first one's result, which a composition does "
                "not see: apply the first, then the second"
            )
        if self.tying.kind == "join" and other.output is not None:
            raise TransferError("the first transfer ties the matrices, the second has two recipes: apply them one by one")
        both_one = self.output is None and other.output is None
        target = other.target.with_text_steps(self._steps_with(other))
        return TokenizerTransfer(
            source=self.source,
            target=target,
            input=self._compose("input", self.input, other.input, other.target),
            output=None if both_one else self._compose("output", self.output_or_input, other.output_or_input, other.target),
            tying=self.tying.then(other.tying),
            provenance=self.provenance + other.provenance,
            derived_from=self.derived_from,
        )

    def _steps_with(self, other: TokenizerTransfer) -> tuple[Mapping[str, Any], ...]:
        """What text needs before the tokenizer that `other` ends at."""
        before = self.target.text_steps
        if other.source.text_steps == before:
            return other.target.text_steps
        if not other.source.text_steps:  # made from files that do not say what their text needs
            return before + other.text_steps
        raise TransferError(
            f"the second transfer starts from text with the steps {json.dumps(other.source.text_steps)}, the first ends at "
            f"text with {json.dumps(before)}: make the second from the first one's target"
        )

    def _compose(self, name: str, first: RowRecipe, second: RowRecipe, target: TokenizerFiles) -> RowRecipe:
        try:
            return first.then(second)
        except RecipeError as error:
            token = "" if error.row is None else f", target token {target.vocabulary.tokens[error.row]!r}"
            raise RecipeError(f"{name} recipe{token}: {error}", error.row) from error

    def new_id(self, old: int) -> int | None:
        """The target id of a source token: the row that copies it, a token of the same role before others."""
        candidates = np.flatnonzero(self.input.copied_from == old).tolist()
        roles = {role for role, i in self.source.roles.items() if i == old}
        for role, i in self.target.role_ids.items():
            if role in roles:
                return i
        return candidates[0] if candidates else None

    # -- saving ------------------------------------------------------------------------------------------------------

    def save_pretrained(self, path: str | Path) -> None:
        """Write transfer.json, recipes.safetensors and tokenizer/; read back and compared before they are in place."""
        with atomic_directory(path) as work:
            arrays = _recipe_arrays("input", self.input)
            if self.output is not None:
                arrays |= _recipe_arrays("output", self.output)
            save_arrays(work / _ARRAYS, arrays)
            (work / _TOKENIZER).mkdir()
            self.target.write(work / _TOKENIZER)
            (work / _DOCUMENT).write_text(json.dumps(self._document(), indent=1), "utf-8")
            again = TokenizerTransfer.from_pretrained(work)
            if again != self:
                raise TransferError(f"{path}: what was written does not read back as the same transfer")

    @classmethod
    def from_pretrained(cls, path: str | Path) -> TokenizerTransfer:
        """Read a directory, or a repository of the hub by its name."""
        path = Path(path) if Path(path).is_dir() else Path(_download(str(path)))
        try:
            document = json.loads((path / _DOCUMENT).read_text("utf-8"))
            arrays = load_arrays(path / _ARRAYS)
        except FileNotFoundError as error:
            raise FormatError(path, f"is no saved transfer: {Path(error.filename).name} is missing") from error
        except ValueError as error:
            raise FormatError(path / _DOCUMENT, f"is not JSON: {error}") from error
        version = document.get("format") if isinstance(document, dict) else None
        if not isinstance(version, int) or not 1 <= version <= FORMAT_VERSION:
            raise FormatError(path, f"has format {version}; this polyvocab ({__version__}) reads up to {FORMAT_VERSION}")
        try:
            return cls._from_document(document, arrays, path)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise FormatError(path / _DOCUMENT, f"is incomplete: {error!r}") from error

    @classmethod
    def _from_document(cls, document: dict[str, Any], arrays: dict[str, np.ndarray], path: Path) -> TokenizerTransfer:
        target = TokenizerFiles.from_directory(path / _TOKENIZER)
        if target.vocabulary.fingerprint != document["target"]["fingerprint"]:
            raise FormatError(path / _TOKENIZER, "is not the tokenizer that the transfer was saved with")
        recipes = {name: _recipe_from(name, meta, arrays) for name, meta in document["recipes"].items()}
        source = document["source"]
        return cls(
            source=SourceTokenizer(**{**source, "text_steps": tuple(source.get("text_steps", ()))}),
            target=target,
            input=recipes["input"],
            output=recipes.get("output"),
            tying=Tying(**document["tying"]),
            text_steps=tuple(document["text_steps"]),
            provenance=tuple(document["provenance"]),
            derived_from=document["derived_from"],
        )

    def push_to_hub(self, repo_id: str, *, private: bool = False, token: str | None = None) -> str:
        """Save and upload to a model repository of the hub; returns its URL. Needs `huggingface_hub`."""
        import tempfile

        hub = require("huggingface_hub", "models", "pushing to the hub")
        with tempfile.TemporaryDirectory() as folder:
            self.save_pretrained(Path(folder) / "transfer")
            (Path(folder) / "transfer" / "README.md").write_text(self.model_card(), "utf-8")
            api = hub.HfApi(token=token)
            url = api.create_repo(repo_id, private=private, exist_ok=True)
            api.upload_folder(repo_id=repo_id, folder_path=Path(folder) / "transfer")
        return str(url)

    def model_card(self) -> str:
        """A README.md for the hub: what the transfer is and how to apply it."""
        return (
            "---\nlibrary_name: polyvocab\ntags: [polyvocab, tokenizer-transfer]\n---\n\n# Tokenizer transfer\n\n```\n"
            f"{self.describe()}\n```\n\nApply it:\n\n```python\nfrom polyvocab import TokenizerTransfer, surgery\n"
            "transfer = TokenizerTransfer.from_pretrained(...)\nsurgery.apply_to_checkpoint(transfer, source, target)\n```\n"
        )

    def _document(self) -> dict[str, Any]:
        recipes = {"input": _recipe_meta(self.input)}
        if self.output is not None:
            recipes["output"] = _recipe_meta(self.output)
        return {
            "format": FORMAT_VERSION,
            "polyvocab": __version__,
            "source": {
                "fingerprint": self.source.fingerprint,
                "size": self.source.size,
                "roles": self.source.roles,
                "text_steps": list(self.source.text_steps),
                "file_hash": self.source.file_hash,
            },
            "target": {"fingerprint": self.target.vocabulary.fingerprint, "size": len(self.target.vocabulary)},
            "tying": {"kind": self.tying.kind, "a": self.tying.a, "b": self.tying.b},
            "text_steps": list(self.text_steps),
            "provenance": list(self.provenance),
            "derived_from": dict(self.derived_from),
            "recipes": recipes,
        }

    # -- describing --------------------------------------------------------------------------------------------------

    @property
    def nbytes(self) -> int:
        """Bytes of the recipes in memory; about what a saved transfer takes besides its tokenizer."""
        recipes = [self.input] + ([self.output] if self.output is not None else [])
        return sum(a.nbytes for r in recipes for a in _recipe_arrays("", r).values())

    def describe(self, dim: int = 768) -> str:
        """A table for people. `dim` is the width of the rows that the size is compared with, in float32."""
        given = self.input.given
        dim = given.dim if given is not None else dim
        rows_bytes = len(self.input) * dim * 4
        lines = [
            f"source     {self.source.size:,} tokens ({self.source.fingerprint[:12]})",
            f"target     {len(self.target.vocabulary):,} tokens ({self.target.vocabulary.fingerprint[:12]})",
            f"tying      {self.tying.kind}" + (f"({self.tying.a}, {self.tying.b})" if self.tying.kind == "join" else ""),
            f"size       {self.nbytes / 1e6:,.1f} MB; the rows it makes: {rows_bytes / 1e6:,.1f} MB at width {dim}",
        ]
        if holes := self.target.vocabulary.holes:
            lines.append(f"holes      {len(holes)} ids have no token: {', '.join(map(str, holes[:8]))}")
        lines += [f"text step  {json.dumps(dict(step), ensure_ascii=False)}" for step in self.text_steps]
        lines += [f"made by    {json.dumps(dict(step), ensure_ascii=False)}" for step in self.provenance]
        lines.append(f"{'rows':10} {'input':>12} {'output':>12}")
        output = self.output_or_input.counts()
        for origin in Origin:
            name = origin.name.lower()
            if name in self.input.counts() or name in output:
                lines.append(f"{name:10} {self.input.counts().get(name, 0):12,} {output.get(name, 0):12,}")
        entries = [len(r.weights.indices) / max(1, len(r)) for r in (self.input, self.output_or_input)]
        lines.append(f"{'mean nnz':10} {entries[0]:12.2f} {entries[1]:12.2f}")
        return "\n".join(lines)


def _beyond(before: tuple, after: tuple) -> tuple:
    """The steps that come after those of `before`; none where `after` does not begin with them: it is text of another kind."""
    return after[len(before) :] if after[: len(before)] == before else ()


def _recipe_arrays(prefix: str, recipe: RowRecipe) -> dict[str, np.ndarray]:
    arrays = {f"{prefix}.{name}": getattr(recipe.weights, name) for name in ("indptr", "indices", "weights")}
    arrays[f"{prefix}.indices"] = recipe.weights.indices.astype(np.int32)
    if recipe.given is not None:
        arrays |= {f"{prefix}.given.{n}": getattr(recipe.given, n) for n in ("index", "rows", "bias", "bias_mean")}
    return arrays


def _recipe_meta(recipe: RowRecipe) -> dict[str, Any]:
    policies: dict[tuple[str, int], list] = {}
    for row, fill in recipe.fills.items():
        policies.setdefault((fill.policy, fill.seed), []).append([row, fill.key])
    return {
        "n_source": recipe.n_source,
        "fills": [{"policy": p, "seed": s, "rows": rows} for (p, s), rows in policies.items()],
    }


def _recipe_from(prefix: str, meta: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> RowRecipe:
    weights = Csr(*(arrays[f"{prefix}.{name}"] for name in ("indptr", "indices", "weights")))
    given = None
    if f"{prefix}.given.index" in arrays:
        given = Given(*(arrays[f"{prefix}.given.{n}"] for n in ("index", "rows", "bias", "bias_mean")))
    fills = {row: Fill(f["policy"], f["seed"], key) for f in meta["fills"] for row, key in f["rows"]}
    return RowRecipe(weights, meta["n_source"], given, fills)


def _download(repo_id: str) -> str:
    hub = require("huggingface_hub", "models", f"'{repo_id}' is no local directory; loading it from the hub")
    try:
        return hub.snapshot_download(repo_id)
    except Exception as error:
        raise TransferError(f"{repo_id}: neither a local directory nor a repository of the hub: {error}") from error
