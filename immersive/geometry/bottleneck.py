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


@helper
def _sort(order, n, key):  # type: ignore[no-untyped-def]
    """Heap sort of order[:n] by key, ties by index: numba's own sort takes seconds to compile."""
    end = n
    root_from = n // 2
    while end > 1:
        if root_from > 0:
            root_from -= 1
        else:
            end -= 1
            order[0], order[end] = order[end], order[0]
        root = root_from
        while 2 * root + 1 < end:
            child = 2 * root + 1
            if child + 1 < end:
                x, y = order[child], order[child + 1]
                if key[x] < key[y] or (key[x] == key[y] and x < y):
                    child += 1
            x, y = order[root], order[child]
            if key[x] > key[y] or (key[x] == key[y] and x > y):
                break
            order[root], order[child] = y, x
            root = child


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
            d = polygon_distance(points, start[i], start[i + 1], points, start[j], start[j + 1], out)
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
    parent = np.empty(n, np.int64)
    for r in range(n):
        parent[r] = node_of[r]
    uniform = np.empty(nodes, np.int64)
    comp = np.empty(n, np.int64)
    best = np.empty(n)
    pick = np.empty((n, 2), np.int64)
    witness = np.empty((n, 4))
    done = np.zeros(n, np.bool_)
    picked = np.empty(n, np.int64)
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
        count = 0
        for c in range(n):
            if comp[c] == c and not done[c]:
                if pick[c, 0] < 0:
                    done[c] = True  # nothing within reach, so nothing will ever reach it either
                else:
                    picked[count] = c
                    count += 1
        # Shortest first: with equal hops that is what keeps the forest a minimum one.
        _sort(picked, count, best)
        joined = False
        for k in range(count):
            c = picked[k]
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


@kernel
def _path(ends, edges, node_of, walls, came, nodes):  # type: ignore[no-untyped-def]
    """Edges on the forest's way from wall 1 back to wall 0: came[:count], nodes[:count + 1]."""
    n = len(node_of)
    first = np.zeros(n + 2, np.int64)
    for e in range(edges):
        first[node_of[ends[e, 0]] + 2] += 1
        first[node_of[ends[e, 1]] + 2] += 1
    for v in range(n + 1):
        first[v + 1] += first[v]
    link = np.empty(2 * edges + 1, np.int64)
    for e in range(edges):
        for side in range(2):
            v = node_of[ends[e, side]]
            link[first[v + 1]] = e
            first[v + 1] += 1
    by = np.full(n, -1, np.int64)
    queue = np.empty(n, np.int64)
    queue[0] = walls[0]
    head, tail = 0, 1
    while head < tail:
        v = queue[head]
        head += 1
        for k in range(first[v], first[v + 1]):
            e = link[k]
            w = node_of[ends[e, 0]] + node_of[ends[e, 1]] - v
            if by[w] < 0 and w != walls[0]:
                by[w] = e
                queue[tail] = w
                tail += 1
    count = 0
    v = walls[1]
    while v != walls[0] and by[v] >= 0:
        e = by[v]
        came[count] = e
        nodes[count] = v
        count += 1
        v = node_of[ends[e, 0]] + node_of[ends[e, 1]] - v
    nodes[count] = v
    return count


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
    came, nodes = np.empty(n, np.int64), np.empty(n + 1, np.int64)
    count = _path(ends, edges, node_of, walls, came, nodes)
    if count == 0 or nodes[count] != walls[0]:
        return Bottleneck(math.inf, (-1, -1), np.full((2, 2), np.nan), order[:0])
    way = came[:count][::-1]
    worst = int(way[int(np.argmax(length[way]))])
    # Each edge as walked, from wall 0 to wall 1.
    steps = ends[way]
    turned = node_of[steps[:, 0]] != nodes[1 : count + 1][::-1]
    steps[turned] = steps[turned][:, ::-1]
    return Bottleneck(
        math.sqrt(float(length[worst])),
        (int(order[ends[worst, 0]]), int(order[ends[worst, 1]])),
        where[worst].reshape(2, 2).copy(),
        order[steps.ravel()],
    )
