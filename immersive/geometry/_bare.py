"""Helpers of kernels that are called for every query: compiled without reference counting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

from immersive.geometry._jit import _HELPER, _plain

_njit: Any = numba.njit

Function = TypeVar("Function", bound=Callable[..., Any])


def bare(function: Function) -> Function:
    """A ``helper`` that makes no arrays: its callers own what it is given.

    Taking a tuple of arrays apart counts each up and down again, an atomic operation each time; for twenty arrays
    that is a third of the time of a query.
    """
    compiled: Any = _njit(function, _nrt=False, **_HELPER)
    if not hasattr(compiled, "get_call_template"):
        return function  # NUMBA_DISABLE_JIT
    template = compiled.get_call_template
    compiled.get_call_template = lambda args, kws: template(
        tuple(_plain(one) for one in args), {name: _plain(one) for name, one in kws.items()}
    )
    made: Function = compiled
    return made
