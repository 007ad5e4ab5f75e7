"""The tokenizers of ../shared: what a file leaves open, and the caller says."""

from pathlib import Path

READING = {
    "bert-base-multilingual-cased": {"lowercase": False},
    "clip": {"family": "clip"},
    "llama3": {"encoding": "llama3"},
    "openai-gpt": {"family": "openai-gpt"},
}


def tokenizer_file(folder: Path) -> Path:
    """The folder, or the one file in it where the folder does not say which."""
    models = [*folder.glob("*.model"), *folder.glob("*.tiktoken"), *folder.glob("claude.json")]
    return models[0] if len(models) == 1 else folder
