"""SentencePiece `.model`: unigram and BPE, with bytes and without."""

import struct

from harness import run
from polyvocab.formats import sentencepiece
from polyvocab.formats.protobuf import encode_field, encode_varint

_NORMAL, _UNKNOWN, _CONTROL, _USER_DEFINED, _BYTE = 1, 2, 3, 4, 6


def _number(field: int, value: int) -> bytes:
    return encode_varint(field << 3) + encode_varint(value)


def _model(algorithm: int, has_bytes: bool) -> bytes:
    pieces = [("<unk>", 0.0, _UNKNOWN), ("<s>", 0.0, _CONTROL), ("aab", 0.0, _USER_DEFINED)]
    pieces += [(piece, -float(n), _NORMAL) for n, piece in enumerate(["▁", "a", "b", "é", "中", "ab", "▁a"])]
    if has_bytes:
        pieces += [(f"<0x{byte:02X}>", 0.0, _BYTE) for byte in range(256)]
    out = b""
    for piece, score, kind in pieces:
        out += encode_field(1, encode_field(1, piece.encode()) + b"\x15" + struct.pack("<f", score) + _number(3, kind))
    trainer = _number(3, algorithm) + _number(35, int(has_bytes)) + encode_field(45, b"<unk>")
    charsmap = encode_field(2, struct.pack("<II", 4, 0) + b"a\0")
    return out + encode_field(2, trainer) + encode_field(3, encode_field(1, b"identity") + charsmap + _number(3, 1))


if __name__ == "__main__":
    with_bytes = [_model(algorithm, True) for algorithm in (1, 2)]
    run(sentencepiece.read_definition, [*with_bytes, *(_model(algorithm, False) for algorithm in (1, 2, 3, 4))])
