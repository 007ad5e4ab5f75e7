"""The tool that compares a tokenizer with its library: what it says, and that it finds a difference."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from polyvocab.tokenizer import Tokenizer

TOOLS = Path(__file__).parents[1] / "tools"


def run(*arguments) -> subprocess.CompletedProcess:
    command = [sys.executable, TOOLS / "check_parity.py", *arguments]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True)


def test_it_says_what_it_compared(sample_model, tmp_path):
    text = tmp_path / "text.txt"
    text.write_bytes("Hello world\nHabari ya dunia 😀\r\n\u2028你好".encode())
    result = run(sample_model, text)
    first, last = result.stdout.splitlines()
    assert first.startswith(f"{sample_model}: ids, byte ranges, word numbers, decoded texts against tokenizers ")
    assert last.startswith("4 cases with ") and last.endswith("all are equal") and result.returncode == 0
    text.write_bytes(b"")
    assert run(sample_model, text).returncode == 2  # nothing was compared
    result = run(sample_model, "--random", 30)
    assert result.stdout.splitlines()[-1].startswith("30 cases with ") and result.returncode == 0
    refused = run(sample_model / "config.json", text)
    assert refused.returncode == 2 and "is no member of a tokenizer.json" in refused.stderr


@pytest.fixture
def tools(monkeypatch):
    monkeypatch.syspath_prepend(TOOLS)
    import check_parity
    import parity_references

    return check_parity, parity_references


def test_it_finds_where_something_is_different(sample_model, tools):
    check_parity, parity_references = tools
    ours, text = Tokenizer.from_pretrained(sample_model), "Hello 😀 world"
    reference = parity_references.reference_of(ours, sample_model, None, None)
    right = reference.encode(text)

    def difference(**changes) -> str | None:
        return check_parity._difference(ours, reference, text, replace(right, **changes), decodes=True)

    assert difference() is None
    assert difference(ids=[*right.ids[:3], 7, *right.ids[4:]]).startswith("token 3 before ' 😀 world': encode gives [")
    assert difference(ids=right.ids[:-1]).startswith(f"token {len(right.ids) - 1} before")
    assert difference(spans=right.spans + 1).startswith(f"token 0, id {right.ids[0]}: the bytes [0 2] instead of [1 3]")
    assert difference(words=[9] * len(right.ids)).startswith(f"token 0, id {right.ids[0]}: the word 0 instead of 9")
    reference.decode = lambda ids: "Hello word"
    assert difference().startswith("character 6 of the decoded text:")


def test_bytes_are_counted_for_each_character(tools):
    text = "aé中😀"
    assert tools[1].byte_starts(text).tolist() == [0, 1, 3, 6, 10] and tools[1].byte_starts("").tolist() == [0]
    assert np.diff(tools[1].byte_starts(text)).tolist() == [len(c.encode()) for c in text]
