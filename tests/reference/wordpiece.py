"""WordPiece as its paper describes it: the longest token first."""

from __future__ import annotations


def wordpiece(word: str, ids: dict[str, int], unknown: int, prefix: str = "##", max_input_chars: int = 100) -> list[int]:
    """The ids of the word's tokens, or the unknown token's alone."""
    if len(word) > max_input_chars:
        return [unknown]
    out, begin = [], 0
    while begin < len(word):
        for end in range(len(word), begin, -1):
            token = (prefix if begin > 0 else "") + word[begin:end]
            if token in ids:
                out.append(ids[token])
                begin = end
                break
        else:
            return [unknown]
    return out
