"""One step of the reach solver: least discomfort by its local model, under linear conditions and limits.

Minimise Σ gᵢ δᵢ + ½ hᵢ δᵢ² + fᵢ |zᵢ + δᵢ| + |r + Jᵀδ|² / 2ε with lower ≤ z + δ ≤ upper. The costs are
separate, so for given multipliers λ each variable has its own closed form (a soft threshold, then its limits),
and Newton's method on the few λ finds the rest.
"""

from __future__ import annotations

import math
from typing import Final

from immersive.geometry._jit import helper

_TURNS: Final = 25
_HELD: Final = 1e-3


@helper
def _respond(lam, jac, r, eps, z, g, h, first, lo, hi, u, f, a):  # type: ignore[no-untyped-def]
    """Variables ``u`` for multipliers, what is left ``f`` = r + Jᵀδ + ελ, and its slope ``a`` by the variables
    that are free; returns the dual's value, which the right multipliers make largest."""
    nv, nc = jac.shape
    value = 0.0
    for i in range(nc):
        f[i] = r[i] + eps * lam[i]
        value -= lam[i] * (r[i] + 0.5 * eps * lam[i])
        for j in range(nc):
            a[i, j] = eps if i == j else 0.0
    for i in range(nv):
        u[i] = z[i]
        if hi[i] <= lo[i]:
            value += first[i] * abs(z[i])
            continue
        slope = g[i]
        for c in range(nc):
            slope -= jac[i, c] * lam[c]
        x, kink = z[i] - slope / h[i], first[i] / h[i]
        # A variable that is held still counts for a little: Newton's step stays finite.
        weight = 1.0
        if x > kink:
            x -= kink
        elif x < -kink:
            x += kink
        else:
            x, weight = 0.0, 1.0 if kink == 0.0 else _HELD
        if x <= lo[i]:
            x, weight = lo[i], _HELD
        elif x >= hi[i]:
            x, weight = hi[i], _HELD
        u[i] = x
        d = x - z[i]
        value += slope * d + 0.5 * h[i] * d * d + first[i] * abs(x)
        for c in range(nc):
            f[c] += jac[i, c] * d
            for e in range(c + 1):
                a[c, e] += weight * jac[i, c] * jac[i, e] / h[i]
    return value


@helper
def _factor(a):  # type: ignore[no-untyped-def]
    """Cholesky in the lower half of a positive matrix."""
    for i in range(a.shape[0]):
        for j in range(i + 1):
            x = a[i, j]
            for k in range(j):
                x -= a[i, k] * a[j, k]
            if i == j:
                a[i, i] = math.sqrt(max(x, 1e-14))
            else:
                a[i, j] = x / a[j, j]


@helper
def _back(a, b):  # type: ignore[no-untyped-def]
    """b ← the factored matrix's inverse times b."""
    n = b.shape[0]
    for i in range(n):
        for k in range(i):
            b[i] -= a[i, k] * b[k]
        b[i] /= a[i, i]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            b[i] -= a[k, i] * b[k]
        b[i] /= a[i, i]


@helper
def step(jac, r, eps, z, g, h, first, lo, hi, u, lam, f, a, whole, other):  # type: ignore[no-untyped-def]
    """Write the step's end into ``u``.

    Args:
        jac: (nv, nc) slope of the conditions; r: (nc,) their values now; eps: see above.
        z: (nv,) variables; g, h, first: slope, curvature (> 0), first-order cost; lo, hi: limits.
        u: (nv,), written; lam, f: (nc,), a, whole: (nc, nc), other: (3, nc): scratch.
    """
    nv, nc = jac.shape
    # With every variable free: a slope that no other exceeds, so its step always raises the dual.
    for c in range(nc):
        lam[c] = 0.0
        for e in range(c + 1):
            whole[c, e] = eps if c == e else 0.0
    for i in range(nv):
        if hi[i] > lo[i]:
            for c in range(nc):
                for e in range(c + 1):
                    whole[c, e] += jac[i, c] * jac[i, e] / h[i]
    _factor(whole)
    value = _respond(lam, jac, r, eps, z, g, h, first, lo, hi, u, f, a)
    for turn in range(_TURNS):
        left = 0.0
        for c in range(nc):
            left += f[c] * f[c]
        if left < 1e-12:
            break
        for c in range(nc):
            other[0, c], other[1, c], other[2, c] = lam[c], f[c], f[c]
        if turn > 0:
            _factor(a)
            _back(a, other[1])
            for c in range(nc):
                lam[c] = other[0, c] - other[1, c]
            new = _respond(lam, jac, r, eps, z, g, h, first, lo, hi, u, f, a)
            if new > value:
                value = new
                continue
        _back(whole, other[2])
        for c in range(nc):
            lam[c] = other[0, c] - other[2, c]
        value = _respond(lam, jac, r, eps, z, g, h, first, lo, hi, u, f, a)
