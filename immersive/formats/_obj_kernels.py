"""Compiled scanning of Wavefront OBJ: one pass over the bytes, everything kept in flat arrays."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from immersive.formats._text_kernels import (
    COMMA,
    EXACT,
    NO_NUMBER,
    SLOW,
    number,
    skip_line,
    word_is,
)
from immersive.geometry._jit import helper, kernel

OK, DECIMAL_COMMA, INDEX_ZERO, INDEX_BEFORE_START = 0, 1, 2, 3

OBJECT, GROUP, MATERIAL, LIBRARY = 0, 1, 2, 3
"""Kinds of statement that name something."""

POINTS, LINES, FREEFORM, SHORT_FACES, CALLS, MALFORMED = 0, 1, 2, 3, 4, 5
"""Places in the array of counts."""

KEPT: Final = 16
"""So many offsets of malformed lines are kept; the rest is only counted."""


def _words(*words: str) -> Any:
    return tuple(np.frombuffer(word.encode(), np.uint8) for word in words)


_OBJECT, _GROUP, _USEMTL, _MTLLIB, _V, _F, _FO, _P, _L, _CALL = _words(
    "o", "g", "usemtl", "mtllib", "v", "f", "fo", "p", "l", "call"
)
_FREE = _words("curv", "curv2", "surf")
_PASSED = _words(
    "vt", "vn", "vp", "s", "mg", "deg", "bmat", "step", "cstype", "parm", "trim", "hole", "scrv", "sp", "end",
    "con", "bevel", "c_interp", "d_interp", "lod", "shadow_obj", "trace_obj", "ctech", "stech", "maplib",
    "usemap", "csh", "vertex_count", "usemtl_", "bzp", "bsp", "cdc", "cdp", "res",
)  # fmt: skip


@helper
def _skip_blank(text: Any, at: Any, end: Any) -> Any:
    """Past blanks, but never past the end of the line."""
    while at < end and (text[at] == 32 or text[at] == 9 or text[at] == 11 or text[at] == 12):
        at += 1
    return at


@helper
def _line_over(text: Any, at: Any, end: Any) -> Any:
    return at >= end or text[at] == 10 or text[at] == 13 or text[at] == 35  # 35 begins a comment


@helper
def _grown(table: Any) -> Any:
    more = np.empty((2 * len(table), table.shape[1]), table.dtype)
    more[: len(table)] = table
    return more


@helper
def _is_passed(text: Any, at: Any, end: Any) -> bool:
    stop = at
    while stop < end and text[stop] > 32:
        stop += 1
    n = stop - at
    for word in _PASSED:  # noqa: SIM110 (numba compiles no any())
        if len(word) == n and word_is(text, at, end, word):
            return True
    return False


@kernel
def scan(text: Any, positions: Any, colors: Any, corners: Any, polygons: Any) -> Any:
    """Read an OBJ file.

    Args:
        text: The N bytes, line continuations already blanked out.
        positions: (N // 7 + 1, 3) float64, filled. These four are the caller's, who can shrink them
            in place; only as much as is used is ever touched.
        colors: The same if three more numbers after the coordinates are wanted, else (0, 3).
        corners: (N // 2 + 1,) int32, filled with vertex numbers from 0.
        polygons: (N // 6 + 1,) int32, filled with the corners of each polygon.

    Returns:
        (status, offset of the defect, vertices V, corners C, polygons P, (E, 4) names as kind,
        offset, end and the next polygon, (K, 3) numbers Python must convert as place, offset and end, six counts, offsets of
        the first malformed lines). A vertex line that makes no sense gives a position of NaN.
    """
    end = len(text)
    with_colors = len(colors) > 0
    names = np.empty((16, 4), np.int64)
    slow = np.empty((16, 3), np.int64)
    counts = np.zeros(6, np.int64)
    malformed = np.empty(KEPT, np.int64)
    n_positions, n_corners, n_polygons, n_names, n_slow = 0, 0, 0, 0, 0
    values = np.empty(6, np.float64)
    status = OK
    at = 0
    while at < end:
        at = _skip_blank(text, at, end)
        if _line_over(text, at, end):
            at = skip_line(text, at, end) + 1
            continue
        line = at
        bad = False
        c = text[at]
        following = text[at + 1] if at + 1 < end else np.uint8(10)
        if c == 118 and (following == 32 or following == 9):  # v
            at += 2
            good = True
            found = 0
            while found < 6:
                at = _skip_blank(text, at, end)
                if _line_over(text, at, end):
                    break
                start = at
                kind, value, at = number(text, at, end)
                if kind == COMMA and found < 3:
                    status = DECIMAL_COMMA
                    at = start
                    break
                if found < 3 and kind == SLOW:
                    if n_slow == len(slow):
                        slow = _grown(slow)
                    slow[n_slow, 0] = 3 * n_positions + found
                    slow[n_slow, 1] = start
                    slow[n_slow, 2] = at
                    n_slow += 1
                if found < 3 and kind == NO_NUMBER:
                    good = False
                values[found] = value if kind == EXACT else np.nan
                found += 1
            if status != OK:
                break
            if found < 3:
                good = False
            for k in range(3):
                positions[n_positions, k] = values[k] if good else np.nan
            if with_colors:
                for k in range(3):
                    colors[n_positions, k] = values[3 + k] if found == 6 else np.nan
            n_positions += 1
            bad = not good
        elif c == 118 and (following == 110 or following == 116):  # vn, vt
            pass
        elif (c == 102 and (following == 32 or following == 9)) or word_is(text, at, end, _FO):  # f
            at += 2
            first = n_corners
            while True:
                at = _skip_blank(text, at, end)
                if _line_over(text, at, end):
                    break
                negative = text[at] == 45
                if negative:
                    at += 1
                index: Any = np.int64(0)
                digits = 0
                while at < end and 48 <= text[at] <= 57:
                    if index < 100000000000:
                        index = index * 10 + np.int64(text[at] - 48)
                    digits += 1
                    at += 1
                slashes = 0
                while at < end and text[at] > 32:
                    d = text[at]
                    if d == 47:
                        slashes += 1
                    elif not (slashes and (48 <= d <= 57 or d == 45)):
                        digits = 0
                    at += 1
                if digits == 0 or slashes > 2:
                    bad = True
                    break
                if index == 0:
                    status = INDEX_ZERO
                    break
                index = n_positions - index if negative else index - 1
                if index < 0:
                    status = INDEX_BEFORE_START
                    break
                corners[n_corners] = np.int32(min(index, 2147483647))
                n_corners += 1
            if status != OK:
                at = line
                break
            if bad:
                n_corners = first
            elif n_corners - first < 3:
                counts[SHORT_FACES] += 1
                n_corners = first
                bad = True
            else:
                polygons[n_polygons] = n_corners - first
                n_polygons += 1
        else:
            kind = -1
            skip = 1
            if word_is(text, at, end, _OBJECT):
                kind = OBJECT
            elif word_is(text, at, end, _GROUP):
                kind = GROUP
            elif word_is(text, at, end, _USEMTL):
                kind, skip = MATERIAL, 6
            elif word_is(text, at, end, _MTLLIB):
                kind, skip = LIBRARY, 6
            if kind >= 0:
                if n_names == len(names):
                    names = _grown(names)
                names[n_names, 0] = kind
                names[n_names, 1] = at + skip
                names[n_names, 2] = skip_line(text, at, end)
                names[n_names, 3] = n_polygons
                n_names += 1
            elif word_is(text, at, end, _P):
                counts[POINTS] += 1
            elif word_is(text, at, end, _L):
                counts[LINES] += 1
            elif word_is(text, at, end, _CALL):
                counts[CALLS] += 1
            elif (
                word_is(text, at, end, _FREE[0])
                or word_is(text, at, end, _FREE[1])
                or word_is(text, at, end, _FREE[2])
            ):
                counts[FREEFORM] += 1
            elif not _is_passed(text, at, end):
                bad = True
        if bad:
            if counts[MALFORMED] < KEPT:
                malformed[counts[MALFORMED]] = line
            counts[MALFORMED] += 1
        at = skip_line(text, at, end) + 1
    return (
        status,
        at,
        n_positions,
        n_corners,
        n_polygons,
        names[:n_names],
        slow[:n_slow],
        counts,
        malformed[: min(counts[MALFORMED], KEPT)],
    )


@kernel
def compact(faces: Any, number_of: Any) -> Any:
    """Number the vertices of some faces from 0.

    Args:
        faces: (F, 3) vertex numbers.
        number_of: One -1 for each vertex there is; left as it was found.

    Returns:
        (F, 3) int32 new numbers, and the old number of each new one in order of first use.
    """
    new = np.empty(faces.shape, np.int32)
    old = np.empty(faces.size, np.int32)
    used = 0
    for f in range(len(faces)):
        for k in range(3):
            v = faces[f, k]
            if number_of[v] < 0:
                number_of[v] = used
                old[used] = v
                used += 1
            new[f, k] = number_of[v]
    for i in range(used):
        number_of[old[i]] = -1
    return new, old[:used].copy()
