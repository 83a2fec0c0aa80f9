"""How the template's skin follows the frames of ``immersive.human._skin``: smooth ramps along spine and limbs."""

from __future__ import annotations

import numpy as np

from immersive.human._body_fit import ARM, LEVELS, arm_coordinates
from immersive.human._skin import FRAME, FRAMES

_, ANKLE, KNEE, _, _, LUMBOSACRAL, THORACOLUMBAR, _, CERVICALE, _, _ = LEVELS


def ramp(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below ``low``, 1 above ``high``, smooth between."""
    s = np.clip((value - low) / (high - low), 0.0, 1.0)
    return s * s * (3.0 - 2.0 * s)


def weights(vertices: np.ndarray) -> np.ndarray:
    """(V, 33), each row adds up to 1."""
    w = np.zeros((len(vertices), len(FRAMES)))
    mirrored = vertices.copy()
    mirrored[:, 0] = np.abs(mirrored[:, 0])
    x, y, z = mirrored.T
    t, out, _ = arm_coordinates(mirrored)
    arm = ramp(0.904 * t + 0.424 * out, -0.045, 0.085) * ramp(out, -0.115, -0.05)
    leg = ramp(0.935 + 0.35 * (x - 0.1) - z, -0.03, 0.13)
    leg *= np.maximum(ramp(x, 0.0, 0.05), ramp(0.81 - z, 0.0, 0.03))
    # The middle belongs to neither leg.
    leg = np.where(x > 1e-6, leg, 0.0)
    # Hands hang at the height of the hips: they are no leg, and feet no arm.
    arm = np.where(z < 0.70, 0.0, arm)
    leg = np.where((x > 0.26) & (t > 0.3), 0.0, leg)
    for side, here in (("right", vertices[:, 0] >= 0.0), ("left", vertices[:, 0] < 0.0)):
        _arm(w, side, t, np.where(here, arm, 0.0))
        _leg(w, side, z, np.where(here, leg, 0.0))
    rest = 1.0 - w.sum(axis=1)
    for name, share in _trunk(x, y, z, vertices[:, 0] >= 0.0):
        w[:, FRAME[name]] += share * rest
    return w


def _arm(w: np.ndarray, side: str, t: np.ndarray, s: np.ndarray) -> None:
    half, child = 2.0 * s * (1.0 - s), s * s
    elbow = ramp(t, ARM[0] - 0.050, ARM[0] + 0.045)
    wrist = ramp(t, ARM[0] + ARM[1] - 0.025, ARM[0] + ARM[1] + 0.025)
    upper_twist, fore_twist = ramp(t, 0.02, 0.24), ramp(t, ARM[0], ARM[0] + ARM[1] - 0.02)
    # Half of the shoulder's own share goes to the trunk, which takes what is left.
    w[:, FRAME[f"{side}_half_shoulder"]] += half
    upper = child * (1.0 - elbow) ** 2
    w[:, FRAME[f"{side}_swing_upper_arm"]] += upper * (1.0 - upper_twist)
    w[:, FRAME[f"{side}_upper_arm"]] += upper * upper_twist
    w[:, FRAME[f"{side}_half_elbow"]] += child * 2.0 * elbow * (1.0 - elbow)
    fore = child * elbow**2
    w[:, FRAME[f"{side}_swing_forearm"]] += fore * (1.0 - fore_twist)
    w[:, FRAME[f"{side}_forearm"]] += fore * fore_twist * (1.0 - wrist) ** 2
    w[:, FRAME[f"{side}_half_wrist"]] += fore * fore_twist * 2.0 * wrist * (1.0 - wrist)
    w[:, FRAME[f"{side}_hand"]] += fore * fore_twist * wrist**2


def _leg(w: np.ndarray, side: str, z: np.ndarray, s: np.ndarray) -> None:
    half, child = 2.0 * s * (1.0 - s), s * s
    knee = ramp(-z, -KNEE - 0.055, -KNEE + 0.055)
    ankle = ramp(-z, -ANKLE - 0.045, -ANKLE + 0.010)
    w[:, FRAME[f"{side}_half_hip"]] += half
    w[:, FRAME[f"{side}_thigh"]] += child * (1.0 - knee) ** 2
    w[:, FRAME[f"{side}_half_knee"]] += child * 2.0 * knee * (1.0 - knee)
    w[:, FRAME[f"{side}_shank"]] += child * knee**2 * (1.0 - ankle)
    w[:, FRAME[f"{side}_foot"]] += child * knee**2 * ankle


def _trunk(x: np.ndarray, y: np.ndarray, z: np.ndarray, right: np.ndarray) -> list[tuple[str, np.ndarray]]:
    lumbar = ramp(z, LUMBOSACRAL - 0.06, LUMBOSACRAL + 0.06)
    thorax = ramp(z, THORACOLUMBAR - 0.07, THORACOLUMBAR + 0.07)
    neck = ramp(z + 0.5 * (y + 0.03), CERVICALE - 0.04, CERVICALE + 0.03)
    head = ramp(z + 0.6 * (y + 0.01), 1.488, 1.530)
    clavicle = 0.85 * ramp(x, 0.03, 0.13) * ramp(z, 1.24, 1.32)
    chest = lumbar * thorax * (1.0 - neck)
    return [
        ("pelvis", 1.0 - lumbar),
        ("lumbar", lumbar * (1.0 - thorax)),
        ("thorax", chest * (1.0 - clavicle)),
        ("right_clavicle", np.where(right, chest * clavicle, 0.0)),
        ("left_clavicle", np.where(right, 0.0, chest * clavicle)),
        ("neck", lumbar * thorax * neck * (1.0 - head)),
        ("head", lumbar * thorax * neck * head),
    ]
