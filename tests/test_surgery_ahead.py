"""Work in another process while this one loads: its result, its errors, and its end."""

import os
import pickle
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
import tiny
from polyvocab import surgery
from polyvocab.errors import FormatError, PolyvocabError, RecipeError, UnsupportedComponent


def answer(path):
    if not path.is_dir():
        raise FormatError(path, "is missing")
    return path.name, os.getpid(), "torch" in sys.modules


def wait(mark):
    try:
        mark.with_suffix(".begun").touch()
        time.sleep(60)
    finally:
        mark.touch()


def interrupt_when(begun):
    while not begun.exists():
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def model(tmp_path):
    tiny.model("llama").save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def test_the_result_comes_from_a_process_that_ends(model):
    name, process, has_torch = surgery.beside_loading(model, answer, model)
    assert name == "model" and process != os.getpid() and not has_torch
    deadline = time.monotonic() + 60
    while Path(f"/proc/{process}").exists():
        assert time.monotonic() < deadline, "it is still there"
        time.sleep(0.01)


def test_errors_come_back_as_they_are(model, tmp_path):
    with pytest.raises(FormatError, match="nowhere: is missing"):
        surgery.beside_loading(model, answer, tmp_path / "nowhere")


def test_what_cannot_be_loaded_is_left_to_the_surgery(tmp_path):
    assert surgery.beside_loading(tmp_path / "nowhere", answer, tmp_path)[0] == tmp_path.name


def test_a_process_that_is_killed_is_told(model):
    with pytest.raises(PolyvocabError, match="the process that counts and chooses was killed"):
        surgery.beside_loading(model, die)


def test_ctrl_c_lets_the_other_process_clean_up(model, tmp_path, monkeypatch):
    monkeypatch.setattr("polyvocab.surgery.ahead._PATIENCE", 0.1)
    mark = tmp_path / "cleaned"
    threading.Thread(target=interrupt_when, args=(mark.with_suffix(".begun"),)).start()
    with pytest.raises(KeyboardInterrupt):
        surgery.beside_loading(model, wait, mark)
    assert mark.exists()


@pytest.mark.parametrize("error", [FormatError("f", "bad"), RecipeError("r", row=3), UnsupportedComponent("X", "f", "so")])
def test_errors_travel(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error) and str(again) == str(error) and vars(again) == vars(error)
