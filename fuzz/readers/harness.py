"""What the targets of the format readers share: seeds, and the law that a file is read or refused by name."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["polyvocab"]):
    from polyvocab.errors import FormatError, UnsupportedComponent
    from polyvocab.formats.definition import TokenizerDefinition
    from polyvocab.tokenizer import Tokenizer

if "__ATHERIS_INSTRUMENTED__" not in Tokenizer.from_pretrained.__code__.co_consts:
    sys.exit("atheris sees no coverage of an editable install: install polyvocab itself, as fuzz/run.sh does")

TEXT = "a b é中 <s> aab\n"


def run(
    read: Callable[[bytes], TokenizerDefinition],
    seeds: Iterable[bytes],
    mutator: Callable[[bytes, int, int], bytes] | None = None,
) -> None:
    """Fuzz `read` with libFuzzer's arguments. Seeds go into the corpus, the first folder among the arguments;
    a file among them is an input that is to be run again."""
    paths = [Path(argument) for argument in sys.argv[1:] if not argument.startswith("-")]
    corpus = next((path for path in paths if not path.is_file()), None)
    for number, seed in enumerate(seeds):
        Tokenizer(read(seed)).encode(TEXT)  # a seed that is refused tests nothing
        if corpus is not None:
            corpus.mkdir(parents=True, exist_ok=True)
            (corpus / f"seed-{number}").write_bytes(seed)

    def target(data: bytes) -> None:
        try:
            tokenizer = Tokenizer(read(data))
        except (FormatError, UnsupportedComponent):
            return
        try:
            tokenizer.encode(TEXT)
        except ValueError as error:
            if "not in the vocabulary" not in str(error):
                raise

    atheris.Setup(sys.argv, target, custom_mutator=mutator)
    atheris.Fuzz()
