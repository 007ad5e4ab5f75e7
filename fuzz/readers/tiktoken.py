"""tiktoken's rank files."""

import base64

from harness import run
from polyvocab.formats import tiktoken

_TOKENS = [*(bytes([byte]) for byte in range(256)), b"ab", b"aab", b" a", "é".encode()]


def _read(data: bytes):
    return tiktoken.read_definition(data, pattern=r" ?\p{L}+|\s+(?!\S)|\s+", special_tokens={"<s>": 1000})


if __name__ == "__main__":
    run(_read, [b"".join(base64.b64encode(token) + b" %d\n" % rank for rank, token in enumerate(_TOKENS))])
