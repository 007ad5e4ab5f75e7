"""Checks in a forked process."""

import os
import select
import signal

import pytest


def in_a_fork(check):
    """Whether `check` holds in a forked process; it is killed where it hangs."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"same" if check() else b"else")
        os._exit(0)
    try:
        assert select.select([reading], [], [], 30)[0], "the forked process hangs"
        return os.read(reading, 4) == b"same"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
