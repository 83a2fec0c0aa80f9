"""How our numba kernels are compiled and kept.

``kernel`` marks what Python calls: cached on disk, without the interpreter lock. ``helper`` marks what
only kernels call. Both divide like numpy (no exception path) and keep IEEE arithmetic: no
``fastmath``, so that a result does not depend on the machine's vector width.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core import event

from immersive.geometry import _ahead, _lean
from immersive.geometry._compiling import tell

# numba's own annotations know neither all options nor the attributes of its types.
_njit: Any = numba.njit
_types: Any = numba.types

_KERNEL: dict[str, Any] = {
    **_lean.options_of_a_kernel, "nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True
}  # fmt: skip
_HELPER: dict[str, Any] = {
    **_lean.options_of_a_helper, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True
}  # fmt: skip

KERNELS: list[Any] = []
"""Every kernel of the modules that are imported."""

Function = TypeVar("Function", bound=Callable[..., Any])


class _Compiling(event.Listener):
    """Hears numba when it really compiles, not when it loads what it kept."""

    def on_start(self, _: Any) -> None:
        tell()

    def on_end(self, _: Any) -> None:
        """Nothing to say."""


event.register("numba:compile", _Compiling())


@cache
def _sources_stamp(path: Path) -> str:
    """Hash of a source file and of the files of this program that it imports from, at any remove.

    numba renews a cached kernel when the kernel's own file changes; a helper in another file would go
    stale unnoticed. With this stamp an edit of any of these files renews the kernel.
    """
    root, _, inner = __package__.partition(".")
    base = Path(__file__).parents[len(inner.split(".")) if inner else 0]
    pattern = re.compile(rb"^\s*from " + re.escape(root.encode()) + rb"\.([\w.]+) import", re.MULTILINE)
    sources: dict[Path, bytes] = {}
    waiting = [path]
    while waiting:
        file = waiting.pop()
        if file not in sources and file.is_file():
            sources[file] = file.read_bytes()
            found = pattern.findall(sources[file])
            waiting += [base.joinpath(*name.decode().split(".")).with_suffix(".py") for name in found]
    digest = hashlib.blake2b(digest_size=16)
    for file in sorted(sources):
        digest.update(file.name.encode())
        digest.update(sources[file])
    return digest.hexdigest()


def kernel(function: Function) -> Function:
    """Compile on first use, keep on disk, release the interpreter lock while running."""
    compiled: Any
    try:
        compiled = _njit(function, cache=True, **_KERNEL)
    except RuntimeError:
        # No folder to keep it in (read-only installation, no home): compile each time.
        compiled = _njit(function, **_KERNEL)
    KERNELS.append(compiled)
    cache: Any = getattr(compiled, "_cache", None)
    index: Any = getattr(cache, "_cache_file", None)
    if hasattr(index, "_source_stamp"):
        index._source_stamp = (index._source_stamp, _sources_stamp(Path(function.__code__.co_filename)))
        _ask_helpers(cache, f"{function.__module__}.{function.__name__}")
    made: Function = compiled
    return made


def _ask_helpers(cache: Any, name: str) -> None:
    """A kernel that is not on disk may be with a helper process; see :mod:`._ahead`."""
    load, save = cache.load_overload, cache.save_overload

    def load_or_wait(*args: Any) -> Any:
        found = load(*args)
        if found is None:
            tell()
            if _ahead.have(name):
                found = load(*args)
        return found

    def save_whole(*args: Any) -> None:
        with _ahead.saving:
            save(*args)

    cache.load_overload, cache.save_overload = load_or_wait, save_whole


def helper(function: Function) -> Function:
    """Compile into the kernels that call it; Python itself cannot call it.

    Without more, numba compiles a helper anew for each literal argument and each width of integer; one
    version for all of them shortens the first run by a good part.
    """
    compiled: Any = _njit(function, **_HELPER)
    if not hasattr(compiled, "get_call_template"):
        return function  # NUMBA_DISABLE_JIT
    template = compiled.get_call_template
    compiled.get_call_template = lambda args, kws: template(
        tuple(_plain(one) for one in args), {name: _plain(one) for name, one in kws.items()}
    )
    made: Function = compiled
    return made


def _plain(kind: Any) -> Any:
    """The type a helper is compiled for: no literals, signed integers of 64 bits."""
    plain = _types.unliteral(kind)
    if isinstance(plain, _types.Integer) and plain.signed:
        return _types.int64
    return plain
