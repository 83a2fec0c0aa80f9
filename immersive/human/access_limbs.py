"""What of a person goes into a machine: hand and arm, two arms, head or the whole body, as capsules along a line.

Sizes are each dimension's own percentile (what must get through: the largest person's; how far it gets: the
smallest's), not those of one person of that stature: whoever has large hands need not be tall. A limb is laid out
along the line it moves in: origin at the place to get to, +Z outwards along the limb, +X across its breadth. Its
sections only widen outwards, so that the same capsules are also the room the limb needs on its way in.

What no survey measures is a named constant here, set by this project.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from immersive.human.anthropometry import dimension
from immersive.human.percentiles import body_in_range
from immersive.scene.workplace import Population

FloatArray = NDArray[np.float64]

HAND_THICKNESS: Final = 0.36
"""Of hand breadth, thumb laid in the palm; as in the manikin's volume."""
FINGER: Final = 0.25
"""Diameter of a finger, of hand breadth: four lie side by side in it."""
FIST: Final = 0.4
"""Radius of a fist around a handle, of hand breadth: palm, handle and fingers of the manikin's grip are 0.77
of hand breadth thick."""
BELLY: Final = 0.2
"""Where the forearm is thickest, of its length from the elbow; as in the manikin's volume."""
GLOVE: Final = 0.005
"""Metres that a work glove adds all around the hand."""
TOUCH: Final = {"fingertip": 0.01, "head": 0.0, "body": 0.0}
"""Metres around the place within which all may be touched: it is what is worked at."""
HAND_TOUCH: Final = 0.02
"""The same for hands and arms."""
_ROWS_APART: Final = 0.06
"""Metres between the lines that an upright body's way is made of: hollows between them of 3 mm."""

LIMBS: Final = ("fingertip", "hand", "arm", "two_arms", "head", "body")


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of bare people, metres; breadths and girths of the largest, lengths that must suffice of the smallest."""

    largest: str
    smallest: str
    hand_breadth: float
    hand_length: float
    palm_length: float
    wrist: float
    forearm: float
    upper_arm: float
    forearm_length: float
    upper_arm_length: float
    elbow_grip: float
    head_breadth: float
    head_length: float
    crown_over_eyes: float
    eyes_over_shoulder: float
    shoulders: float
    trunk_depth: float
    stature: float
    sitting_height: float
    small_reach_tip: float
    small_reach_grip: float
    small_neck: float
    small_chest: float
    small_shoulder_height: float
    small_hip_height: float
    small_knee_height: float
    from_table: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Limb:
    """Capsules of a limb along +Z, and what they mean.

    Attributes:
        kind: One of :data:`LIMBS`; ``"body_upright"`` and ``"body_lying"`` for the ways a body goes.
        rows: (K, 8) capsules in the limb's frame, metres.
        parts: (K) ``"finger"``, ``"hand"``, ``"forearm"``, ``"upper_arm"``, ``"head"``, ``"trunk"``.
        need_x, need_y: (K,) breadth and thickness of the limb's section there; 0: round, twice the radius.
        length: Up to where ``rows`` reach: the elbow, the shoulders, the feet.
        sleeves: (S, 3) x, y, radius of what is moved in behind ``length``.
        upper_arm: Length, radius at elbow and at shoulder, or None.
        trunk: Radius of the ball that stands for chest and shoulder of the smallest person.
        reach: Farthest from shoulder to place for the smallest person, or None.
        rolls: Whether the limb may turn about its line.
    """

    kind: str
    rows: FloatArray
    parts: tuple[str, ...]
    need_x: FloatArray
    need_y: FloatArray
    length: float
    sleeves: FloatArray
    upper_arm: tuple[float, float, float] | None
    trunk: float
    reach: float | None
    rolls: bool = True

    def corridor(self, until: float) -> FloatArray:
        """(S, 8) the room from ``length`` out to ``until``."""
        out = np.zeros((len(self.sleeves), 8))
        out[:, 0] = out[:, 3] = self.sleeves[:, 0]
        out[:, 1] = out[:, 4] = self.sleeves[:, 1]
        out[:, 2], out[:, 5] = self.length, max(until, self.length)
        out[:, 6] = out[:, 7] = self.sleeves[:, 2]
        return out

    def stretched(self) -> Limb:
        """The same with the upper arm in line: for places so deep that the elbow goes in."""
        if self.upper_arm is None:
            return self
        length, low, high = self.upper_arm
        end = self.length + length
        more = np.zeros((len(self.sleeves), 8))
        more[:, 0] = more[:, 3] = self.sleeves[:, 0]
        more[:, 2], more[:, 5], more[:, 6], more[:, 7] = self.length, end, low, high
        sleeves = self.sleeves.copy()
        sleeves[:, 2] = high
        return replace(
            self,
            rows=np.concatenate([self.rows, more]),
            parts=(*self.parts, *["upper_arm"] * len(more)),
            need_x=np.concatenate([self.need_x, np.zeros(len(more))]),
            need_y=np.concatenate([self.need_y, np.zeros(len(more))]),
            length=end,
            sleeves=sleeves,
            upper_arm=None,
        )


def sizes_of(population: Population, /, *, largest: str = "") -> Sizes:
    """The sizes that a population's largest and smallest people bring.

    Args:
        population: Bounds and, maybe, a table of measured people.
        largest: ``"M99"`` instead of the population's largest.
    """
    big, small = body_in_range(largest or population.largest), body_in_range(population.smallest)
    table = population.table

    def of(name: str, body: object) -> float:
        word = big if body == "big" else small
        if table is not None and name in table.dimensions:
            own = table.dimensions[name][table.female == (word.sex == "female")]
            own = own[np.isfinite(own)]
            if own.size:
                return float(np.percentile(own, word.percentile))
        return dimension(name, word).value

    def round_(name: str) -> float:
        return of(name, "big") / math.pi

    return Sizes(
        big.word,
        small.word,
        hand_breadth=of("hand breadth", "big"),
        hand_length=of("hand length", "big"),
        palm_length=of("palm length", "big"),
        wrist=round_("wrist circumference"),
        forearm=round_("forearm circumference, flexed"),
        upper_arm=round_("biceps circumference, flexed"),
        forearm_length=of("radiale-stylion length", "big"),
        upper_arm_length=of("acromion-radiale length", "big"),
        elbow_grip=of("elbow-grip length", "big"),
        head_breadth=of("head breadth", "big"),
        head_length=of("head length", "big"),
        crown_over_eyes=of("stature", "big") - of("eye height", "big"),
        eyes_over_shoulder=of("eye height", "big") - of("shoulder height", "big"),
        shoulders=of("shoulder (bideltoid) breadth", "big"),
        trunk_depth=max(
            of(name, "big") for name in ("chest depth, standing", "waist depth", "buttock depth")
        ),
        stature=of("stature", "big") + population.shoe_height,
        sitting_height=of("sitting height", "big"),
        small_reach_tip=of("acromion-fingertip length", "small"),
        small_reach_grip=of("acromion-grip length", "small"),
        small_neck=of("eye height", "small") - of("shoulder height", "small"),
        small_chest=of("chest depth, standing", "small"),
        small_shoulder_height=of("shoulder height", "small") + population.shoe_height,
        small_hip_height=of("trochanterion height", "small") + population.shoe_height,
        small_knee_height=of("lateral femoral epicondyle height", "small") + population.shoe_height,
        from_table=table is not None,
    )


def limb_of(
    kind: str, sizes: Sizes, /, *, allowance: float, clothing: float = 0.0, gloves: bool = False
) -> Limb:
    """Hand and arm, two arms or head as capsules.

    Args:
        kind: One of :data:`LIMBS` but ``"body"``.
        sizes: Of :func:`sizes_of`.
        allowance: Metres all around for movement.
        clothing: Metres all around arms and trunk.
        gloves: Whether the hand wears gloves.
    """
    if kind == "head":
        return _head(sizes, allowance)
    make = _Rows()
    glove = GLOVE if gloves else 0.0
    breadth = sizes.hand_breadth + 2.0 * (glove + allowance)
    thick = HAND_THICKNESS * sizes.hand_breadth + 2.0 * (glove + allowance)
    wrist = 0.5 * sizes.wrist + clothing + allowance
    fore = 0.5 * sizes.forearm + clothing + allowance
    upper = 0.5 * sizes.upper_arm + clothing + allowance
    finger = 0.5 * FINGER * sizes.hand_breadth + glove + allowance
    if kind == "fingertip":
        knuckles, to_wrist = sizes.hand_length - sizes.palm_length, sizes.hand_length
        tip = TOUCH["fingertip"] + finger
    else:
        to_wrist = max(sizes.elbow_grip - sizes.forearm_length, 0.05)
        knuckles = tip = HAND_TOUCH + 0.5 * thick
    elbow = to_wrist + sizes.forearm_length
    belly = elbow - BELLY * sizes.forearm_length
    offsets: tuple[float, ...] = (0.0,)
    both = 0.0
    if kind == "two_arms":
        both = max(fore, 0.5 * breadth)
        offsets = (-both, both)
    for x in offsets:
        if kind == "fingertip" and knuckles > tip:
            make.add("finger", x, tip, knuckles, finger, finger)
        start = max(tip, knuckles)
        half = 0.5 * breadth - 0.5 * thick
        for aside in (-half, 0.0, half):
            make.add("hand", x + aside, start, belly, 0.5 * thick, 0.5 * thick, both * 2.0 + breadth, thick)
        need = 2.0 * (both + fore) if both else 0.0
        make.add("forearm", x, max(to_wrist, start), belly, wrist, fore, need, 0.0)
        make.add("forearm", x, belly, elbow, fore, fore, need, 0.0)
    sleeves = np.array([(x, 0.0, fore) for x in offsets])
    reach = sizes.small_reach_tip if kind == "fingertip" else sizes.small_reach_grip
    trunk = 0.5 * sizes.small_chest + clothing
    return make.limb(kind, elbow, sleeves, (sizes.upper_arm_length, max(fore, 0.0), upper), trunk, reach)


def _head(sizes: Sizes, allowance: float) -> Limb:
    """The head, eyes at the place: crown inwards, neck outwards, the face towards +X."""
    make = _Rows()
    length, breadth = sizes.head_length + 2.0 * allowance, sizes.head_breadth + 2.0 * allowance
    r = 0.5 * breadth
    middle, half = -0.5 * sizes.head_length, 0.5 * (length - breadth)
    for aside in (-half, 0.0, half):
        make.add(
            "head", middle + aside, r - sizes.crown_over_eyes - allowance, sizes.eyes_over_shoulder, r, r,
            length, breadth,
        )  # fmt: skip
    sleeves = np.array([(middle + aside, 0.0, r) for aside in (-half, half)])
    return make.limb(
        "head", sizes.eyes_over_shoulder, sleeves, None, 0.5 * sizes.small_chest, sizes.small_neck
    )


def body_lying(sizes: Sizes, /, *, allowance: float, clothing: float = 0.0) -> Limb:
    """The whole body along its line, head first, the middle of the trunk at the place."""
    make = _Rows()
    add = 2.0 * (allowance + clothing)
    breadth, depth = sizes.shoulders + add, sizes.trunk_depth + add
    r = 0.5 * depth
    half = max(0.5 * breadth - r, 0.0)
    inner = 0.5 * sizes.sitting_height
    outer = sizes.stature - inner
    for aside in (-half, 0.0, half):
        make.add("trunk", aside, r - inner, outer, r, r, breadth, depth)
    sleeves = np.array([(aside, 0.0, r) for aside in (-half, 0.0, half)])
    return make.limb("body_lying", outer, sleeves, None, 0.0, None)


def body_upright(
    sizes: Sizes, /, *, above_floor: float, way: float, allowance: float, clothing: float = 0.0
) -> Limb:
    """The room of someone who walks upright to the place: lines along the way, one above the other.

    Args:
        sizes: Of :func:`sizes_of`.
        above_floor: Height of the place above the floor, metres.
        way: Length of the way, metres.
        allowance, clothing: Metres all around.
    """
    make = _Rows()
    add = 2.0 * (allowance + clothing)
    breadth, depth = sizes.shoulders + add, sizes.trunk_depth + add
    r = 0.5 * depth
    half = max(0.5 * breadth - r, 0.0)
    top = sizes.stature + allowance
    low, high = 0.03 + r - above_floor, top - r - above_floor
    heights = np.linspace(low, high, 2 + int((high - low) / _ROWS_APART))
    for y in heights:
        # Between the lowest and the highest lines height never limits: only breadth does.
        end = top if y in (heights[0], heights[-1]) else 0.0
        for aside in (-half, 0.0, half):
            make.add("trunk", aside, 0.0, way, r, r, breadth, end or breadth, y)
    return make.limb("body_upright", way, np.empty((0, 3)), None, 0.0, None, rolls=False)


class _Rows:
    """Collects the capsules of a limb."""

    def __init__(self) -> None:
        self._rows: list[tuple[float, ...]] = []
        self._parts: list[str] = []
        self._needs: list[tuple[float, float]] = []

    def add(
        self, part: str, x: float, z0: float, z1: float, r0: float, r1: float, need_x: float = 0.0,
        need_y: float = 0.0, y: float = 0.0,
    ) -> None:  # fmt: skip
        if z1 > z0 or part in ("hand", "head", "trunk"):
            self._rows.append((x, y, z0, x, y, max(z0, z1), r0, r1))
            self._parts.append(part)
            self._needs.append((need_x, need_y))

    def limb(
        self,
        kind: str,
        length: float,
        sleeves: FloatArray,
        upper_arm: tuple[float, float, float] | None,
        trunk: float,
        reach: float | None,
        *,
        rolls: bool = True,
    ) -> Limb:
        needs = np.array(self._needs)
        return Limb(
            kind, np.array(self._rows), tuple(self._parts), needs[:, 0].copy(), needs[:, 1].copy(), length,
            sleeves, upper_arm, trunk, reach, rolls,
        )  # fmt: skip
