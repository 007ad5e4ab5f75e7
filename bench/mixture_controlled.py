"""Controlled experiments: tokenizers trained on random known mixtures, and what is inferred of them.

    python bench/mixture_texts.py DATA
    python bench/mixture_controlled.py DATA RESULTS.json [--settings help-5 help-10 ...] [--trials 10]

As in Hayase et al. (2024), section 4: so many categories are drawn, and shares uniformly on the simplex; a tokenizer is
trained on text with these shares of bytes, and the shares are inferred with other text of the same categories. A category that
has less text than its share is repeated, as in the paper. Training text and samples have no document in common, in no
language. All is text of one domain, which is easier than the web.

A trial is drawn from the name of its setting and its number alone. RESULTS.json gets a row for each trial that is done, so a
run that was broken off goes on where it was. The table is made of all rows: mean and deviation of log10 of the mean squared
error of the shares of bytes, how many of the true shares are within two standard errors, and the root mean square of the errors
divided by the standard errors. Then, how far the estimated sizes of the training texts are from the true ones.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import mixture_baselines as baselines
import mixture_compose as compose
import mixture_trainers as trainers
import numpy as np
from mixture_inferred import inferred, inferred_of_extended
from polyvocab import Tokenizer, count_tokens

LARGEST_SAMPLE = 3_000_000  # bytes of a category


@dataclass(frozen=True)
class Setting:
    """A kind of trial."""

    groups: tuple[str, ...]  # of categories
    categories: int
    bytes: int  # of text to train on
    vocabulary: int
    kind: str = "bpe"  # unigram, extended
    least: int = 1_000_000  # bytes of sample that a category must have


SETTINGS = {
    "help-5": Setting(("help",), 5, 12_000_000, 10_000),
    "help-5-6mb": Setting(("help",), 5, 6_000_000, 10_000),  # about 5 million pairs
    "help-10": Setting(("help",), 10, 20_000_000, 10_000),
    "help-30": Setting(("help",), 30, 40_000_000, 10_000, least=600_000),  # all that there are
    "pages-10": Setting(("pages",), 10, 20_000_000, 10_000),
    "code-5": Setting(("code",), 5, 12_000_000, 10_000),
    "code-10": Setting(("code",), 10, 20_000_000, 10_000),
    "all-30": Setting(("help", "code"), 30, 40_000_000, 10_000),
    "help-10-30k": Setting(("help",), 10, 20_000_000, 30_000),
    "extended": Setting(("help",), 5, 12_000_000, 5_256, "extended"),
    "unigram": Setting(("help",), 5, 6_000_000, 8_000, "unigram"),
}
ADDED_TOKENS = 2_500  # of an extended tokenizer


def plain_trial(
    train: Callable[..., None], suffix: str, setting: Setting, data: Path, own: Path, rng: random.Random, folder: Path
) -> dict:
    """One mixture, and a tokenizer that `train` makes of it."""
    mixture, samples = _drawn(setting, data, rng)
    path = folder / f"tokenizer{suffix}"
    began = time.perf_counter()
    train(mixture.documents, setting.vocabulary, path)
    trained = time.perf_counter() - began
    return {
        **_told(mixture, samples, trained),
        **inferred(path, samples),
        "baselines": _baselines(path, samples),
        "efficiency": _efficiency(path, data, samples, own, partial(train, vocabulary=setting.vocabulary), suffix),
    }


def extended_trial(setting: Setting, data: Path, own: Path, rng: random.Random, folder: Path) -> dict:
    """Three categories, then three others of which one is the same."""
    chosen = rng.sample(compose.categories_of(data, setting.groups, setting.least), setting.categories)
    base, path = folder / "base.json", folder / "tokenizer.json"
    first = compose.compose(data, _random_shares(chosen[:3], rng), setting.bytes, rng)
    second = compose.compose(data, _random_shares(chosen[2:], rng), setting.bytes, rng)
    samples = {category: compose.sample_of(data, category, LARGEST_SAMPLE) for category in chosen}
    began = time.perf_counter()
    trainers.train_bpe(first.documents, setting.vocabulary, base)
    seam = len(json.loads(base.read_text("utf-8"))["model"]["merges"])
    trainers.extend_bpe(base, second.documents, ADDED_TOKENS, path)
    told = _told(first, samples, time.perf_counter() - began)
    nothing = dict.fromkeys(chosen, 0.0)
    told |= {"truth": nothing | first.shares, "added": nothing | second.shares, "seam": seam}
    return told | inferred_of_extended(path, samples)


TRIALS: dict[str, Callable[[Setting, Path, Path, random.Random, Path], dict]] = {
    "bpe": partial(plain_trial, trainers.train_bpe, ".json"),
    "unigram": partial(plain_trial, trainers.train_unigram, ".model"),
    "extended": extended_trial,
}


def _drawn(setting: Setting, data: Path, rng: random.Random) -> tuple[compose.Mixture, dict[str, list[str]]]:
    """Text to train on, and a sample of each category."""
    chosen = rng.sample(compose.categories_of(data, setting.groups, setting.least), setting.categories)
    mixture = compose.compose(data, _random_shares(chosen, rng), setting.bytes, rng)
    return mixture, {category: compose.sample_of(data, category, LARGEST_SAMPLE) for category in chosen}


def _random_shares(categories: list[str], rng: random.Random) -> dict[str, float]:
    return dict(zip(categories, compose.random_shares(len(categories), rng), strict=True))


def _told(mixture: compose.Mixture, samples: Mapping[str, list[str]], trained: float) -> dict:
    """What is known of a trial before anything is inferred."""
    return {
        "truth": mixture.shares,
        "repeated": mixture.repeated,
        "sample_bytes": _sizes(samples),
        "seconds_training": trained,
    }


def _sizes(samples: Mapping[str, list[str]]) -> dict[str, int]:
    return {category: sum(len(document.encode()) for document in documents) for category, documents in samples.items()}


def _baselines(path: Path, samples: Mapping[str, list[str]]) -> dict[str, dict[str, float]]:
    counts = count_tokens(Tokenizer.from_pretrained(str(path)), samples).counts
    return {
        "uniform": baselines.uniform(list(samples)),
        "vocabulary share": baselines.vocabulary_share(counts, _sizes(samples)),
    }


def _efficiency(
    path: Path, data: Path, samples: Mapping[str, list[str]], own: Path, train: Callable[..., None], suffix: str
) -> dict[str, float]:
    """Bytes per token of each category, divided by those of a tokenizer trained on it alone; these are kept in `own`."""
    counts = count_tokens(Tokenizer.from_pretrained(str(path)), samples).counts
    found = {}
    for category, documents in samples.items():
        alone = own / f"{category.replace('/', '-')}-{train.keywords['vocabulary']}{suffix}"
        if not alone.is_file():
            train(compose.documents_of(data, category, "train"), target=alone)
        tokens = count_tokens(Tokenizer.from_pretrained(str(alone)), {category: documents}).counts[category].sum()
        found[category] = float(tokens / counts[category].sum())
    return found


def log_mse(truth: Mapping[str, float], shares: Mapping[str, float]) -> float:
    return math.log10(np.mean([(shares[category] - share) ** 2 for category, share in truth.items()]))


def _in_errors(deviation: float, error: float) -> float:
    """A share that is exactly right may have no error."""
    return deviation / error if error else math.copysign(math.inf, deviation) if deviation else 0.0


def table(rows: list[dict]) -> None:
    """One line for each setting and estimate."""
    print(f"{'setting':12} {'estimate':18} {'trials':>6} {'log10 MSE':>16} {'within 2 SE':>12} {'rms z':>6} {'seconds':>8}")
    for name in SETTINGS:
        trials = [row for row in rows if row["setting"] == name]
        if not trials:
            continue
        shares: dict[str, list[dict[str, float]]] = {}
        for row in trials:
            for estimate, found in {**row["estimates"], **row.get("baselines", {})}.items():
                shares.setdefault(estimate, []).append(found)
        if len(trials) > 1 and "efficiency" in trials[0]:
            shares["token counts"] = baselines.efficiency_shares([(row["truth"], row["efficiency"]) for row in trials])
        for estimate, found in shares.items():
            errors = [log_mse(row["truth"], share) for row, share in zip(trials, found, strict=True)]
            z = [
                _in_errors(row["estimates"][estimate][c] - share, row["errors"][estimate][c])
                for row in trials
                if estimate in row["errors"]
                for c, share in row["truth"].items()
            ]
            within = f"{np.mean(np.abs(z) <= 2):.1%}" if z else ""
            rms = f"{np.sqrt(np.mean(np.square(z))):.2f}" if z else ""
            took = f"{np.mean([sum(row['seconds'].values()) for row in trials]):.1f}" if estimate == "chosen" else ""
            mean, deviation = np.mean(errors), np.std(errors, ddof=1) if len(errors) > 1 else math.nan
            print(f"{name:12} {estimate:18} {len(errors):6} {mean:7.2f} +-{deviation:6.2f} {within:>12} {rms:>6} {took:>8}")


def table_of_corpora(rows: list[dict]) -> None:
    """How far the sizes of the training texts, as their trainers' ties tell them, are from the true ones."""
    for name, setting in SETTINGS.items():
        off = [abs(row["corpus"]["bytes"][1] / setting.bytes - 1) for row in rows if row["setting"] == name and row["corpus"]]
        if off:
            size = f"{setting.bytes / 1e6:.0f} MB of training text"
            print(f"{name}: {size}, estimates off by {np.mean(off):.1%}, at most {max(off):.1%}")


def table_of_extended(rows: list[dict]) -> None:
    """The base is in the other table. What can be seen of the added mixture for certain are the categories that are new in it:
    their shares of their sum are compared. Also: a category of which nothing was added, but of which a share is said."""
    for row in rows:
        if "seam" not in row:
            continue
        told = {category for category, share in row["added_estimate"].items() if share is not None}
        new = [category for category in told if row["added"][category] > 0 and row["truth"][category] == 0]
        true, found = (np.array([row[which][c] for c in new], float) for which in ("added", "added_estimate"))
        off = np.abs(found / found.sum() / (true / true.sum()) - 1).max(initial=0)
        said = {category: share for category, share in row["added_estimate"].items() if share and not row["added"][category]}
        wrong = [f"{category} {share:.2f}" for category, share in said.items()]
        print(
            f"extended {row['trial']}: seam {row['seam']}, found {row['seam_found']}; of the added, told: {len(told)}; new "
            f"categories off by {off:.1%} of their share at most; said to be added but not: {', '.join(wrong) or 'none'}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("--settings", nargs="+", choices=list(SETTINGS), default=list(SETTINGS))
    parser.add_argument("--trials", type=int, default=10)
    args = parser.parse_args()
    rows = json.loads(args.results.read_text()) if args.results.is_file() else []
    own = args.data / "own"  # tokenizers trained on one category
    own.mkdir(exist_ok=True)
    done = {(row["setting"], row["trial"]) for row in rows}
    for trial in range(args.trials):
        for name in args.settings:
            if (name, trial) in done:
                continue
            setting = SETTINGS[name]
            with tempfile.TemporaryDirectory() as folder:
                row = TRIALS[setting.kind](setting, args.data, own, random.Random(f"{name}/{trial}"), Path(folder))
            rows.append({"setting": name, "trial": trial, **row})
            new = args.results.with_suffix(".new")
            new.write_text(json.dumps(rows))
            os.replace(new, args.results)
            found = {estimate: round(log_mse(row["truth"], shares), 2) for estimate, shares in row["estimates"].items()}
            print(f"{name} {trial}: {found}", flush=True)
    table(rows)
    table_of_corpora(rows)
    table_of_extended(rows)


if __name__ == "__main__":
    main()
