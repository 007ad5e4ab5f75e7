"""The native twin of a `tokenizers.Tokenizer`, made anew when that one has changed."""

from __future__ import annotations

import json
import os
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from ..errors import PolyvocabError
from ..tokenizer import Tokenizer
from ..tokenizer.assembler import Assembler, Decoder

_CHEAP_STATE = 4096  # bytes; a normalizer with a charsmap has hundreds of thousands
_NO_THREADS = frozenset(["off", "false", "f", "no", "n", "0"])

_is_reading = ContextVar("polyvocab_is_reading", default=False)


class BackendOptions(NamedTuple):
    """Those of a call, as the methods of a backend take them; None for no truncation and no padding."""

    truncation: Mapping[str, Any] | None
    padding: Mapping[str, Any] | None
    encode_special_tokens: bool


@contextmanager
def reading() -> Iterator[None]:
    """Whoever gets hold of a backend within this changes nothing in it."""
    token = _is_reading.set(True)
    try:
        yield
    finally:
        _is_reading.reset(token)


class NativeBackend:
    """Follows a backend by looking at it before each call.

    What is looked at: the object itself, post-processor, pre-tokenizer, decoder, the next free id, a BPE's dropout, and
    the normalizer where that is cheap. Once `watched`, the normalizer is compared whatever it costs, and the added tokens
    and the options of the model too.

    It is not pickled: a copy begins unbuilt.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()  # held by whoever calls the backend itself, which keeps the options of a call
        self.watched = False
        self.options: BackendOptions | None = None  # those of the last call, where the backend was not told of them
        self.reason: str | None = None  # why there is no native twin
        self.last_reason: str | None = None  # why the last call that was handed to the backend was
        self._seen: tuple | None = None
        self._seen_closely: tuple | None = None
        self._processor: bytes | None = None
        self._normalizer_is_cheap = True
        self._next_id = 0
        self._backend: Any = None
        self._tokenizer: Tokenizer | None = None
        self._assembler: Assembler | None = None
        self._process = os.getpid()
        _all.add(self)

    def __reduce__(self):
        return NativeBackend, ()

    def watch(self) -> None:
        """From now on the backend is in other hands."""
        self.watched |= not _is_reading.get()

    def settle(self, backend: Any) -> None:
        """Tell the backend the options of the last call."""
        with self.lock:
            options, self.options = self.options, None
            if options is None:
                return
            if options.truncation is None:
                backend.no_truncation()
            else:
                backend.enable_truncation(**options.truncation)
            if options.padding is None:
                backend.no_padding()
            else:
                backend.enable_padding(**options.padding)
            backend.encode_special_tokens = options.encode_special_tokens

    def forget(self) -> None:
        """The next call looks at everything."""
        self._seen = None

    def assembler(self, backend: Any) -> Assembler | None:
        """What encodes as the backend does now; None, and a reason, where it cannot be done."""
        self._follow(backend)
        return None if self._is_replaced(backend, "encode") else self._assembler

    def decoder(self, backend: Any) -> Decoder | None:
        """What decodes as the backend does now; None, and a reason, where it cannot be done."""
        self._follow(backend)
        if self._is_replaced(backend, "decode"):
            return None
        try:
            return None if self._tokenizer is None else self._tokenizer.decoder
        except PolyvocabError as error:
            self.last_reason = str(error)
            return None

    def threads(self, texts: int) -> int:
        """As many as `tokenizers` would take: one after a fork, or where its environment variable forbids more."""
        if texts < 2 or os.getpid() != self._process or os.environ.get("TOKENIZERS_PARALLELISM", "").lower() in _NO_THREADS:
            return 1
        return 0

    def _is_replaced(self, backend: Any, kind: str) -> bool:
        """Whether someone has put a Python function in the place of a method of this one backend, as CLIP's class does."""
        replaced = next((name for name in getattr(backend, "__dict__", ()) if name.startswith(kind)), None)
        if replaced is not None:
            self.last_reason = f"the backend's method {replaced} is replaced"
        return replaced is not None

    def _follow(self, backend: Any) -> None:
        if self._is_current(backend) and _state(backend.post_processor) == self._processor:
            return
        with self.lock:
            if not self._is_current(backend):
                self._build(backend)
            elif (processor := _state(backend.post_processor)) != self._processor:
                self._set_processor(self._tokenizer, processor)

    def _is_current(self, backend: Any) -> bool:
        return self._look(backend) == self._seen and (not self.watched or self._look_closely(backend) == self._seen_closely)

    def _look(self, backend: Any) -> tuple:
        normalizer = _state(backend.normalizer) if self._normalizer_is_cheap else None
        model = backend.model
        return (
            id(backend),
            backend.id_to_token(self._next_id),
            _state(backend.pre_tokenizer),
            _state(backend.decoder),
            type(model),
            getattr(model, "dropout", None),
            normalizer,
        )

    def _look_closely(self, backend: Any) -> tuple:
        model = backend.model
        options = [name for name in dir(model) if not name.startswith("_")]
        values = [(name, value) for name in options if not callable(value := getattr(model, name))]
        return _state(backend.normalizer), values, backend.get_added_tokens_decoder(), backend.get_vocab_size()

    def _build(self, backend: Any) -> None:
        tokenizer, processor = None, _state(backend.post_processor)
        try:
            tokenizer = Tokenizer.from_hf(backend)
            ids, added = tokenizer.definition.model.ids, tokenizer.definition.added_tokens
            self._next_id = max(len(ids), max((token.id for token in added), default=-1) + 1)
            self._normalizer_is_cheap = len(_state(backend.normalizer) or b"") <= _CHEAP_STATE
        except MemoryError:
            raise
        except Exception as error:  # that of a component written in Python, which cannot be written down, is a bare one
            self.reason = self.last_reason = str(error)
        self._backend, self._tokenizer = backend, tokenizer
        self._set_processor(tokenizer, processor)
        self._seen_closely = self._look_closely(backend)
        self._seen = self._look(backend)

    def _set_processor(self, tokenizer: Tokenizer | None, state: bytes | None) -> None:
        """Cheap: the engine stays as it is."""
        assembler = None
        if tokenizer is not None:
            try:
                assembler = tokenizer.assembler_with(None if state is None else json.loads(state))
                self.reason = None
            except PolyvocabError as error:
                self.reason = self.last_reason = str(error)
        self._assembler, self._processor = assembler, state


_all: weakref.WeakSet[NativeBackend] = weakref.WeakSet()


def _renew_locks() -> None:
    """In a forked process: the thread that held one is not there to let it go."""
    for backend in _all:
        backend.lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_locks)


def _state(component: Any) -> bytes | None:
    if component is None:
        return None
    try:
        return component.__getstate__()
    except Exception as error:  # one written in Python has none; a backend with such a part has no native twin
        return str(error).encode()
