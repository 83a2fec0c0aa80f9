"""From posture angles to what ISO 11226 and EN 1005-4 ask: case fields for any number of postures.

A field is an array with one value for each posture, named as in ``immersive score``; fields of one side end in
``_left`` or ``_right``. A backward angle within ``neutral_deg`` of upright counts as upright, because a
manikin's half degree is not the bent posture that a standard means and no observer would see it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.human.posing import BOTH, LEFT, RIGHT
from immersive.human.posture_angles import PostureAngles
from immersive.human.skeleton import ANGLE, LOWER, SIDES, UPPER

FloatArray = NDArray[np.float64]
Fields = dict[str, NDArray[Any]]

DECIMALS: Final = 2
"""Of the degrees in a case: what is told is what was judged."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What counts as what; degrees. Set by this project, as the standards name no figures.

    Attributes:
        neutral: A backward angle up to this counts as upright.
        awkward: A shoulder is raised, an upper arm adducted, a knee flexed beyond this.
        extreme: A joint is at an extreme beyond this share of its range from neutral.
    """

    neutral: float = 5.0
    awkward: float = 10.0
    extreme: float = 0.9


def _round(values: FloatArray) -> FloatArray:
    # Adding 0 turns −0 into 0.
    return np.round(values, DECIMALS) + 0.0


def _upright(values: FloatArray, reading: Reading) -> FloatArray:
    return np.where((values < 0.0) & (values >= -reading.neutral), 0.0, values)


def _beyond(values: FloatArray, name: str, side: str, reading: Reading) -> NDArray[np.bool_]:
    """Whether a joint is beyond the share of its range, either way; a limit near 0 is no extreme."""
    low, high = (np.degrees(limit[ANGLE[f"{side}_{name}"]]) for limit in (LOWER, UPPER))
    return np.asarray((values > reading.extreme * high) | ((low < -1.0) & (values < reading.extreme * low)))


def _supported(
    shape: tuple[int, ...], hand: NDArray[np.int8], arm_supported: bool, side: str
) -> NDArray[np.bool_]:
    used = np.broadcast_to((hand == BOTH) | (hand == (RIGHT if side == "right" else LEFT)), shape)
    return np.asarray(used & arm_supported)


def iso11226_fields(
    angles: PostureAngles,
    hand: NDArray[np.int8],
    /,
    *,
    posture: str,
    arm_supported: bool = False,
    reading: Reading | None = None,
) -> Fields:
    """What ISO 11226 reads of postures.

    Args:
        angles: Of the postures, shape (…,).
        hand: (…,) the hand that is at the point (``Poses.hand``): the arm that ``arm_supported`` speaks of.
        posture: ``"standing"``, ``"sitting"`` or ``"kneeling"``.
        arm_supported: Whether the working arm is fully supported.
        reading: What counts as what.
    """
    reading = reading or Reading()
    trunk = _round(_upright(angles.trunk_inclination, reading))
    head = _round(_upright(angles.head_inclination, reading))
    # A head that is almost in line with the trunk has no neck extension.
    bent_back = head - trunk
    head = np.where((bent_back < 0.0) & (bent_back >= -reading.neutral), trunk, head)
    fields: Fields = {
        "trunk_inclination_deg": trunk,
        "trunk_rotation_deg": _round(angles.trunk_twist),
        "trunk_lateral_deg": _round(angles.trunk_side_bend),
        "head_inclination_deg": head,
    }
    if posture == "standing":
        fields["knees_flexed_standing"] = np.any(angles.knee_flexion > reading.awkward, axis=-1)
    fields["knee_extreme"] = np.any(
        np.stack([_beyond(angles.knee_flexion[..., k], "knee_flexion", side, reading)
                  for k, side in enumerate(SIDES)]), axis=0,
    )  # fmt: skip
    for k, side in enumerate(SIDES):
        abduction = angles.upper_arm_abduction[..., k]
        flexion = angles.upper_arm_band_deg()[..., k]
        fields |= {
            f"upper_arm_elevation_deg_{side}": _round(angles.upper_arm_elevation[..., k]),
            f"arm_supported_{side}": _supported(trunk.shape, hand, arm_supported, side),
            f"shoulder_raised_{side}": angles.shoulder_elevation[..., k] > reading.awkward,
            f"upper_arm_retroflexed_{side}": flexion < -reading.neutral,
            f"upper_arm_adducted_{side}": abduction < -reading.awkward,
            f"upper_arm_rotated_extreme_{side}": angles.upper_arm_rotation[..., k]
            < reading.extreme * np.degrees(LOWER[ANGLE[f"{side}_shoulder_internal_rotation"]]),
            f"elbow_extreme_{side}": _beyond(angles.elbow_flexion[..., k], "elbow_flexion", side, reading),
            f"forearm_extreme_{side}": _beyond(
                angles.forearm_pronation[..., k], "forearm_pronation", side, reading
            ),
            f"wrist_extreme_{side}": _beyond(angles.wrist_flexion[..., k], "wrist_flexion", side, reading)
            | _beyond(angles.wrist_deviation[..., k], "wrist_radial_deviation", side, reading),
        }
    return fields


def en1005_4_fields(
    angles: PostureAngles,
    hand: NDArray[np.int8],
    /,
    *,
    arm_supported: bool = False,
    reading: Reading | None = None,
) -> Fields:
    """What EN 1005-4 reads of postures; the upper arm is negative where it points behind the trunk."""
    reading = reading or Reading()
    fields: Fields = {
        "trunk_flexion_deg": _round(_upright(angles.trunk_inclination, reading)),
        "trunk_lateral_deg": _round(angles.trunk_side_bend),
        "trunk_twist_deg": _round(angles.trunk_twist),
        "sight_below_horizontal_deg": _round(_upright(angles.sight_below_horizontal, reading)),
        "neck_lateral_deg": _round(angles.neck_side_bend),
        "neck_twist_deg": _round(angles.neck_twist),
    }
    shape = angles.trunk_inclination.shape
    for k, side in enumerate(SIDES):
        elevation = np.minimum(angles.upper_arm_elevation[..., k], 90.0)
        behind = angles.upper_arm_band_deg()[..., k] < -reading.neutral
        fields[f"upper_arm_elevation_deg_{side}"] = _round(
            np.where(behind, -elevation, angles.upper_arm_elevation[..., k])
        )
        if arm_supported:
            fields[f"arm_supported_{side}"] = _supported(shape, hand, True, side)
    return fields


def case_of(fields: Mapping[str, NDArray[Any]], index: tuple[int, ...], /) -> dict[str, Any]:
    """One posture's fields as a case for ``immersive score``."""
    return {name: values[index].item() for name, values in fields.items()}
