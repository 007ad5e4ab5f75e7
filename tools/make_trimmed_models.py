"""Small models that the package vocabtrimmer has trimmed, and what is wrong with them, measured with its own libraries.

    $(tools/make_trim_bench_env.sh) tools/make_trimmed_models.py ../shared/data OUT

For the environment that `tools/make_trim_bench_env.sh` makes. Four families with random weights and real tokenizers; each is
saved in OUT/<family>/original, trimmed by the package as it is to the text of one language, and saved in OUT/<family>/trimmed.
Every entry of a bias is a number of its own, so that a wrong choice of them shows. For each family a line of standard output is
JSON (libraries print other lines there):

- rows: rows of the trimmed model
- memory, fast, slow: the trimmer's tokenizer, and those that the saved directory gives. For each the lines of text (of 400)
  with an id that has no row (`lines`), the tokens without a row and with the row of another token (`beyond`, `wrong`), and the
  same for special tokens (`special_beyond`, `special_wrong`)
- first: the tensors whose entries are the original's first ones, not those of the kept tokens; zero: those that are all zero
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from pathlib import Path

SMALL = {"num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 32, "intermediate_size": 64}
SMALL_MBART = {
    f"{side}_{name}": value
    for side in ("encoder", "decoder")
    for name, value in (("layers", 2), ("attention_heads", 2), ("ffn_dim", 64))
}
SMALL_MT5 = {"d_model": 32, "d_kv": 16, "d_ff": 64, "num_layers": 2, "num_decoder_layers": 2, "num_heads": 2}


def xlmr(tokenizers: Path) -> tuple:
    import transformers

    tokenizer = transformers.XLMRobertaTokenizerFast(str(tokenizers / "xlm-roberta/sentencepiece.rebuilt.model"))
    config = transformers.XLMRobertaConfig(vocab_size=len(tokenizer), max_position_embeddings=514, type_vocab_size=1, **SMALL)
    return transformers.XLMRobertaForMaskedLM(config), tokenizer


def mbart(tokenizers: Path) -> tuple:
    """With XLM-R's pieces, which are those of mBART but for the codes of languages."""
    import transformers

    tokenizer = transformers.MBartTokenizerFast(
        str(tokenizers / "xlm-roberta/sentencepiece.rebuilt.model"), src_lang="tr_TR", tgt_lang="en_XX"
    )
    config = transformers.MBartConfig(vocab_size=len(tokenizer), d_model=32, max_position_embeddings=128, **SMALL_MBART)
    return transformers.MBartForConditionalGeneration(config), tokenizer


def mt5(tokenizers: Path) -> tuple:
    """With T5's pieces, and more rows than tokens, as in mT5."""
    import transformers

    tokenizer = transformers.MT5TokenizerFast(str(tokenizers / "t5/spiece.model"), extra_ids=0)
    config = transformers.MT5Config(vocab_size=len(tokenizer) + 112, decoder_start_token_id=0, **SMALL_MT5)
    return transformers.MT5ForConditionalGeneration(config), tokenizer


def bert(tokenizers: Path) -> tuple:
    import transformers

    vocabulary = str(tokenizers / "bert-base-multilingual-cased/vocab.txt")
    tokenizer = transformers.BertTokenizerFast(vocabulary, do_lower_case=False)
    config = transformers.BertConfig(vocab_size=len(tokenizer), **SMALL)
    return transformers.BertForMaskedLM(config), tokenizer


# The language of the text that a model is trimmed to: one that the tokenizer was made for.
FAMILIES = {xlmr: "tur_Latn", mbart: "tur_Latn", mt5: "eng_Latn", bert: "tur_Latn"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("shared", type=Path)
    parser.add_argument("out", type=Path, help="where the models go; must not exist")
    args = parser.parse_args()
    if args.out.exists():
        parser.error(f"{args.out} exists already")
    args.out.mkdir(parents=True)
    os.environ |= {"HF_HOME": str(args.out.resolve() / "home"), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    for make, language in FAMILIES.items():
        text = args.shared / "text" / f"{language}.ntrex.txt"
        print(json.dumps(run(make, args.shared / "tokenizers", text, args.out / make.__name__)), flush=True)


def run(make, tokenizers: Path, text: Path, out: Path) -> dict:
    import torch
    import transformers
    import vocabtrimmer

    torch.manual_seed(0)
    model, tokenizer = make(tokenizers)
    for name, tensor in model.state_dict().items():
        if name.endswith(("final_logits_bias", "predictions.bias", "lm_head.bias")):
            tensor.copy_(torch.randn_like(tensor))
    original, trimmed = str(out / "original"), str(out / "trimmed")
    model.save_pretrained(original)
    tokenizer.save_pretrained(original)
    dataset = out / "text"  # the text as a dataset of its own: a folder with this file alone
    dataset.mkdir()
    shutil.copy(text, dataset / "train.txt")
    trimmer = vocabtrimmer.VocabTrimmer(original)
    trimmer.trim_vocab(
        language="text",
        path_to_save=trimmed,
        dataset=str(dataset),
        dataset_split="train",
        cache_file_vocab=str(out / "vocab.json"),
        cache_file_frequency=str(out / "frequency.json"),
    )
    old = transformers.AutoTokenizer.from_pretrained(original)
    rows = model.get_input_embeddings().weight, trimmer.model.get_input_embeddings().weight
    lines = text.read_text("utf-8").split("\n")[:400]
    found = {"family": make.__name__, "text": str(text), "rows": len(rows[1])}
    found["memory"] = measure(trimmer.tokenizer, old, rows, lines)
    for name, is_fast in (("fast", True), ("slow", False)):
        found[name] = measure(transformers.AutoTokenizer.from_pretrained(trimmed, use_fast=is_fast), old, rows, lines)
    return found | stored(Path(original), Path(trimmed))


def measure(tokenizer, old, rows: tuple, lines: list[str]) -> dict[str, int]:
    """Which ids of a tokenizer have no row, and which have that of another token."""
    before, after = rows
    found = {"lines": sum(max(ids, default=0) >= len(after) for ids in tokenizer(lines)["input_ids"])}
    old_ids, special = old.get_vocab(), set(old.all_special_tokens)
    for prefix, chosen in (("", lambda token: token not in special), ("special_", special.__contains__)):
        ids = {token: i for token, i in tokenizer.get_vocab().items() if chosen(token) and token in old_ids}
        inside = [(i, old_ids[token]) for token, i in ids.items() if i < len(after)]
        same = (after[[i for i, _ in inside]] == before[[i for _, i in inside]]).all(dim=1) if inside else None
        found[f"{prefix}beyond"] = len(ids) - len(inside)
        found[f"{prefix}wrong"] = int((~same).sum()) if inside else 0
    return found


def stored(original: Path, trimmed: Path) -> dict[str, list[str]]:
    """The tensors of a bias that were cut off instead of selected, or lost."""
    from safetensors.torch import load_file

    before, after = (load_file(folder / "model.safetensors") for folder in (original, trimmed))
    cut = {name: new for name, new in after.items() if name.endswith("bias") and new.shape != before[name].shape}
    first = [name for name, new in cut.items() if (new == before[name][..., : new.shape[-1]]).all()]
    return {"first": first, "zero": [name for name, new in cut.items() if not new.any()]}


if __name__ == "__main__":
    main()
