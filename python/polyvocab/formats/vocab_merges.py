"""vocab.json and merges.txt: byte pair encoding as GPT-2, Qwen2, CLIP and the first GPT have it.

The two files say nothing of how text is split; that stands in the program, under the name of the family. What is made
here is what the classes of `transformers` make.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import FormatError
from .added_tokens import with_final_ids
from .definition import AddedToken, Bpe, Strings, TokenizerDefinition
from .json_models import require_one_token_per_id
from .json_scan import resolve_merges, scan_vocabulary
from .tokenizer_config import TokenizerConfig, read_config
from .vocab_txt import bert_normalizer

_END = "<|endoftext|>"
QWEN2_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_CLIP_PATTERN = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def byte_level(add_prefix_space: bool, use_regex: bool = True) -> dict[str, Any]:
    return {"type": "ByteLevel", "add_prefix_space": add_prefix_space, "trim_offsets": True, "use_regex": use_regex}


def split(pattern: str, behavior: str, invert: bool) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": behavior, "invert": invert}


def sequence(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Sequence", "pretokenizers": list(parts)}


@dataclass(frozen=True)
class Family:
    """A tokenizer class: its special tokens by role, its components, and what ends a word."""

    roles: Mapping[str, str]
    normalizer: dict[str, Any] | None
    pre_tokenizer: Callable[[bool], dict[str, Any]]  # from add_prefix_space
    decoder: dict[str, Any]
    suffix: str = ""
    names_unk: bool = False  # the model knows its unknown token
    is_roberta: bool = False  # texts stand between bos and eos


_CLIP_NORMALIZERS = [
    {"type": "NFC"},
    {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "},
    {"type": "Lowercase"},
]

FAMILIES = {
    "gpt2": Family(
        roles={"unk_token": _END, "bos_token": _END, "eos_token": _END},
        normalizer=None,
        pre_tokenizer=lambda prefix: byte_level(prefix),
        decoder=byte_level(True),
    ),
    "qwen2": Family(
        roles={"unk_token": _END, "eos_token": _END, "pad_token": _END},
        normalizer={"type": "NFC"},
        pre_tokenizer=lambda prefix: sequence(split(QWEN2_PATTERN, "Isolated", False), byte_level(prefix, False)),
        decoder=byte_level(True),
    ),
    "clip": Family(
        roles={"unk_token": _END, "bos_token": "<|startoftext|>", "eos_token": _END, "pad_token": _END},
        normalizer={"type": "Sequence", "normalizers": _CLIP_NORMALIZERS},
        pre_tokenizer=lambda prefix: sequence(split(_CLIP_PATTERN, "Removed", True), byte_level(False)),
        decoder=byte_level(True),
        suffix="</w>",
        names_unk=True,
        is_roberta=True,
    ),
    "openai-gpt": Family(
        roles={"unk_token": "<unk>"},
        normalizer=bert_normalizer(lowercase=True),
        pre_tokenizer=lambda prefix: {"type": "BertPreTokenizer"},
        decoder={"type": "BPEDecoder", "suffix": "</w>"},
        suffix="</w>",
        names_unk=True,
    ),
}
_CLASSES = {"GPT2Tokenizer": "gpt2", "Qwen2Tokenizer": "qwen2", "CLIPTokenizer": "clip", "OpenAIGPTTokenizer": "openai-gpt"}


def read_definition(
    files: Mapping[str, bytes], where: object = "tokenizer", *, family: str | None = None
) -> TokenizerDefinition:
    """The tokenizer of the files vocab.json, merges.txt and, where they are, tokenizer_config.json,
    special_tokens_map.json and added_tokens.json. `family` is a name of `FAMILIES`; where it is None, the
    `tokenizer_class` of tokenizer_config.json must name the class of one."""
    config = read_config(files, where)
    chosen = _family(family, config, where)
    tokens, ids = scan_vocabulary(files["vocab.json"], f"{where}/vocab.json")
    require_one_token_per_id(tokens, ids, f"{where}/vocab.json")
    unk = config.role("unk_token", chosen.roles["unk_token"]) if chosen.names_unk else None
    if chosen.names_unk and unk is None:
        raise FormatError(config.settings.where, "this family of tokenizers needs an unk_token")
    merges, merged = resolve_merges(
        tokens, ids, lines(files["merges.txt"], f"{where}/merges.txt"), False, "", f"{where}/merges.txt"
    )
    (position,) = tokens.find([unk or ""])
    model = Bpe(
        tokens=tokens,
        ids=ids,
        merges=merges,
        merged=merged,
        unk_token=unk,
        unk_id=int(ids[position]) if unk is not None and position >= 0 else None,
        continuing_subword_prefix="",
        end_of_word_suffix=chosen.suffix,
    )
    declared = config.added_tokens(chosen.roles)
    if chosen is FAMILIES["qwen2"]:
        specials = config.special_contents(chosen.roles)
        declared += [AddedToken(0, content, normalized=False, special=True) for content in specials]
    added = with_final_ids(declared, model, where)
    return TokenizerDefinition(
        model=model,
        engine="hf",
        normalizer=chosen.normalizer,
        pre_tokenizer=chosen.pre_tokenizer(bool(config.settings.boolean("add_prefix_space", None))),
        post_processor=_post_processor(chosen, config, added),
        decoder=chosen.decoder,
        added_tokens=added,
        origin=str(where),
    )


def class_name(family: str, where: object) -> str:
    """The class of transformers that a name of `FAMILIES` stands for."""
    for name, known in _CLASSES.items():
        if known == family:
            return name
    raise FormatError(where, f"vocab.json and merges.txt of {family}: only {', '.join(FAMILIES)} are known")


def lines(data: bytes, where: object) -> Strings:
    """The lines of a merges.txt."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(where, f"invalid UTF-8 at byte {error.start}") from error
    found = data.split(b"\n")
    if found[-1] == b"":
        found.pop()
    return Strings.of(line.removesuffix(b"\r") for line in found)


def _family(name: str | None, config: TokenizerConfig, where: object) -> Family:
    if name is None:
        declared = config.settings.string("tokenizer_class", None)
        if declared is None:
            raise FormatError(where, f"vocab.json and merges.txt do not say their family: name {', '.join(FAMILIES)}")
        name = _CLASSES.get(declared.removesuffix("Fast"), declared)
    if name not in FAMILIES:
        raise FormatError(where, f"vocab.json and merges.txt of {name}: only {', '.join(FAMILIES)} are known")
    return FAMILIES[name]


def _post_processor(family: Family, config: TokenizerConfig, added: tuple[AddedToken, ...]) -> dict[str, Any]:
    ids = {token.content: token.id for token in added}

    def frame(role: str) -> str | None:
        return config.frame_role(role, family.roles.get(role))

    if family.is_roberta:
        bos, eos = frame("bos_token"), frame("eos_token")
        if bos is None or eos is None:
            raise FormatError(config.settings.where, "this family of tokenizers needs bos_token and eos_token")
        ends = {"sep": [eos, ids[eos]], "cls": [bos, ids[bos]]}
        return {"type": "RobertaProcessing", **ends, "trim_offsets": False, "add_prefix_space": False}
    before = frame("bos_token") if config.settings.boolean("add_bos_token", False) else None
    after = frame("eos_token") if config.settings.boolean("add_eos_token", False) else None

    def around(text: str, kind: int) -> list[dict[str, Any]]:
        special = {token: {"SpecialToken": {"id": token, "type_id": kind}} for token in (before, after) if token}
        middle = {"Sequence": {"id": text, "type_id": kind}}
        return [*([special[before]] if before else []), middle, *([special[after]] if after else [])]

    return {
        "type": "TemplateProcessing",
        "single": around("A", 0),
        "pair": [*around("A", 0), *around("B", 1)],
        "special_tokens": {t: {"id": t, "ids": [ids[t]], "tokens": [t]} for t in sorted({before, after} - {None})},
    }
