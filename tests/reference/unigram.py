"""The two Unigram models, a table of best paths in plain sight."""

from __future__ import annotations

import numpy as np


def best_path(text: str, piece_score: dict[str, float], unknown_score: float, number: type) -> list[tuple[str, bool]]:
    """The pieces of the best path and whether they are unknown; sums in `number`, which is float or np.float32."""
    best: list[tuple | None] = [(number(0), 0, False)] + [None] * len(text)  # total, begin of the last piece, unknown
    for end in range(1, len(text) + 1):
        for begin in range(end):  # of equal totals the first one stays: the longer last piece
            piece = text[begin:end]
            if piece in piece_score:
                total = number(best[begin][0] + number(piece_score[piece]))
            elif end - begin == 1:
                total = number(best[begin][0] + number(unknown_score))
            else:
                continue
            if best[end] is None or total > best[end][0]:
                best[end] = (total, begin, piece not in piece_score)
    path, end = [], len(text)
    while end > 0:
        _, begin, unknown = best[end]
        path.append((text[begin:end], unknown))
        end = begin
    return path[::-1]


def runs(path: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """The path with neighbouring unknown pieces in one."""
    out: list[tuple[str, bool]] = []
    for piece, unknown in path:
        if unknown and out and out[-1][1]:
            piece = out.pop()[0] + piece
        out.append((piece, unknown))
    return out


def hugging_face(text: str, pieces: list[str], scores: list[float], unknown: int, byte_fallback: bool) -> list[int]:
    """Ids as `tokenizers` gives them."""
    ids = {piece: i for i, piece in enumerate(pieces)}
    path = best_path(text, {piece: scores[i] for piece, i in ids.items()}, min(scores) - 10, float)
    out = []
    for piece, _ in runs([(piece, bad or ids[piece] == unknown) for piece, bad in path]):
        names = [f"<0x{byte:02X}>" for byte in piece.encode()]
        if piece in ids:
            out.append(ids[piece])
        elif byte_fallback and all(name in ids for name in names):
            out.extend(ids[name] for name in names)
        else:
            out.append(unknown)
    return out


def sentencepiece(text: str, pieces: list[str], scores: list[float], types: list[int], byte_fallback: bool) -> list[int]:
    """Ids as SentencePiece gives them for a sentence with a total nearer to 0 than 100000."""
    normal, unknown, user_defined = 1, 2, 4
    score = {piece: s for piece, s, t in zip(pieces, scores, types, strict=True) if t == normal}
    lowest = np.float32(min(score.values()))
    score |= {p: 0.1 * (len(p.encode()) - 1) for p, t in zip(pieces, types, strict=True) if t == user_defined}
    out = []
    for piece, bad in runs(best_path(text, score, lowest - np.float32(10), np.float32)):
        if bad and byte_fallback:
            out.extend(pieces.index(f"<0x{byte:02X}>") for byte in piece.encode())
        else:
            out.append(types.index(unknown) if bad else pieces.index(piece))
    return out
