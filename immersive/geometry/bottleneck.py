"""The largest hop that cannot be avoided on a way from one polygon to another: minimax path, exact.

A disc passes between two walls with obstacles in between exactly if its diameter is smaller
than the largest hop of every chain wall → obstacle → … → wall. The smallest such "largest hop"
lies on the minimum spanning tree of all distances; Borůvka's rounds over a box tree build the
tree without looking at all pairs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from immersive.geometry._jit import helper, kernel
from immersive.geometry.plan_distance import polygon_distance

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]

_LEAF = 4


@dataclass(frozen=True, eq=False)
class Bottleneck:
    """The critical hop.

    Attributes:
        hop: Its length, metres.
        ends: Polygon index at either end.
        points: (2, 2) nearest points, one on each.
        chain: The polygons at either end of each hop from the first wall to the second.
    """

    hop: float
    ends: tuple[int, int]
    points: FloatArray
    chain: IndexArray


@helper
def _find(parent, i):  # type: ignore[no-untyped-def]
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@helper
def _box_gap(a, i, b, j):  # type: ignore[no-untyped-def]
    """Square of the distance between the boxes (x0, y0, x1, y1) a[i] and b[j]."""
    dx = max(0.0, max(a[i, 0] - b[j, 2], b[j, 0] - a[i, 2]))
    dy = max(0.0, max(a[i, 1] - b[j, 3], b[j, 1] - a[i, 3]))
    return dx * dx + dy * dy


@kernel
def _box_tree(points, start, order, box, tree):  # type: ignore[no-untyped-def]
    """Boxes of the polygons in spatial order and of an implicit binary heap over them."""
    n = len(order)
    leaves = (len(tree) + 1) // 2
    for k in range(len(tree)):
        tree[k, 0] = tree[k, 1] = np.inf
        tree[k, 2] = tree[k, 3] = -np.inf
    for r in range(n):
        i = order[r]
        node = leaves - 1 + r // _LEAF
        for c in range(2):
            low, high = np.inf, -np.inf
            for k in range(start[i], start[i + 1]):
                low, high = min(low, points[k, c]), max(high, points[k, c])
            box[r, c], box[r, 2 + c] = low, high
            tree[node, c], tree[node, 2 + c] = min(tree[node, c], low), max(tree[node, 2 + c], high)
    for node in range(leaves - 2, -1, -1):
        for c in range(2):
            tree[node, c] = min(tree[2 * node + 1, c], tree[2 * node + 2, c])
            tree[node, 2 + c] = max(tree[2 * node + 1, 2 + c], tree[2 * node + 2, 2 + c])


@helper
def _nearest(  # type: ignore[no-untyped-def]
    r, c, best, comp, uniform, box, tree, points, start, leg, inner, reach, order, out, stack, pick, witness
):
    """Improve component c's nearest foreign polygon with what polygon r sees."""
    n = len(order)
    leaves = (len(tree) + 1) // 2
    top = 1
    stack[0] = 0
    while top > 0:
        top -= 1
        node = stack[top]
        if uniform[node] == c or uniform[node] == -2 or _box_gap(box, r, tree, node) >= best[c]:
            continue
        if node < leaves - 1:
            near = _box_gap(box, r, tree, 2 * node + 1) <= _box_gap(box, r, tree, 2 * node + 2)
            stack[top] = 2 * node + 2 if near else 2 * node + 1
            stack[top + 1] = 2 * node + 1 if near else 2 * node + 2
            top += 2
            continue
        leaf = node - leaves + 1
        for s in range(leaf * _LEAF, min(n, leaf * _LEAF + _LEAF)):
            if comp[s] == c or _box_gap(box, r, box, s) >= best[c]:
                continue
            i, j = order[r], order[s]
            la, lb = min(leg[i], leg[j]), max(leg[i], leg[j])
            if lb > la + 1 and inner[lb] - inner[la + 1] > reach:
                continue
            d = polygon_distance(points, start[i], start[i + 1], start[j], start[j + 1], out)
            if d < best[c]:
                best[c] = d
                pick[c, 0] = r
                pick[c, 1] = s
                for k in range(4):
                    witness[c, k] = out[k]


@kernel
def _weld(points, bits, start, leg, label, inner, reach, order, table, parent):  # type: ignore[no-untyped-def]
    """Join polygons of one label that share a corner exactly: most of a mesh at once, without searching.

    bits (K, 2) uint64 are the corners' bit patterns; table (power of two,) int64 is filled with -1.
    parent (N,) comes in as the walls demand and goes out as a union-find forest over ranks.
    """
    mask = len(table) - 1
    owner = np.empty(len(points), np.int64)
    for r in range(len(order)):
        i = order[r]
        for k in range(start[i], start[i + 1]):
            owner[k] = r
            code = bits[k, 0] * np.uint64(0x9E3779B97F4A7C15) ^ bits[k, 1] * np.uint64(0xC2B2AE3D27D4EB4F)
            slot = np.int64((code ^ (code >> np.uint64(29))) >> np.uint64(3)) & mask
            while table[slot] >= 0:
                other = table[slot]
                q = owner[other]
                if (
                    points[other, 0] == points[k, 0]
                    and points[other, 1] == points[k, 1]
                    and label[order[q]] == label[i]
                ):
                    la, lb = min(leg[i], leg[order[q]]), max(leg[i], leg[order[q]])
                    if lb <= la + 1 or inner[lb] - inner[la + 1] <= reach:
                        a, b = _find(parent, r), _find(parent, q)
                        parent[max(a, b)] = min(a, b)
                    break
                slot = (slot + 1) & mask
            if table[slot] < 0:
                table[slot] = k
    for r in range(len(order)):
        parent[r] = _find(parent, r)


@kernel
def _forest(points, start, leg, node_of, walls, inner, reach, order, box, tree, ends, length, where):  # type: ignore[no-untyped-def]
    """Borůvka's rounds until the two walls are joined; returns the number of edges found.

    All in ranks of the spatial ``order``. node_of (N,): rank that stands for the polygon (one
    for each wall and each welded surface). ends (N, 2), length (N,) squared, where (N, 4) get the edges. Two polygons
    of legs a < b are neighbours only if inner[b] - inner[a + 1] ≤ reach.
    """
    n = len(order)
    nodes = len(tree)
    leaves = (nodes + 1) // 2
    limit = reach * reach
    parent = node_of.copy()
    comp = np.empty(n, np.int64)
    uniform = np.empty(nodes, np.int64)
    best = np.empty(n)
    pick = np.empty((n, 2), np.int64)
    witness = np.empty((n, 4))
    done = np.zeros(n, np.bool_)
    out = np.empty(4)
    stack = np.empty(128, np.int64)
    edges = 0
    joined = True
    while joined and _find(parent, walls[0]) != _find(parent, walls[1]):
        for r in range(n):
            comp[r] = _find(parent, r)
            best[r] = limit
            pick[r, 0] = -1
        for leaf in range(leaves):
            same = -2
            for r in range(leaf * _LEAF, min(n, leaf * _LEAF + _LEAF)):
                same = comp[r] if same == -2 or same == comp[r] else -1
            uniform[leaves - 1 + leaf] = same
        for node in range(leaves - 2, -1, -1):
            a = uniform[2 * node + 1]
            b = uniform[2 * node + 2]
            uniform[node] = a if b == -2 or a == b else (b if a == -2 else -1)
        for r in range(n):
            c = comp[r]
            if not done[c] and best[c] > 0.0:
                _nearest(
                    r, c, best, comp, uniform, box, tree, points, start, leg, inner, reach, order, out,
                    stack, pick, witness,
                )  # fmt: skip
        # Picks can close a ring only where all its hops are equal: whichever comes last is left out.
        joined = False
        for c in range(n):
            if comp[c] != c or done[c]:
                continue
            if pick[c, 0] < 0:
                done[c] = True  # nothing within reach, so nothing will ever reach it either
                continue
            a = _find(parent, pick[c, 0])
            b = _find(parent, pick[c, 1])
            if a == b:
                continue
            parent[max(a, b)] = min(a, b)
            joined = True
            ends[edges, 0] = pick[c, 0]
            ends[edges, 1] = pick[c, 1]
            length[edges] = best[c]
            for m in range(4):
                where[edges, m] = witness[c, m]
            edges += 1
    return edges


def _path(ends: IndexArray, node_of: IndexArray, walls: IndexArray) -> list[tuple[int, int]]:
    """Edges on the forest's way from wall 0 to wall 1, each with the side (0 or 1) it is entered at."""
    # After welding the forest has few edges: plain Python is quicker than another kernel to compile.
    nodes: list[list[int]] = node_of[ends].tolist()
    links: dict[int, list[tuple[int, int]]] = {}
    for edge, (a, b) in enumerate(nodes):
        links.setdefault(a, []).append((edge, 0))
        links.setdefault(b, []).append((edge, 1))
    first, last = int(walls[0]), int(walls[1])
    came: dict[int, tuple[int, int]] = {first: (-1, 0)}
    queue = [first]
    for node in queue:
        for edge, side in links.get(node, ()):
            other = nodes[edge][1 - side]
            if other not in came:
                came[other] = edge, side
                queue.append(other)
    way: list[tuple[int, int]] = []
    node = last
    while node != first and node in came:
        edge, side = came[node]
        way.append((edge, side))
        node = nodes[edge][side]
    return way[::-1] if node == first else []


def _morton(centers: FloatArray) -> IndexArray:
    """Order of (N, 2) points along a Z curve; ties keep their order."""
    low = centers.min(axis=0)
    span = float((centers.max(axis=0) - low).max()) or 1.0
    code = np.zeros(len(centers), np.uint64)
    for axis in range(2):
        v = ((centers[:, axis] - low[axis]) / span * 65535.0).astype(np.uint64)
        for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
            v = (v | (v << np.uint64(shift))) & np.uint64(mask)
        code |= v << np.uint64(axis)
    return np.argsort(code, kind="stable").astype(np.int64)


def minimax_hop(
    points: FloatArray,
    start: IndexArray,
    leg: IndexArray,
    group: IndexArray,
    /,
    *,
    inner: FloatArray,
    reach: float,
    label: IndexArray | None = None,
) -> Bottleneck:
    """The smallest "largest hop" over all chains from group 0 to group 1.

    Args:
        points: (K, 2) corners of N convex polygons, metres.
        start: (N + 1,) first corner of each.
        leg: (N,) leg of the strip each lies in.
        group: (N,) 0 and 1 for polygons of the two walls (each at least one), -1 for the rest.
        inner: (legs + 1,) see :attr:`Strip.inner`: hops between legs farther apart than ``reach``
            along the strip would cut across ground outside it and are not made.
        reach: Longest hop of interest, metres.
        label: (N,) polygons of one label that share a corner are joined beforehand, which saves
            most of the search; None: no such help.

    Returns:
        The critical hop; ``hop`` is inf and the chain empty where no chain has hops ≤ ``reach``.
    """
    points, start, leg, inner = (
        np.array(points, np.float64, order="C"),
        np.ascontiguousarray(start, np.int64),
        np.ascontiguousarray(leg, np.int64),
        np.ascontiguousarray(inner, np.float64),
    )
    lower = np.minimum.reduceat(points, start[:-1], axis=0)
    upper = np.maximum.reduceat(points, start[:-1], axis=0)
    order = _morton(0.5 * (lower + upper))
    n = len(order)
    ranked = np.asarray(group, np.int64)[order]
    walls = np.array([int(np.flatnonzero(ranked == 0)[0]), int(np.flatnonzero(ranked == 1)[0])])
    node_of = np.where(ranked >= 0, walls[ranked], np.arange(n))
    if label is not None:
        points += 0.0  # one zero only
        table = np.full(1 << (2 * len(points)).bit_length(), -1, np.int64)
        labels = np.ascontiguousarray(label, np.int64)
        _weld(points, points.view(np.uint64), start, leg, labels, inner, float(reach), order, table, node_of)
    leaves = 1 << max(0, math.ceil(n / _LEAF) - 1).bit_length()
    box, tree = np.empty((n, 4)), np.empty((2 * leaves - 1, 4))
    _box_tree(points, start, order, box, tree)
    ends, length, where = np.empty((n, 2), np.int64), np.empty(n), np.empty((n, 4))
    edges = _forest(
        points, start, leg, node_of, walls, inner, float(reach), order, box, tree, ends, length, where
    )
    way = _path(ends[:edges], node_of, walls)
    if not way:
        return Bottleneck(math.inf, (-1, -1), np.full((2, 2), np.nan), order[:0])
    worst = max(way, key=lambda step: length[step[0]])[0]
    chain = [ends[edge, end] for edge, side in way for end in (side, 1 - side)]
    return Bottleneck(
        math.sqrt(float(length[worst])),
        (int(order[ends[worst, 0]]), int(order[ends[worst, 1]])),
        where[worst].reshape(2, 2).copy(),
        order[chain],
    )
