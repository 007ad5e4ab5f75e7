"""Trimming: drop the tokens that a set of texts never uses, exactly, with a proof.

`trim` gives the transfer; `select` says which tokens stay and why, `curve` what every size would cost, `certify` what is proven
of any set of tokens, and `verify` compares the old and the new tokenizer on given texts.
"""

from ..certificate import Certificate
from .certificate import certify
from .curve import Curve, curve
from .keep import Keep
from .model import choose_for_model, trim_gguf_model, trim_model, write_trimmed
from .selection import Selection, select
from .trim import report_of, transfer, trim
from .verify import Verification, verify

__all__ = [
    "Certificate",
    "Curve",
    "Keep",
    "Selection",
    "Verification",
    "certify",
    "choose_for_model",
    "curve",
    "report_of",
    "select",
    "transfer",
    "trim",
    "trim_gguf_model",
    "trim_model",
    "verify",
    "write_trimmed",
]
