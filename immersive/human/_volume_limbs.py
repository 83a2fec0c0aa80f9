"""Arms, hands and legs of :mod:`immersive.human.volume`."""

from __future__ import annotations

from typing import Final

import numpy as np

from immersive.human._volume_build import Builder, Place, Value
from immersive.human.links import SHOULDER_BELOW_ACROMION

HAND_THICKNESS: Final = 0.36
"""Of hand breadth (set by this project)."""
KNEE_OVER_CALF: Final = 0.97
"""Girth of the knee over that of the calf (set by this project)."""
ELBOW_OVER_FOREARM: Final = 0.92
"""Girth at the elbow over the forearm's largest (set by this project)."""


def add_arm(build: Builder, side: str) -> None:
    """Collar, upper arm, elbow, forearm."""
    d, link = build.d, build.link
    s = 1.0 if side == "right" else -1.0
    round_off = 2.0 * np.pi
    over_shoulder = SHOULDER_BELOW_ACROMION * d("acromion-radiale length") + 0.008
    build.add(
        f"{side}_collar",
        f"{side}_clavicle",
        (0.0, -0.03, -0.02),
        (s * link["clavicle_out"], link["clavicle_forward"], link["clavicle_up"]),
        0.035,
        over_shoulder,
    )
    # The deltoid stands out as far as half the shoulder (bideltoid) breadth says.
    biceps = d("biceps circumference, flexed") / round_off
    out = (
        0.5 * d("shoulder (bideltoid) breadth") - link["sternum_half_spacing"] - link["clavicle_out"] - biceps
    )
    elbow = ELBOW_OVER_FOREARM * d("forearm circumference, flexed") / round_off
    bulge = 0.15 * link["upper_arm"]
    build.add(
        f"{side}_upper_arm",
        f"{side}_upper_arm",
        (s * out, 0.0, -bulge),
        (0.0, 0.0, -link["upper_arm"]),
        biceps,
        elbow,
    )
    wrist = d("wrist circumference") / round_off
    fore = d("forearm circumference, flexed") / round_off
    belly = 0.2 * link["forearm"]
    build.add(
        f"{side}_forearm", f"{side}_forearm", (0.0, 0.0, -belly), (0.0, 0.0, -link["forearm"]), fore, wrist
    )
    build.add(f"{side}_elbow", f"{side}_forearm", (0.0, 0.0, 0.0), (0.0, 0.0, -belly), elbow, fore)


def add_hand(build: Builder, side: str, grasp: str) -> None:
    """Palm of three capsules side by side, fingers and thumb as the grasp has them.

    In the hand's frame the fingers point down, the thumb side is +Y and the palm faces the body's middle.
    """
    d, link = build.d, build.link
    s = 1.0 if side == "right" else -1.0
    breadth, palm = d("hand breadth"), d("palm length")
    r = 0.5 * HAND_THICKNESS * breadth
    off = 0.5 * breadth - r
    tip, thumb, grip = link["fingertip"], link["thumbtip"], link["grip"]
    knuckles = palm - r
    finger = 0.85 * r

    def add(name: str, start: Place, end: Place, r0: Value, r1: Value) -> None:
        # x: towards the palm, whichever hand.
        flip = [(-s * p[0], p[1], p[2]) for p in (start, end)]
        build.add(f"{side}_{name}", f"{side}_hand", flip[0], flip[1], r0, r1)

    for i, y in ((1, off), (2, 0.0 * off), (3, -off)):
        add(f"palm_{i}", (0.0, 0.6 * y, -r), (0.0, y, -knuckles), r, r)
    ball = (0.3 * r, 0.5 * breadth - 0.5 * r, -0.3 * palm)
    if grasp == "open":
        # Index and middle finger, then ring and little finger.
        for i, y, end, reach in ((1, off, 0.0 * off, 1.0), (2, -off, -0.6 * off, 0.9)):
            tips = (0.0, end, -reach * tip + 0.6 * finger)
            add(f"fingers_{i}", (0.0, y, -knuckles), tips, finger, 0.6 * finger)
        add("thumb", ball, (r, 0.5 * breadth + 0.5 * r, -thumb + finger), finger, 0.7 * finger)
    elif grasp == "press":
        # The middle of the press is the tip of one stretched finger; the others are curled into the palm.
        add("finger", (0.0, 0.3 * off, -knuckles), (0.0, 0.0, -tip + 0.6 * finger), finger, 0.6 * finger)
        add("fingers", (1.6 * r, -off, -knuckles + r), (1.6 * r, 0.0, -knuckles + r), 1.2 * r, 1.2 * r)
        add("thumb", ball, (1.6 * r, off, -knuckles), finger, 0.7 * finger)
    elif grasp == "grip":
        # Fingers round a bar whose middle is the grip: a fist.
        add("fingers", (2.0 * r, -off, -grip - 0.5 * r), (2.0 * r, off, -grip - 0.5 * r), 1.3 * r, 1.3 * r)
        add("thumb", ball, (3.0 * r, off, -grip), finger, 0.8 * finger)
    else:
        # Thumb and index finger meet at the pinch, the others beside them a little curled.
        pinch = (0.0, 0.0, -thumb + 0.6 * finger)
        add("thumb", ball, pinch, finger, 0.6 * finger)
        add("finger", (0.0, off, -knuckles), pinch, finger, 0.6 * finger)
        add("fingers", (0.0, -off, -knuckles), (1.5 * r, -off, -thumb), finger, finger)


def add_leg(build: Builder, side: str) -> None:
    """Thigh, knee, shank and a shod foot."""
    d, link = build.d, build.link
    s = 1.0 if side == "right" else -1.0
    round_off = 2.0 * np.pi
    thigh, calf = d("thigh circumference") / round_off, d("calf circumference") / round_off
    knee, ankle = KNEE_OVER_CALF * calf, d("ankle circumference") / round_off
    # No wider than the hips standing.
    inward = np.minimum(0.0, 0.5 * d("hip breadth, standing") - thigh - link["hip_half_spacing"])
    top = 0.18 * link["thigh"]
    build.add(
        f"{side}_thigh", f"{side}_thigh", (s * inward, -0.01, -top), (0.0, 0.0, -link["thigh"]), thigh, knee
    )
    belly = 0.3 * link["shank"]
    back = -(calf - ankle) * 0.5
    build.add(f"{side}_knee", f"{side}_shank", (0.0, 0.0, 0.0), (0.0, back, -belly), knee, calf)
    build.add(f"{side}_shank", f"{side}_shank", (0.0, back, -belly), (0.0, 0.0, -link["shank"]), calf, ankle)
    # Feet with shoes: the sole is the shoe's.
    shoe, floor = link["shoe"], link["ankle_height"] + link["shoe"]
    heel = 0.5 * d("heel breadth") + 0.5 * shoe
    toes = 0.25 * d("foot breadth") + 0.5 * shoe
    aside = np.maximum(0.0, 0.5 * d("foot breadth") - toes + 0.5 * shoe)
    for i, x in ((1, aside), (2, -aside)):
        build.add(
            f"{side}_foot_{i}",
            f"{side}_foot",
            (0.0, -link["foot_back"] + heel, heel - floor),
            (x, link["foot_forward"] - toes, toes - floor),
            heel,
            toes,
        )
    build.add(
        f"{side}_instep",
        f"{side}_foot",
        (0.0, 0.0, 0.0),
        (0.0, 0.45 * link["foot_forward"], toes - floor),
        ankle,
        toes,
    )
