"""
What the core knows of code points, for the tests of its tables.
"""
from __future__ import annotations
import numpy
import numpy.typing
import typing
__all__: list[str] = ['case_variants', 'first_invalid', 'graphemes', 'is_surely', 'lossy', 'lowercase', 'normal_form', 'predicate', 'property', 'scripts']
def case_variants(code: typing.SupportsInt | typing.SupportsIndex) -> list[int]:
    ...
def first_invalid(bytes: bytes) -> typing.Any:
    """
    The first byte that is no UTF-8, or None.
    """
def graphemes(text: str) -> list[int]:
    """
    Where the extended grapheme clusters end, in bytes.
    """
def is_surely(name: str, text: str) -> bool:
    """
    False may be a false alarm.
    """
def lossy(bytes: bytes) -> str:
    ...
def lowercase(text: str) -> str:
    ...
def normal_form(name: str, text: str) -> tuple:
    """
    The normal form and the change of each character.
    """
def predicate(name: str, codes: numpy.typing.NDArray[numpy.uint32]) -> numpy.typing.NDArray[numpy.bool]:
    ...
def property(name: str) -> typing.Any:
    """
    First and last code points of a property's ranges; None: no such property.
    """
def scripts(codes: numpy.typing.NDArray[numpy.uint32]) -> numpy.typing.NDArray[numpy.uint32]:
    """
    A number per script, as UnicodeScripts tells them apart.
    """
