"""Compiled reading of the long number lists inside XML documents."""

from __future__ import annotations

from typing import Any

import numpy as np

from immersive.formats._text_kernels import COMMA, NO_NUMBER, NOT_FINITE, SLOW, number, skip_space
from immersive.geometry._jit import helper, kernel


@kernel
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


@kernel
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


@helper
def _starts(text: Any, at: Any, end: Any, word: Any) -> bool:
    if at + len(word) > end:
        return False
    for k in range(len(word)):  # noqa: SIM110 - compiled
        if text[at + k] != word[k]:
            return False
    return True


@kernel
def attribute_rows(text: Any, at: int, tag: Any, names: Any, lengths: Any, needed: int) -> Any:
    """Numbers in the attributes of a run of like elements: ``<vertex x="1" y="2" z="3"/>`` …

    Args:
        text: The bytes of a document.
        at: Where the run begins.
        tag: Name of the elements.
        names: (K, N) names of the attributes, padded.
        lengths: (K,) length of each name.
        needed: The first so many attributes must be there; the others are −1 where they are not.

    Returns:
        (values (R, K), (S, 3) values that Python has to convert as place, offset and end, offset of
        what follows the run). The run ends at whatever is not of this form.
    """
    end = len(text)
    columns = len(lengths)
    values = np.empty((1024, columns), np.float64)
    slow = np.empty((16, 3), np.int64)
    rows = 0
    n_slow = 0
    at = skip_space(text, at, end)
    after = at
    while at < end and text[at] == 60 and _starts(text, at + 1, end, tag):
        if rows == len(values):
            grown = np.empty((2 * rows, columns), np.float64)
            grown[:rows] = values
            values = grown
        values[rows, :] = -1.0
        found = 0
        started = n_slow
        good = False
        at += 1 + len(tag)
        while at < end:
            spaced = skip_space(text, at, end)
            if spaced >= end:
                break
            if text[spaced] == 47:  # "/>"
                good = spaced + 1 < end and text[spaced + 1] == 62
                at = spaced + 2
                break
            if text[spaced] == 62:  # "></tag>"
                close = skip_space(text, spaced + 1, end)
                if (
                    close + 2 < end
                    and text[close] == 60
                    and text[close + 1] == 47
                    and _starts(text, close + 2, end, tag)
                ):
                    at = skip_space(text, close + 2 + len(tag), end)
                    good = at < end and text[at] == 62
                    at += 1
                break
            if spaced == at:
                break  # attributes must be apart
            which = -1
            for k in range(columns):
                if (
                    _starts(text, spaced, end, names[k, : lengths[k]])
                    and spaced + lengths[k] + 1 < end
                    and text[spaced + lengths[k]] == 61
                ):
                    which = k
                    break
            if which < 0 or found & (1 << which):
                break
            quote = text[spaced + lengths[which] + 1]
            if quote != 34 and quote != 39:
                break
            start = skip_space(text, spaced + lengths[which] + 2, end)
            stop = start
            while stop < end and text[stop] != quote:
                stop += 1
            kind, value, word_end = number(text, start, stop)
            if stop >= end or kind in (NO_NUMBER, COMMA) or skip_space(text, word_end, stop) != stop:
                break
            if kind in (SLOW, NOT_FINITE):
                if n_slow == len(slow):
                    more = np.empty((2 * n_slow, 3), np.int64)
                    more[:n_slow] = slow
                    slow = more
                slow[n_slow, 0] = rows * columns + which
                slow[n_slow, 1] = start
                slow[n_slow, 2] = word_end
                n_slow += 1
            values[rows, which] = value
            found |= 1 << which
            at = stop + 1
        if not good or found & ((1 << needed) - 1) != (1 << needed) - 1:
            n_slow = started
            break
        rows += 1
        at = skip_space(text, at, end)
        after = at
    return values[:rows], slow[:n_slow], after
