"""Bits per byte of a causal language model.

-sum log2 p(token | context) over the UTF-8 bytes of the raw text, before any normalizer. A text is tokenized once, as
the tokenizer does it; every token is scored once, with a context that is fixed in bytes, so that models with different
vocabularies see the same history.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tqdm import tqdm

from ..errors import MetricError

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_DIFF_LIMIT = 4_000  # characters; a longer text that does not round-trip is charged whole


@dataclass(frozen=True)
class BitsPerByte:
    """`bits`: of the tokens and of what was charged. `bytes`: of the raw text. `charged_bytes`: bytes that do not
    round-trip through the tokenizer and cost 8 bits each."""

    bits: float
    bytes: int
    tokens: int
    charged_bytes: int = 0

    @property
    def value(self) -> float:
        return self.bits / self.bytes


@dataclass(frozen=True)
class _Window:
    ids: list[int]
    first_scored: int


def bits_per_byte(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    documents: Sequence[str],
    *,
    context_bytes: int = 1024,
    stride_bytes: int = 512,
    batch_size: int = 4,
    lossy: Literal["refuse", "charge"] = "refuse",
    progress: bool = False,
) -> BitsPerByte:
    """Bits per byte over documents. The token that starts a text (BOS, or EOS where the tokenizer adds none) is context
    only; ends of text are not scored.

    A text that the tokenizer does not give back (unknown characters, NFKC, lower-casing, stripped spaces) has no code
    length: `lossy="refuse"` raises `MetricError` naming the document, `"charge"` adds 8 bits for each byte that differs.
    """
    if not any(documents):
        raise MetricError("bits per byte of no text")
    if not 0 < stride_bytes <= context_bytes:
        raise MetricError(f"a stride of {stride_bytes} bytes does not fit a context of {context_bytes}")
    start = _start_token(tokenizer)
    windows: list[_Window] = []
    size = charged = tokens = 0
    for n, text in enumerate(documents):
        ids, starts = _encode(tokenizer, text)
        size += len(text.encode("utf-8"))
        tokens += len(ids)
        if lost := _lost_bytes(tokenizer, text, ids):
            if lossy == "refuse":
                raise MetricError(
                    f"document {n} ({text[:40]!r}...) does not round-trip through the tokenizer: {lost} bytes differ; "
                    "use lossy='charge'"
                )
            charged += lost
        windows += _windows(ids, starts, start, context_bytes, stride_bytes)
    windows.sort(key=lambda w: len(w.ids))
    limit = getattr(model.config, "max_position_embeddings", None) or len(windows[-1].ids)
    if len(windows[-1].ids) > limit:
        raise MetricError(f"a window has {len(windows[-1].ids)} tokens, the model takes {limit}: use a smaller context_bytes")
    nats = 0.0
    for at in tqdm(range(0, len(windows), batch_size), desc="bits per byte", disable=not progress):
        nats += _score(model, windows[at : at + batch_size])
    return BitsPerByte(nats / math.log(2) + 8.0 * charged, size, tokens, charged)


def longest_window(tokenizer: PreTrainedTokenizerBase, documents: Sequence[str], context_bytes: int, stride_bytes: int) -> int:
    """The most tokens that a window of these documents has, the start included."""
    encoded = (_encode(tokenizer, text) for text in documents)
    return max(
        (len(w.ids) for ids, starts in encoded for w in _windows(ids, starts, 0, context_bytes, stride_bytes)), default=0
    )


def _start_token(tokenizer: PreTrainedTokenizerBase) -> int:
    with_special = tokenizer("a")["input_ids"]
    for candidate in (with_special[0] if with_special else None, tokenizer.eos_token_id, tokenizer.bos_token_id):
        if candidate is not None and candidate in tokenizer.all_special_ids and candidate != tokenizer.unk_token_id:
            return candidate
    raise MetricError("the tokenizer has neither BOS nor EOS: the first token of a text has no context to be scored with")


def _encode(tokenizer: PreTrainedTokenizerBase, text: str) -> tuple[list[int], list[int]]:
    """Ids and the byte at which each token starts."""
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    byte_of = [0]
    for character in text:
        byte_of.append(byte_of[-1] + len(character.encode("utf-8", "surrogatepass")))
    return encoded["input_ids"], [byte_of[start] for start, _ in encoded["offset_mapping"]]


def _windows(ids: list[int], starts: list[int], start_token: int, context: int, stride: int) -> Iterator[_Window]:
    """One window per stride of bytes that holds a token: what it scores, and what fits of the context before it."""
    scored = 0
    while scored < len(ids):
        chunk_end = (starts[scored] // stride + 1) * stride
        last = scored
        while last < len(ids) and starts[last] < chunk_end:
            last += 1
        first = scored
        while first > 0 and starts[first - 1] >= chunk_end - context:
            first -= 1
        yield _Window([start_token, *ids[first:last]], scored - first + 1)
        scored = last


def _score(model: PreTrainedModel, windows: Sequence[_Window]) -> float:
    import torch

    width = max(len(w.ids) for w in windows)
    ids = torch.zeros(len(windows), width, dtype=torch.long)
    attention = torch.zeros_like(ids)
    wanted = torch.zeros_like(ids, dtype=torch.bool)
    for row, window in enumerate(windows):
        ids[row, : len(window.ids)] = torch.tensor(window.ids)
        attention[row, : len(window.ids)] = 1
        wanted[row, window.first_scored : len(window.ids)] = True
    ids, attention, wanted = (t.to(model.device) for t in (ids, attention, wanted))
    with torch.inference_mode():
        logits = model(input_ids=ids, attention_mask=attention).logits[:, :-1]
        chosen = logits[wanted[:, 1:]].float()
        return torch.nn.functional.cross_entropy(chosen, ids[:, 1:][wanted[:, 1:]], reduction="sum").item()


def _lost_bytes(tokenizer: PreTrainedTokenizerBase, text: str, ids: list[int]) -> int:
    """Bytes of the text that decoding does not give back; at least 1 where anything differs."""
    decoded = tokenizer.decode(ids, clean_up_tokenization_spaces=False)
    if decoded == text:
        return 0
    if len(text) > _DIFF_LIMIT:
        return len(text.encode("utf-8"))
    blocks = difflib.SequenceMatcher(None, text, decoded, autojunk=False).get_opcodes()
    return sum(max(1, len(text[a:b].encode("utf-8"))) for kind, a, b, _, _ in blocks if kind != "equal")
