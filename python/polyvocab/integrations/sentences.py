"""Sentence encoders of `transformers`, as functions from texts to vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..errors import require


class MeanPooled:
    """The mean of an encoder's last hidden states over a text's tokens (Reimers and Gurevych 2019), as MiniLM and many others
    have it. Calling it with texts gives float32 [texts, dim], not scaled.

    `model`: a directory, or a name of the hub, of an encoder with its tokenizer. Texts that it knows are not encoded twice.
    """

    def __init__(self, model: str | Path, *, batch: int = 256, device: str = "cpu", progress: bool = False) -> None:
        transformers = require("transformers", "models", "encoding sentences")
        self._tokenizer = transformers.AutoTokenizer.from_pretrained(model)
        self._model = transformers.AutoModel.from_pretrained(model).eval().to(device)
        self._batch, self._device, self._progress = batch, device, progress
        self._known: dict[str, np.ndarray] = {}

    def __call__(self, texts: list[str]) -> np.ndarray:
        new = sorted({text for text in texts if text not in self._known}, key=len)  # of like lengths together
        for start in tqdm(range(0, len(new), self._batch), desc="embedding texts", disable=not self._progress):
            block = new[start : start + self._batch]
            self._known.update(zip(block, self._encode(block), strict=True))
        return np.stack([self._known[text] for text in texts])

    def _encode(self, texts: list[str]) -> np.ndarray:
        import torch

        batch = self._tokenizer(texts, padding=True, truncation=True, return_tensors="pt").to(self._device)
        with torch.inference_mode():
            hidden = self._model(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1).to(hidden.dtype)
        return ((hidden * mask).sum(1) / mask.sum(1).clamp(min=1)).float().cpu().numpy()
