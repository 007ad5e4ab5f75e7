"""What comes before the surgery, in a process of its own, while this one loads what the surgery needs."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeVar

from ..errors import PolyvocabError
from ..memory import without_collection
from .checkpoint import architecture

_T = TypeVar("_T")
_PATIENCE = 2.0  # seconds


def beside_loading(src: str | Path, work: Callable[..., _T], *arguments: object) -> _T:
    """work(*arguments), done in another process while this one loads torch, transformers and the class of the checkpoint `src`.

    These take longer to load than most changes of vocabulary take, and Python does one thing at a time. What `work` takes of
    memory is given back before the surgery begins. `work` is a function of a module; it, its arguments and its result are
    pickled. A script that calls this guards its main part with `if __name__ == "__main__"`.

    Raises what `work` raises; `PolyvocabError` where its process was killed. What cannot be loaded is told by the surgery.
    """
    others = multiprocessing.active_children()
    # Ctrl-C before there is something to clean up ends it without a word.
    quiet = (signal.SIGINT, signal.SIG_DFL)
    pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=signal.signal, initargs=quiet)
    future = pool.submit(_interruptible, work, *arguments)
    own = [process for process in multiprocessing.active_children() if process not in others]
    pool.shutdown(wait=False)  # its process ends with its one task: memory is given back while this one is still loading
    try:
        with contextlib.suppress(Exception), without_collection():  # it goes wrong again, and is told, when it is needed
            architecture(Path(src))
        gc.freeze()  # what was loaded stays: it need not be looked through again
        return future.result()
    except BrokenProcessPool as error:
        raise PolyvocabError(f"{src}: the process that counts and chooses was killed: was its memory enough?") from error
    except KeyboardInterrupt:
        _interrupt(own)
        raise


def _interruptible(work: Callable[..., _T], *arguments: object) -> _T:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return work(*arguments)


def _interrupt(processes: list[BaseProcess]) -> None:
    """Wait until they have cleaned up. A terminal has told them too; another sender may not have."""
    for process in processes:
        process.join(_PATIENCE)
        if process.is_alive():
            with contextlib.suppress(ProcessLookupError):  # it has just ended
                os.kill(process.pid, signal.SIGINT)
            process.join()
