"""The shape of the template person as a field: our own, sections swept along spine, arms and legs.

Midway between the median woman and man of ANSUR II, in the bind posture: standing, arms lifted sideways by
``_body_fit.LIFT``, soles of the bare feet at z = 0, facing +Y. Breadths, depths and girths are near the survey's; what
the survey does not measure (a buttock's roundness, a jaw) is drawn by eye.
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator

from immersive.human._body_fit import HIP_X, arm_coordinates


def blend(a: np.ndarray, b: np.ndarray, width: float) -> np.ndarray:
    """Smooth union: the crease between two shapes is rounded over ``width``."""
    h = np.clip(0.5 + 0.5 * (b - a) / width, 0.0, 1.0)
    return b + h * (a - b) - width * h * (1.0 - h)


class Sweep:
    """A superelliptic section along one axis: rows of (t, centre u, centre v, half width u, half width v)."""

    def __init__(self, rows: list[tuple[float, ...]], power: float = 2.2) -> None:
        table = np.array(rows)
        self.t0, self.t1 = table[0, 0], table[-1, 0]
        self.curve = PchipInterpolator(table[:, 0], table[:, 1:])
        self.power = power

    def __call__(self, t: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        inner = np.clip(t, self.t0, self.t1)
        cu, cv, a, b = self.curve(inner).T
        x, y, n = np.abs(u - cu) / a, np.abs(v - cv) / b, self.power
        g = (x**n + y**n + 1e-12) ** (1.0 / n)
        slope = np.hypot((x / g) ** (n - 1.0) / a, (y / g) ** (n - 1.0) / b)
        side = (g - 1.0) / np.maximum(slope, 1.0 / np.maximum(a, b))
        past = np.abs(t - inner)
        # A rounded cap: distance to the end section, and along the axis.
        return np.where(past > 0.0, np.hypot(np.maximum(side, 0.0), past) + np.minimum(side, 0.0) * 0.0, side)


def ball(p: np.ndarray, center: tuple[float, float, float], radii: tuple[float, float, float]) -> np.ndarray:
    """An ellipsoid, to first order in distance."""
    q = (p - np.array(center)) / np.array(radii)
    g = np.sqrt((q**2).sum(axis=1) + 1e-12)
    slope = np.sqrt(((q / np.array(radii)) ** 2).sum(axis=1)) / g
    return (g - 1.0) / np.maximum(slope, 1.0)


def rod(p: np.ndarray, a: tuple[float, ...], b: tuple[float, ...], ra: float, rb: float) -> np.ndarray:
    """A tapered rod with round ends."""
    start, axis = np.array(a), np.array(b) - np.array(a)
    t = np.clip((p - start) @ axis / (axis @ axis), 0.0, 1.0)
    return np.linalg.norm(p - start - t[:, None] * axis, axis=1) - (ra + t * (rb - ra))


TRUNK = Sweep([
    (0.815, 0, -0.010, 0.120, 0.085), (0.850, 0, -0.012, 0.158, 0.100), (0.890, 0, -0.010, 0.171, 0.110),
    (0.930, 0, -0.004, 0.169, 0.110), (0.980, 0, 0.010, 0.160, 0.106), (1.020, 0, 0.019, 0.155, 0.107),
    (1.080, 0, 0.020, 0.148, 0.105), (1.140, 0, 0.016, 0.146, 0.109), (1.225, 0, 0.012, 0.143, 0.120),
    (1.285, 0, 0.004, 0.140, 0.112), (1.330, 0, -0.012, 0.128, 0.091), (1.365, 0, -0.024, 0.105, 0.068),
    (1.395, 0, -0.030, 0.078, 0.057), (1.420, 0, -0.030, 0.062, 0.052),
], 2.7)  # fmt: skip
NECK = Sweep([
    (1.395, 0, -0.032, 0.066, 0.058), (1.440, 0, -0.024, 0.057, 0.056), (1.490, 0, -0.012, 0.055, 0.058),
    (1.545, 0, -0.004, 0.056, 0.062),
], 2.0)  # fmt: skip
LEG = Sweep([
    (0.040, 0, -0.004, 0.033, 0.042), (0.080, 0, -0.004, 0.032, 0.040), (0.125, 0, -0.008, 0.032, 0.038),
    (0.200, 0, -0.014, 0.041, 0.045), (0.290, 0, -0.018, 0.054, 0.056), (0.345, 0, -0.016, 0.057, 0.060),
    (0.420, 0, -0.008, 0.053, 0.056), (0.480, 0, 0.002, 0.056, 0.062), (0.540, 0, 0.004, 0.063, 0.070),
    (0.640, 0.003, 0.004, 0.076, 0.089), (0.740, 0.008, 0.002, 0.081, 0.103), (0.800, 0.011, -0.001, 0.081, 0.107),
    (0.860, 0.010, -0.004, 0.076, 0.103), (0.920, 0.004, -0.004, 0.055, 0.075), (0.960, 0.0, -0.004, 0.030, 0.040),
], 2.1)  # fmt: skip
UPPER = Sweep([
    (-0.015, -0.004, 0.000, 0.044, 0.046), (0.025, 0.008, 0.000, 0.053, 0.057), (0.075, 0.014, 0.000, 0.055, 0.061),
    (0.130, 0.010, 0.002, 0.048, 0.056), (0.190, 0.006, 0.003, 0.045, 0.053), (0.250, 0.002, 0.001, 0.042, 0.046),
    (0.289, 0.000, 0.000, 0.040, 0.042), (0.330, 0.002, 0.002, 0.043, 0.045), (0.370, 0.002, 0.002, 0.041, 0.043),
    (0.440, 0.000, 0.001, 0.032, 0.036), (0.500, 0, 0, 0.024, 0.031), (0.5435, 0, 0, 0.021, 0.030),
    (0.565, 0, 0.001, 0.019, 0.033),
], 2.0)  # fmt: skip
HAND = Sweep([
    (0.545, 0, 0, 0.017, 0.026), (0.570, 0, 0.002, 0.017, 0.036), (0.600, 0, 0.001, 0.0165, 0.0405),
    (0.635, -0.001, -0.001, 0.0150, 0.0410), (0.665, -0.002, -0.002, 0.0125, 0.0380),
    (0.695, -0.003, -0.002, 0.0110, 0.0340), (0.712, -0.003, -0.001, 0.0100, 0.0270), (0.7205, -0.003, 0, 0.0080, 0.0160),
], 2.5)  # fmt: skip


def arm(p: np.ndarray) -> np.ndarray:
    """The right arm from shoulder to fingertips, palm to the body, thumb forward."""
    t, out, ahead = arm_coordinates(p)
    d = blend(UPPER(t, out, ahead), HAND(t, out, ahead), 0.010)
    q = np.stack([t, out, ahead], axis=1)
    thumb = blend(rod(q, (0.565, -0.006, 0.020), (0.612, -0.014, 0.050), 0.015, 0.0125),
                  rod(q, (0.612, -0.014, 0.050), (0.662, -0.016, 0.062), 0.0120, 0.0088), 0.006)  # fmt: skip
    return blend(d, thumb, 0.016)


def foot(p: np.ndarray) -> np.ndarray:
    """A work shoe, 25 mm of sole under z = 0."""
    d = SHOE(p[:, 1], p[:, 0] - 0.004, p[:, 2])
    # Flat underneath, with a rounded edge.
    sole = -0.025 - p[:, 2]
    h = np.clip(0.5 - 0.5 * (sole - d) / 0.012, 0.0, 1.0)
    return sole + h * (d - sole) + 0.012 * h * (1.0 - h)


def _shoe_rows() -> list[tuple[float, ...]]:
    rows = []
    for y, half, top in ((-0.072, 0.024, 0.040), (-0.055, 0.033, 0.075), (-0.02, 0.036, 0.095), (0.03, 0.038, 0.088),
                         (0.08, 0.043, 0.066), (0.13, 0.0485, 0.050), (0.17, 0.045, 0.040), (0.192, 0.035, 0.032),
                         (0.203, 0.022, 0.022)):  # fmt: skip
        bottom = -0.045
        rows.append((y, 0.0, (top + bottom) / 2.0, half, (top - bottom) / 2.0))
    return rows


SHOE = Sweep(_shoe_rows(), 2.6)


def head(p: np.ndarray) -> np.ndarray:
    """Skull, face, chin, nose and the right ear."""
    skull = ball(p, (0.0, 0.008, 1.604), (0.0755, 0.0965, 0.086))
    face = ball(p, (0.0, 0.044, 1.540), (0.059, 0.062, 0.072))
    chin = ball(p, (0.0, 0.080, 1.487), (0.026, 0.022, 0.020))
    nose = rod(p, (0.0, 0.101, 1.572), (0.0, 0.120, 1.541), 0.008, 0.0115)
    ear = ball(p, (0.0780, -0.008, 1.560), (0.011, 0.019, 0.032))
    d = blend(blend(skull, face, 0.030), chin, 0.025)
    return blend(blend(d, nose, 0.012), ear, 0.008)


def body(points: np.ndarray) -> np.ndarray:
    """(n,) signed distance to the skin, about right near it; symmetric in x."""
    p = points.copy()
    p[:, 0] = np.abs(p[:, 0])
    x, y, z = p.T
    trunk = TRUNK(z, x, y)
    buttock = ball(p, (0.072, -0.055, 0.872), (0.078, 0.074, 0.075))
    trunk = blend(trunk, buttock, 0.030)
    shoulder = rod(p, (0.045, -0.016, 1.362), (0.152, -0.024, 1.350), 0.046, 0.048)
    slope = rod(p, (0.022, -0.034, 1.440), (0.135, -0.030, 1.372), 0.034, 0.036)
    back = ball(p, (0.080, -0.052, 1.270), (0.080, 0.054, 0.120))
    breast = ball(p, (0.072, 0.075, 1.255), (0.070, 0.050, 0.065))
    trunk = blend(trunk, blend(blend(shoulder, slope, 0.03), back, 0.04), 0.045)
    trunk = blend(trunk, breast, 0.040)
    side = p - np.array([HIP_X, 0.0, 0.0])
    leg = blend(LEG(z, side[:, 0], y), foot(side), 0.015)
    low = blend(trunk, leg, 0.050)
    top = blend(blend(NECK(z, x, y), head(p), 0.020), low, 0.040)
    return blend(top, arm(p), 0.030)
