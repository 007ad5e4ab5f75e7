"""The one family of errors. Every message says what is wrong, where, and what to do."""

from __future__ import annotations


class PolyvocabError(Exception):
    """Any error that a user can cause and cure; the command line prints it without a traceback and exits with 1."""

    def __reduce__(self) -> tuple:
        """Errors travel between processes as they are: not by calling the class with what its message was made of."""
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[PolyvocabError], args: tuple, state: dict) -> PolyvocabError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class FormatError(PolyvocabError):
    """A vocabulary, tokenizer or checkpoint file that cannot be read. `where` is a path, with an offset or a field."""

    def __init__(self, where: object, problem: str) -> None:
        super().__init__(f"{where}: {problem}")


class UnsupportedComponent(PolyvocabError):
    """A component that polyvocab does not implement, by its name: exact or refused, never approximate."""

    def __init__(self, component: str, where: object, advice: str = "") -> None:
        super().__init__(f"{where}: {component} is not supported" + (f"; {advice}" if advice else ""))
        self.component = component


class CorpusError(PolyvocabError):
    """Text that cannot be read: the message names the file, and the line, row or byte offset."""


class RecipeError(PolyvocabError):
    """A recipe or a composition that breaks a law: the message names the row and its token. `row` is the target row."""

    def __init__(self, message: str, row: int | None = None) -> None:
        super().__init__(message)
        self.row = row


class TransferError(PolyvocabError):
    """A transfer that does not fit what it is applied to, or that cannot be saved, loaded or composed."""


class SurgeryError(PolyvocabError):
    """A model that cannot be changed without losing something: the message names the tensor or the setting."""


class MetricError(PolyvocabError):
    """Text or a model that a measure is not defined for."""


class TrainingError(PolyvocabError):
    """A training run that cannot start or cannot be resumed."""


class MissingExtra(PolyvocabError):
    """An optional dependency that is not installed, and the extra that brings it."""

    def __init__(self, module: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs the package '{module}': pip install 'polyvocab[{extra}]'")


def require(module: str, extra: str, purpose: str):
    """Import `module`, or raise `MissingExtra` with the extra that brings it."""
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtra(module, extra, purpose) from error
