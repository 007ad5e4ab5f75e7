"""Measures against models whose probabilities are known."""

import math

import pytest
import torch
from polyvocab import metrics
from polyvocab.errors import MetricError
from polyvocab.integrations.transformers import load_tokenizer
from transformers import AutoTokenizer


class Known(torch.nn.Module):
    """Gives every token the probability of a table of logits over (previous token, token), or a uniform one."""

    def __init__(self, size: int, table: torch.Tensor | None = None):
        super().__init__()
        self.size, self.table, self.device, self.seen = size, table, torch.device("cpu"), []
        self.config = type("Config", (), {"max_position_embeddings": 10_000})()

    def forward(self, input_ids, attention_mask):
        self.seen.append((input_ids, attention_mask))
        logits = self.table[input_ids] if self.table is not None else torch.zeros(*input_ids.shape, self.size)
        return type("Output", (), {"logits": logits})()


@pytest.fixture(scope="module")
def byte_tokenizer(tmp_path_factory):
    """Byte-level BPE without merges: one token a byte, and an end-of-text token."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({c: i for i, c in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<eos>")


@pytest.fixture(scope="module")
def sample_tokenizer(sample_model):
    return AutoTokenizer.from_pretrained(sample_model)


def test_a_uniform_model_has_the_bits_of_its_vocabulary(byte_tokenizer):
    text = "héllo 你好 " * 300
    bits = metrics.bits_per_byte(Known(256), byte_tokenizer, [text, "x"], context_bytes=64, stride_bytes=32)
    assert bits.bytes == len(text.encode()) + 1 == bits.tokens and bits.charged_bytes == 0
    assert bits.value == pytest.approx(8.0)


def test_every_token_is_scored_once_given_the_one_before_it(byte_tokenizer):
    torch.manual_seed(0)
    table = torch.randn(257, 257)
    text = "Ein Satz mit Ümläuten, dann 你好. " * 50
    ids = byte_tokenizer(text)["input_ids"]
    log_p = torch.log_softmax(table, -1)
    expected = -sum(log_p[a, b].item() for a, b in zip([byte_tokenizer.eos_token_id, *ids], ids, strict=False))
    for context, stride in ((1024, 512), (100, 50), (7, 3), (10_000, 5000)):
        model = Known(257, table)
        bits = metrics.bits_per_byte(model, byte_tokenizer, [text], context_bytes=context, stride_bytes=stride)
        assert bits.bits * math.log(2) == pytest.approx(expected, rel=1e-4), (context, stride)
        assert max(seen.shape[1] for seen, _ in model.seen) <= context + 4


def test_the_context_is_the_same_number_of_bytes_for_any_tokenizer(byte_tokenizer, sample_tokenizer):
    text = "In the beginning God created the heaven and the earth. " * 40
    seen = {}
    for name, tokenizer in (("bytes", byte_tokenizer), ("pieces", sample_tokenizer)):
        model = Known(len(tokenizer))
        metrics.bits_per_byte(model, tokenizer, [text], context_bytes=200, stride_bytes=100, lossy="charge")
        rows = [row[mask.bool()] for ids, masks in model.seen for row, mask in zip(ids, masks, strict=True)]
        seen[name] = max(len(tokenizer.decode(row[1:])) for row in rows)
    assert abs(seen["bytes"] - 200) < 5 and abs(seen["pieces"] - 200) < 15


def test_text_that_does_not_round_trip_is_refused_or_charged(sample_tokenizer):
    text = "two  spaces and ﬁ"  # SentencePiece joins the spaces, NFKC opens the ligature
    model = Known(len(sample_tokenizer))
    with pytest.raises(MetricError, match=r"document 1 \('two  spaces.*does not round-trip"):
        metrics.bits_per_byte(model, sample_tokenizer, ["two spaces", text])
    charged = metrics.bits_per_byte(model, sample_tokenizer, [text], lossy="charge")
    assert charged.charged_bytes == 1 + len("ﬁ".encode())
    clean = charged.tokens * math.log2(len(sample_tokenizer))
    assert charged.bits == pytest.approx(clean + 8 * charged.charged_bytes)


def test_no_text_and_no_start():
    with pytest.raises(MetricError, match="of no text"):
        metrics.bits_per_byte(None, None, [])


SENTENCE = "Mungo akasema, Iwe nuru; ikawa nuru."


def test_spans_are_words_and_runs_that_all_tokenizers_respect(sample_tokenizer, byte_tokenizer):
    spans = metrics.sample_spans([SENTENCE], [sample_tokenizer], count=100)
    assert sorted(s.text for s in spans) == sorted(SENTENCE.split())
    chinese = "神说要有光就有了光神看光是好的"
    runs = metrics.sample_spans([chinese], [byte_tokenizer], count=100)
    assert sorted(len(s.text) for s in runs) == [7, 8]
    joined = metrics.sample_spans([chinese], [byte_tokenizer, sample_tokenizer], count=100)
    assert "".join(s.text for s in sorted(joined, key=lambda s: s.start)) == chinese
    assert metrics.sample_spans([SENTENCE] * 3, [sample_tokenizer], 4, seed=1) == metrics.sample_spans(
        [SENTENCE] * 3, [sample_tokenizer], 4, seed=1
    )


def test_l2r_masks_the_token_and_what_follows_in_its_span(sample_tokenizer):
    (span,) = metrics.sample_spans(["akasema"], [sample_tokenizer])
    ids = sample_tokenizer("akasema")["input_ids"]
    inner, mask = len(ids) - 2, sample_tokenizer.mask_token_id
    assert inner >= 2
    for order, masked in (("l2r", lambda k: inner - k), ("original", lambda k: 1)):
        model = Known(len(sample_tokenizer))
        bits = metrics.pseudo_bits_per_byte(model, sample_tokenizer, [span], order=order)
        rows = sorted(model.seen[0][0].tolist(), key=lambda row: row.count(mask), reverse=True)
        assert sorted(row.count(mask) for row in rows) == sorted(masked(k) for k in range(inner))
        assert all(row[0] == ids[0] and row[-1] == ids[-1] for row in rows)
        assert bits.tokens == inner and bits.bytes == 7
        assert bits.bits == pytest.approx(inner * math.log2(len(sample_tokenizer)))


def test_a_space_that_is_a_token_of_its_own_belongs_to_the_word_after_it(byte_tokenizer):
    """Else a tokenizer that joins space and word would pay for a boundary that the other gets for nothing."""
    spans = metrics.sample_spans(["ab cd"], [byte_tokenizer])
    byte_tokenizer.add_special_tokens({"mask_token": "<mask>"})
    bits = metrics.pseudo_bits_per_byte(Known(258), byte_tokenizer, spans)
    assert bits.bytes == 4 and bits.tokens == 5


def test_spans_with_unknown_tokens_are_charged(sample_tokenizer):
    spans = metrics.sample_spans(["ᏣᎳᎩ"], [sample_tokenizer])
    bits = metrics.pseudo_bits_per_byte(Known(len(sample_tokenizer)), sample_tokenizer, spans)
    assert bits.charged_bytes == bits.bytes == 9 and bits.value == 8.0


def test_a_window_that_is_too_long_says_so(sample_tokenizer):
    model = Known(len(sample_tokenizer))
    model.config.max_position_embeddings = 20
    spans = metrics.sample_spans([SENTENCE * 20], [sample_tokenizer], 5)
    with pytest.raises(MetricError, match="the model takes 20: use a smaller context_bytes"):
        metrics.pseudo_bits_per_byte(model, sample_tokenizer, spans)


def test_a_trained_model_prefers_its_own_languages(sample_model, sample_text):
    from polyvocab.adapt.steps import load_model

    model, tokenizer = load_model(sample_model), load_tokenizer(sample_model)
    values = {}
    for language in ("eng_Latn", "swh_Latn"):
        lines = (sample_text / f"{language}.train.txt").read_text("utf-8").splitlines()[-40:]
        spans = metrics.sample_spans(lines, [tokenizer], 60)
        values[language] = metrics.pseudo_bits_per_byte(model, tokenizer, spans, context_bytes=100).value
    assert values["eng_Latn"] < values["swh_Latn"] - 1


def test_fertility(sample_tokenizer, byte_tokenizer):
    f = metrics.fertility(byte_tokenizer, ["ab c", "d"])
    assert (f.words, f.tokens, f.bytes, f.continued_words) == (3, 5, 5, 1)
    assert f.tokens_per_word == 5 / 3 and f.continued_share == 1 / 3 and f.bytes_per_token == 1 and f.unknown_rate == 0
    text = [SENTENCE, "ᏣᎳᎩ x"]
    f = metrics.fertility(sample_tokenizer, text)
    pieces = [sample_tokenizer.tokenize(w) for t in text for w in t.split()]
    assert f.continued_words == sum(len(ps) > 1 for ps in pieces)
    assert f.unknown_tokens == 1 and f.as_dict()["unknown_rate"] == f.unknown_rate
    with pytest.raises(MetricError, match="without words"):
        metrics.fertility(sample_tokenizer, [" "])
