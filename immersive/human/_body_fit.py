"""The template's skin stretched to one person: joints from the links, sections from breadths, depths and girths.

Three maps are blended by how far a point belongs to an arm or a leg: along the spine heights follow the joints
and sections are scaled across and deep; legs and arms are stretched along and scaled around their own axes.
Then the result is measured like a body, and the scales corrected until it has the person's dimensions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.human._body_measure import Section, section
from immersive.human._skin import FRAMES
from immersive.human.skeleton import LINK

FloatArray = NDArray[np.float64]

LIFT: Final = math.radians(40.0)
"""Abduction of both arms in the bind posture: between hanging and forward, where they work."""

LEVELS: Final = (0.0, 0.068, 0.475, 0.815, 0.8985, 0.985, 1.087, 1.352, 1.4545, 1.542, 1.690)
"""Heights in the template: sole, ankle, knee, crotch, hip, lumbosacral, thoracolumbar, shoulder, C7, atlas, vertex."""

LINE: Final = (0.0, 0.0, 0.0, 0.0, 0.0, -0.041, -0.041, -0.041, -0.041, -0.0115, -0.0115)
"""How far forward the line through the joints is at these heights."""

HIP_X: Final = 0.0835
SHOULDER: Final = (0.157, -0.022, 1.352)
ARM: Final = (0.289, 0.2545, 0.187)
SHOE: Final = 0.025

ROUNDS: Final = 5
_TRUNK: Final = (
    (0.875, "hip breadth, standing", "buttock depth"),
    (1.018, "waist breadth", "waist depth"),
    (1.225, "chest breadth, standing", "chest depth, standing"),
    (1.485, "neck circumference", "neck circumference"),
    (1.575, "head breadth", "head length"),
)
_CHEST: Final = "chest breadth, standing"
_LEG: Final = ((0.110, "ankle circumference"), (0.345, "calf circumference"), (0.800, "thigh circumference"))
_ARM: Final = (
    (0.170, "biceps circumference, flexed", 0.97),
    (0.365, "forearm circumference, flexed", 0.98),
    (0.536, "wrist circumference", 1.0),
)
"""Girths of flexed muscles are more than those at rest; the factors are ours, by eye."""

_HAND_AT: Final = 0.610
_DELTOID_AT: Final = 0.060
_TEMPLATE_BIDELTOID: Final = 0.480
_BUST_AT: Final = (0.078, 1.238)

DIMENSIONS: Final = tuple(
    sorted(
        {name for _, *names in _TRUNK for name in names}
        | {name for _, name in _LEG}
        | {name for _, name, _ in _ARM}
        | {
            "shoulder (bideltoid) breadth",
            "hand breadth",
            "chest circumference",
            "foot breadth",
            "crotch height",
        }
    )
)
"""Body dimensions that the shape is made from."""


@dataclass(frozen=True)
class Template:
    """The template's arrays; see ``assets/workshop/manikin.py``.

    Attributes:
        vertices: (V, 3) bind posture, bare soles at z = 0, facing +Y, metres.
        faces: (F, 3), outward.
        weights: (V, 33) of the frames of ``_skin``.
        edges: (E, 2).
        arm: (V,) how far a point is arm; ``leg`` likewise.
    """

    vertices: FloatArray
    faces: NDArray[np.int32]
    weights: FloatArray
    edges: NDArray[np.int32]
    arm: FloatArray
    leg: FloatArray
    foot: FloatArray


def share_of(weights: FloatArray, *words: str) -> FloatArray:
    """(V,) sum of the weights of frames whose name ends with one of these words."""
    chosen = [i for i, name in enumerate(FRAMES) if name.endswith(words)]
    total: FloatArray = weights[:, chosen].sum(axis=1)
    return total


def fit(
    template: Template,
    dimensions: Mapping[str, float],
    links: FloatArray,
    *,
    female: bool,
    clothing: float = 0.0,
) -> FloatArray:
    """(V, 3) the person's skin in the bind posture, hip centre over the origin, bare soles at z = 0.

    Args:
        template: The template.
        dimensions: Metres; see :data:`DIMENSIONS`.
        links: (31,) link lengths.
        female: Whether the chest is a woman's.
        clothing: Thickness added all around, metres.
    """
    want = {
        name: dimensions[name] + clothing * (2.0 * math.pi if "circumference" in name else 2.0 if "breadth" in name
                                             or "depth" in name else 0.0)
        for name in DIMENSIONS
    }  # fmt: skip
    for bare in ("head breadth", "head length", "hand breadth", "neck circumference"):
        want[bare] = dimensions[bare]
    person = _Person(template, want, links, female)
    for _ in range(ROUNDS):
        person.correct(person.shape())
    return person.shape()


class _Person:
    """The scales of one person, and the skin that they give."""

    def __init__(
        self, template: Template, want: Mapping[str, float], links: FloatArray, female: bool
    ) -> None:
        self.template, self.want, self.female = template, want, female
        length = {name: float(links[index]) for name, index in LINK.items()}
        self.length = length
        ankle = length["ankle_height"]
        knee = ankle + length["shank"]
        hip = knee + length["thigh"]
        crotch = min(max(want["crotch height"], knee + 0.5 * (hip - knee)), hip - 0.03)
        lumbosacral = hip + length["pelvis_up"]
        thoracolumbar = lumbosacral + length["lumbar_up"]
        shoulder = thoracolumbar + length["sternum_up"] + length["clavicle_up"]
        cervicale = thoracolumbar + length["thorax_up"]
        atlas = cervicale + length["neck_up"]
        self.levels = (0.0, ankle, knee, crotch, hip, lumbosacral, thoracolumbar, min(shoulder, cervicale - 0.03),
                       cervicale, atlas, atlas + length["vertex_up"])  # fmt: skip
        y1 = length["pelvis_forward"]
        y2 = y1 + length["lumbar_forward"]
        y3 = y2 + length["thorax_forward"]
        y4 = y3 + length["neck_forward"]
        share = (shoulder - thoracolumbar) / (cervicale - thoracolumbar)
        self.line = (0.0, 0.0, 0.0, 0.0, 0.0, y1, y2, y2 + share * (y3 - y2), y3, y4, y4)
        self.shoulder = np.array(
            [
                length["sternum_half_spacing"] + length["clavicle_out"],
                y2 + length["sternum_forward"] + length["clavicle_forward"],
                shoulder,
            ]
        )
        self.arm = (length["upper_arm"], length["forearm"], length["fingertip"])
        self.hip_x = length["hip_half_spacing"]
        self.trunk = {z: [1.0, 1.0] for z, *_ in _TRUNK}
        self.leg = {z: 1.0 for z, _ in _LEG}
        self.limb = {t: 1.0 for t, *_ in _ARM}
        self.hand = 1.0
        half = 0.5 * want["shoulder (bideltoid) breadth"] - self.shoulder[0]
        self.deltoid = min(max(half / (0.5 * _TEMPLATE_BIDELTOID - SHOULDER[0]), 0.7), 1.6)

    def shape(self) -> FloatArray:
        """The skin with the present scales."""
        t = self.template
        p = t.vertices
        side = np.where(p[:, 0] >= 0.0, 1.0, -1.0)
        q = p * np.stack([side, np.ones_like(side), np.ones_like(side)], axis=1)
        height = np.interp(q[:, 2], LEVELS, self.levels)
        below, above = np.minimum(q[:, 2], 0.0), np.maximum(q[:, 2] - LEVELS[-1], 0.0)
        height = height + below * max(self.length["shoe"], 1e-3) / SHOE + above
        spine = self._spine(q, height)
        leg = self._leg(q, height)
        arm = self._arm(q)
        a, g = t.arm[:, None], t.leg[:, None]
        out = a * arm + g * leg + (1.0 - a - g) * spine
        out[:, 0] *= side
        return out

    def _spine(self, q: FloatArray, height: FloatArray) -> FloatArray:
        z = q[:, 2]
        stops = [0.80, *self.trunk]
        kx = [self.trunk[_TRUNK[0][0]][0], *(k[0] for k in self.trunk.values())]
        ky = [self.trunk[_TRUNK[0][0]][1], *(k[1] for k in self.trunk.values())]
        # The shoulders' width is the skeleton's, their depth the chest's; at C7 the neck begins.
        at = stops.index(1.225) + 1
        stops[at:at] = [1.352, 1.440]
        kx[at:at] = [self.shoulder[0] / SHOULDER[0], 0.5 * (kx[at] + self.shoulder[0] / SHOULDER[0])]
        ky[at:at] = [0.6 * ky[at - 1] + 0.4 * ky[at], ky[at]]
        line, own = np.interp(z, LEVELS, LINE), np.interp(z, LEVELS, self.line)
        y = q[:, 1] + self._bust(q)
        return np.stack(
            [_smooth(z, stops, kx) * q[:, 0], own + _smooth(z, stops, ky) * (y - line), height], axis=1
        )

    def _bust(self, q: FloatArray) -> FloatArray:
        """A woman's chest stands out further where the template's does a little, a man's less."""
        x, z = _BUST_AT
        front = np.clip((q[:, 1] - 0.02) / 0.08, 0.0, 1.0)
        far = ((q[:, 0] - x) / 0.048) ** 2 + ((q[:, 2] - z) / 0.050) ** 2
        return (0.024 if self.female else -0.014) * front * np.exp(-far)

    def _leg(self, q: FloatArray, height: FloatArray) -> FloatArray:
        z = q[:, 2]
        knee = 0.5 * (self.leg[0.345] + self.leg[0.800])
        k = _smooth(
            z, [0.110, 0.345, 0.475, 0.800], [self.leg[0.110], self.leg[0.345], knee, self.leg[0.800]]
        )
        shank = np.stack([self.hip_x + k * (q[:, 0] - HIP_X), k * q[:, 1], height], axis=1)
        long = np.where(
            q[:, 1] >= 0.0, self.length["foot_forward"] / 0.1935, self.length["foot_back"] / 0.0645
        )
        wide = self.want["foot breadth"] / 0.0975
        foot = np.stack([self.hip_x + wide * (q[:, 0] - HIP_X), long * q[:, 1], height], axis=1)
        f = np.clip(self.template.foot, 0.0, 1.0)[:, None]
        out: FloatArray = f * foot + (1.0 - f) * shank
        return out

    def _arm(self, q: FloatArray) -> FloatArray:
        t, out, ahead = arm_coordinates(q)
        bends = np.cumsum([0.0, *ARM])
        along = np.interp(t, bends, np.cumsum([0.0, *self.arm])) + np.minimum(t, 0.0)
        elbow = 0.5 * (self.limb[0.170] + self.limb[0.365])
        k = _smooth(t, [_DELTOID_AT, 0.170, ARM[0], 0.365, 0.536, _HAND_AT],
                    [self.deltoid, self.limb[0.170], elbow, self.limb[0.365], self.limb[0.536], self.hand])  # fmt: skip
        c, s = math.cos(LIFT), math.sin(LIFT)
        x = self.shoulder[0] + along * s + k * out * c
        z = self.shoulder[2] - along * c + k * out * s
        return np.stack([x, self.shoulder[1] + k * ahead, z], axis=1)

    def correct(self, vertices: FloatArray) -> None:
        """Scales times what is wanted over what is measured."""
        t, want = self.template, self.want
        trunk = t.arm < 0.5
        for z, across, deep in _TRUNK:
            found = section(vertices, t.edges, trunk, (0.0, 0.0, self._height(z)), (0.0, 0.0, 1.0))
            if across == deep:
                ratio = want[across] / found.girth
                ratios = [ratio, ratio]
            else:
                ratios = [want[across] / found.width, want[deep] / found.depth]
                if across == _CHEST:
                    # Callipers on the ribs and a tape over the shoulder blades cannot both be met: halfway.
                    ratios[0] = math.sqrt(ratios[0] * want["chest circumference"] / found.girth)
            # At the hips half of the flesh is the legs': the trunk's part has to give twice.
            ratios = [r**1.7 for r in ratios] if z < LEVELS[4] else ratios
            self.trunk[z] = [k * r for k, r in zip(self.trunk[z], ratios, strict=True)]
        for z, name in _LEG:
            self.leg[z] *= want[name] / self.leg_section(vertices, z).girth
        for at, name, rest in _ARM:
            self.limb[at] *= rest * want[name] / self.arm_section(vertices, at).girth
        self.hand *= want["hand breadth"] / self._palm(vertices)

    def _height(self, z: float) -> float:
        return float(np.interp(z, LEVELS, self.levels))

    def leg_section(self, vertices: FloatArray, z: float) -> Section:
        right = (self.template.leg > 0.3) & (self.template.vertices[:, 0] > 0.0)
        return section(vertices, self.template.edges, right, (0.0, 0.0, self._height(z)), (0.0, 0.0, 1.0))

    def arm_section(self, vertices: FloatArray, at: float) -> Section:
        right = (self.template.arm > 0.5) & (self.template.vertices[:, 0] > 0.0)
        axis = np.array([math.sin(LIFT), 0.0, -math.cos(LIFT)])
        along = float(np.interp(at, np.cumsum([0.0, *ARM]), np.cumsum([0.0, *self.arm])))
        return section(vertices, self.template.edges, right, self.shoulder + along * axis, axis)

    def _palm(self, vertices: FloatArray) -> float:
        """Across the knuckles, without the thumb."""
        t, _, ahead = arm_coordinates(np.abs(self.template.vertices) * np.array([1.0, 0.0, 1.0])
                                      + self.template.vertices * np.array([0.0, 1.0, 0.0]))  # fmt: skip
        near = (self.template.arm > 0.5) & (np.abs(t - 0.625) < 0.02) & (ahead < 0.0428)
        return float(np.ptp(vertices[near & (self.template.vertices[:, 0] > 0.0), 1]))


def arm_coordinates(q: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Of template points on the right: along the arm from the shoulder, outwards, forwards."""
    d = q - np.array(SHOULDER)
    c, s = math.cos(LIFT), math.sin(LIFT)
    return d[:, 0] * s - d[:, 2] * c, d[:, 0] * c + d[:, 2] * s, d[:, 1]


def _smooth(at: FloatArray, stops: list[float], values: list[float]) -> FloatArray:
    """Values at stops, joined without a kink, constant beyond."""
    place = np.clip(np.searchsorted(stops, at, side="right") - 1, 0, len(stops) - 2)
    low, high = np.array(stops)[place], np.array(stops)[place + 1]
    s = np.clip((at - low) / (high - low), 0.0, 1.0)
    s = s * s * (3.0 - 2.0 * s)
    a, b = np.array(values)[place], np.array(values)[place + 1]
    out: FloatArray = a + s * (b - a)
    return out
