"""Link lengths of the manikin from a person's body dimensions (ISO 7250-1 and ANSUR II names)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from immersive.human.people import People
from immersive.human.skeleton import LINK, LINKS

FloatArray = NDArray[np.float64]


def links_of(people: People, /) -> FloatArray:
    """(n, 31) link lengths in metres, in the order of ``skeleton.LINKS``.

    Joint centres are not what a survey measures; each is placed from the nearest landmarks.
    """
    d = people.__getitem__
    stature, acromion, radiale = d("stature"), d("shoulder height"), d("acromion-radiale length")
    knee, hip = d("lateral femoral epicondyle height"), d("trochanterion height")
    ankle = d("lateral malleolus height")
    lumbosacral = hip + 0.7 * (d("iliocristale height") - hip)
    thoracolumbar = d("tenth rib height")
    cervicale = d("cervicale height")
    tragion = stature - d("tragion to top of head")
    shoulder = acromion - 0.104 * radiale
    shoulder_half = 0.35 * d("shoulder (biacromial) breadth")
    sternum = d("suprasternale height")
    chest = d("chest depth, standing")
    hand, grip_to_tip = d("hand length"), d("forearm-fingertip length") - d("elbow-grip length")
    half_sternum = 0.08 * d("shoulder (biacromial) breadth")
    values = {
        "ankle_height": ankle,
        "shank": knee - ankle,
        "thigh": hip - knee,
        "hip_half_spacing": 0.305 * d("bicristal breadth"),
        "pelvis_up": lumbosacral - hip,
        "pelvis_forward": -0.12 * chest,
        "lumbar_up": thoracolumbar - lumbosacral,
        "lumbar_forward": -0.05 * chest,
        "thorax_up": cervicale - thoracolumbar,
        "thorax_forward": -0.08 * chest,
        "neck_up": tragion - cervicale,
        "neck_forward": 0.25 * chest,
        "vertex_up": stature - tragion,
        "eye_up": d("eye height") - tragion,
        "eye_forward": 0.44 * d("head length"),
        "eye_half_spacing": 0.5 * d("interpupillary breadth"),
        "sternum_up": sternum - thoracolumbar,
        "sternum_forward": 0.35 * chest,
        "sternum_half_spacing": half_sternum,
        "clavicle_out": shoulder_half - half_sternum,
        "clavicle_forward": -0.3 * chest,
        "clavicle_up": shoulder - sternum,
        "upper_arm": 0.896 * radiale,
        "forearm": d("radiale-stylion length"),
        "grip": hand - grip_to_tip,
        "fingertip": hand,
        "thumbtip": hand - grip_to_tip + 0.05,
        "foot_forward": 0.75 * d("foot length"),
        "foot_back": 0.25 * d("foot length"),
        "sitting_hip_height": d("sitting height") - (stature - hip),
        "shoe": np.full(len(people), people.allowances.shoe_height),
    }
    out = np.empty((len(people), len(LINKS)))
    for name, value in values.items():
        out[:, LINK[name]] = value
    return out
