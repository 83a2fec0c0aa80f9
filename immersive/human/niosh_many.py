"""The NIOSH weight limit for many bodies at once: the same figures as :mod:`immersive.human.niosh_case`.

Used to say which share of a population a lift is acceptable for; the deciding person's case is scored in full.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immersive.human import niosh
from immersive.human.niosh import SYSTEMS

FloatArray = NDArray[np.float64]
METRIC = SYSTEMS["cm,kg,deg"]


def weight_limits(
    h: ArrayLike,
    v: ArrayLike,
    d: ArrayLike,
    a: ArrayLike,
    /,
    *,
    v_origin: ArrayLike | None = None,
    frequency: float,
    duration_class: str,
    coupling: str,
) -> FloatArray:
    """RWL at one end of a lift, kilograms; 0 outside the limits of the method.

    Args:
        h: Hands before the ankles' midpoint, centimetres; broadcast with the others.
        v: Hands above the floor, centimetres.
        d: Vertical travel, centimetres.
        a: Asymmetry, degrees from 0 to 180.
        v_origin: Height at the origin, which decides FM; None: ``v``.
        frequency: Lifts a minute.
        duration_class: ``"short"``, ``"moderate"`` or ``"long"``.
        coupling: ``"good"``, ``"fair"`` or ``"poor"``.
    """
    h, v, d, a = (np.asarray(x, np.float64) for x in (h, v, d, a))
    start = v if v_origin is None else np.asarray(v_origin, np.float64)
    s = METRIC
    hm = np.where(h > s.horizontal_max, 0.0, s.horizontal_min / np.maximum(h, s.horizontal_min))
    vm = np.where(v > s.vertical_max, 0.0, 1.0 - s.vertical_slope * np.abs(v - s.vertical_reference))
    travel = np.maximum(d, s.travel_min)
    dm = np.where(d > s.travel_max, 0.0, np.where(d <= s.travel_min, 1.0, 0.82 + s.travel_offset / travel))
    am = np.where(a > 135.0, 0.0, 1.0 - 0.0032 * a)
    fm_low, fm_high = (
        niosh.frequency_multiplier(frequency, duration_class, low=low) for low in (True, False)
    )
    cm_low, cm_high = (niosh.coupling_multiplier(coupling, low=low) for low in (True, False))
    fm = np.where(start < s.coupling_limit, fm_low, fm_high)
    cm = np.where(v < s.coupling_limit, cm_low, cm_high)
    out: FloatArray = s.load_constant * hm * vm * dm * am * fm * cm
    return out
