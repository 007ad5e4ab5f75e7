"""tokenizer.json: one seed for each model."""

import json

import json_mutator
from harness import run
from polyvocab.formats import tokenizer_json

_ALPHABET = ["<unk>", "<s>", *"abé中Ġ▁ Ċ.<>sÃ©ä¸Ń"]
_BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
_SPLIT = {"type": "Split", "pattern": {"Regex": r" ?\p{L}+|\s+(?!\S)|\s+"}, "behavior": "Isolated", "invert": False}
_BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
_ADDED = {"content": "<s>", "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
_TEMPLATE = {
    "type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
    "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
    "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}},
}


def _document(model: dict, **parts: object) -> bytes:
    empty = dict.fromkeys(("truncation", "padding", "normalizer", "pre_tokenizer", "post_processor", "decoder"))
    added = [{"id": 1, **_ADDED}]
    return json.dumps({"version": "1.0", **empty, "added_tokens": added, **parts, "model": model}, ensure_ascii=False).encode()


def _ids(tokens: list[str]) -> dict[str, int]:
    return {token: number for number, token in enumerate(tokens)}


def _seeds() -> list[bytes]:
    bpe = {"type": "BPE", "unk_token": "<unk>", "fuse_unk": False, "byte_fallback": False, "ignore_merges": False}
    merged = {**bpe, "vocab": _ids([*_ALPHABET, "ab", "aab"]), "merges": [["a", "b"], ["a", "ab"]]}
    pieces = [[token, -float(number)] for number, token in enumerate(_ALPHABET)]
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    bert = {
        "type": "BertNormalizer",
        "clean_text": True,
        "handle_chinese_chars": True,
        "strip_accents": None,
        "lowercase": True,
    }
    return [
        _document(
            merged,
            normalizer={
                "type": "Sequence",
                "normalizers": [{"type": "NFC"}, {"type": "Strip", "strip_left": True, "strip_right": True}],
            },
            pre_tokenizer={"type": "Sequence", "pretokenizers": [_SPLIT, _BYTE_LEVEL]},
            post_processor=_TEMPLATE,
            decoder={"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        ),
        _document(
            {**bpe, "vocab": _ids([*_ALPHABET, "ab", *_BYTES]), "merges": ["a b"], "byte_fallback": True},
            normalizer={"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
            decoder={"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"}]},
            truncation={"direction": "Right", "max_length": 8, "strategy": "LongestFirst", "stride": 0},
        ),
        _document(
            {"type": "Unigram", "unk_id": 0, "vocab": pieces, "byte_fallback": False},
            normalizer={"type": "Precompiled", "precompiled_charsmap": "BAAAAAAAAABh"},
            pre_tokenizer=metaspace,
            decoder=metaspace,
        ),
        _document(
            {
                "type": "WordPiece",
                "unk_token": "<unk>",
                "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100,
                "vocab": _ids([*_ALPHABET, "##a", "##b"]),
            },
            normalizer=bert,
            pre_tokenizer={"type": "BertPreTokenizer"},
            decoder={"type": "WordPiece", "prefix": "##", "cleanup": True},
        ),
        _document({"type": "WordLevel", "unk_token": "<unk>", "vocab": _ids(_ALPHABET)}, pre_tokenizer={"type": "Whitespace"}),
    ]


if __name__ == "__main__":
    run(tokenizer_json.read_definition, _seeds(), json_mutator.mutate)
