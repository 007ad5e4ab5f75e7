"""The tokens that a BPE needs to make a token, by running it on the token's own symbols. Slow and obvious."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from polyvocab.formats.definition import Bpe, Ranks, SentencePieces

Join = Callable[[int, int], tuple[float, int] | None]  # two ids: the rank of their merge and what they become


def joins(model: Bpe | Ranks | SentencePieces) -> Join:
    """How two neighbours merge; the lowest rank goes first."""
    if isinstance(model, Bpe):
        pairs = zip(map(tuple, model.merges.tolist()), model.merged.tolist(), strict=True)
        table = {pair: (rank, merged) for rank, (pair, merged) in enumerate(pairs)}
        return lambda a, b: table.get((a, b))
    ids = dict(zip(model.tokens, model.ids.tolist(), strict=True))
    strings = {i: token for token, i in ids.items()}
    ranks = strings.keys() if isinstance(model, Ranks) else -model.scores

    def join(a: int, b: int) -> tuple[float, int] | None:
        merged = ids.get(strings[a] + strings[b])
        if merged is None:
            return None
        return (merged if isinstance(model, Ranks) else float(ranks[merged])), merged

    return join


def symbols(model: Bpe | Ranks | SentencePieces, token: bytes, ids: dict[bytes, int]) -> list[int] | None:
    """The smallest parts of a token as ids; None where one of them is no token and has no byte pieces either."""
    if isinstance(model, Ranks):
        return [ids[token[i : i + 1]] for i in range(len(token))]
    text = token.decode("utf-8")
    prefix = (model.continuing_subword_prefix or "") if isinstance(model, Bpe) else ""
    suffix = (model.end_of_word_suffix or "") if isinstance(model, Bpe) else ""
    continues = bool(prefix) and text.startswith(prefix) and len(text) > len(prefix)
    ends = bool(suffix) and text.endswith(suffix) and len(text) > len(suffix)
    body = text[len(prefix) if continues else 0 : len(text) - (len(suffix) if ends else 0)]
    out = []
    for i, character in enumerate(body):
        symbol = (prefix if continues or i else "") + character + (suffix if ends and i == len(body) - 1 else "")
        parts = [symbol.encode()]
        if parts[0] not in ids and model.byte_fallback:
            parts = [f"<0x{byte:02X}>".encode() for byte in symbol.encode()]
        if any(part not in ids for part in parts):
            return None
        out += [ids[part] for part in parts]
    return out


def derivation(model: Bpe | Ranks | SentencePieces, token: int, join: Join, ids: dict[bytes, int], spelled: bytes) -> set[int]:
    """Every token that comes up when the model makes `token` of its own symbols, itself included; itself alone where
    something else comes out."""
    line = symbols(model, spelled, ids)
    if line is None:
        return {token}
    seen = set(line)
    while len(line) > 1:
        found = [(*joined, at) for at, pair in enumerate(zip(line, line[1:], strict=False)) if (joined := join(*pair))]
        if not found:
            break
        _, merged, at = min(found, key=lambda item: (item[0], item[2]))
        line[at : at + 2] = [merged]
        seen.add(merged)
    return seen if line == [token] else {token}


def closure(model: Bpe | Ranks | SentencePieces, tokens: Iterable[int]) -> set[int]:
    """The tokens and all that their derivations need. An added token that is no token of the model needs nothing."""
    join = joins(model)
    ids = dict(zip(model.tokens, model.ids.tolist(), strict=True))
    spelled = {i: token for token, i in ids.items()}
    closed: set[int] = set()
    for token in tokens:
        closed |= derivation(model, token, join, ids, spelled[token]) if token in spelled else {token}
    return closed
