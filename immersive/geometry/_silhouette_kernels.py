"""Loops of :mod:`immersive.geometry.silhouette`, compiled once and kept."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@njit(cache=True, nogil=True)
def fill(mask: NDArray[np.bool_], triangles: FloatArray) -> None:
    """Set the cells of ``mask[row, column]`` whose centre lies in a triangle.

    Triangles are (N, 3, 2), in cells: the centre of cell (row, column) is (column + 0.5, row + 0.5).
    A triangle that covers no centre sets the cells along its edges, so that nothing thin is lost.
    """
    rows, columns = mask.shape
    for index in range(len(triangles)):
        t = triangles[index]
        low_y = min(t[0, 1], t[1, 1], t[2, 1])
        high_y = max(t[0, 1], t[1, 1], t[2, 1])
        low_x = min(t[0, 0], t[1, 0], t[2, 0])
        high_x = max(t[0, 0], t[1, 0], t[2, 0])
        if high_y < 0.0 or high_x < 0.0 or low_y > rows or low_x > columns:
            continue
        found = False
        first = max(0, math.ceil(low_y - 0.5))
        last = min(rows - 1, math.floor(high_y - 0.5))
        for row in range(first, last + 1):
            y = row + 0.5
            left = math.inf
            right = -math.inf
            for corner in range(3):
                ax, ay = t[corner, 0], t[corner, 1]
                bx, by = t[(corner + 1) % 3, 0], t[(corner + 1) % 3, 1]
                if ay == by:
                    if ay == y:
                        left = min(left, ax, bx)
                        right = max(right, ax, bx)
                elif (ay <= y <= by) or (by <= y <= ay):
                    x = ax + (y - ay) / (by - ay) * (bx - ax)
                    left = min(left, x)
                    right = max(right, x)
            if left > right:
                continue
            begin = max(0, math.ceil(left - 0.5))
            end = min(columns - 1, math.floor(right - 0.5))
            for column in range(begin, end + 1):
                mask[row, column] = True
                found = True
        if not found:
            for corner in range(3):
                ax, ay = t[corner, 0], t[corner, 1]
                bx, by = t[(corner + 1) % 3, 0], t[(corner + 1) % 3, 1]
                steps = int(2.0 * max(abs(bx - ax), abs(by - ay))) + 1
                steps = min(steps, 4 * (rows + columns))
                for step in range(steps + 1):
                    column = math.floor(ax + (bx - ax) * step / steps)
                    row = math.floor(ay + (by - ay) * step / steps)
                    if 0 <= row < rows and 0 <= column < columns:
                        mask[row, column] = True
