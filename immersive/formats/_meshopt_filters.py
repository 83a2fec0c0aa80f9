"""Filters of the meshopt extensions: whole arrays at once, computed in float64, rounded as specified.

Source: ``EXT_meshopt_compression`` and ``KHR_meshopt_compression``, appendix B.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

FILTERS = ("NONE", "OCTAHEDRAL", "QUATERNION", "EXPONENTIAL", "COLOR")


def apply(raw: Bytes, stride: int, filter_: str) -> Bytes:
    """The content of a buffer view after its filter.

    Args:
        raw: (n,) uint8, decoded attributes.
        stride: Bytes an element has.
        filter_: One of :data:`FILTERS`.
    """
    if filter_ == "EXPONENTIAL":
        words = raw.view("<i4")
        mantissa = (words << 8) >> 8
        with np.errstate(over="ignore"):  # infinities are found and counted with the vertices
            real: Bytes = np.ldexp(mantissa.astype(np.float64), words >> 24).astype("<f4").view(np.uint8)
        return real
    if filter_ == "OCTAHEDRAL":
        return _octahedral(raw.view("i1" if stride == 4 else "<i2").reshape(-1, 4))
    if filter_ == "QUATERNION":
        return _quaternion(raw.view("<i2").reshape(-1, 4))
    if filter_ == "COLOR":
        return _color(raw.view("u1" if stride == 4 else "<u2").reshape(-1, 4))
    return raw


def _round(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Nearest whole number, halves away from zero."""
    return np.copysign(np.floor(np.abs(values) + 0.5), values)


def _octahedral(raw: NDArray[Any]) -> Bytes:
    values = raw.astype(np.float64)
    one = np.where(values[:, 2] == 0.0, 1.0, values[:, 2])
    x, y = values[:, 0] / one, values[:, 1] / one
    z = 1.0 - np.abs(x) - np.abs(y)
    fold = np.minimum(z, 0.0)
    x, y = x - np.copysign(fold, x), y - np.copysign(fold, y)
    full = float(np.iinfo(raw.dtype).max)
    scale = full / np.sqrt(x * x + y * y + z * z)
    out = raw.copy()
    out[:, :3] = _round(np.stack([x * scale, y * scale, z * scale], axis=1))
    return out.reshape(-1).view(np.uint8)


def _quaternion(raw: NDArray[np.int16]) -> Bytes:
    one = (raw[:, 3] | 3).astype(np.float64)
    small = raw[:, :3] / one[:, None] * np.sqrt(0.5)
    largest = np.sqrt(np.maximum(0.0, 1.0 - np.einsum("ij,ij->i", small, small)))
    order = (raw[:, 3:4] & 3) + np.array([1, 2, 3, 0])
    out = np.empty_like(raw)
    both = _round(np.column_stack([small, largest]) * 32767.0).clip(-32767, 32767)
    np.put_along_axis(out, order % 4, both.astype(raw.dtype), axis=1)
    return out.reshape(-1).view(np.uint8)


def _color(raw: NDArray[Any]) -> Bytes:
    signed = raw.view(f"<i{raw.itemsize}").astype(np.int64)
    y, co, cg, alpha = raw[:, 0].astype(np.int64), signed[:, 1], signed[:, 2], raw[:, 3].astype(np.int64)
    top = np.where(alpha > 0, np.frexp(np.maximum(alpha, 1).astype(np.float64))[1], 1)
    span = (1 << top) - 1
    low = alpha & (span >> 1)
    stacked = np.stack([y + co - cg, y + cg, y - co - cg, (low << 1) | (low & 1)], axis=1)
    full = float(np.iinfo(raw.dtype).max)
    out = _round(stacked * (full / span)[:, None]).clip(0, full).astype(raw.dtype)
    return out.reshape(-1).view(np.uint8)
