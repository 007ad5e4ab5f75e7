"""js-tiktoken's JSON."""

import base64
import json

import json_mutator
from harness import run
from polyvocab.formats import tiktoken

_TOKENS = [*(bytes([byte]) for byte in range(256)), b"ab", b"aab", b" a", "é".encode()]


def _seed() -> bytes:
    ranks = " ".join(["!", "0", *(base64.b64encode(token).decode() for token in _TOKENS)])
    pattern = r" ?\p{L}+|\s+(?!\S)|\s+"
    return json.dumps({"pat_str": pattern, "special_tokens": {"<s>": 1000}, "bpe_ranks": ranks}).encode()


if __name__ == "__main__":
    run(tiktoken.read_js_definition, [_seed()], json_mutator.mutate)
