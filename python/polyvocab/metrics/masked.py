"""Pseudo-bits per byte of a masked language model.

Masked models define no probability of a text. What can be compared is the probability of a span given the rest: by the
chain rule, masking each token of the span and all later ones of it (PLL-word-l2r, Kauf and Ivanova 2023). Spans are
defined outside the tokenizers that are compared: whitespace words, and runs of at most eight grapheme clusters in
scripts without spaces, joined until every tokenizer has a token boundary at both ends. Masking one token at a time
(the original PLL of Salazar et al. 2020) lets the other pieces of a word give it away: finer tokenizers look better.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tqdm import tqdm

from ..errors import MetricError, require
from .causal import BitsPerByte

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_RUN = 8  # grapheme clusters
_NO_SPACES = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"


@dataclass(frozen=True)
class Span:
    """Characters [start, stop) of a document."""

    document: str
    start: int
    stop: int

    @property
    def text(self) -> str:
        return self.document[self.start : self.stop]


@dataclass(frozen=True)
class _Query:
    ids: list[int]
    position: int
    answer: int


def sample_spans(
    documents: Sequence[str], tokenizers: Sequence[PreTrainedTokenizerBase], count: int = 2000, seed: int = 0
) -> list[Span]:
    """At most `count` spans of the documents, drawn without repetition: the same for all models that are compared."""
    if not documents:
        raise MetricError("spans of no text")
    spans = [span for document in documents for span in _spans(document, tokenizers)]
    if not spans or count < 1:
        raise MetricError(f"{len(spans)} spans are there, {count} were asked for: there is nothing to measure")
    random.Random(seed).shuffle(spans)
    return spans[:count]


def longest_window(tokenizer: PreTrainedTokenizerBase, spans: Sequence[Span], context_bytes: int) -> int:
    """The most tokens that a window of these spans has, special tokens included."""
    return max(len(_window(tokenizer, span, context_bytes)[0]) for span in spans)


def pseudo_bits_per_byte(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    spans: Sequence[Span],
    *,
    context_bytes: int = 256,
    batch_size: int = 32,
    order: Literal["l2r", "original"] = "l2r",
    progress: bool = False,
) -> BitsPerByte:
    """Bits per UTF-8 byte of the spans. The model sees at most `context_bytes` of text on each side; special tokens
    stand as in training and are not scored. A span with an unknown token is charged 8 bits per byte."""
    if not spans:
        raise MetricError("pseudo-bits per byte of no spans")
    queries: list[_Query] = []
    size = charged = tokens = 0
    for span in spans:
        data = len(span.text.encode("utf-8"))
        size += data
        ids, first, last = _window(tokenizer, span, context_bytes)
        if tokenizer.unk_token_id in ids[first:last]:
            charged += data
            continue
        tokens += last - first
        for position in range(first, last):
            masked = list(ids)
            until = last if order == "l2r" else position + 1
            masked[position:until] = [tokenizer.mask_token_id] * (until - position)
            queries.append(_Query(masked, position, ids[position]))
    limit = getattr(model.config, "max_position_embeddings", None) or 1 << 30
    if queries and (longest := max(len(q.ids) for q in queries)) > limit:
        raise MetricError(f"a window has {longest} tokens, the model takes {limit}: use a smaller context_bytes")
    queries.sort(key=lambda q: len(q.ids))
    nats = 0.0
    for at in tqdm(range(0, len(queries), batch_size), desc="pseudo-bits per byte", disable=not progress):
        nats += _score(model, tokenizer, queries[at : at + batch_size])
    return BitsPerByte(nats / math.log(2) + 8.0 * charged, size, tokens, charged)


def _spans(document: str, tokenizers: Sequence[PreTrainedTokenizerBase]) -> list[Span]:
    regex = require("regex", "models", "finding grapheme clusters")
    cuts: list[tuple[int, int]] = []
    for word in re.finditer(r"\S+", document):
        if not regex.search(_NO_SPACES, word.group()):
            cuts.append(word.span())
            continue
        clusters = [m.span() for m in regex.finditer(r"\X", word.group())]
        for at in range(0, len(clusters), _RUN):
            run = clusters[at : at + _RUN]
            cuts.append((word.start() + run[0][0], word.start() + run[-1][1]))
    crossed = set().union(*(_crossed(document, tokenizer) for tokenizer in tokenizers))
    spans: list[Span] = []
    start = None
    for first, last in cuts:
        start = first if start is None else start
        if last not in crossed:
            spans.append(Span(document, start, last))
            start = None
    return spans


def _crossed(document: str, tokenizer: PreTrainedTokenizerBase) -> set[int]:
    """Character positions inside a token. The space before a word belongs to no word."""
    offsets = tokenizer(document, add_special_tokens=False, return_offsets_mapping=True, verbose=False)["offset_mapping"]
    inside: set[int] = set()
    for start, stop in offsets:
        while start < stop and document[start].isspace():
            start += 1
        inside.update(range(start + 1, stop))
    return inside


def _window(tokenizer: PreTrainedTokenizerBase, span: Span, context_bytes: int) -> tuple[list[int], int, int]:
    """Ids with special tokens, and the positions [first, last) of the span among them."""
    before = span.document[: span.start].encode("utf-8")
    left = before[max(0, len(before) - context_bytes) :].decode("utf-8", "ignore")
    right = span.document[span.stop :].encode("utf-8")[:context_bytes].decode("utf-8", "ignore")
    text = left + span.text + right
    start, stop = len(left), len(left) + len(span.text)
    encoded = tokenizer(text, return_offsets_mapping=True, return_special_tokens_mask=True, verbose=False)
    inside = [
        i
        for i, ((a, b), special) in enumerate(zip(encoded["offset_mapping"], encoded["special_tokens_mask"], strict=True))
        if not special and b > start and a < stop and text[max(a, start) : min(b, stop)].strip()
    ]
    if not inside:
        raise MetricError(f"no token covers {span.text!r}: the tokenizer drops it; {span.document[:60]!r}")
    first = inside[0]
    a, b = encoded["offset_mapping"][first - 1] if first else (0, 0)
    if a < b == encoded["offset_mapping"][first][0] and text[a:b].isspace():
        first -= 1  # the space of this word, where it is a token of its own
    return encoded["input_ids"], first, inside[-1] + 1


def _score(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, queries: Sequence[_Query]) -> float:
    import torch

    width = max(len(q.ids) for q in queries)
    ids = torch.full((len(queries), width), tokenizer.pad_token_id or 0)
    attention = torch.zeros_like(ids)
    for row, query in enumerate(queries):
        ids[row, : len(query.ids)] = torch.tensor(query.ids)
        attention[row, : len(query.ids)] = 1
    rows = torch.arange(len(queries))
    with torch.inference_mode():
        logits = model(input_ids=ids.to(model.device), attention_mask=attention.to(model.device)).logits
        chosen = logits[rows, torch.tensor([q.position for q in queries])].float()
    answers = torch.tensor([q.answer for q in queries], device=chosen.device)
    return torch.nn.functional.cross_entropy(chosen, answers, reduction="sum").item()
