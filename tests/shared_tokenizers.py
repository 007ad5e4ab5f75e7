"""The tokenizers of ../shared: what a file leaves open, and the caller says."""

READING = {
    "bert-base-multilingual-cased": {"lowercase": False},
    "clip": {"family": "clip"},
    "llama3": {"encoding": "llama3"},
    "openai-gpt": {"family": "openai-gpt"},
}
