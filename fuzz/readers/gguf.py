"""GGUF: one seed for each kind of model."""

import struct

from harness import run
from polyvocab.formats import gguf

_UINT32, _INT32, _FLOAT32, _BOOL, _STRING, _ARRAY = 4, 5, 6, 7, 8, 9
_CODES = {_UINT32: "<I", _INT32: "<i", _FLOAT32: "<f", _BOOL: "<?"}
_NORMAL, _UNKNOWN, _CONTROL, _BYTE = 1, 2, 3, 6


def _string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _scalar(kind: int, value: object) -> bytes:
    return _string(value) if kind == _STRING else struct.pack(_CODES[kind], value)


def _file(**members: tuple) -> bytes:
    """Members by their key: (type, value), or (_ARRAY, type of the items, items)."""
    out = b"GGUF" + struct.pack("<IQQ", 3, 0, len(members))
    for key, (kind, *rest) in members.items():
        out += _string("tokenizer.ggml." + key) + struct.pack("<I", kind)
        if kind == _ARRAY:
            items, values = rest
            out += struct.pack("<IQ", items, len(values)) + b"".join(_scalar(items, value) for value in values)
        else:
            out += _scalar(kind, rest[0])
    return out


def _seeds() -> list[bytes]:
    llama = ["<unk>", "<s>", "▁", "a", "b", "é", "中", "ab", "▁a"]
    llama_types = [_UNKNOWN, _CONTROL] + [_NORMAL] * 7
    names = [f"<0x{byte:02X}>" for byte in range(256)]
    bert = ["[UNK]", "[CLS]", "[SEP]", "▁a", "a", "b", "▁b", "▁é"]
    gpt2 = ["<|endoftext|>", *"abĠÃ©ä¸Ń<>sĊ", "ab", "aab"]
    return [
        _file(
            model=(_STRING, "llama"),
            tokens=(_ARRAY, _STRING, llama),
            scores=(_ARRAY, _FLOAT32, [-float(n) for n in range(len(llama))]),
            token_type=(_ARRAY, _INT32, llama_types),
            bos_token_id=(_UINT32, 1),
            add_bos_token=(_BOOL, True),
        ),
        _file(
            model=(_STRING, "llama"),
            tokens=(_ARRAY, _STRING, llama + names),
            scores=(_ARRAY, _FLOAT32, [0.0] * (len(llama) + 256)),
            token_type=(_ARRAY, _INT32, llama_types + [_BYTE] * 256),
        ),
        _file(
            model=(_STRING, "bert"),
            tokens=(_ARRAY, _STRING, bert),
            token_type=(_ARRAY, _INT32, [_UNKNOWN, _CONTROL, _CONTROL] + [_NORMAL] * 5),
            unknown_token_id=(_UINT32, 0),
            cls_token_id=(_UINT32, 1),
            seperator_token_id=(_UINT32, 2),
        ),
        _file(
            model=(_STRING, "gpt2"),
            pre=(_STRING, "qwen2"),
            tokens=(_ARRAY, _STRING, gpt2),
            token_type=(_ARRAY, _INT32, [_CONTROL] + [_NORMAL] * (len(gpt2) - 1)),
            merges=(_ARRAY, _STRING, ["a b", "a ab"]),
            eos_token_id=(_UINT32, 0),
        ),
    ]


if __name__ == "__main__":
    run(gguf.read_definition, _seeds())
