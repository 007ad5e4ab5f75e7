"""The matrices of models in memory and on the disk, and the rows that training never reached."""

import numpy as np
import pytest
import tiny
import torch
from polyvocab import surgery
from polyvocab.errors import SurgeryError
from polyvocab.recipe import Csr, RowRecipe
from polyvocab.transfer import SourceTokenizer, TokenizerTransfer

TOKENS = 70


def numbered(count):
    return tiny.numbered(range(count))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", ["llama", "bert", "bart"])
def test_they_are_the_models_rows_wherever_it_is(name, dtype, tmp_path):
    model = tiny.model(name).to(dtype)
    model.save_pretrained(tmp_path)
    head = model.get_output_embeddings()
    tied = head is None or head.weight is model.get_input_embeddings().weight
    for made in (surgery.read_matrices(model, TOKENS), surgery.read_matrices(tmp_path, TOKENS)):
        assert np.array_equal(made.input, model.get_input_embeddings().weight[:TOKENS].detach().float().numpy())
        assert (made.output is None) == tied and made.hashes.keys() == ({"input"} if tied else {"input", "output"})
        if not tied:
            assert np.array_equal(made.output, head.weight[:TOKENS].detach().float().numpy())


def test_what_is_derived_from_them_fits_the_model_alone():
    model = tiny.model("llama")
    made = surgery.read_matrices(model, tiny.TOKENS if hasattr(tiny, "TOKENS") else TOKENS)
    size = len(made.input)
    files = numbered(size)
    transfer = TokenizerTransfer(
        SourceTokenizer.of(files), files, RowRecipe(Csr.selection(range(size)), size), derived_from=made.hashes
    )
    surgery.apply(transfer, model)
    other = tiny.model("llama")
    with torch.no_grad():
        other.get_output_embeddings().weight[0, 0] += 1
    with pytest.raises(SurgeryError, match="is not the matrix that this transfer's output recipe was derived from"):
        surgery.apply(transfer, other)


def test_untrained_tokens_are_those_of_either_matrix(tmp_path):
    model = tiny.model("llama")
    with torch.no_grad():
        model.get_input_embeddings().weight[:] += torch.randn_like(model.get_input_embeddings().weight)
        model.get_input_embeddings().weight[[3, 60]] = 0
        model.get_output_embeddings().weight[[7, 9]] = 0.25
    model.save_pretrained(tmp_path)
    for source in (model, tmp_path):
        assert surgery.untrained_tokens(source, 50) == {3, 7, 9}
        assert surgery.untrained_tokens(source, 61) == {3, 7, 9, 60}
    assert surgery.read_matrices(model, 61).untrained == {3, 7, 9, 60}


def test_a_model_with_too_few_rows_is_refused():
    with pytest.raises(SurgeryError, match="rows, the tokenizer 9999 tokens"):
        surgery.read_matrices(tiny.model("llama"), 9999)
