"""One measurement in a process of its own: a JSON job on standard input, a JSON result as the last line of standard output.

A job names the `task` (`encode`, `decode` or `load`), the `library`, the `files` of the tokenizer and the `kind` of file to
load, the number of `threads`, and for the first two tasks the `text` with the number of bytes to take of it (`limit`, whole
documents). The result has the seconds of the first pass (`cold`) and of the best of `passes` further ones (`warm`), each as
`cpu` of the whole process and as `wall`; where `digests` is asked for, one digest for each document and for each of the first
and the last pass. A library that fails is a result too: `{"failed": "..."}`.

The interpreter's own caches are part of what is measured: a second pass finds the UTF-8 form of a `str` already made.
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import json
import mmap
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from encode_libraries import LIBRARIES
from encode_texts import SEPARATOR


def read_documents(path: str, limit: int | None) -> list[str]:
    """The documents of a text, or the first of them that together have at least `limit` bytes."""
    documents = Path(path).read_bytes().split(SEPARATOR.encode())
    if limit is not None:
        ends = np.cumsum([len(document) for document in documents])
        documents = documents[: int(np.searchsorted(ends, limit)) + 1]
    return [document.decode() for document in documents]


def timed(function: Callable, argument) -> tuple[object, dict[str, float]]:
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    result = function(argument)
    return result, {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


def measure(function: Callable, argument, digest: Callable | None, passes: int) -> dict:
    """Time a first pass, then further ones over the same argument. A result is let go before the next pass begins."""
    result, cold = timed(function, argument)
    digests = [digest(result)] if digest else []
    del result
    clocks = []
    for _ in range(passes):
        result, clock = timed(function, argument)
        clocks.append(clock)
        if digest and len(clocks) == passes:
            digests.append(digest(result))
        del result
    warm = {key: min(clock[key] for clock in clocks) for key in cold} if clocks else None
    return {"cold": cold, "warm": warm, "digests": digests}


def digest_ids(ids: list[np.ndarray]) -> list[str]:
    return [hashlib.blake2b(document.astype("<i4").tobytes(), digest_size=8).hexdigest() for document in ids]


def utf8(text: str | bytes | None) -> bytes:
    """The bytes of a decoded document; a library that could not decode it may have returned None."""
    return text if isinstance(text, bytes) else (text or "").encode()


def digest_texts(texts: list) -> list[str]:
    return [hashlib.blake2b(utf8(text), digest_size=8).hexdigest() for text in texts]


def encode(job: dict, library) -> dict:
    documents = read_documents(job["text"], job["limit"])
    library.encode(["Hello, world! 12"])
    digest = (lambda result: digest_ids(library.ids(result))) if job["digests"] else None
    result = measure(library.encode, documents, digest, job["passes"])
    return {**result, "bytes": sum(len(document.encode()) for document in documents), "documents": len(documents)}


def decode(job: dict, library) -> dict:
    """The ids that are decoded are those of the library itself; the bytes are those of the text it makes of them."""
    documents = read_documents(job["text"], job["limit"])
    encoded = library.encoded(library.ids(library.encode(documents)))
    library.decode(library.encoded(library.ids(library.encode(["Hello, world! 12"]))))
    result = measure(library.decode, encoded, digest_texts if job["digests"] else None, job["passes"])
    size = sum(len(utf8(text)) for text in library.decode(encoded))
    return {**result, "bytes": size, "documents": len(documents)}


def resident(field: str) -> float:
    """VmRSS (now) or VmHWM (peak) of this process, MB."""
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith(field))
    return int(line.split()[1]) * 1024 / 1e6


def have_memory(size: int = 1 << 29) -> None:
    """Write to twice that much memory in a child, which ends: half of it in large pages, which libraries ask for too. A virtual
    machine that idled has to get pages back from its host, and that takes longer than all that is measured here: the first
    library would pay for it, and the others would not."""
    child = os.fork()
    if child == 0:
        try:
            for advice in (getattr(mmap, "MADV_HUGEPAGE", None), None):
                with mmap.mmap(-1, size) as memory:
                    if advice is not None:
                        memory.madvise(advice)
                    memory.write(bytes(size))
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def main() -> None:
    have_memory()
    job = json.loads(sys.stdin.read())
    available = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, available[-job["threads"] :])
    modules, _, load = LIBRARIES[job["library"]]
    try:
        for module in modules:
            importlib.import_module(module)
        gc.collect()
        before = resident("VmRSS")
        library, seconds = timed(lambda threads: load(job["files"], job["kind"], threads), job["threads"])
        if job["task"] == "load":
            library.encode(["Hello, world! 12"])
            gc.collect()
            result = {"cold": seconds, "resident": resident("VmRSS") - before, "peak": resident("VmHWM") - before}
        else:
            result = {"encode": encode, "decode": decode}[job["task"]](job, library)
    except BaseException as error:  # a panic of a Rust library is no Exception
        result = {"failed": f"{type(error).__name__}: {error}".split("\n")[0][:200]}
    print("\n" + json.dumps(result))


if __name__ == "__main__":
    main()
