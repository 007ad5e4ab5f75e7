"""Fifty steps of new rows under FSDP with weight decay; run by test_train_stages.py as two processes."""

import os
import sys
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch.distributed.fsdp import fully_shard

sys.path.insert(0, str(Path(__file__).parent))

import tiny
from polyvocab.train import learning, new_rows_only

NEW = np.array([4, 5, 17, 50, 60, 61, 62])


def main(name: str) -> None:
    dist.init_process_group("gloo")
    model = tiny.model(name)
    before = {n: p.detach().clone() for n, p in model.named_parameters()}
    tied = model.get_input_embeddings().weight is model.get_output_embeddings().weight
    guard = learning(model, new_rows_only(50), NEW)
    guard.__enter__()  # never left: the process ends first
    learned = {n for n, p in model.named_parameters() if p.requires_grad}
    frozen = {n for n, p in model.named_parameters() if not p.requires_grad}
    for layer in model.model.layers:
        fully_shard(layer)
    fully_shard(model)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-2, weight_decay=0.1)
    generator = torch.Generator().manual_seed(dist.get_rank())
    for _ in range(50):
        ids = torch.randint(4, 90, (4, 12), generator=generator)
        model(input_ids=ids, labels=ids).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    parameters = dict(model.named_parameters())
    assert learned | frozen == parameters.keys()
    whole = {n: p.full_tensor() for n, p in parameters.items()}
    old = [i for i in range(tiny.ROWS) if i not in NEW]
    for prefix in ("model.embed_tokens", *(() if tied else ("lm_head",))):
        start = before[f"{prefix}.weight"]
        kept = whole[f"{prefix}.parametrizations.weight.0.frozen"]
        new = whole[f"{prefix}.parametrizations.weight.original"]
        assert torch.equal(kept, start), prefix
        assert torch.equal(kept[old], start[old]) and not (new == start[NEW]).all(1).any(), prefix
    assert all(torch.equal(whole[n], before[n]) for n in frozen & before.keys())
    if dist.get_rank() == 0:
        print("old rows equal, new rows moved", flush=True)
    dist.destroy_process_group()
    os._exit(0)  # no interpreter that ends: it would leave the stage, sharded, and abort where a thread waits for its lock


if __name__ == "__main__":
    main(sys.argv[1])
