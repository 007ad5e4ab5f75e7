"""Merges that no trainer made."""

import pytest
from mixture_problems import byte_bpe, case, lines, mixture, with_model
from polyvocab.inspection.entries import Entries
from polyvocab.mixture.isotonic import fit_isotonic
from polyvocab.mixture.levels import levels_of
from polyvocab.mixture.planted import not_learned, planted_merges

SHARES = {"eng_Latn": 0.7, "est_Latn": 0.3}


@pytest.fixture(scope="module")
def tokenizer():
    return byte_bpe(mixture(SHARES, 500_000), 1500)


def diagnosed(tokenizer):
    found = case(tokenizer, {language: lines(language)[1] * 3 for language in SHARES})  # three times: counts are small
    entries = Entries.of(tokenizer.definition)
    levels = levels_of(found.problem, fit_isotonic(found.problem).alpha)
    return found, levels, entries, planted_merges(found.problem, levels, entries)


def inserted(tokenizer, words, place):
    """The tokenizer with merges that make these words, letter by letter, at a place of the list."""

    def change(model):
        merges = []
        for word in words:
            for i in range(1, len(word)):
                if word[: i + 1] not in model["vocab"]:
                    model["vocab"][word[: i + 1]] = len(model["vocab"])
                    merges.append([word[:i], word[i]])
        model["merges"][place:place] = merges

    return with_model(tokenizer, change)


def test_a_trained_list_has_none(tokenizer):
    found, levels, entries, planted = diagnosed(tokenizer)
    assert planted.steps > 150 and planted.findings() == []
    assert not_learned(found.merges, entries) == []


def test_merges_that_were_put_in_by_hand_are_found(tokenizer):
    words = ["Qxz", "Zxqwz", "Jqvx"]
    changed = inserted(tokenizer, words, 120)
    found, levels, entries, planted = diagnosed(changed)
    (finding,) = planted.findings()
    assert finding.kind == "hand-added merges" and len(planted.late) == 0
    made = {found.merges.texts[i].decode() for i in found.problem.steps.merged[planted.rare].tolist()}
    assert {"Qx", "Qxz", "Zx", "Zxq", "Zxqw", "Zxqwz", "Jq", "Jqv", "Jqvx"} == made


def test_a_merge_that_stands_too_late_is_found(tokenizer):
    learned = [list(pair) for pair in tokenizer.merges]
    parts = {part for pair in learned for part in pair}
    leaves = [pair for pair in learned[20:150] if "".join(pair) not in parts][:4]
    moved = [pair for pair in learned if pair not in leaves]
    changed = with_model(tokenizer, lambda model: model.update(merges=moved[:800] + leaves + moved[800:]))
    found, levels, entries, planted = diagnosed(changed)
    assert set(planted.late.tolist()) <= set(range(800, 804)) and len(planted.late) >= 3
    assert planted.findings()[0].kind == "hand-added merges"


def test_what_is_in_the_list_beside_what_was_learned_is_listed(tokenizer):
    def change(model):
        model["vocab"]["unreached"] = len(model["vocab"])
        first = next(i for i, (left, right) in enumerate(model["merges"]) if len(left) > 1)
        model["merges"].insert(0, model["merges"].pop(first))

    changed = with_model(tokenizer, change)
    found, levels, entries, _ = diagnosed(changed)
    findings = {finding.kind: finding for finding in not_learned(found.merges, entries)}
    assert findings["unreachable tokens"].examples == ("unreached",)
    assert len(findings["early merges"].examples) == 1 and "|" in findings["early merges"].examples[0]
    assert all(finding.severity == "note" for finding in findings.values())
