"""The body dimensions that are computed, for each person, from measured ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

DERIVED: Final[dict[str, dict[str, int]]] = {
    "eye height": {"stature": 1, "sitting height": -1, "eye height, sitting": 1},
    "elbow height": {"shoulder height": 1, "acromion-radiale length": -1},
    "acromion-fingertip length": {
        "acromion-radiale length": 1,
        "radiale-stylion length": 1,
        "hand length": 1,
    },
    "acromion-grip length": {"acromion-radiale length": 1, "elbow-grip length": 1},
    "trochanterion-knee length": {"trochanterion height": 1, "lateral femoral epicondyle height": -1},
    "knee-ankle length": {"lateral femoral epicondyle height": 1, "lateral malleolus height": -1},
    "shoulder height, sitting": {"shoulder height": 1, "stature": -1, "sitting height": 1},
}
"""Derived dimension → measured dimension → its sign. What each leaves out stands in ``ansur2.csv``."""


def derived(name: str, measured: Mapping[str, FloatArray], /) -> FloatArray:
    """(n,) values of one derived dimension from (n,) measured ones, in their unit."""
    terms = [sign * measured[part] for part, sign in DERIVED[name].items()]
    return sum(terms[1:], terms[0])
