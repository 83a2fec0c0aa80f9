"""The transform elements of a COLLADA node, composed in document order."""

from __future__ import annotations

import math

import numpy as np

from immersive.errors import InputError
from immersive.formats._xml import Element, children, floats, local, place
from immersive.geometry.frames import FloatArray, rotation_axis, scaling, translation

_COUNTS = {"matrix": 16, "translate": 3, "rotate": 4, "scale": 3, "lookat": 9, "skew": 7}


def node_transform(node: Element, file: str) -> FloatArray:
    """(4, 4) parent from node: the product of the node's transform elements, first one outermost.

    Raises:
        InputError: A wrong count, a number that is not finite, an axis or view without direction.
    """
    result = np.eye(4)
    for element in children(node, *_COUNTS):
        kind = local(element)
        values = floats(element.text, file, place(element), count=_COUNTS[kind])
        if not np.isfinite(values).all():
            raise InputError(file, "has a number that is not finite", place=place(element))
        result = result @ _matrix(kind, values, element, file)
    if not np.isfinite(result).all():
        raise InputError(file, "has a transform that is not finite", place=place(node))
    return result


def _matrix(kind: str, values: FloatArray, element: Element, file: str) -> FloatArray:
    if kind == "matrix":
        matrix = values.reshape(4, 4)
        if not np.array_equal(matrix[3], [0.0, 0.0, 0.0, 1.0]):
            if not (np.allclose(matrix[3, :3], 0.0, atol=1e-9) and matrix[3, 3] != 0.0):
                raise InputError(file, "has a matrix with perspective in its last row", place=place(element))
            matrix = matrix / matrix[3, 3]
            matrix[3] = [0.0, 0.0, 0.0, 1.0]
        return matrix
    if kind == "translate":
        return translation(values)
    if kind == "scale":
        return scaling(values)
    if kind == "rotate":
        if values[3] == 0.0:
            return np.eye(4)
        if not values[:3].any():
            raise InputError(file, "has a rotation about no axis", place=place(element))
        return rotation_axis(values[:3], math.radians(values[3]))
    if kind == "lookat":
        return _look_at(values, element, file)
    return _skew(values, element, file)


def _look_at(values: FloatArray, element: Element, file: str) -> FloatArray:
    """The node sits at the eye; its −Z looks at the point of interest, its Y is as near to up as can be."""
    eye, target, up = values.reshape(3, 3)
    backward = eye - target
    right = np.cross(up, backward)
    if not (backward.any() and np.linalg.norm(right) > 1e-12 * np.linalg.norm(up) * np.linalg.norm(backward)):
        raise InputError(file, "has a view without direction", place=place(element))
    backward = backward / np.linalg.norm(backward)
    right = right / np.linalg.norm(right)
    matrix = np.eye(4)
    matrix[:3] = np.stack([right, np.cross(backward, right), backward, eye], axis=1)
    return matrix


def _skew(values: FloatArray, element: Element, file: str) -> FloatArray:
    """RenderMan's skew, to which COLLADA refers: points move along the second axis so that the first
    axis is turned towards it by the angle."""
    angle = math.radians(values[0])
    lengths = np.linalg.norm(values[1:].reshape(2, 3), axis=1)
    if not lengths.all():
        raise InputError(file, "has a skew without axes", place=place(element))
    turned, along = values[1:].reshape(2, 3) / lengths[:, None]
    cosine = float(turned @ along)
    sine = math.sqrt(max(0.0, 1.0 - cosine * cosine))
    if sine < 1e-9 or abs(angle) >= math.acos(max(-1.0, min(1.0, cosine))):
        raise InputError(file, "has a skew by more than the angle between its axes", place=place(element))
    amount = math.tan(angle) / (sine - cosine * math.tan(angle))
    matrix = np.eye(4)
    matrix[:3, :3] += amount * np.outer(along, (turned - cosine * along) / sine**2)
    return matrix
