"""The tables of the comparison of methods of initialization, and when two arms are told apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# Student's t at 97.5 % by the number of seeds.
T = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}
RESAMPLES = 10_000
COMPARED = ("focus", "focus, gensim's vectors")  # said beside the table: what our auxiliary vectors are worth


@dataclass(frozen=True)
class Arm:
    """The runs of an arm: bits [seeds, points, documents], and bytes of the documents."""

    name: str
    seeds: tuple[int, ...]
    steps: tuple[int, ...]
    bits: np.ndarray
    bytes: np.ndarray
    bytes_per_token: float

    @property
    def bits_per_byte(self) -> np.ndarray:
        """[seeds, points]"""
        return self.bits.sum(2) / self.bytes.sum()


@dataclass(frozen=True)
class Difference:
    """Of two arms at a point, in bits per byte: its mean, half of the interval over seeds (0 for one seed), and the interval
    over documents."""

    mean: float
    over_seeds: float
    over_documents: tuple[float, float]

    @property
    def separable(self) -> bool:
        low, high = self.over_documents
        return abs(self.mean) > self.over_seeds and (low > 0 or high < 0)


def difference(one: Arm, other: Arm, point: int = -1) -> Difference:
    """Over the seeds that both have."""
    common = [seed for seed in one.seeds if seed in other.seeds]
    pair = [arm.bits[[arm.seeds.index(seed) for seed in common], point] for arm in (one, other)]
    by_document = pair[0] - pair[1]
    by_seed = by_document.sum(1) / one.bytes.sum()
    half = T[len(common)] * by_seed.std(ddof=1) / len(common) ** 0.5 if len(common) > 1 else 0.0
    drawn = np.random.default_rng(0).integers(len(one.bytes), size=(RESAMPLES, len(one.bytes)))
    resampled = by_document.mean(0)[drawn].sum(1) / one.bytes[drawn].sum(1)
    low, high = np.quantile(resampled, (0.025, 0.975))
    return Difference(float(by_seed.mean()), float(half), (float(low), float(high)))


def arms_of(rows: Sequence[Mapping]) -> dict[tuple[str, str, int], list[Arm]]:
    """The arms of each (source, language, bytes of training), the best at the end first."""
    groups: dict[tuple[str, str, int], dict[str, list[Mapping]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        groups[row["source"], row["language"], row["bytes"]][row["arm"]].append(row)
    found = {}
    for key, by_arm in groups.items():
        arms = [_arm(name, sorted(runs, key=lambda row: row["seed"])) for name, runs in by_arm.items()]
        found[key] = sorted(arms, key=lambda arm: arm.bits_per_byte[:, -1].mean())
    return found


def _arm(name: str, runs: Sequence[Mapping]) -> Arm:
    sizes = np.array(runs[0]["document_bytes"])
    return Arm(
        name,
        tuple(row["seed"] for row in runs),
        tuple(point["step"] for point in runs[0]["points"]),
        np.array([[point["bits"] for point in row["points"]] for row in runs]),
        sizes,
        float(sizes.sum() / runs[0]["tokens"]),
    )


def tables(rows: Sequence[Mapping]) -> str:
    """One of each source and language, with the order of the arms at step 0 and 50 against that at the end."""
    return "\n".join(_table(key, arms) for key, arms in sorted(arms_of(rows).items()))


def _table(key: tuple[str, str, int], arms: Sequence[Arm]) -> str:
    source, language, size = key
    title = f"{source}, {language}, {size / 1000:.0f} kB of text"
    heads = ("arm", "bytes per token", *(f"step {step}" for step in arms[0].steps), "above the best", "not separable from")
    lines = [f"\n{title}\n", f"| {' | '.join(heads)} |", f"|---|{'---:|' * (len(heads) - 2)}---|"]
    for arm in arms:
        values = " | ".join(f"{value:.3f}" for value in arm.bits_per_byte.mean(0))
        to_best = difference(arm, arms[0])
        half = f" ± {to_best.over_seeds:.4f}" if len(arm.seeds) > 1 else ""
        apart = "" if arm is arms[0] else f"+{to_best.mean:.4f}{half}"
        like = [other.name for other in arms if other is not arm and not difference(arm, other).separable]
        lines.append(f"| {arm.name} | {arm.bytes_per_token:.2f} | {values} | {apart} | {'; '.join(like)} |")
    transfers = [arm for arm in arms if arm.name not in ("old", "scratch")]
    if len(transfers) > 2:
        ranks = np.argsort(np.argsort([arm.bits_per_byte.mean(0) for arm in transfers], axis=0), axis=0)
        early = [np.corrcoef(ranks[:, point], ranks[:, -1])[0, 1] for point in range(ranks.shape[1] - 1)]
        named = ", ".join(f"step {step}: {value:.2f}" for step, value in zip(transfers[0].steps, early, strict=False))
        lines.append(f"\nRank correlation of the transfers with their order at the end: {named}.")
    pair = [arm for name in COMPARED for arm in arms if arm.name == name]
    if len(pair) == 2:
        found = difference(*pair)
        lines.append(f"{COMPARED[0]} against {COMPARED[1]}: {found.mean:+.4f} ± {found.over_seeds:.4f}.")
    return "\n".join(lines) + "\n"
