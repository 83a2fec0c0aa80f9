"""Compiled reading of the long number lists inside XML documents."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from immersive.formats._text_kernels import COMMA, NO_NUMBER, NOT_FINITE, SLOW, number, skip_space


@njit(cache=True, nogil=True)
def float_list(text: Any) -> Any:
    """White-space separated numbers.

    Args:
        text: The bytes.

    Returns:
        (values, (K, 3) words that Python has to convert as place, offset and end, offset of the first
        word that is no number or −1).
    """
    end = len(text)
    values = np.empty(end // 8 + 16, np.float64)
    slow = np.empty((16, 3), np.int64)
    n = 0
    n_slow = 0
    at = skip_space(text, 0, end)
    while at < end:
        kind, value, stop = number(text, at, end)
        if kind in (NO_NUMBER, COMMA):
            return values[:n], slow[:n_slow], at
        if kind in (SLOW, NOT_FINITE):
            if n_slow == len(slow):
                more = np.empty((2 * n_slow, 3), np.int64)
                more[:n_slow] = slow
                slow = more
            slow[n_slow, 0] = n
            slow[n_slow, 1] = at
            slow[n_slow, 2] = stop
            n_slow += 1
        if n == len(values):
            grown = np.empty(2 * n, np.float64)
            grown[:n] = values
            values = grown
        values[n] = value
        n += 1
        at = skip_space(text, stop, end)
    return values[:n], slow[:n_slow], -1


@njit(cache=True, nogil=True)
def integer_list(text: Any) -> Any:
    """White-space separated integers: (values, offset of the first word that is none or −1).

    A word of more than 18 digits counts as no integer.
    """
    end = len(text)
    values = np.empty(end // 4 + 16, np.int64)
    n = 0
    at = skip_space(text, 0, end)
    while at < end:
        i = at
        negative = text[i] == 45
        if negative or text[i] == 43:
            i += 1
        value = np.int64(0)
        first = i
        while i < end and 48 <= text[i] <= 57:
            value = value * 10 + np.int64(text[i] - 48)
            i += 1
            if i - first > 18:
                return values[:n], at
        if i == first or (i < end and not (text[i] == 32 or 9 <= text[i] <= 13)):
            return values[:n], at
        if n == len(values):
            grown = np.empty(2 * n, np.int64)
            grown[:n] = values
            values = grown
        values[n] = -value if negative else value
        n += 1
        at = skip_space(text, i, end)
    return values[:n], -1
