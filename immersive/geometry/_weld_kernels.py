"""Compiled loops that make equal points one. They work on the bits of the coordinates, not on floats.

Rows are numbered in order of first appearance, so the result depends on nothing but the input.
A small table of recent rows in front of the large one keeps most look-ups in the first cache:
neighbouring triangles repeat each other's corners.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit

from immersive.geometry._jit import helper, kernel

RECENT: Final = 4096
_RECENT_SHIFT: Final = 52


@njit(inline="always")
def mix(a: Any, b: Any, c: Any) -> Any:
    """A 64-bit hash of three words; its upper bits are the good ones."""
    h = np.uint64(a) * np.uint64(0x9E3779B97F4A7C15)
    h ^= np.uint64(b) * np.uint64(0xC2B2AE3D27D4EB4F)
    h ^= np.uint64(c) * np.uint64(0xD6E8FEB86659FD93)
    h ^= h >> np.uint64(32)
    return h * np.uint64(0x165667B19E3779F9)


@njit(inline="always")
def number(a: Any, b: Any, c: Any, table: Any, recent: Any, rows: Any, used: Any) -> Any:
    """The number of a row; ``used`` if it is new, in which case it was entered under that number."""
    h = mix(a, b, c)
    near = h >> np.uint64(_RECENT_SHIFT)
    k = recent[near]
    if k >= 0 and rows[k, 0] == a and rows[k, 1] == b and rows[k, 2] == c:
        return k
    mask = np.uint64(len(table) - 1)
    slot = (h >> np.uint64(20)) & mask
    while True:
        k = table[slot]
        if k < 0:
            k = np.int32(used)
            table[slot] = k
            rows[used, 0] = a
            rows[used, 1] = b
            rows[used, 2] = c
            break
        if rows[k, 0] == a and rows[k, 1] == b and rows[k, 2] == c:
            break
        slot = (slot + np.uint64(1)) & mask
    recent[near] = k
    return k


@helper
def grown(table: Any, rows: Any, used: Any) -> Any:
    """A table twice as large with the same rows."""
    larger = np.full(2 * len(table), -1, np.int32)
    mask = np.uint64(len(larger) - 1)
    for k in range(used):
        slot = (mix(rows[k, 0], rows[k, 1], rows[k, 2]) >> np.uint64(20)) & mask
        while larger[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        larger[slot] = k
    return larger


@kernel
def weld(bits: Any, negative_zero: Any) -> Any:
    """(number of each row, distinct rows) of (N, 3) unsigned words; -0.0 counts as 0.0."""
    count = len(bits)
    rows = np.empty((count, 3), bits.dtype)  # only the part that is used is ever touched
    index = np.empty(count, np.int32)
    table = np.full(1024, -1, np.int32)
    recent = np.full(RECENT, -1, np.int32)
    zero = bits.dtype.type(0)
    used = 0
    for row in range(count):
        a, b, c = bits[row, 0], bits[row, 1], bits[row, 2]
        a = zero if a == negative_zero else a
        b = zero if b == negative_zero else b
        c = zero if c == negative_zero else c
        k = number(a, b, c, table, recent, rows, used)
        index[row] = k
        if k == used:
            used += 1
            if 2 * used > len(table):
                table = grown(table, rows, used)
    return index, rows[:used].copy()


@kernel
def first_equal(bits: Any, negative_zero: Any) -> Any:
    """For each row of (N, 3) unsigned words the first row that is equal; -0.0 counts as 0.0.

    Like :func:`weld`, but in a fraction of its memory: the table holds rows of ``bits`` itself.
    """
    count = len(bits)
    index = np.empty(count, np.int32)
    table = np.full(1024, -1, np.int32)
    recent = np.full(RECENT, -1, np.int32)
    zero = bits.dtype.type(0)
    distinct = 0
    for row in range(count):
        a, b, c = bits[row, 0], bits[row, 1], bits[row, 2]
        a = zero if a == negative_zero else a
        b = zero if b == negative_zero else b
        c = zero if c == negative_zero else c
        h = mix(a, b, c)
        near = h >> np.uint64(_RECENT_SHIFT)
        mask = np.uint64(len(table) - 1)
        slot = (h >> np.uint64(20)) & mask
        k = recent[near]
        looking = True
        if k < 0:
            k = table[slot]
            slot = (slot + np.uint64(1)) & mask
            looking = k >= 0
        while looking:
            d, e, f = bits[k, 0], bits[k, 1], bits[k, 2]
            d = zero if d == negative_zero else d
            e = zero if e == negative_zero else e
            f = zero if f == negative_zero else f
            if a == d and b == e and c == f:
                break
            k = table[slot]
            slot = (slot + np.uint64(1)) & mask
            looking = k >= 0
        if k < 0:
            k = np.int32(row)
            table[(slot - np.uint64(1)) & mask] = k
            distinct += 1
        index[row] = k
        recent[near] = k
        if 2 * distinct > len(table):
            table = np.full(2 * len(table), -1, np.int32)
            mask = np.uint64(len(table) - 1)
            for other in range(row + 1):
                if index[other] == other:
                    a, b, c = bits[other, 0], bits[other, 1], bits[other, 2]
                    a = zero if a == negative_zero else a
                    b = zero if b == negative_zero else b
                    c = zero if c == negative_zero else c
                    slot = (mix(a, b, c) >> np.uint64(20)) & mask
                    while table[slot] >= 0:
                        slot = (slot + np.uint64(1)) & mask
                    table[slot] = other
    return index


_NEGATIVE_ZERO_32: Final = np.uint32(1 << 31)
_EXPONENT_32: Final = np.uint32(0x7F800000)


@kernel
def weld_stl(
    words: Any, faces: Any, attributes: Any, rows: Any, table: Any, recent: Any, kept: Any, used: Any
) -> Any:
    """Add some triangles of a binary STL to those welded so far.

    Args:
        words: (N, 25) uint16, the 50-byte records: normal, three corners, attribute.
        faces: (F, 3) int32, filled from ``kept`` on; a triangle with a corner that is not finite is left out.
        attributes: (F,) uint16 of the triangles kept, or (0,) if nobody wants them.
        rows: (R, 3) uint32 float bits of the distinct corners, with room for 3 N more.
        table: Hash table of the rows.
        recent: (RECENT,) int32 rows used lately.
        kept: Faces so far.
        used: Distinct corners so far.

    Returns:
        (table, kept, used) now.
    """
    corner = np.empty((3, 3), np.uint32)
    for f in range(len(words)):
        finite = True
        for i in range(9):
            bits = np.uint32(words[f, 6 + 2 * i]) | (np.uint32(words[f, 7 + 2 * i]) << np.uint32(16))
            if (bits & _EXPONENT_32) == _EXPONENT_32:
                finite = False
            corner[i // 3, i % 3] = np.uint32(0) if bits == _NEGATIVE_ZERO_32 else bits
        if not finite:
            continue
        for i in range(3):
            k = number(corner[i, 0], corner[i, 1], corner[i, 2], table, recent, rows, used)
            faces[kept, i] = k
            if k == used:
                used += 1
                if 2 * used > len(table):
                    table = grown(table, rows, used)
        if len(attributes):
            attributes[kept] = words[f, 24]
        kept += 1
    return table, kept, used
