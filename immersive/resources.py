"""Finds the files that travel with the program: ``assets/`` and ``layouts/``.

In a clone they lie beside the package; in an installed wheel inside it.
"""

from __future__ import annotations

from pathlib import Path

from immersive.errors import ImmersiveError

_PACKAGE = Path(__file__).resolve().parent


def resource(name: str) -> Path:
    """Path of a file or folder such as ``"assets/anthropometry/ansur2.csv"``.

    Raises:
        ImmersiveError: The installation lacks it.
    """
    for base in (_PACKAGE / "_data", _PACKAGE.parent):
        path = base / name
        if path.exists():
            return path
    raise ImmersiveError(f"the installation lacks its file {name!r}", hint="install immersive again")
