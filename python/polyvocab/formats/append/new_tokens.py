"""What is added to a vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ...errors import PolyvocabError
from ..definition import AddedToken


@dataclass(frozen=True, eq=False)
class NewTokens:
    """Tokens that follow all old ids: `tokens` first, then those of `added` that are no tokens yet, each in its order.

    `tokens` are new to the model, spelled as the format spells them ("▁the", "Ġthe", "##ing"). `added` are special or plain
    added tokens, which are matched before the model sees the text; their `id` is not read. One whose string is a token already
    keeps its id and becomes an added token. Scores that `scores.rounded` makes can stand in every format. Raises
    `PolyvocabError` for what no tokenizer could take.
    """

    tokens: tuple[str, ...] = ()
    scores: np.ndarray | None = None  # float64 [tokens]: of a Unigram and of a SentencePiece model
    merges: tuple[tuple[str, str], ...] = ()  # of a BPE, in the order of rank, after all old merges
    added: tuple[AddedToken, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)  # {"pad_token": "<pad>"}: what the settings name from then on

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for token in (*self.tokens, *(token.content for token in self.added)):
            if not token or token in seen:
                raise PolyvocabError(f"the new token {token!r} " + ("comes twice" if token else "is empty"))
            try:
                token.encode("utf-8")
            except UnicodeEncodeError as error:
                raise PolyvocabError(f"the new token {token!r} has half of a surrogate pair, which no text has") from error
            seen.add(token)
        if self.scores is not None:
            scores = np.array(self.scores, np.float64)
            if scores.shape != (len(self.tokens),) or not np.isfinite(scores).all():
                raise PolyvocabError(f"{len(self.tokens)} new tokens need as many finite scores, not {list(scores.shape)}")
            scores.setflags(write=False)
            object.__setattr__(self, "scores", scores)
        if len(set(self.merges)) != len(self.merges):
            raise PolyvocabError("a new merge comes twice")
        if wrong := next((role for role in self.roles if not role.endswith("_token")), None):
            raise PolyvocabError(f"{wrong!r} is no role of a token: use pad_token, mask_token, ...")
