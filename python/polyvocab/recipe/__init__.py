"""Recipes: how the rows of a new vocabulary are made of the rows of the old one, and their application to a matrix."""

from .assemble import assemble
from .csr import Csr
from .fill import Fill
from .row_recipe import Given, Origin, RowRecipe
from .rows import RowMaker, apply, apply_bias
from .untrained import untrained_rows

__all__ = ["Csr", "Fill", "Given", "Origin", "RowMaker", "RowRecipe", "apply", "apply_bias", "assemble", "untrained_rows"]
