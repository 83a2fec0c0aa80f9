"""One step of the reach solver: least discomfort by its local model, under linear conditions and limits.

Minimise Σ gᵢ δᵢ + ½ hᵢ δᵢ² + fᵢ |zᵢ + δᵢ| + |r + Jᵀδ|² / 2ε with lower ≤ z + δ ≤ upper. The costs are
separate, so for given multipliers λ each variable has its own closed form (a soft threshold, then its limits),
and Newton's method on the few λ finds the rest.
"""

from __future__ import annotations

import math

from immersive.geometry._jit import helper


@helper
def _respond(lam, jac, r, eps, z, g, h, first, lo, hi, u, f, a):  # type: ignore[no-untyped-def]
    """Variables ``u`` for multipliers, what is left ``f`` = r + Jᵀδ + ελ, its slope ``a``; returns |f|²."""
    nv, nc = jac.shape
    for i in range(nc):
        f[i] = r[i] + eps * lam[i]
        for j in range(nc):
            a[i, j] = eps if i == j else 0.0
    for i in range(nv):
        u[i] = z[i]
        if hi[i] <= lo[i]:
            continue
        slope = g[i]
        for c in range(nc):
            slope -= jac[i, c] * lam[c]
        x, kink = z[i] - slope / h[i], first[i] / h[i]
        free = True
        if x > kink:
            x -= kink
        elif x < -kink:
            x += kink
        else:
            x, free = 0.0, kink == 0.0
        if x <= lo[i]:
            x, free = lo[i], False
        elif x >= hi[i]:
            x, free = hi[i], False
        u[i] = x
        for c in range(nc):
            f[c] += jac[i, c] * (x - z[i])
        if free:
            for c in range(nc):
                for d in range(c + 1):
                    a[c, d] += jac[i, c] * jac[i, d] / h[i]
    total = 0.0
    for c in range(nc):
        total += f[c] * f[c]
    return total


@helper
def _solve(a, b):  # type: ignore[no-untyped-def]
    """b ← a⁻¹ b for a symmetric positive matrix of which the lower half is given; a is overwritten."""
    n = b.shape[0]
    for i in range(n):
        for j in range(i + 1):
            x = a[i, j]
            for k in range(j):
                x -= a[i, k] * a[j, k]
            if i == j:
                a[i, i] = math.sqrt(max(x, 1e-14))
            else:
                a[i, j] = x / a[j, j]
    for i in range(n):
        for k in range(i):
            b[i] -= a[i, k] * b[k]
        b[i] /= a[i, i]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            b[i] -= a[k, i] * b[k]
        b[i] /= a[i, i]


@helper
def step(jac, r, eps, z, g, h, first, lo, hi, u, lam, f, a, other):  # type: ignore[no-untyped-def]
    """Write the step's end into ``u``.

    Args:
        jac: (nv, nc) slope of the conditions; r: (nc,) their values now; eps: see above.
        z: (nv,) variables; g, h, first: slope, curvature (> 0), first-order cost; lo, hi: limits.
        u: (nv,), written; lam, f, a: (nc,), (nc,), (nc, nc) scratch, other: (2, nc) scratch.
    """
    nc = jac.shape[1]
    for c in range(nc):
        lam[c] = 0.0
    left = _respond(lam, jac, r, eps, z, g, h, first, lo, hi, u, f, a)
    for _ in range(20):
        if left < 1e-18:
            break
        for c in range(nc):
            other[0, c], other[1, c] = lam[c], f[c]
        _solve(a, other[1])
        part = 1.0
        was = left
        for _ in range(5):
            for c in range(nc):
                lam[c] = other[0, c] - part * other[1, c]
            left = _respond(lam, jac, r, eps, z, g, h, first, lo, hi, u, f, a)
            if left < was * (1.0 - 0.1 * part):
                break
            part *= 0.4
        if left > was * (1.0 - 1e-6):
            break
