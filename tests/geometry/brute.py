"""Distances of triangles by trying every feature of every pair, with numpy and none of our kernels."""

from __future__ import annotations

import numpy as np


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("...i,...i->...", a, b)


def _point_segment(p: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    u = b - a
    length2 = _dot(u, u)
    t = np.clip(np.divide(_dot(p - a, u), length2, out=np.zeros_like(length2), where=length2 > 0.0), 0.0, 1.0)
    return np.linalg.norm(a + t[..., None] * u - p, axis=-1)


def _inside(p: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Whether the foot of a point on the plane of a triangle lies in it; never for flat ones."""
    u, v, w = t[..., 1, :] - t[..., 0, :], t[..., 2, :] - t[..., 0, :], p - t[..., 0, :]
    n = np.cross(u, v)
    n2 = _dot(n, n)
    a, b = _dot(np.cross(u, w), n), _dot(np.cross(w, v), n)
    flat = n2 <= 1e-22 * np.maximum(_dot(u, u), _dot(v, v)) ** 2
    return ~flat & (a >= 0.0) & (b >= 0.0) & (a + b <= n2)


def _height(p: np.ndarray, t: np.ndarray) -> np.ndarray:
    n = np.cross(t[..., 1, :] - t[..., 0, :], t[..., 2, :] - t[..., 0, :])
    length = np.linalg.norm(n, axis=-1)
    return np.divide(_dot(p - t[..., 0, :], n), length, out=np.zeros_like(length), where=length > 0.0)


def brute_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Least distance between (N, 3, 3) and (M, 3, 3) triangles, in their unit."""
    a, b = np.broadcast_arrays(a[:, None], b[None])
    best = np.inf
    for i in range(3):
        for one, other in ((a, b), (b, a)):
            p, after = one[..., i, :], one[..., (i + 1) % 3, :]
            h = _height(p, other)
            best = min(best, np.where(_inside(p, other), np.abs(h), np.inf).min())
            after_h = _height(after, other)
            across = (h * after_h <= 0.0) & (h != after_h)
            s = np.divide(h, h - after_h, out=np.zeros_like(h), where=across)
            hit = p + s[..., None] * (after - p)
            if (across & _inside(hit, other)).any():
                return 0.0
        for j in range(3):
            p, u = a[..., i, :], a[..., (i + 1) % 3, :] - a[..., i, :]
            q, v = b[..., j, :], b[..., (j + 1) % 3, :] - b[..., j, :]
            for end in (p, p + u):
                best = min(best, _point_segment(end, q, q + v).min())
            for end in (q, q + v):
                best = min(best, _point_segment(end, p, p + u).min())
            n = np.cross(u, v)
            n2 = _dot(n, n)
            crossing = n2 > 0.0
            r = q - p
            s = np.divide(_dot(np.cross(r, v), n), n2, out=np.full_like(n2, -1.0), where=crossing)
            t = np.divide(_dot(np.cross(r, u), n), n2, out=np.full_like(n2, -1.0), where=crossing)
            inner = (s >= 0.0) & (s <= 1.0) & (t >= 0.0) & (t <= 1.0)
            gap = np.linalg.norm(p + s[..., None] * u - q - t[..., None] * v, axis=-1)
            best = min(best, np.where(inner, gap, np.inf).min())
    return float(best)
