"""How our numba kernels are compiled and kept.

``kernel`` marks what Python calls: cached on disk, without the interpreter lock. ``helper`` marks what
only kernels call. Both divide like numpy (no exception path) and keep IEEE arithmetic: no
``fastmath``, so that a result does not depend on the machine's vector width.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


@cache
def _sources_stamp() -> str:
    """Hash of the sources in this package that use this module.

    numba renews a cached kernel when the kernel's own file changes; a helper in another file would go
    stale unnoticed. With this stamp an edit of any of these files renews all of their kernels.
    """
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(Path(__file__).parent.glob("*.py")):
        source = path.read_bytes()
        if b"import helper" in source:
            digest.update(path.name.encode())
            digest.update(source)
    return digest.hexdigest()


def kernel(function: Function) -> Function:
    """Compile on first use, keep on disk, release the interpreter lock while running."""
    compiled: Any = njit(function, cache=True, nogil=True, error_model="numpy")
    index: Any = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
    if hasattr(index, "_source_stamp"):
        index._source_stamp = (index._source_stamp, _sources_stamp())
    made: Function = compiled
    return made


def helper(function: Function) -> Function:
    """Compile into the kernels that call it."""
    made: Function = njit(function, error_model="numpy")
    return made
