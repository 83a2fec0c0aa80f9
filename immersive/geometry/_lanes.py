"""Eight at once: boxes of a wide node, or triangles of one of its leaves, in float32 vectors of LLVM.

numba vectorises no loop of fixed small length, so the two that the queries spend their time in are written in
LLVM's own terms. LLVM makes of them what the machine has (AVX, SSE, NEON); each lane is plain IEEE arithmetic in
the order written, so results do not depend on the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from llvmlite import ir  # type: ignore[import-untyped, unused-ignore]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_LANES: Final = 8
_VECTOR: Final = ir.VectorType(ir.FloatType(), _LANES)
_ZERO: Final = ir.Constant(_VECTOR, [0.0] * _LANES)
_ONE: Final = ir.Constant(_VECTOR, [1.0] * _LANES)
_TURNS: Final = 1
_THREE: Final = types.UniTuple(types.float32, 3)


def _spread(builder: Any, value: Any) -> Any:
    """The number in every lane."""
    one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), _LANES), [0] * _LANES)
    return builder.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), mask)


def _spread_three(builder: Any, values: Any) -> list[Any]:
    return [_spread(builder, builder.extract_value(values, axis)) for axis in range(3)]


def _most(builder: Any, a: Any, b: Any) -> Any:
    return builder.select(builder.fcmp_ordered(">", a, b), a, b)


def _least(builder: Any, a: Any, b: Any) -> Any:
    return builder.select(builder.fcmp_ordered("<", a, b), a, b)


def _rows(context: Any, builder: Any, kind: Any, array: Any, place: Any, count: int) -> Callable[[int], Any]:
    """Reads row k of item ``place`` of a (M, count, 8) float32 array in C order."""
    start = context.make_array(kind)(context, builder, array).data
    first = builder.mul(place, ir.Constant(place.type, count * _LANES))

    def row(k: int) -> Any:
        at = builder.gep(start, [builder.add(first, ir.Constant(place.type, k * _LANES))])
        return builder.load(builder.bitcast(at, _VECTOR.as_pointer()), align=4)

    return row


def _judge(context: Any, builder: Any, squares: Any, bound: Any, kind: Any, out: Any) -> Any:
    """Store the eight squares; a bit for each below the bound."""
    to = context.make_array(kind)(context, builder, out).data
    builder.store(squares, builder.bitcast(to, _VECTOR.as_pointer()), align=4)
    below = builder.fcmp_ordered("<", squares, _spread(builder, bound))
    return builder.zext(builder.bitcast(below, ir.IntType(_LANES)), ir.IntType(64))


def _boxes_below(typing: Any, boxes: Any, node: Any, low: Any, high: Any, bound: Any, gaps: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, place, lower, upper, limit, out = arguments
        row = _rows(context, builder, signature.args[0], array, place, 6)
        a, b = _spread_three(builder, lower), _spread_three(builder, upper)
        total = None
        for axis in range(3):
            before = builder.fsub(row(axis), b[axis])
            behind = builder.fsub(a[axis], row(axis + 3))
            gap = _most(builder, _most(builder, before, behind), _ZERO)
            square = builder.fmul(gap, gap)
            total = square if total is None else builder.fadd(total, square)
        return _judge(context, builder, total, limit, signature.args[5], out)

    return types.int64(boxes, types.int64, _THREE, _THREE, types.float32, gaps), generate


# Squared gaps of a box to the eight of a node into ``gaps``; returns a bit for each that is below ``bound``.
# boxes: (M, 6, 8) float32, C order: lower x, y, z, upper x, y, z. node: int64. low, high: three float32 each.
# bound: float32. gaps: (8,) float32, C order.
boxes_below: Any = intrinsic(_boxes_below)


class _Vectors:
    """Arithmetic on vectors of three coordinates, eight at a time."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder

    def minus(self, a: list[Any], b: list[Any]) -> list[Any]:
        return [self.builder.fsub(x, y) for x, y in zip(a, b, strict=True)]

    def plus(self, a: list[Any], b: list[Any], by: Any) -> list[Any]:
        return [self.builder.fadd(x, self.builder.fmul(y, by)) for x, y in zip(a, b, strict=True)]

    def dot(self, a: list[Any], b: list[Any]) -> Any:
        x, y, z = (self.builder.fmul(p, q) for p, q in zip(a, b, strict=True))
        return self.builder.fadd(self.builder.fadd(x, y), z)

    def share(self, part: Any, whole: Any) -> Any:
        """part / whole, held between 0 and 1; 0 where there is no whole."""
        ratio = self.builder.fdiv(part, whole)
        return _least(self.builder, _most(self.builder, ratio, _ZERO), _ONE)

    def from_triangle(self, point: list[Any], corner: list[Any], u: list[Any], v: list[Any]) -> list[Any]:
        """From about the nearest point of the triangles corner, corner + u, corner + v to the points."""
        b = self.builder
        w = self.minus(point, corner)
        uu, uv, vv = self.dot(u, u), self.dot(u, v), self.dot(v, v)
        d1, d2 = self.dot(u, w), self.dot(v, w)
        # Each edge's best place, and what it changes in the squared distance to the corner.
        first = self.share(d1, uu)
        low = b.fmul(first, b.fsub(b.fmul(first, uu), b.fadd(d1, d1)))
        s, t = first, _ZERO
        second = self.share(d2, vv)
        value = b.fmul(second, b.fsub(b.fmul(second, vv), b.fadd(d2, d2)))
        better = b.fcmp_ordered("<", value, low)
        s, t, low = b.select(better, _ZERO, s), b.select(better, second, t), b.select(better, value, low)
        along = b.fsub(b.fadd(vv, uu), b.fadd(uv, uv))
        d3 = b.fadd(b.fsub(d2, d1), b.fsub(uu, uv))
        third = self.share(d3, along)
        value = b.fmul(third, b.fsub(b.fmul(third, along), b.fadd(d3, d3)))
        value = b.fadd(b.fsub(uu, b.fadd(d1, d1)), value)
        better = b.fcmp_ordered("<", value, low)
        s = b.select(better, b.fsub(_ONE, third), s)
        t = b.select(better, third, t)
        # Over the face, where the foot falls into it.
        whole = b.fsub(b.fmul(uu, vv), b.fmul(uv, uv))
        p = b.fdiv(b.fsub(b.fmul(vv, d1), b.fmul(uv, d2)), whole)
        q = b.fdiv(b.fsub(b.fmul(uu, d2), b.fmul(uv, d1)), whole)
        least = _least(b, _least(b, p, q), b.fsub(_ONE, b.fadd(p, q)))
        inside = b.fcmp_ordered(">=", least, _ZERO)
        s, t = b.select(inside, p, s), b.select(inside, q, t)
        return self.minus(self.plus(w, u, b.fsub(_ZERO, s)), [b.fmul(x, t) for x in v])


def _triangles_below(two: bool) -> Any:
    def typed(
        typing: Any, corners: Any, leaf: Any, a: Any, b: Any, margin: Any, bound: Any, gaps: Any
    ) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array, place, one, other, slack, limit, out = arguments
            row = _rows(context, builder, signature.args[0], array, place, 9)
            v = _Vectors(builder)
            tips = [[row(3 * k + axis) for axis in range(3)] for k in range(3)]
            u, w = v.minus(tips[1], tips[0]), v.minus(tips[2], tips[0])
            start = _spread_three(builder, one)
            if not two:
                away = v.from_triangle(start, tips[0], u, w)
                near = v.dot(away, start)
            else:
                end = _spread_three(builder, other)
                axis = v.minus(end, start)
                length = v.dot(axis, axis)
                third = _spread(builder, ir.Constant(ir.FloatType(), 1.0 / 3.0))
                point = v.plus(v.plus(tips[0], u, third), w, third)
                away = [_ZERO] * 3
                for _ in range(_TURNS):
                    # To the nearest of the segment and on to the nearest of the triangle.
                    on = v.plus(start, axis, v.share(v.dot(v.minus(point, start), axis), length))
                    away = v.from_triangle(on, tips[0], u, w)
                    point = v.minus(on, away)
                on = v.plus(start, axis, v.share(v.dot(v.minus(point, start), axis), length))
                away = v.minus(on, point)
                near = _least(builder, v.dot(away, start), v.dot(away, end))
            # Seen along any direction, segment and triangle are no farther apart than they are: even a bad one
            # gives no more than the distance.
            far = v.dot(away, tips[0])
            for tip in tips[1:]:
                far = _most(builder, far, v.dot(away, tip))
            root = cgutils.get_or_insert_function(
                builder.module, ir.FunctionType(_VECTOR, [_VECTOR]), "llvm.sqrt.v8f32"
            )
            size = builder.call(root, [v.dot(away, away)])
            gap = builder.fsub(builder.fdiv(builder.fsub(near, far), size), _spread(builder, slack))
            # The square of a tiny direction is lost in float32: nothing is said then.
            told = builder.fcmp_ordered(">", size, ir.Constant(_VECTOR, [1e-15] * _LANES))
            gap = builder.select(told, _most(builder, gap, _ZERO), _ZERO)
            return _judge(context, builder, builder.fmul(gap, gap), limit, signature.args[6], out)

        signature = types.int64(corners, types.int64, _THREE, _THREE, types.float32, types.float32, gaps)
        return signature, generate

    return typed


# Least squared distances of a point (of a segment a–b) to eight triangles into ``gaps``, never more than the true
# ones; returns a bit for each that is below ``bound``. corners: (M, 9, 8) float32, C order. leaf: int64. a, b:
# three float32. margin, bound: float32; heights along a direction are wrong by less than the margin. gaps: (8,).
point_triangles_below: Any = intrinsic(_triangles_below(two=False))
segment_triangles_below: Any = intrinsic(_triangles_below(two=True))


def _lowest_bit(typing: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], cgutils.true_bit)

    return types.int64(types.int64), generate


# Place of the lowest bit that is set in an int64, which is not zero.
lowest_bit: Any = intrinsic(_lowest_bit)
