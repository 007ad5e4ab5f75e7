"""The tests of Hugging Face `tokenizers` on `polyvocab.integrations.tokenizers`."""

from __future__ import annotations

import importlib
import sys
from types import SimpleNamespace

import huggingface_hub
import tokenizers
from polyvocab.integrations import tokenizers as ours
from polyvocab.integrations.native_backend import NativeBackend
from reference_tests import stand_ins

LEFT_OUT = {
    "test_benchmarks": "measures time",
    "test_performance_comparison": "measures time",
    "test_multiprocessing_with_parallelism": "expects that a forked process hangs",
    "TestByteLevelBPE::test_basic_encode": "expects ids of RoBERTa's vocabulary, which is not at hand",
    "TestByteLevelBPE::test_add_prefix_space": "expects ids of RoBERTa's vocabulary, which is not at hand",
    "TestByteLevelBPE::test_lowerspace": "expects ids of RoBERTa's vocabulary, which is not at hand",
    "TestParityBpeTrainer::test_train": "a trainer that takes the library's own class alone",
    "TestTrainFromIterators::test_datasets": "trains on data that is not at hand",
    "TestTrainFromIterators::test_gzip": "trains on data that is not at hand",
}
"""Parts of test ids, and why those tests are not run."""

_original = tokenizers.Tokenizer
_backends: list[NativeBackend] = []


def provide_data() -> None:
    """Stand-ins for all that the tests download, whatever they test."""
    huggingface_hub.hf_hub_download = stand_ins.download


def replace() -> None:
    """Ours where the tests and the library's own Python classes find the original."""
    importlib.import_module("tokenizers.implementations")  # its modules hold the class by name
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == "tokenizers" and getattr(module, "Tokenizer", None) is _original:
            module.Tokenizer = ours.Tokenizer
    tokenizers.Encoding, tokenizers.decoders.DecodeStream = ours.Encoding, ours.DecodeStream
    ours._library = lambda: SimpleNamespace(Tokenizer=_original)
    begin = NativeBackend.__init__

    def noted(self) -> None:
        begin(self)
        _backends.append(self)

    NativeBackend.__init__ = noted


def take_reasons() -> list[str | None]:
    """Of each object of ours made since the last call: why a call of it went to the original; None where none did."""
    reasons = [backend.reason or backend.last_reason for backend in _backends]
    _backends.clear()
    return reasons
