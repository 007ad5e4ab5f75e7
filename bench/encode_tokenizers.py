"""The tokenizers of the benchmarks, each as a `tokenizer.json` beside the file it was published as.

A `tokenizer.json` is made where only another format is published, by the converters of transformers, and kept in the cache
folder. Two things differ from what the converters do when left alone:

- The merges of a SentencePiece BPE model are ordered by the scores of its pieces, as in the published `tokenizer.json` files.
  `LlamaTokenizer.from_pretrained` on a bare `tokenizer.model` orders them by id, and that is another tokenizer: the runs of
  spaces have low ids and the lowest scores.
- The rank files are read here, so that the conversion does not need tiktoken.

Kinds of file, by key: `json` (tokenizers), `model` (SentencePiece), `tiktoken` (ranks; with the `encoding` they belong to, its
split `pattern` and the token `added` after the ranks), `vocab` (WordPiece). `shift` is what is added to a SentencePiece id to
get the id of the `tokenizer.json`.
"""

from __future__ import annotations

import base64
import json
import shutil
import tempfile
from pathlib import Path

GPT2 = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
CL100K = (
    r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"""
    r"""|\s*[\r\n]+|\s+(?!\S)|\s+"""
)
O200K = (
    r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"""
    r"""|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"""
    r"""|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"""
)

TOKENIZERS = {
    "gpt2": {
        "json": "gpt2/tokenizer.json",
        "tiktoken": "r50k_base/r50k_base.tiktoken",
        "encoding": "r50k_base",
        "pattern": GPT2,
    },
    "cl100k": {
        "tiktoken": "cl100k_base/cl100k_base.tiktoken",
        "encoding": "cl100k_base",
        "pattern": CL100K,
        "added": {},
    },
    "o200k": {
        "tiktoken": "o200k_base/o200k_base.tiktoken",
        "encoding": "o200k_base",
        "pattern": O200K,
        "added": {"<|endoftext|>": 199999},
    },
    "llama3": {
        "tiktoken": "llama3/tokenizer.model",
        "encoding": "llama3",
        "pattern": CL100K,
        "added": {"<|begin_of_text|>": 128000, "<|end_of_text|>": 128001},
    },
    "llama2": {"model": "llama2/tokenizer.model"},
    "t5": {"model": "t5/spiece.model"},
    "xlmr": {"model": "xlm-roberta/sentencepiece.rebuilt.model", "shift": 1},
    "bert": {"vocab": "bert-base-uncased/vocab.txt"},
}


def tokenizer_files(name: str, shared: Path, cache: Path) -> dict:
    """The files of one tokenizer with absolute paths; its `tokenizer.json` is made where it is missing."""
    files = dict(TOKENIZERS[name])
    for kind in ("json", "tiktoken", "model", "vocab"):
        if kind in files:
            files[kind] = str((shared / "tokenizers" / files[kind]).resolve(strict=True))
    if "json" not in files:
        made = cache / f"{name}.json"
        if not made.is_file():
            cache.mkdir(parents=True, exist_ok=True)
            _CONVERT.get(name, _convert_ranks)(files).save(str(made), pretty=False)
        files["json"] = str(made.resolve())
    return files


def read_ranks(path: str | Path) -> dict[bytes, int]:
    """The lines of a rank file: a token in base64, a space, its rank."""
    lines = (line.split() for line in Path(path).read_bytes().splitlines() if line)
    return {base64.b64decode(token): int(rank) for token, rank in lines}


def _convert_ranks(files: dict):
    from tokenizers import AddedToken
    from transformers.convert_slow_tokenizer import TikTokenConverter

    class Converter(TikTokenConverter):
        load_tiktoken_bpe = staticmethod(read_ranks)

    tokenizer = Converter(vocab_file=files["tiktoken"], pattern=files["pattern"]).converted()
    added = {k: v for k, v in files["added"].items() if v == tokenizer.get_vocab_size(with_added_tokens=True)}
    for content in added:  # a token whose id is not the next one cannot be added; no benchmark text contains any
        tokenizer.add_special_tokens([AddedToken(content, normalized=False, special=True)])
    return tokenizer


def _convert_llama2(files: dict):
    from sentencepiece import sentencepiece_model_pb2
    from tokenizers import Tokenizer, decoders, models, normalizers, processors
    from transformers.tokenization_utils_base import generate_merges

    proto = sentencepiece_model_pb2.ModelProto.FromString(Path(files["model"]).read_bytes())
    vocabulary = {p.piece: i for i, p in enumerate(proto.pieces)}
    merges = generate_merges(vocabulary, [(p.piece, p.score) for p in proto.pieces])
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", 1)]
    )
    tokenizer.add_special_tokens([p.piece for p in proto.pieces if p.type in (p.UNKNOWN, p.CONTROL)])
    return tokenizer


def _convert_with(class_name: str, kind: str, file_name: str):
    """A converter that lets a tokenizer class of transformers read the file under the name it expects."""

    def convert(files: dict):
        import transformers

        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(files[kind], Path(folder) / file_name)
            return getattr(transformers, class_name).from_pretrained(folder).backend_tokenizer

    return convert


_CONVERT = {
    "llama2": _convert_llama2,
    "t5": _convert_with("T5Tokenizer", "model", "spiece.model"),
    "xlmr": _convert_with("XLMRobertaTokenizer", "model", "sentencepiece.bpe.model"),
    "bert": _convert_with("BertTokenizer", "vocab", "vocab.txt"),
}


def describe(path: str | Path) -> str:
    """One line on what a `tokenizer.json` holds."""
    data = json.loads(Path(path).read_text("utf-8"))
    kinds = ((data[part] or {}).get("type", "none") for part in ("normalizer", "pre_tokenizer"))
    return f"{data['model'].get('type', 'model without a type')}, {len(data['model']['vocab']):,} tokens, {', '.join(kinds)}"
