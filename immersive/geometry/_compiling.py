"""Who wants to know that kernels are being compiled. Imports nothing, so that asking costs nothing."""

from __future__ import annotations

from collections.abc import Callable

_asked: list[Callable[[], None]] = []


def when_compiling(callback: Callable[[], None], /) -> None:
    """Call ``callback`` once, when a kernel is next compiled; never if all were kept.

    It takes the place of a callback that asked before.
    """
    _asked[:] = [callback]


def tell() -> None:
    """Compiling starts: call the one who asked."""
    while _asked:
        _asked.pop()()
