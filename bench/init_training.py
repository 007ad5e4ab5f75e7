"""Training and measuring one model as all others are: the same text in the same order, whatever the tokenizer.

A step is so many bytes of text in blocks that end at line ends; its loss is the mean over its tokens. A block begins with the
end-of-text token and sees no other block.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import torch
from polyvocab import metrics
from transformers import PreTrainedModel, PreTrainedTokenizerBase

BLOCK_BYTES = 512
STEP_BYTES = 4_096
CONTEXT_BYTES, STRIDE_BYTES = 512, 256
WARM_UP = 10  # steps
WEIGHT_DECAY = 0.01


def blocks(documents: Sequence[str]) -> Iterator[str]:
    """Whole lines, as many as fit in a block; a longer line is cut between words."""
    for document in documents:
        block = ""
        for line in document.splitlines(keepends=True):
            for part in _parts(line):
                if block and len((block + part).encode()) > BLOCK_BYTES:
                    yield block
                    block = ""
                block += part
        if block:
            yield block


def _parts(line: str) -> Iterator[str]:
    while len(line.encode()) > BLOCK_BYTES:
        end = len(line.encode()[:BLOCK_BYTES].decode("utf-8", "ignore"))
        end = line.rfind(" ", 0, end) if " " in line[1:end] else end
        yield line[:end]
        line = line[end:]
    yield line


def batches(documents: Sequence[str], steps: int, seed: int) -> list[list[str]]:
    """The blocks of each step. They depend on the seed, not on the arm; the text is read anew where it ends."""
    rng, found, batch, size = random.Random(seed), [], [], 0
    pool = list(blocks(documents))
    while True:
        rng.shuffle(pool)
        for block in pool:
            batch.append(block)
            size += len(block.encode())
            if size >= STEP_BYTES:
                found.append(batch)
                batch, size = [], 0
                if len(found) == steps:
                    return found


def train(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    documents: Sequence[str],
    *,
    steps: int,
    rate: float,
    seed: int,
    pause: Sequence[int],
) -> Iterator[int]:
    """AdamW with a warm-up and a cosine that ends at a tenth of the rate; yields at the steps of `pause`, 0 among them."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.95), weight_decay=WEIGHT_DECAY)

    def share(step: int) -> float:
        cosine = 0.5 * (1 + torch.cos(torch.tensor(torch.pi * step / steps)).item())
        return min(1.0, (step + 1) / WARM_UP) * (0.1 + 0.9 * cosine)

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, share)
    if 0 in pause:
        yield 0
    for step, batch in enumerate(batches(documents, steps, seed), 1):
        model.train()
        ids, attention, labels = _padded(tokenizer, batch)
        with autocast(model):
            loss = model(
                input_ids=ids.to(model.device), attention_mask=attention.to(model.device), labels=labels.to(model.device)
            ).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if step in pause:
            yield step


def autocast(model: PreTrainedModel) -> torch.autocast:
    return torch.autocast(model.device.type, torch.bfloat16)


def _padded(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    end = tokenizer.eos_token_id
    rows = [[end, *ids] for ids in tokenizer(list(texts), add_special_tokens=False)["input_ids"]]
    width = max(map(len, rows))
    ids = torch.tensor([row + [end] * (width - len(row)) for row in rows])
    attention = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    return ids, attention, ids.masked_fill(attention == 0, -100)


def bits(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, documents: Sequence[str]) -> list[metrics.BitsPerByte]:
    """Of each document."""
    model.eval()
    with autocast(model):
        return [
            metrics.bits_per_byte(
                model, tokenizer, [document], context_bytes=CONTEXT_BYTES, stride_bytes=STRIDE_BYTES, batch_size=16
            )
            for document in documents
        ]
