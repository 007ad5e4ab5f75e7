"""Auditing: what is wrong with the vocabulary of a model that someone changed, and with what it costs."""

from .audit import audit
from .finding import Finding

__all__ = ["Finding", "audit"]
