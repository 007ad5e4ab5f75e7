"""What the tests share: the embedded sample, the optional data beside the checkout, and tiny tokenizers and models."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

settings.register_profile("polyvocab", deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
settings.load_profile("polyvocab")

DATA = Path(__file__).parent / "data"
SAMPLE = DATA / "sample"
_SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The data beside the checkout, which the project must do without: tests that need it are skipped where it is absent."""
    if not _SHARED.is_dir():
        pytest.skip("../shared/data is absent")
    return _SHARED


@pytest.fixture(scope="session")
def sample_model() -> Path:
    """The embedded checkpoint: XLM-R's architecture, Unigram, trained on seven languages."""
    return SAMPLE / "model"


@pytest.fixture(scope="session")
def sample_text() -> Path:
    """The embedded texts."""
    return SAMPLE / "text"


@pytest.fixture(scope="module")
def tokenizer(sample_model):
    """The tokenizer of the embedded checkpoint."""
    from polyvocab import Tokenizer

    return Tokenizer.from_pretrained(sample_model)


@pytest.fixture
def containers(tmp_path) -> list:
    """A few lines in every container that a corpus may come in."""
    from containers import write_all

    return write_all(tmp_path)


@pytest.fixture(autouse=True, scope="session")
def quiet_transformers():
    """No progress bars in the test log."""
    import transformers

    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()


@pytest.fixture(scope="session")
def sample(sample_model):
    """The tokenizer of the embedded checkpoint."""
    from polyvocab.formats import TokenizerFiles

    return TokenizerFiles.from_directory(sample_model)


@pytest.fixture(scope="session")
def swahili(sample_model, sample_text):
    """A tokenizer of the sample's family, trained on Swahili."""
    from polyvocab.integrations.transformers import load_tokenizer, tokenizer_files, train_like

    lines = (sample_text / "swh_Latn.train.txt").read_text("utf-8").splitlines()[:1500]
    return tokenizer_files(train_like(load_tokenizer(sample_model), lines, 600))
