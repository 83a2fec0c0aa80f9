"""An order of places that keeps neighbours together: what is asked one after the other is then in the cache."""

from __future__ import annotations

import numpy as np

from immersive.geometry._jit import kernel


@kernel
def along_curve(points, ways, ahead):  # type: ignore[no-untyped-def]
    """Order (N,) of the finite places points + ahead · ways, both (N, 3), along a Morton curve (Morton 1966).

    32 cells a side of their box; places of one cell stay in the order given.
    """
    count = len(points)
    low = np.full(3, np.inf)
    high = np.full(3, -np.inf)
    for k in range(count):
        for d in range(3):
            x = points[k, d] + ahead * ways[k, d]
            low[d] = min(low[d], x)
            high[d] = max(high[d], x)
    side = max(high[0] - low[0], high[1] - low[1], high[2] - low[2])
    scale = 31.999 / side if side > 0.0 and side < np.inf else 0.0
    code = np.empty(count, np.int32)
    starts = np.zeros(32769, np.int64)
    for k in range(count):
        key = 0
        for d in range(3):
            cell = int((points[k, d] + ahead * ways[k, d] - low[d]) * scale)
            for b in range(5):
                key |= ((cell >> b) & 1) << (3 * b + d)
        code[k] = key
        starts[key + 1] += 1
    for k in range(32768):
        starts[k + 1] += starts[k]
    order = np.empty(count, np.int64)
    for k in range(count):
        order[starts[code[k]]] = k
        starts[code[k]] += 1
    return order
