"""ISO 11226 and EN 1005-4 for thousands of postures at once: the overall result of each.

The same bands as the audited methods, which rate the deciding person; a test holds both together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.human import en1005_4, iso11226
from immersive.human.posture_zones import linear_limit

FloatArray = NDArray[np.float64]
Ranks = NDArray[np.int64]
_SIDES: Final = ("left", "right")


def iso11226_ranks(fields: Mapping[str, NDArray[Any]], holding_time_min: float | None, /) -> Ranks:
    """Index into ``iso11226.ORDER`` of each posture's overall result.

    Args:
        fields: From :func:`immersive.human.zone_cases.iso11226_fields`.
        holding_time_min: How long the posture is held, or None.
    """
    table = iso11226.data()
    bad = len(iso11226.ORDER) - 1
    trunk, head = fields["trunk_inclination_deg"], fields["head_inclination_deg"]
    none = np.zeros(trunk.shape, bool)
    ranks = [_inclined(trunk, table["trunk"], none, holding_time_min)]
    ranks.append(_inclined(head, table["head"], none, holding_time_min))
    neck = head - trunk
    ranks.append(np.where((neck >= 0.0) & (neck <= table["neck"]["acceptable_to_deg"]), 0, bad))
    visible = table["trunk"]["asymmetry_visible_deg"]
    ranks += [
        np.where(np.abs(fields[name]) > visible, bad, 0)
        for name in ("trunk_rotation_deg", "trunk_lateral_deg")
    ]
    for side in _SIDES:
        supported = fields[f"arm_supported_{side}"]
        elevation = fields[f"upper_arm_elevation_deg_{side}"]
        ranks.append(_inclined(elevation, table["upper_arm"], supported, holding_time_min))
    for name, values in fields.items():
        # Support is the one flag that is no fault.
        if values.dtype == bool and not name.startswith("arm_supported"):
            ranks.append(np.where(values, bad, 0))
    return np.asarray(np.maximum.reduce(ranks), np.int64)


def _inclined(
    angle: FloatArray, item: Mapping[str, Any], supported: NDArray[np.bool_], held: float | None
) -> Ranks:
    near, far = item["acceptable_to_deg"], item["limited_to_deg"]
    bad = len(iso11226.ORDER) - 1
    if held is None:
        limited: Any = iso11226.ORDER.index("holding_time_limited")
    else:
        good = held <= linear_limit(angle, item["holding_time"])  # type: ignore[arg-type]
        limited = np.where(good, iso11226.ORDER.index("acceptable_within_holding_time"), bad)
    between = np.where(supported, 0, limited)
    rank = np.where(angle > far, bad, np.where(angle > near, between, 0))
    return np.asarray(np.where(angle < 0.0, np.where(supported, 0, bad), rank), np.int64)


def en1005_4_ranks(
    fields: Mapping[str, NDArray[Any]], holding_time_s: float | None, frequency_per_min: float | None, /
) -> Ranks:
    """Index into ``en1005_4.ORDER`` of each posture's worst result.

    Args:
        fields: From :func:`immersive.human.zone_cases.en1005_4_fields`.
        holding_time_s: How long the posture is held at a time, or None.
        frequency_per_min: How often it is moved into, or None.
    """
    table = en1005_4.data()
    kinds: list[tuple[str, float | None]] = []
    if holding_time_s is not None and holding_time_s > table["static_longer_than_s"]:
        kinds.append(("static", None))
    if frequency_per_min is not None:
        kinds.append(("movement", frequency_per_min))
    if not kinds:
        raise ValueError("neither a holding time nor a frequency is given")
    flags = {side: fields.get(f"arm_supported_{side}") for side in _SIDES}
    asymmetry = np.maximum(np.abs(fields["trunk_lateral_deg"]), np.abs(fields["trunk_twist_deg"]))
    parts: list[tuple[str, FloatArray, NDArray[np.bool_] | None]] = [
        ("trunk_flexion", fields["trunk_flexion_deg"], None),
        ("trunk_asymmetry", asymmetry, None),
        ("line_of_sight", fields["sight_below_horizontal_deg"], None),
        *(("upper_arm", fields[f"upper_arm_elevation_deg_{side}"], flags[side]) for side in _SIDES),
    ]
    ranks = [_banded(part, angle, support, *kind) for part, angle, support in parts for kind in kinds]
    neck = table["neck"]
    over = (np.abs(fields["neck_lateral_deg"]) > neck["lateral_acceptable_to_deg"]) | (
        np.abs(fields["neck_twist_deg"]) > neck["twist_acceptable_to_deg"]
    )
    ranks.append(np.where(over, en1005_4.ORDER.index("not_established"), 0))
    return np.asarray(np.maximum.reduce(ranks), np.int64)


def _banded(
    part: str, angle: FloatArray, supported: NDArray[np.bool_] | None, kind: str, often: float | None
) -> Ranks:
    rank = np.full(angle.shape, -1, np.int64)
    for row in en1005_4.data()["bands"][part]["rows"]:
        low, high = row["range"]
        inside = (
            angle < high if low is None else (angle >= low) & (angle <= (np.inf if high is None else high))
        )
        word = row["static"] if kind == "static" else en1005_4.column(row, often or 0.0)
        result, _, condition = word.partition(":")
        value: Any = en1005_4.ORDER.index(result)
        if result == "conditional" and condition == "arm_supported" and supported is not None:
            value = np.where(supported, 0, en1005_4.ORDER.index("not_acceptable"))
        rank = np.where((rank < 0) & inside, value, rank)
    return rank
