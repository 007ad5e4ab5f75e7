"""The report of a mixture inference, and its command, on a document written by hand."""

import copy
import json
import re

import pytest
from polyvocab import mixture as inference
from polyvocab import report
from polyvocab.cli import app
from polyvocab.report import mixture as mixture_report
from typer.testing import CliRunner


def document() -> dict:
    shares = {"bytes": [0.2, 0.7, 0.1], "characters": [0.25, 0.65, 0.1], "pairs": [0.22, 0.68, 0.1]}
    errors = {"bytes": [0.01, 0.02, None], "characters": [0.01, 0.02, None], "pairs": [0.01, 0.02, None]}
    return {
        "polyvocab": "0.1",
        "tokenizer": {
            "path": "a <b>.json",
            "fingerprint": "12ab",
            "model": "bpe",
            "steps": 12000,
            "unlearned": {"unreachable": ["a", "b", "c"], "early": []},
        },
        "settings": {"blocks": 10, "threads": 2},
        "categories": [
            {"name": "de", "documents": 10, "bytes": 1000, "characters": 990, "pairs": 700},
            {"name": "en & more", "documents": 20, "bytes": 2000, "characters": 1990, "pairs": 1500},
            {"name": "code", "documents": 5, "bytes": 500, "characters": 500, "pairs": 300},
        ],
        "estimates": {
            "isotonic": {"shares": {"bytes": [0.19, 0.72, 0.09]}, "standard_errors": None, "objective": 2.5, "steps": 12000},
            "lp": {"shares": shares, "standard_errors": errors, "objective": 0.0351, "steps": 3000},
        },
        "chosen": "lp",
        "reason": "lp, because the corpus is small",
        "identified": {"bytes": [[0.18, 0.21], [0.6, 0.75], [0.0, 0.2]]},
        "by_steps": [
            {"steps": 1000, "shares": [0.3, 0.6, 0.1], "estimator": "lp"},
            {"steps": 300, "shares": [0.4, 0.5, 0.1], "estimator": "lp"},
            {"steps": 3000, "shares": [0.2, 0.7, 0.1], "estimator": "lp"},
            {"steps": 3000, "shares": [0.2, 0.7, 0.1], "estimator": "isotonic"},
        ],
        "residuals": [
            {"begin": 0, "end": 100, "unexplained": 0.001, "more": 1},
            {"begin": 100, "end": 200, "unexplained": 0.02},
        ],
        "diagnoses": [
            {"kind": "dead merges", "severity": "note", "text": "3 merges", "examples": []},
            {
                "kind": "missing category",
                "severity": "warning",
                "text": "no Greek",
                "examples": ["ος", {"token": "το"}],
            },
        ],
        "corpus": {"pairs": [1e8, 2e8, 5e8], "bytes": 3e8, "trainer": "ascending ids", "text": "about 0.3 GB"},
        "seconds": {"count": 1.25, "replay": 0.5, "solve": None},
        "memory_bytes": 1.5e9,
    }


def test_the_summary_says_the_shares_and_their_errors():
    text = report.mixture_summary(document())
    lines = text.splitlines()
    at = lines.index("shares of bytes, by lp; ± is two standard errors")
    assert lines[at + 1].split() == ["category", "share", "of", "bytes", "±", "least", "greatest", "isotonic"]
    assert [re.split(r" {2,}", line) for line in lines[at + 2 : at + 5]] == [
        ["en & more", "70.00 %", "4.00 %", "60.00 %", "75.00 %", "72.00 %"],
        ["de", "20.00 %", "2.00 %", "18.00 %", "21.00 %", "19.00 %"],
        ["code", "10.00 %", "0.00 %", "20.00 %", "9.00 %"],
    ]
    assert "3 unreachable" in text and "dead" not in lines[4]
    assert text.index("warning: missing category: no Greek (ος  το)") < text.index("note: dead merges: 3 merges")
    assert "about 0.3 GB" in text and "count 1.2 s, replay 0.5 s; 1.50 GB" in text


def test_the_summary_in_another_unit_has_no_identified_set_of_bytes():
    text = report.mixture_summary(document(), "characters")
    assert "share of characters" in text and "65.00 %" in text and "least" not in text


def test_the_page_needs_nothing_from_outside():
    page = report.mixture_page(document())
    assert page == report.mixture_page(document())
    assert page.count("<svg") == 3  # shares, the estimate by merges (of lp alone), residuals
    assert "en &amp; more" in page and "a &lt;b&gt;.json" in page and "a <b>" not in page
    assert "src=" not in page and 'href="http' not in page
    for text in ("2e+08, from 1e+08 to 5e+08", "lp, because the corpus is small", "no Greek", "100 to 200", "2.00 %"):
        assert text in page, text
    assert "blocks</td>" in page
    assert len(re.findall("<h2>", page)) == 9


OPTIONAL = [*document(), *(("estimates", name) for name in ("lp", "isotonic")), ("categories", 0, "pairs")]
OPTIONAL += [("tokenizer", "unlearned"), ("estimates", "lp", "standard_errors"), ("corpus", "pairs"), ("corpus", "bytes")]
OPTIONAL += [("by_steps", 0, "estimator"), ("diagnoses", 0, "examples"), ("residuals", 0, "unexplained")]


@pytest.fixture
def undrawn(monkeypatch) -> None:
    """Figures are not drawn, but what they are given is looked at: as many numbers as there are names, and no None."""

    def bars(names, given, *, x, spans=None):
        for lengths, errors in given.values():
            assert len(names) == len(lengths) == len(lengths if errors is None else errors)
            assert all(isinstance(n, float) for n in (*lengths, *(errors or ())))
        assert spans is None or all(len(span) == 2 for span in spans)
        return "<svg></svg>"

    def lines(given, *, x, y, logarithmic=False):
        assert all(len(xs) == len(ys) and all(isinstance(v, int | float) for v in (*xs, *ys)) for xs, ys in given.values())
        return "<svg></svg>"

    monkeypatch.setattr(mixture_report, "bar_chart", bars)
    monkeypatch.setattr(mixture_report, "line_chart", lines)


@pytest.mark.parametrize("absent", OPTIONAL, ids=str)
@pytest.mark.parametrize("is_null", [True, False])
def test_absent_members_leave_out_what_is_made_of_them(absent, is_null, undrawn):
    changed = copy.deepcopy(document())
    *path, last = (absent,) if isinstance(absent, str) else absent
    at = changed
    for step in path:
        at = at[step]
    if is_null:
        at[last] = None
    else:
        del at[last]
    for unit in ("bytes", "pairs"):
        assert "<h1>" in report.mixture_page(changed, unit)
        assert report.mixture_summary(changed, unit)


def test_a_document_of_a_unigram_tokenizer_and_an_empty_one():
    changed = document()
    changed["estimates"] = {"unigram": {"shares": {"bytes": [0.5, 0.3, 0.2]}}}
    changed |= {"chosen": "unigram", "identified": None, "residuals": None, "corpus": None, "something new": 1}
    assert "by unigram" in report.mixture_summary(changed, "pairs")
    assert "share of bytes" in report.mixture_page(changed, "pairs")
    assert "<h1>" in report.mixture_page({}) and "a tokenizer" in report.mixture_summary({})


class Found:
    """What an inference gives."""

    def to_dict(self) -> dict:
        return document()


@pytest.fixture
def called(monkeypatch) -> list:
    calls: list = []
    monkeypatch.setattr(inference, "infer", lambda *args, **options: calls.append((args, options)) or Found(), raising=False)
    return calls


def test_the_command(called, sample_model, sample_text, tmp_path):
    data = ["-d", f"sw={sample_text / 'swh_Latn.heldout.txt'}", "-d", f"zh={sample_text / 'zho_Hans.train.txt'}"]
    command = ["mixture", str(sample_model), *data, "--merges", "500", "--memory-limit", "64", "--unit", "pairs", "-q"]
    done = CliRunner().invoke(app, [*command, "--counts", str(tmp_path / "pairs"), "-o", str(tmp_path / "out")])
    assert done.exit_code == 0, done.stderr
    ((tokenizer, categories), options) = called[0]
    assert tokenizer.token_count == 8000 and list(categories) == ["sw", "zh"]
    assert options == {
        **{"counts": (tmp_path / "pairs",), "merges": 500, "estimator": "auto", "blocks": 10, "field": "text"},
        **{"threads": 0, "memory_limit": 64 << 20, "progress": False},
    }
    assert report.mixture_summary(document(), "pairs") in done.stdout
    assert json.loads((tmp_path / "out" / "result.json").read_text("utf-8")) == document()
    assert (tmp_path / "out" / "report.html").read_text("utf-8") == report.mixture_page(document(), "pairs")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "give --data CATEGORY=FILE to count"),
        (("-d", "sw"), "--data sw: write LABEL=FILE"),
        (("-d", "sw=x", "--unit", "words"), "--unit words: use bytes, characters, pairs"),
        (("-d", "sw=x", "--estimator", "best"), "--estimator best: use auto, lp, isotonic"),
        (("-d", "sw=x", "--counts", "a", "--counts", "b"), "with --data one --counts is the file to save in"),
    ],
)
def test_errors_of_users(called, sample_model, tmp_path, arguments, problem):
    refused = CliRunner().invoke(app, ["mixture", str(sample_model), *arguments, "-q", "-o", str(tmp_path / "none")])
    assert refused.exit_code == 1 and problem in refused.stderr
    assert not called and not (tmp_path / "none").exists()


def test_later_parts_of_the_list_have_their_shares():
    given = document()
    assert "merges 5,000" not in report.mixture_page(given)
    shares = [None, 0.75, 0.25]  # the first category cannot be told there
    given["segments"] = [{"first": 5000, "last": 7500, "shares": {"bytes": shares}, "standard_errors": {}}]
    for shown in (report.mixture_page(given), report.mixture_summary(given)):
        assert "merges 5,000 to 7,500" in shown and "75" in shown.split("merges 5,000 to 7,500")[1]
