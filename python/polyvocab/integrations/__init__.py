"""Bridges to the libraries that users already have."""
