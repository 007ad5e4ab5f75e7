"""Make the embedded sample: real text of eight languages and a small checkpoint that was really trained on seven of them.

    python tools/make_sample.py text  ../shared/data/text tests/data/sample/text
    python tools/make_sample.py model tests/data/sample/text tests/data/sample/model --threads 2

`text` takes the Bible translations and the Universal Declaration of Human Rights (origins and licences: NOTICE). All
Bibles are aligned by verse, so the verses held out for evaluation are held out in *every* language: otherwise the
source model would have read a translation of the evaluation text.

`model` trains a Unigram tokenizer and a masked language model of XLM-R's architecture on the source languages alone.
The target language, Swahili, is in neither.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import random
import time
from pathlib import Path

SOURCE = ("eng_Latn", "est_Latn", "eus_Latn", "zul_Latn", "ukr_Cyrl", "hye_Armn", "zho_Hans")
TARGET = "swh_Latn"
BYTES_PER_SOURCE_LANGUAGE = 460_000
HELD_OUT_EVERY = 20  # verses whose line number is a multiple of this are evaluation text
VOCABULARY = 8_000
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]  # the first four ids of XLM-R; <mask> is its last
BLOCK = 128


def write_text(shared: Path, out: Path) -> None:
    """Write `<language>.train.txt` for all languages and `<language>.heldout.txt` for the target language."""
    out.mkdir(parents=True, exist_ok=True)
    for language in (*SOURCE, TARGET):
        verses = (shared / f"{language}.bible.txt").read_text(encoding="utf-8").split("\n")
        udhr = shared / f"{language}.udhr.txt"
        train = udhr.read_text(encoding="utf-8").split("\n") if udhr.exists() else []
        train += [v for i, v in enumerate(verses) if i % HELD_OUT_EVERY]
        limit = BYTES_PER_SOURCE_LANGUAGE if language != TARGET else 1 << 30
        kept, size = [], 0
        for line in filter(None, map(str.strip, train)):
            size += len(line.encode()) + 1
            if size > limit:
                break
            kept.append(line)
        (out / f"{language}.train.txt").write_text("\n".join(kept) + "\n", encoding="utf-8")
        if language == TARGET:
            heldout = [v.strip() for i, v in enumerate(verses) if i % HELD_OUT_EVERY == 0 and v.strip()]
            (out / f"{language}.heldout.txt").write_text("\n".join(heldout) + "\n", encoding="utf-8")


def train_tokenizer(lines: list[str]):
    """A Unigram tokenizer in XLM-R's arrangement: SentencePiece's pieces and normalizer inside a tokenizer.json."""
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    buffer = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=buffer,
        vocab_size=VOCABULARY - 2,
        model_type="unigram",
        character_coverage=0.9995,
        normalization_rule_name="nmt_nfkc",
        num_threads=1,
        minloglevel=1,
    )
    proto = sentencepiece_model_pb2.ModelProto.FromString(buffer.getvalue())
    pieces = [(p.piece, round(p.score, 5)) for p in proto.pieces if p.type == p.NORMAL]
    tokenizer = Tokenizer(models.Unigram([(s, 0.0) for s in SPECIAL] + pieces + [("<mask>", 0.0)], unk_id=3))
    tokenizer.normalizer = normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")]
    )
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=BLOCK,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        cls_token="<s>",
        sep_token="</s>",
        mask_token="<mask>",
    )


def train_model(text: Path, out: Path, minutes: float, threads: int) -> None:
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaForMaskedLM

    torch.manual_seed(0)
    torch.set_num_threads(threads)
    rng = random.Random(0)
    lines = [line for language in SOURCE for line in (text / f"{language}.train.txt").read_text("utf-8").splitlines()]
    tokenizer = train_tokenizer(lines)
    tokenizer.save_pretrained(out)
    compact = json.loads((out / "tokenizer.json").read_text("utf-8"))
    (out / "tokenizer.json").write_text(json.dumps(compact, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    ids = tokenizer(lines, add_special_tokens=False)["input_ids"]
    print(f"{len(lines):,} lines, {sum(map(len, ids)):,} tokens, vocabulary {len(tokenizer):,}")
    config = XLMRobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=512,
        max_position_embeddings=BLOCK + 2,
        type_vocab_size=1,
        layer_norm_eps=1e-5,
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    model = XLMRobertaForMaskedLM(config)
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters")
    optimizer = torch.optim.AdamW(model.parameters(), lr=1.5e-3, weight_decay=0.01, betas=(0.9, 0.98))
    start, step, running = time.time(), 0, None
    blocks: list[list[int]] = []
    while (elapsed := (time.time() - start) / 60) < minutes:
        if len(blocks) < 64:
            rng.shuffle(ids)
            stream = [t for line in ids for t in [*line, 2]]
            blocks = [[0, *stream[i : i + BLOCK - 2], 2] for i in range(0, len(stream) - BLOCK, BLOCK - 2)]
            rng.shuffle(blocks)
        batch = torch.tensor([blocks.pop() for _ in range(64)])
        chosen = (torch.rand(batch.shape) < 0.15) & (batch > 3)
        labels, kind = batch[chosen], torch.rand(batch.shape)
        batch[chosen & (kind < 0.8)] = tokenizer.mask_token_id
        random_ids = torch.randint(4, len(tokenizer) - 1, batch.shape)
        batch = torch.where(chosen & (kind >= 0.8) & (kind < 0.9), random_ids, batch)
        progress = elapsed / minutes
        for group in optimizer.param_groups:
            group["lr"] = 1.5e-3 * min(1.0, (step + 1) / 200) * 0.5 * (1 + math.cos(math.pi * progress))
        hidden = model.roberta(batch).last_hidden_state[chosen]
        loss = torch.nn.functional.cross_entropy(model.lm_head(hidden), labels)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        running = loss.item() if running is None else 0.99 * running + 0.01 * loss.item()
        if step % 100 == 0:
            print(f"step {step:6d}  {elapsed:5.1f} min  loss {running:.3f}", flush=True)
    model.save_pretrained(out)
    record = {"languages": SOURCE, "steps": step, "batch": 64, "block": BLOCK, "final_loss": round(running, 4)}
    (out / "training.json").write_text(json.dumps(record, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["text", "model"])
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=25.0)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    if args.what == "text":
        write_text(args.source, args.out)
    else:
        train_model(args.source, args.out, args.minutes, args.threads)


if __name__ == "__main__":
    main()
