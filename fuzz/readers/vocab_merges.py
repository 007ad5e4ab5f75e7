"""vocab.json, merges.txt and the files beside them, divided by NUL; the first byte chooses the family."""

import json

from harness import run
from polyvocab.formats import vocab_merges

_NAMES = ("vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")
_FAMILIES = (None, *vocab_merges.FAMILIES)
_TOKENS = ["<unk>", "<|endoftext|>", "<|startoftext|>", *"abĠÃ©ä¸Ń<>sĊ", "a</w>", "b</w>", "ab", "aab"]


def _read(data: bytes):
    files = dict(zip(_NAMES, data[1:].split(b"\0"), strict=False))
    files.setdefault("merges.txt", b"")
    return vocab_merges.read_definition(files, family=_FAMILIES[data[0] % len(_FAMILIES)] if data else None)


def _seeds() -> list[bytes]:
    vocabulary = json.dumps({token: number for number, token in enumerate(_TOKENS)}, ensure_ascii=False).encode()
    merges = b"#version: 0.2\na b\na ab\n"
    config = {"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": True, "add_bos_token": True, "unk_token": "<unk>"}
    plain = [bytes([n]) + b"\0".join([vocabulary, merges]) for n in range(1, len(_FAMILIES))]
    return [*plain, b"\0" + b"\0".join([vocabulary, merges, json.dumps(config).encode(), b"{}", b'{"<s>": 30}'])]


if __name__ == "__main__":
    run(_read, _seeds())
