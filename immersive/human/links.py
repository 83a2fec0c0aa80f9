"""Link lengths of the manikin from a person's body dimensions (ISO 7250-1 and ANSUR II names).

A survey measures landmarks on the skin; joint centres are placed from the nearest of them. Constants that
are no anatomy book's were fitted to all 6,068 persons of ANSUR II: the posture of each
measured reach or length is taken by forward kinematics and compared with what was measured
(``tests/human/test_links.py``; ``docs/manikin.md`` has the table and what was fitted to what).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.errors import UsageError, choices
from immersive.human.people import People
from immersive.human.skeleton import LINK, LINKS

FloatArray = NDArray[np.float64]

NEEDED: Final = (
    "stature",
    "cervicale height",
    "tragion to top of head",
    "eye height",
    "shoulder height",
    "suprasternale height",
    "tenth rib height",
    "iliocristale height",
    "trochanterion height",
    "tibial height",
    "lateral malleolus height",
    "sitting height",
    "acromion-radiale length",
    "radiale-stylion length",
    "hand length",
    "forearm-fingertip length",
    "elbow-grip length",
    "shoulder (biacromial) breadth",
    "bicristal breadth",
    "chest depth, standing",
    "buttock depth",
    "head length",
    "interpupillary breadth",
    "foot length",
)
"""Dimensions without which a person has no links."""

REACH_UNCERTAINTY: Final = 0.054
"""Half width, in metres, of what is known of one person's forward reach: two standard deviations of
measured minus computed thumb-tip reach (27 mm for the women and for the men of ANSUR II). It holds how far each
person advanced the shoulder while being measured, which no body dimension tells."""

SPAN_UNCERTAINTY: Final = 0.025
"""The same of half the span, sideways with the shoulders against a wall: 12 mm standard deviation. Arm lengths
and shoulder centres alone are as good as this."""

# Fractions of the dimensions they multiply. Fitted: the mean error of the named measurement, over both sexes.
SHOULDER_BELOW_ACROMION: Final = 0.104
"""Of acromion–radiale length (de Leva 1996, from memory)."""
SHOULDER_HALF_SPACING: Final = 0.403
"""Of biacromial breadth. Fitted: span, with both clavicles drawn back to their limit of 15°."""
SHOULDER_OFF_WALL: Final = 0.263
"""Of biacromial breadth: shoulder centre before a wall that touches the shoulder blades. Fitted: thumb-tip reach."""
THUMB_TIP: Final = 0.70
"""Of hand length: wrist to the tips of thumb and index finger held together, forward (set by this project; with
``SHOULDER_OFF_WALL`` only their sum is measured)."""
HIP_ABOVE_TROCHANTERION: Final = 0.17
"""Of iliocristale minus trochanterion height. Fitted: a hip centre 0.09 to 0.10 m above the seat, 0.53 of stature
above the floor (Drillis and Contini 1966) and 0.085 m above the crotch, which agree within 10 mm."""
KNEE_OVER_TIBIALE: Final = 1.05
"""Knee centre over tibial height: 23 mm above the plateau. The survey's epicondyles stand 7 mm apart between
the sexes against every other height of the knee, so they are not used."""
BACK_OF_HIP: Final = 0.52
"""Of buttock depth: hip centre before the buttocks. Fitted: buttock–knee length."""


def links_of(people: People, /) -> FloatArray:
    """(n, 31) link lengths in metres, in the order of ``skeleton.LINKS``.

    Shoes are a link; slump is taken off the hip's height above the seat, so that trunk, eyes and shoulders
    sink by it. Clothing is volume and changes no link.

    Raises:
        UsageError: A dimension is missing (named), or gives somebody a link without length.
    """
    missing = [name for name in NEEDED if name not in people.dimensions]
    if missing:
        raise UsageError(
            f"the manikin needs {'a body dimension' if len(missing) == 1 else 'body dimensions'} that these "
            f"people lack: {choices(missing).replace(' or ', ' and ')}",
            hint="give the column, or let the program estimate it from stature",
        )
    d = people.__getitem__
    stature, chest = d("stature"), d("chest depth, standing")
    hip, knee, ankle = (
        hip_height(people),
        KNEE_OVER_TIBIALE * d("tibial height"),
        d("lateral malleolus height"),
    )
    # Heights of the trunk's joints, standing.
    lumbosacral = hip + 0.67 * (d("iliocristale height") - hip)
    thoracolumbar, cervicale = d("tenth rib height"), d("cervicale height")
    nod = stature - d("tragion to top of head") - 0.1 * d("head length")
    shoulder = d("shoulder height") - SHOULDER_BELOW_ACROMION * d("acromion-radiale length")
    sternum = d("suprasternale height")
    # Forward of the hip centre, standing with buttocks and shoulder blades against a wall.
    wall = -BACK_OF_HIP * d("buttock depth")
    spine = -0.17 * d("buttock depth")
    shoulder_y = wall + SHOULDER_OFF_WALL * d("shoulder (biacromial) breadth")
    nod_y = wall + 0.58 * d("head length")
    half_sternum = 0.06 * d("shoulder (biacromial) breadth")
    hand = d("hand length")
    grip = hand - (d("forearm-fingertip length") - d("elbow-grip length"))
    values = {
        "ankle_height": ankle,
        "shank": knee - ankle,
        "thigh": hip - knee,
        "hip_half_spacing": 0.305 * d("bicristal breadth"),
        "pelvis_up": lumbosacral - hip,
        "pelvis_forward": spine,
        "lumbar_up": thoracolumbar - lumbosacral,
        "lumbar_forward": np.zeros(len(people)),
        "thorax_up": cervicale - thoracolumbar,
        "thorax_forward": np.zeros(len(people)),
        "neck_up": nod - cervicale,
        "neck_forward": nod_y - spine,
        "vertex_up": stature - nod,
        "eye_up": d("eye height") - nod,
        "eye_forward": 0.46 * d("head length"),
        "eye_half_spacing": 0.5 * d("interpupillary breadth"),
        "sternum_up": sternum - thoracolumbar,
        "sternum_forward": shoulder_y + 0.25 * chest - spine,
        "sternum_half_spacing": half_sternum,
        "clavicle_out": SHOULDER_HALF_SPACING * d("shoulder (biacromial) breadth") - half_sternum,
        "clavicle_forward": -0.25 * chest,
        "clavicle_up": shoulder - sternum,
        "upper_arm": (1.0 - SHOULDER_BELOW_ACROMION) * d("acromion-radiale length"),
        "forearm": d("radiale-stylion length"),
        "grip": grip,
        "fingertip": hand,
        "thumbtip": THUMB_TIP * hand,
        "foot_forward": 0.75 * d("foot length"),
        "foot_back": 0.25 * d("foot length"),
        "sitting_hip_height": d("sitting height") - (stature - hip) - people.allowances.slump,
        "shoe": np.full(len(people), people.allowances.shoe_height),
    }
    out = np.empty((len(people), len(LINKS)))
    for name, value in values.items():
        out[:, LINK[name]] = value
    _refuse_impossible(people, out)
    return out


def hip_height(people: People, /) -> FloatArray:
    """(n,) metres: hip centres above the floor, standing barefoot."""
    trochanterion = people["trochanterion height"]
    return trochanterion + HIP_ABOVE_TROCHANTERION * (people["iliocristale height"] - trochanterion)


def _refuse_impossible(people: People, links: FloatArray) -> None:
    """Dimensions that contradict each other give a bone of no length: better said than posed."""
    lengths = ("shank", "thigh", "lumbar_up", "thorax_up", "neck_up", "upper_arm", "forearm", "grip")
    for name in lengths:
        wrong = np.flatnonzero(~(links[:, LINK[name]] > 0.0))
        if len(wrong):
            raise UsageError(
                f"the dimensions of {people.ids[wrong[0]]} contradict each other: "
                f"{name.removesuffix('_up').replace('_', ' ')} would be "
                f"{links[wrong[0], LINK[name]] * 1000.0:.0f} mm long",
                hint="look for a swapped or mistyped height",
            )
