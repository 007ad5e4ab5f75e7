"""Slow, obvious twins of everything fast."""
