"""Run one reference on the inputs, in the Python that has its packages. `tools/check_methods.py` starts it:

    python -m method_references.run METHOD WORK INPUTS TEXT

Writes INPUTS/METHOD.npz. Exits with 3, and says what to get, where the reference or a package of it is not there.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np

from .inputs import Inputs
from .reference import Missing

NOT_HERE = 3


def main(method: str, work: str, folder: str, text: str) -> None:
    module = importlib.import_module(f".{method}", __package__)
    try:
        checkout = module.REFERENCE.open(Path(work))
        outputs = module.run(checkout, Inputs(Path(folder), Path(text)))
    except Missing as missing:
        print(missing, file=sys.stderr)
        sys.exit(NOT_HERE)
    except ModuleNotFoundError as error:
        print(f"{sys.executable} has no module {error.name}", file=sys.stderr)
        sys.exit(NOT_HERE)
    np.savez(Path(folder) / f"{method}.npz", **outputs)


if __name__ == "__main__":
    main(*sys.argv[1:])
