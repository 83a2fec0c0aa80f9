"""Decoder for the bitstreams of ``EXT_meshopt_compression`` and ``KHR_meshopt_compression``.

Source: both extension specifications of the Khronos glTF registry, appendix A (bitstream:
attributes version 0 and 1, triangles, indices). Written from the text.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from immersive.formats._meshopt_filters import FILTERS, apply

Bytes = NDArray[np.uint8]

MODES = ("ATTRIBUTES", "TRIANGLES", "INDICES")

_OK, _SHORT, _HEADER, _SURPLUS, _CHANNEL, _FIFO, _TABLE = range(7)
_REASONS = {
    _SHORT: "the compressed data ends too early",
    _HEADER: "the compressed data begins with an unknown header byte",
    _SURPLUS: "the compressed data is longer than its content",
    _CHANNEL: "the compressed data uses an unknown channel mode",
    _FIFO: "the compressed data refers to an edge or vertex that was not there before",
    _TABLE: "the compressed data has an invalid lookup table",
}


class MeshoptError(Exception):
    """The stream is damaged, or its description contradicts it."""


def decode(data: Bytes, *, mode: str, count: int, stride: int, filter_: str = "NONE") -> Bytes:
    """Uncompressed content of one buffer view.

    Args:
        data: (n,) uint8, the compressed stream.
        mode: One of :data:`MODES`.
        count: Number of elements.
        stride: Bytes an element has.
        filter_: One of :data:`FILTERS`.

    Returns:
        (count * stride,) uint8.

    Raises:
        MeshoptError: Damaged, or ``count`` and ``stride`` cannot be. Nothing is allocated
            before the stream is known to be long enough for ``count`` elements.
    """
    _check(mode, count, stride, filter_)
    if len(data) < _least_bytes(mode, count, stride, int(data[0]) if len(data) else 0):
        raise MeshoptError(_REASONS[_SHORT])
    out = np.empty(count * stride, np.uint8)
    if mode == "ATTRIBUTES":
        code = _decode_attributes(data, count, stride, out)
    else:
        wide = np.empty(count, np.uint32)
        code = _decode_triangles(data, wide) if mode == "TRIANGLES" else _decode_indices(data, wide)
        out.view("<u2" if stride == 2 else "<u4")[:] = wide.astype(np.uint16) if stride == 2 else wide
    if code != _OK:
        raise MeshoptError(_REASONS[code])
    return apply(out, stride, filter_)


def _check(mode: str, count: int, stride: int, filter_: str) -> None:
    if mode not in MODES:
        raise MeshoptError(f"unknown mode {mode!r}")
    if filter_ not in FILTERS:
        raise MeshoptError(f"unknown filter {filter_!r}")
    if mode == "ATTRIBUTES":
        allowed = {"OCTAHEDRAL": (4, 8), "QUATERNION": (8,), "COLOR": (4, 8)}.get(filter_)
        if stride % 4 or not 4 <= stride <= 256 or (allowed and stride not in allowed):
            raise MeshoptError(f"a byteStride of {stride} is not allowed for {mode} with filter {filter_}")
    elif stride not in (2, 4) or filter_ != "NONE":
        raise MeshoptError(f"a byteStride of {stride} with filter {filter_} is not allowed for {mode}")
    if mode == "TRIANGLES" and count % 3:
        raise MeshoptError(f"{count} indices do not make whole triangles")


def _least_bytes(mode: str, count: int, stride: int, header: int) -> int:
    """Length that no valid stream of ``count`` elements can stay below."""
    if mode == "TRIANGLES":
        return 1 + count // 3 + 16
    if mode == "INDICES":
        return 1 + count + 4
    block = min((8192 // stride) & ~15, 256)
    full, rest = divmod(count, block)
    if header == 0xA1:
        blocks = full + (1 if rest else 0)
        return 1 + blocks * (stride // 4) + max(stride + stride // 4, 24)
    # Every 64 elements share a byte of header bits in each byte column.
    headers = full * ((block + 63) // 64) + (rest + 63) // 64
    return int(1 + headers * stride + max(stride, 32))


@njit(cache=True, nogil=True)
def _decode_group(data, at, end, bits, out, start):  # type: ignore[no-untyped-def]
    """Sixteen deltas into ``out[start:]``; returns the next read position, or -1."""
    if bits == 0:
        out[start : start + 16] = 0
        return at
    if at + 2 * bits > end:
        return -1
    if bits == 8:
        out[start : start + 16] = data[at : at + 16]
        return at + 16
    sentinel = (1 << bits) - 1
    per_byte = 8 // bits
    extra = at + 2 * bits
    for i in range(16):
        slot = i % per_byte
        shift = slot if bits == 1 else 8 - bits * (slot + 1)
        value = (data[at + i // per_byte] >> shift) & sentinel
        if value == sentinel:
            if extra >= end:
                return -1
            value = data[extra]
            extra += 1
        out[start + i] = value
    return extra


@njit(cache=True, nogil=True)
def _undelta(deltas, elements, stride, mode, channel, last, out, first):  # type: ignore[no-untyped-def]
    """Four byte columns of a block from their deltas, in place of the channel's four bytes."""
    column = channel * 4
    if mode & 15 == 0:
        for k in range(column, column + 4):
            value = np.int64(last[k])
            for i in range(elements):
                delta = np.int64(deltas[k * 256 + i])
                value = (value + ((delta >> 1) ^ -(delta & 1))) & 0xFF
                out[(first + i) * stride + k] = value
            last[k] = value
    elif mode & 15 == 1:
        for k in range(column, column + 4, 2):
            value = np.int64(last[k]) | np.int64(last[k + 1]) << 8
            for i in range(elements):
                delta = np.int64(deltas[k * 256 + i]) | np.int64(deltas[(k + 1) * 256 + i]) << 8
                value = (value + ((delta >> 1) ^ -(delta & 1))) & 0xFFFF
                out[(first + i) * stride + k] = value & 0xFF
                out[(first + i) * stride + k + 1] = value >> 8
            last[k] = value & 0xFF
            last[k + 1] = value >> 8
    else:
        turn = mode >> 4
        value = np.int64(0)
        for b in range(4):
            value |= np.int64(last[column + b]) << (8 * b)
        for i in range(elements):
            delta = np.int64(0)
            for b in range(4):
                delta |= np.int64(deltas[(column + b) * 256 + i]) << (8 * b)
            # The encoder rotates left by `turn`; undo it.
            delta = ((delta >> turn) | (delta << (32 - turn))) & 0xFFFFFFFF
            value ^= delta
            for b in range(4):
                out[(first + i) * stride + column + b] = (value >> (8 * b)) & 0xFF
        for b in range(4):
            last[column + b] = (value >> (8 * b)) & 0xFF


@njit(cache=True, nogil=True)
def _decode_attributes(data, count, stride, out):  # type: ignore[no-untyped-def]
    size = data.size
    version = int(data[0]) - 0xA0
    if version != 0 and version != 1:
        return _HEADER
    channels = stride // 4
    tail = stride + (channels if version == 1 else 0)
    end = size - max(tail, 24 if version == 1 else 32)
    if end < 1:
        return _SHORT
    last = data[size - tail : size - tail + stride].copy()
    modes = np.zeros(channels, np.uint8)
    if version == 1:
        modes[:] = data[size - channels :]
        for c in range(channels):
            if modes[c] & 15 > 2 or (modes[c] & 15 < 2 and modes[c] >> 4 != 0):
                return _CHANNEL
    deltas = np.zeros(stride * 256, np.uint8)
    block = min((8192 // stride) & ~15, 256)
    at = 1
    first = 0
    while first < count:
        elements = min(block, count - first)
        groups = (elements + 15) // 16
        control_at = at
        if version == 1:
            at += channels
            if at > end:
                return _SHORT
        for k in range(stride):
            control = 1
            if version == 1:
                control = (data[control_at + k // 4] >> (2 * (k % 4))) & 3
            if control == 2 and version == 1:
                deltas[k * 256 : k * 256 + 256] = 0
                continue
            if control == 3 and version == 1:
                if at + elements > end:
                    return _SHORT
                deltas[k * 256 : k * 256 + elements] = data[at : at + elements]
                at += elements
                continue
            header_at = at
            at += (groups + 3) // 4
            if at > end:
                return _SHORT
            for g in range(groups):
                kind = (data[header_at + g // 4] >> (2 * (g % 4))) & 3
                if version == 0:
                    bits = 0 if kind == 0 else 1 << kind
                elif control == 0:
                    bits = 0 if kind == 0 else 1 << (kind - 1)
                else:
                    bits = 1 << kind
                at = _decode_group(data, at, end, bits, deltas, k * 256 + g * 16)
                if at < 0:
                    return _SHORT
        for c in range(channels):
            _undelta(deltas, elements, stride, modes[c], c, last, out, first)
        first += elements
    return _OK if at == end else _SURPLUS


@njit(cache=True, nogil=True)
def _varint(data, at, end):  # type: ignore[no-untyped-def]
    """(value, next position); position -1 where the data ends or the number is too long."""
    value = np.int64(0)
    for i in range(5):
        if at >= end:
            return value, -1
        byte = np.int64(data[at])
        at += 1
        value |= (byte & 127) << (7 * i)
        if byte < 128:
            return value & 0xFFFFFFFF, at
    return value, -1


@njit(cache=True, nogil=True)
def _zigzag(value):  # type: ignore[no-untyped-def]
    return (value >> 1) ^ -(value & 1)


@njit(cache=True, nogil=True)
def _decode_indices(data, out):  # type: ignore[no-untyped-def]
    if data[0] != 0xD1:
        return _HEADER
    end = data.size - 4
    last = np.zeros(2, np.int64)
    at = 1
    for i in range(out.size):
        value, at = _varint(data, at, end)
        if at < 0:
            return _SHORT
        which = value & 1
        last[which] = (last[which] + _zigzag(value >> 1)) & 0xFFFFFFFF
        out[i] = last[which]
    return _OK if at == end else _SURPLUS


@njit(cache=True, nogil=True)
def _decode_triangles(data, out):  # type: ignore[no-untyped-def]
    if data[0] != 0xE1:
        return _HEADER
    triangles = out.size // 3
    end = data.size - 16
    for i in range(16):
        if data[end + i] & 15 == 15 or data[end + i] >> 4 == 15 or (i > 13 and data[end + i] != 0):
            return _TABLE
    edges = np.zeros((16, 2), np.int64)  # ring buffers: number of pushes modulo 16 is the write position
    vertices = np.zeros(16, np.int64)
    edge_pushes = 0
    vertex_pushes = 0
    upcoming = np.int64(0)
    last = np.int64(0)
    corner = np.zeros(3, np.int64)
    digit = np.zeros(3, np.int64)
    at = 1 + triangles
    for t in range(triangles):
        code = np.int64(data[1 + t])
        if code < 0xF0:
            back = code >> 4
            if back >= min(edge_pushes, 16):
                return _FIFO
            a = edges[(edge_pushes - 1 - back) & 15, 0]
            b = edges[(edge_pushes - 1 - back) & 15, 1]
            low = code & 15
            if low == 0:
                c = upcoming
                upcoming = (upcoming + 1) & 0xFFFFFFFF
            elif low < 13:
                if low >= min(vertex_pushes, 16):
                    return _FIFO
                c = vertices[(vertex_pushes - 1 - low) & 15]
            else:
                if low == 15:
                    value, at = _varint(data, at, end)
                    if at < 0:
                        return _SHORT
                    last = (last + _zigzag(value)) & 0xFFFFFFFF
                else:
                    last = (last + (1 if low == 14 else -1)) & 0xFFFFFFFF
                c = last
            if low == 0 or low >= 13:
                vertices[vertex_pushes & 15] = c
                vertex_pushes += 1
        else:
            table = code < 0xFE
            if table:
                aux = np.int64(data[end + (code & 15)])
            else:
                if at >= end:
                    return _SHORT
                aux = np.int64(data[at])
                at += 1
                if aux == 0:
                    upcoming = np.int64(0)
            digit[0] = 15 if code == 0xFF else 0
            digit[1] = aux >> 4
            digit[2] = aux & 15
            known = vertex_pushes
            for j in range(3):
                if digit[j] == 0:
                    corner[j] = upcoming
                    upcoming = (upcoming + 1) & 0xFFFFFFFF
                elif digit[j] < 15:
                    if digit[j] > min(known, 16):
                        return _FIFO
                    corner[j] = vertices[(known - digit[j]) & 15]
            for j in range(3):
                if digit[j] == 15:
                    value, at = _varint(data, at, end)
                    if at < 0:
                        return _SHORT
                    last = (last + _zigzag(value)) & 0xFFFFFFFF
                    corner[j] = last
            for j in range(3):
                if digit[j] == 0 or digit[j] == 15:
                    vertices[vertex_pushes & 15] = corner[j]
                    vertex_pushes += 1
            a, b, c = corner[0], corner[1], corner[2]
            edges[edge_pushes & 15, 0] = b
            edges[edge_pushes & 15, 1] = a
            edge_pushes += 1
        edges[edge_pushes & 15, 0] = c
        edges[edge_pushes & 15, 1] = b
        edges[(edge_pushes + 1) & 15, 0] = a
        edges[(edge_pushes + 1) & 15, 1] = c
        edge_pushes += 2
        out[3 * t] = a
        out[3 * t + 1] = b
        out[3 * t + 2] = c
    return _OK if at == end else _SURPLUS
