"""Train the source model of the comparison of methods of initialization, from scratch.

    python bench/init_texts.py TEXTS DATA
    [torchrun --nproc-per-node N] bench/init_source.py DATA OUT [--steps 2400]

A Llama with separate input and output matrices; OUT gets it in bfloat16 with its tokenizer. Its checkpoints lie in DATA, where
a run that was broken off goes on. On two cores with AMX, two processes of one thread each are twice as fast as one of two.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import torch
from polyvocab import train
from polyvocab.atomic import atomic_directory
from polyvocab.corpus import Corpus
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

BLOCK = 512  # tokens


def network(tokens: int, end: int, width: int, layers: int) -> LlamaForCausalLM:
    """A model that is not trained, the same for the same `torch` seed."""
    config = LlamaConfig(
        vocab_size=tokens,
        hidden_size=width,
        intermediate_size=width * 8 // 3 // 32 * 32,
        num_hidden_layers=layers,
        num_attention_heads=width // 64,
        num_key_value_heads=width // 64,
        max_position_embeddings=1024,
        tie_word_embeddings=False,
        bos_token_id=end,
        eos_token_id=end,
    )
    return LlamaForCausalLM(config)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=2400, help="of 16 blocks of 512 tokens in all processes together")
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    tokenizer = AutoTokenizer.from_pretrained(args.data / "source" / "tokenizer")
    model = network(len(tokenizer), tokenizer.eos_token_id, args.width, args.layers)
    batch = 16 // int(os.environ.get("WORLD_SIZE", "1"))
    corpus = Corpus([args.data / "source" / "text.jsonl"])
    data = train.blocks(corpus, tokenizer, BLOCK, train.Objective.CAUSAL, args.steps * 16, args.seed)
    losses = train.run_stage(
        model,
        tokenizer,
        data,
        train.Stage("all", args.steps, args.rate, weight_decay=0.1),
        train.Objective.CAUSAL,
        args.data / "source" / f"checkpoints-{args.seed}",
        batch_size=batch,
        bf16=True,
        seed=args.seed,
        save_every=200,
    )
    if os.environ.get("RANK", "0") == "0":
        record = {
            "steps": args.steps,
            "tokens": args.steps * 16 * BLOCK,
            "distinct_tokens": data.size,
            "parameters": model.num_parameters(),
            "rate": args.rate,
            "seed": args.seed,
            "last_loss": losses[-1].loss,
        }
        with atomic_directory(args.out) as folder:
            model.to(torch.bfloat16).save_pretrained(folder)
            tokenizer.save_pretrained(folder)
            (folder / "training.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
