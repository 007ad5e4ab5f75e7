"""A pytest plugin that puts objects of ours before the tests of a library, and writes down what became of each test.

run_reference_tests.py loads it before the tests, which so import what was put in the place of the originals.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import os
from pathlib import Path

import pytest

subject = importlib.import_module(f"reference_tests.for_{os.environ['POLYVOCAB_SUBJECT']}")
_outcomes: dict[str, dict] = {}


def pytest_configure(config) -> None:
    for marker in ("network", "asyncio", "timeout"):
        config.addinivalue_line("markers", f"{marker}: of the library's own test setup")
    subject.provide_data()
    if os.environ["POLYVOCAB_ORIGINAL"] == "0":
        subject.replace()


def pytest_collection_modifyitems(items) -> None:
    for item in items:
        for part, reason in subject.LEFT_OUT.items():
            if part in item.nodeid:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem) -> bool | None:
    """Coroutines, which pytest runs with a plugin alone."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    outcome = _outcomes.setdefault(item.nodeid, {"result": "passed", "why": "", "objects": 0, "originals": []})
    if report.when == "teardown":
        reasons = subject.take_reasons()
        outcome["objects"] = len(reasons)
        outcome["originals"] = sorted({reason for reason in reasons if reason})
    if report.skipped:
        outcome |= {"result": "not run", "why": report.longrepr[2].removeprefix("Skipped: ")}
    elif report.failed:
        outcome |= {"result": "failed", "why": str(call.excinfo.value)}


def pytest_sessionfinish() -> None:
    Path(os.environ["POLYVOCAB_REPORT"]).write_text(json.dumps(_outcomes), "utf-8")
