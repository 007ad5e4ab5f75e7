"""Runs a command and watches the memory of its process and of all that it starts."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

INTERVAL = 0.005  # seconds
_PAGE = os.sysconf("SC_PAGE_SIZE")


def run(command: Sequence[str]) -> tuple[str, int]:
    """(what it prints, the most bytes that its processes held at one time). A page that several share counts once (Linux: PSS).

    Raises `subprocess.CalledProcessError` where it fails.
    """
    most = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            family = _family(process.pid)
            if sum(map(_resident, family)) > most:  # which is quick to ask, and never less than the proportional size
                most = max(most, sum(map(_proportional, family)))
            time.sleep(INTERVAL)
        printed = process.stdout.read()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, printed)
    return printed, most


def _family(process: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except (OSError, ValueError):  # it has just ended
        return []
    return [process, *(member for child in children for member in _family(child))]


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _proportional(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
