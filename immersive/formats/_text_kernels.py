"""Compiled scanning of text files: numbers, words, ASCII STL. Works on uint8 arrays and offsets.

A decimal number with at most 2**53 as its digits and a power of ten within ±22 is converted exactly
(both are exact doubles and one operation rounds once; W. D. Clinger, "How to read floating point
numbers accurately", PLDI 1990). Every other number is only marked here, and converted by Python.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from immersive.geometry._jit import helper, kernel

EXACT, SLOW, NOT_FINITE, NO_NUMBER, COMMA = 0, 1, 2, 3, 4
"""What :func:`number` found: a value, a value that Python has to convert, nan or inf, something else,
a number that goes on with a comma."""

_POWERS: Final = np.array([10.0**k for k in range(23)])


@helper
def is_space(c: Any) -> Any:
    """Blank, tab, line feed, vertical tab, form feed or carriage return."""
    return c == 32 or (9 <= c <= 13)


@helper
def number(text: Any, at: Any, end: Any) -> Any:
    """(kind, value, offset after the word) of the number that starts at ``at``."""
    i = at
    negative = False
    if i < end and (text[i] == 45 or text[i] == 43):
        negative = text[i] == 45
        i += 1
    digits = np.uint64(0)
    seen = 0
    significant = 0
    scale: Any = 0
    while i < end and 48 <= text[i] <= 57:
        if significant < 19:
            digits = digits * np.uint64(10) + np.uint64(text[i] - 48)
            if digits != np.uint64(0):
                significant += 1
        else:
            scale += 1
            significant += 1
        seen += 1
        i += 1
    if i < end and text[i] == 46:
        i += 1
        while i < end and 48 <= text[i] <= 57:
            if significant < 19:
                digits = digits * np.uint64(10) + np.uint64(text[i] - 48)
                scale -= 1
                if digits != np.uint64(0):
                    significant += 1
            else:
                significant += 1
            seen += 1
            i += 1
    if seen == 0:
        stop = i
        while stop < end and not is_space(text[stop]):
            stop += 1
        first = text[i] | 32 if i < end else 0
        # nan, inf, infinity, ind …; anything else is no number.
        if (
            stop - i >= 3
            and (first == 110 or first == 105)
            and (text[i + 1] | 32 == 97 or text[i + 1] | 32 == 110)
        ):
            return NOT_FINITE, np.nan, stop
        return NO_NUMBER, 0.0, stop
    if i < end and (text[i] | 32 == 101 or text[i] | 32 == 100):  # e, and d as Fortran writes it
        j = i + 1
        down = False
        if j < end and (text[j] == 45 or text[j] == 43):
            down = text[j] == 45
            j += 1
        power = np.int64(0)
        given = 0
        while j < end and 48 <= text[j] <= 57:
            if power < 100000:
                power = power * 10 + np.int64(text[j] - 48)
            given += 1
            j += 1
        if given:
            scale += -power if down else power
            i = j
    if i < end and not is_space(text[i]):
        stop = i
        while stop < end and not is_space(text[stop]):
            stop += 1
        if text[i] == 44:
            return COMMA, 0.0, stop
        if text[i] == 35 and text[i - 1] == 46:  # 1.#QNAN, 1.#INF of the Microsoft C library
            return NOT_FINITE, np.nan, stop
        return NO_NUMBER, 0.0, stop
    if significant > 19 or digits > np.uint64(9007199254740992):
        return SLOW, 0.0, i
    value = np.float64(digits)
    if value != 0.0:
        if scale < -22 or scale > 22:
            return SLOW, 0.0, i
        if scale < 0:
            value /= _POWERS[-scale]
        else:
            value *= _POWERS[scale]
    return EXACT, -value if negative else value, i


@helper
def skip_space(text: Any, at: Any, end: Any) -> Any:
    """Offset of the next character that is no white space."""
    while at < end and is_space(text[at]):
        at += 1
    return at


@helper
def skip_line(text: Any, at: Any, end: Any) -> Any:
    """Offset of the next line feed or carriage return, or the end."""
    while at < end and text[at] != 10 and text[at] != 13:
        at += 1
    return at


@helper
def word_is(text: Any, at: Any, end: Any, word: Any) -> bool:
    """True if the word at ``at`` is ``word`` (lower-case bytes), whatever its case."""
    n = len(word)
    if at + n > end or (at + n < end and not is_space(text[at + n])):
        return False
    for k in range(n):
        c = text[at + k]
        if 65 <= c <= 90:
            c |= 32
        if c != word[k]:
            return False
    return True


WORDS: Final = tuple(
    np.frombuffer(word, np.uint8)
    for word in (
        b"solid",
        b"facet",
        b"normal",
        b"outer",
        b"loop",
        b"vertex",
        b"endloop",
        b"endfacet",
        b"endsolid",
    )
)
_SOLID, _FACET, _NORMAL, _OUTER, _LOOP, _VERTEX, _ENDLOOP, _ENDFACET, _ENDSOLID = WORDS

OK, UNEXPECTED, CUT_OFF, BAD_NUMBER, DECIMAL_COMMA, NOT_THREE, NO_END = 0, 1, 2, 3, 4, 5, 6


@kernel
def ascii_stl(text: Any, most: int) -> Any:
    """Scan an ASCII STL.

    Args:
        text: The bytes.
        most: No more triangles than this can be in so many bytes.

    Returns:
        (status, offset of the defect, (3 F, 3) corners, (S, 3) solids as offset of the name, its
        end and the first triangle, (K, 3) numbers Python must convert as place in the corners,
        offset and end).
    """
    end = len(text)
    corners = np.empty((3 * most, 3), np.float64)
    solids = np.empty((16, 3), np.int64)
    slow = np.empty((16, 3), np.int64)
    n_solids = 0
    n_slow = 0
    n = 0
    at = skip_space(text, 0, end)
    status = OK
    inside = False
    while at < end:
        if not inside:
            if not word_is(text, at, end, _SOLID):
                status = UNEXPECTED
                break
            name = at + 5
            at = skip_line(text, name, end)
            if n_solids == len(solids):
                more = np.empty((2 * n_solids, 3), np.int64)
                more[:n_solids] = solids
                solids = more
            solids[n_solids, 0] = name
            solids[n_solids, 1] = at
            solids[n_solids, 2] = n // 3
            n_solids += 1
            inside = True
        elif word_is(text, at, end, _ENDSOLID):
            at = skip_line(text, at, end)
            inside = False
        elif word_is(text, at, end, _FACET):
            at = skip_space(text, at + 5, end)
            if word_is(text, at, end, _NORMAL):
                # The normal is not used: it follows from the corners. Its three words are passed over.
                at = skip_space(text, at + 6, end)
                for _ in range(3):
                    while at < end and not is_space(text[at]):
                        at += 1
                    at = skip_space(text, at, end)
            if not word_is(text, at, end, _OUTER):
                status = CUT_OFF if at >= end else UNEXPECTED
                break
            at = skip_space(text, at + 5, end)
            if not word_is(text, at, end, _LOOP):
                status = CUT_OFF if at >= end else UNEXPECTED
                break
            at = skip_space(text, at + 4, end)
            first = n
            while word_is(text, at, end, _VERTEX):
                if n - first == 3:
                    status = NOT_THREE
                    break
                at = skip_space(text, at + 6, end)
                for k in range(3):
                    start = at
                    kind, value, at = number(text, at, end)
                    if kind in (NO_NUMBER, COMMA):
                        status = (
                            CUT_OFF if start >= end else BAD_NUMBER if kind == NO_NUMBER else DECIMAL_COMMA
                        )
                        at = start
                        break
                    if kind == SLOW:
                        if n_slow == len(slow):
                            extra = np.empty((2 * n_slow, 3), np.int64)
                            extra[:n_slow] = slow
                            slow = extra
                        slow[n_slow, 0] = 3 * n + k
                        slow[n_slow, 1] = start
                        slow[n_slow, 2] = at
                        n_slow += 1
                    corners[n, k] = value
                    at = skip_space(text, at, end)
                if status != OK:
                    break
                n += 1
            if status != OK:
                break
            if n - first != 3:
                status = CUT_OFF if at >= end else NOT_THREE
                break
            if not word_is(text, at, end, _ENDLOOP):
                status = CUT_OFF if at >= end else UNEXPECTED
                break
            at = skip_space(text, at + 7, end)
            if not word_is(text, at, end, _ENDFACET):
                status = CUT_OFF if at >= end else UNEXPECTED
                break
            at += 8
        else:
            status = UNEXPECTED
            break
        at = skip_space(text, at, end)
    if status == OK and inside:
        status = NO_END
    return status, at, corners[:n], solids[:n_solids], slow[:n_slow]
