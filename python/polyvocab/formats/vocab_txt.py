"""vocab.txt: BERT's WordPiece vocabulary, one token a line, the line's number its id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import FormatError
from .added_tokens import with_final_ids
from .definition import AddedToken, Strings, TokenizerDefinition, WordPiece
from .tokenizer_config import read_config

_DEFAULTS = {
    "unk_token": "[UNK]",
    "sep_token": "[SEP]",
    "pad_token": "[PAD]",
    "cls_token": "[CLS]",
    "mask_token": "[MASK]",
}
# White space as Unicode has it; str.rstrip() alone would take U+001C to U+001F too.
_WHITE_SPACE = "\t\n\x0b\x0c\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"


def read_definition(
    files: Mapping[str, bytes], where: object = "tokenizer", *, lowercase: bool | None = None
) -> TokenizerDefinition:
    """The tokenizer of the file vocab.txt and, where they are, tokenizer_config.json, special_tokens_map.json and
    added_tokens.json. `lowercase` overrides `do_lower_case`; true where neither says it, as for `BertTokenizer`."""
    tokens, ids = read_vocabulary(files["vocab.txt"], f"{where}/vocab.txt")
    config = read_config(files, where)
    settings = config.settings
    unk = config.role("unk_token", _DEFAULTS["unk_token"])
    cls, sep = (config.frame_role(role, _DEFAULTS[role]) for role in ("cls_token", "sep_token"))
    if unk is None or cls is None or sep is None:
        raise FormatError(settings.where, "a WordPiece tokenizer needs unk_token, cls_token and sep_token")
    (position,) = tokens.find([unk])
    model = WordPiece(tokens, ids, unk, None if position < 0 else int(ids[position]))
    added = with_final_ids(config.added_tokens(_DEFAULTS), model, where)
    lowered = settings.boolean("do_lower_case", True) if lowercase is None else lowercase
    return TokenizerDefinition(
        model=model,
        engine="hf",
        normalizer=bert_normalizer(
            lowered,
            handle_chinese_chars=settings.boolean("tokenize_chinese_chars", True),
            strip_accents=settings.boolean("strip_accents", None),
        ),
        pre_tokenizer={"type": "BertPreTokenizer"},
        post_processor=bert_template(cls, sep, added),
        decoder={"type": "WordPiece", "prefix": "##", "cleanup": True},
        added_tokens=added,
        origin=str(where),
    )


def read_vocabulary(data: bytes, where: object) -> tuple[Strings, np.ndarray]:
    """The tokens and their ids. White space at the ends of lines is no part of a token; of two equal lines the later
    one counts."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(where, f"invalid UTF-8 at byte {error.start}") from error
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    if not lines:
        raise FormatError(where, "holds no tokens")
    ids = {line.rstrip(_WHITE_SPACE): number for number, line in enumerate(lines)}
    return Strings.of(ids), np.array(list(ids.values()), np.uint32)


def bert_normalizer(lowercase: bool, *, handle_chinese_chars: bool = True, strip_accents: bool | None = None) -> dict[str, Any]:
    """`strip_accents` None: where text is put into lower case."""
    return {
        "type": "BertNormalizer",
        "clean_text": True,
        "handle_chinese_chars": handle_chinese_chars,
        "strip_accents": strip_accents,
        "lowercase": lowercase,
    }


def bert_template(cls: str, sep: str, added: tuple[AddedToken, ...]) -> dict:
    """[CLS] A [SEP] B [SEP], with type 1 for the second text."""
    ids = {token.content: token.id for token in added}

    def special(token: str, kind: int = 0) -> dict:
        return {"SpecialToken": {"id": token, "type_id": kind}}

    single = [special(cls), {"Sequence": {"id": "A", "type_id": 0}}, special(sep)]
    return {
        "type": "TemplateProcessing",
        "single": single,
        "pair": [*single, {"Sequence": {"id": "B", "type_id": 1}}, special(sep, 1)],
        "special_tokens": {t: {"id": t, "ids": [ids[t]], "tokens": [t]} for t in sorted({cls, sep})},
    }
