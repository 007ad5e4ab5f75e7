"""python -m polyvocab."""

from .cli import main

main()
