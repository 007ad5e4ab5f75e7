"""vocab.txt and the files beside it, divided by NUL."""

import json

from harness import run
from polyvocab.formats import vocab_txt

_NAMES = ("vocab.txt", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")
_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "##a", "##b", "é", "中", "<"]
_TYPED = {"__type": "AddedToken", "content": "<s>", "lstrip": False, "normalized": False, "rstrip": False, "single_word": False}


def _read(data: bytes):
    files = dict(zip(_NAMES, data.split(b"\0"), strict=False))
    return vocab_txt.read_definition(files)


def _seeds() -> list[bytes]:
    vocabulary = "\n".join(_TOKENS).encode()
    config = {"do_lower_case": False, "strip_accents": None, "unk_token": "[UNK]", "additional_special_tokens": ["<s>", _TYPED]}
    decoder = {"added_tokens_decoder": {"5": {**_TYPED, "special": True}}}
    return [
        vocabulary,
        b"\0".join([vocabulary, json.dumps(decoder).encode()]),
        b"\0".join([vocabulary, json.dumps(config).encode(), b'{"cls_token": "[CLS]"}', b'{"<s>": 12}']),
    ]


if __name__ == "__main__":
    run(_read, _seeds())
