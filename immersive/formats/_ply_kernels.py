"""Compiled walking through the rows of a PLY file. Memory grows with what is there, never with a count."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from immersive.formats._text_kernels import COMMA, NO_NUMBER, SLOW, number, skip_space
from immersive.geometry._jit import helper, kernel

OK, CUT_OFF, BAD_NUMBER, DECIMAL_COMMA, BAD_LENGTH = 0, 1, 2, 3, 4

CODES: Final = ("i1", "u1", "i2", "u2", "i4", "u4", "f4", "f8")
"""Number of a type in the arrays below."""

_SIZES: Final = np.array([1, 1, 2, 2, 4, 4, 4, 8])


@helper
def _value(data: Any, at: Any, code: Any, big: bool, scratch4: Any, scratch8: Any) -> Any:
    """One number of a binary file. ``scratch4`` and ``scratch8`` are byte and float views of the same memory."""
    size = _SIZES[code]
    if code == 6:
        for k in range(4):
            scratch4[0][3 - k if big else k] = data[at + k]
        return np.float64(scratch4[1][0])
    if code == 7:
        for k in range(8):
            scratch8[0][7 - k if big else k] = data[at + k]
        return scratch8[1][0]
    whole = np.int64(0)
    for k in range(size):
        whole = (whole << 8) | np.int64(data[at + (k if big else size - 1 - k)])
    if code % 2 == 0 and whole >= (np.int64(1) << (8 * size - 1)):
        whole -= np.int64(1) << (8 * size)
    return np.float64(whole)


@helper
def _more(array: Any, used: int) -> Any:
    larger = np.empty(2 * len(array), array.dtype)
    larger[:used] = array[:used]
    return larger


@kernel
def binary_rows(
    data: Any,
    at: int,
    rows: int,
    codes: Any,
    counts: Any,
    big: bool,
    wanted: Any,
    wanted_list: int,
    little_endian: bool,
) -> Any:
    """Walk through one table of a binary file.

    Args:
        data: (N,) uint8.
        at: Where the table begins.
        rows: How many the header claims; the caller has seen that so many can be there.
        codes: (P,) type of each property.
        counts: (P,) type of each list's length, -1 for a single value.
        big: Most significant byte first.
        wanted: Properties to keep as columns.
        wanted_list: The list to keep, or -1.
        little_endian: Of this machine.

    Returns:
        (status, offset, complete rows, (rows, W) columns, (rows,) lengths, list values).
    """
    end = len(data)
    bytes4 = np.zeros(4, np.uint8)
    bytes8 = np.zeros(8, np.uint8)
    scratch4 = (bytes4, bytes4.view(np.float32))
    scratch8 = (bytes8, bytes8.view(np.float64))
    flip = big if little_endian else not big
    columns = np.empty((rows, len(wanted)), np.float64)
    lengths = np.zeros(rows, np.int64)
    values = np.empty(1024, np.float64)
    n_values = 0
    column = np.full(len(codes), -1, np.int64)
    for w in range(len(wanted)):
        column[wanted[w]] = w
    for row in range(rows):
        for p in range(len(codes)):
            size = _SIZES[codes[p]]
            if counts[p] < 0:
                if at + size > end:
                    return CUT_OFF, at, row, columns, lengths, values[:n_values]
                if column[p] >= 0:
                    columns[row, column[p]] = _value(data, at, codes[p], flip, scratch4, scratch8)
                at += size
                continue
            if at + _SIZES[counts[p]] > end:
                return CUT_OFF, at, row, columns, lengths, values[:n_values]
            length = np.int64(_value(data, at, counts[p], flip, scratch4, scratch8))
            if length < 0:
                return BAD_LENGTH, at, row, columns, lengths, values[:n_values]
            at += _SIZES[counts[p]]
            if length > (end - at) // size:
                return CUT_OFF, at, row, columns, lengths, values[:n_values]
            if p == wanted_list:
                while n_values + length > len(values):
                    values = _more(values, n_values)
                for k in range(length):
                    values[n_values] = _value(data, at + k * size, codes[p], flip, scratch4, scratch8)
                    n_values += 1
                lengths[row] = length
            at += length * size
    return OK, at, rows, columns, lengths, values[:n_values]


@kernel
def ascii_rows(text: Any, at: int, rows: int, counts: Any, wanted: Any, wanted_list: int) -> Any:
    """The same for an ASCII file; ``counts`` is 0 for a list and -1 for a single value.

    Returns:
        As :func:`binary_rows`, and (K, 4) numbers Python must convert: 0 with the place in the
        columns or 1 with the place in the list values, offset and end.
    """
    end = len(text)
    columns = np.empty((rows, len(wanted)), np.float64)
    lengths = np.zeros(rows, np.int64)
    values = np.empty(1024, np.float64)
    slow = np.empty((16, 4), np.int64)
    n_values = 0
    n_slow = 0
    column = np.full(len(counts), -1, np.int64)
    for w in range(len(wanted)):
        column[wanted[w]] = w
    for row in range(rows):
        for p in range(len(counts)):
            repeat = np.int64(1)
            if counts[p] >= 0:
                at = skip_space(text, at, end)
                if at >= end:
                    return CUT_OFF, at, row, columns, lengths, values[:n_values], slow[:n_slow]
                kind, length, stop = number(text, at, end)
                if kind != 0 or length < 0.0 or length != np.floor(length):
                    return BAD_LENGTH, at, row, columns, lengths, values[:n_values], slow[:n_slow]
                at = stop
                if length > (end - at) // 2 + 1:
                    return CUT_OFF, at, row, columns, lengths, values[:n_values], slow[:n_slow]
                repeat = np.int64(length)
                if p == wanted_list:
                    lengths[row] = repeat
                    while n_values + repeat > len(values):
                        values = _more(values, n_values)
            for _ in range(repeat):
                at = skip_space(text, at, end)
                if at >= end:
                    return CUT_OFF, at, row, columns, lengths, values[:n_values], slow[:n_slow]
                kind, value, stop = number(text, at, end)
                if kind == NO_NUMBER:
                    return BAD_NUMBER, at, row, columns, lengths, values[:n_values], slow[:n_slow]
                if kind == COMMA:
                    return DECIMAL_COMMA, at, row, columns, lengths, values[:n_values], slow[:n_slow]
                keep = -1
                if counts[p] >= 0:
                    if p == wanted_list:
                        keep = n_values
                        values[n_values] = value
                        n_values += 1
                elif column[p] >= 0:
                    keep = row * len(wanted) + column[p]
                    columns[row, column[p]] = value
                if kind == SLOW and keep >= 0:
                    if n_slow == len(slow):
                        longer = np.empty((2 * n_slow, 4), np.int64)
                        longer[:n_slow] = slow
                        slow = longer
                    slow[n_slow, 0] = 1 if counts[p] >= 0 else 0
                    slow[n_slow, 1] = keep
                    slow[n_slow, 2] = at
                    slow[n_slow, 3] = stop
                    n_slow += 1
                at = stop
    return OK, at, rows, columns, lengths, values[:n_values], slow[:n_slow]
