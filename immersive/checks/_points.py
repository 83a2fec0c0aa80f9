"""Points of arrays as the plain tuples that marks and data hold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from immersive.findings import Point3


def point3(values: NDArray[np.float64]) -> Point3:
    """(3,) as x, y, z in plain floats."""
    return float(values[0]), float(values[1]), float(values[2])
