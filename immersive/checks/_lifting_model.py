"""The lifts of a workstation as cases of the NIOSH lifting equation, measured from the manikin's postures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.checks._tasks import StationTasks
from immersive.findings import Text, text
from immersive.human.lift_posture import LiftPosture, lift_posture
from immersive.human.manual_handling import applies_from
from immersive.human.niosh import duration_class
from immersive.human.niosh_many import METRIC, weight_limits
from immersive.human.posing import BOTH, Poses, target_of
from immersive.scene.station import WorkPoint
from immersive.units import Quantity

FloatArray = NDArray[np.float64]

LONGEST: Final = 8.0 * 3600.0
"""Lifting work that the equation covers, seconds."""
DECIMALS: Final = 1
"""Of the centimetres and degrees in a case: what is told is what was judged."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a layout does not say of a lift.

    Attributes:
        frequency: Lifts a minute.
        duration: Of lifting work, seconds.
        coupling: ``"good"``, ``"fair"`` or ``"poor"``.
    """

    frequency: float
    duration: float
    coupling: str


@dataclass(frozen=True)
class Lift:
    """One lift of a workstation.

    Attributes:
        point: Where the load is taken.
        to: Where it goes, or None where the layout does not say.
        frequency, duration, coupling: Of the task, defaults put in; a minute, seconds, word.
        assumed: What was not said.
    """

    point: WorkPoint
    to: WorkPoint | None
    frequency: float
    duration: float
    coupling: str
    assumed: tuple[Text, ...]

    @property
    def task(self) -> dict[str, Any]:
        """The fields of a case that do not come from the posture."""
        said = {
            "units": "cm,kg,deg",
            "L": self.point.load,
            "F": self.frequency,
            "duration_h": self.duration / 3600.0,
            "coupling": self.coupling,
        }
        return said if self.to is None else said | {"control_at_dest": self.point.control_at_destination}


@dataclass(frozen=True)
class PosedLifts:
    """Lifts with the postures of some people; k people, one column for each place.

    Attributes:
        poses: At origins and destinations, both hands.
        places: Measured H, V and A.
        column: Id of a work point → its column.
    """

    poses: Poses
    places: LiftPosture
    column: dict[str, int]

    def columns(self, lift: Lift) -> list[int]:
        """Of its origin, and of its destination if there is one."""
        return [self.column[end.id] for end in (lift.point, lift.to) if end is not None]

    def _end(self, point: WorkPoint) -> tuple[FloatArray, FloatArray, FloatArray]:
        j = self.column[point.id]
        h = 100.0 * self.places.horizontal[:, j]
        v = 100.0 * self.places.vertical[:, j]
        a = np.degrees(self.places.asymmetry[:, j])
        # Hands below the floor (a pit) are beyond the method; they count as on the floor. Adding 0 turns −0 into 0.
        rounded: list[FloatArray] = [
            np.round(values, DECIMALS) + 0.0 for values in (h, np.maximum(v, 0.0), a)
        ]
        return rounded[0], rounded[1], rounded[2]

    def case(self, lift: Lift, person: int) -> dict[str, Any]:
        """One person's lift as a case for ``immersive score niosh``."""
        case = dict(lift.task)
        ends = {"origin": lift.point} | ({} if lift.to is None else {"dest": lift.to})
        for end, point in ends.items():
            for name, values in zip("HVA", self._end(point), strict=True):
                case[f"{name}_{end}"] = float(values[person])
        if lift.to is None:
            # The most favourable travel; how much a longer one takes is told beside.
            case["D"] = METRIC.travel_min
        return case

    def limits(self, lift: Lift) -> FloatArray:
        """(k,) RWL of everybody, kilograms."""
        h, v, a = self._end(lift.point)
        task: dict[str, Any] = {
            "frequency": lift.frequency,
            "duration_class": duration_class(lift.duration / 3600.0),
            "coupling": lift.coupling,
        }
        if lift.to is None:
            return weight_limits(h, v, METRIC.travel_min, a, **task)
        h2, v2, a2 = self._end(lift.to)
        travel = np.abs(v2 - v)
        origin = weight_limits(h, v, travel, a, **task)
        if not lift.point.control_at_destination:
            return origin
        return np.minimum(origin, weight_limits(h2, v2, travel, a2, v_origin=v, **task))


@dataclass(frozen=True)
class Refusal:
    """A load that the equation cannot judge.

    Attributes:
        point: Where it is taken.
        reason: Why.
        light: Below the mass from which the standards ask for an examination.
    """

    point: WorkPoint
    reason: Text
    light: bool


ONE_HANDED: Final = text(
    'the load is lifted with one hand, which the method excludes (hand = "both" if both hands lift it)',
    "la charge est levée d'une main, ce que la méthode exclut (hand = « both » si les deux mains la lèvent)",
)
PRESSED: Final = text(
    'the load is pushed with a fingertip (grasp = "press"), not lifted',
    "la charge est poussée du bout du doigt (grasp = « press »), non levée",
)
_POSTURE: Final = {
    "sitting": text("the equation does not hold for lifting while seated", "l'équation ne vaut pas pour le levage assis"),
    "kneeling": text("the equation does not hold for lifting while kneeling", "l'équation ne vaut pas pour le levage à genoux"),
}  # fmt: skip


def lifts_of(station: StationTasks, defaults: Defaults, /) -> tuple[list[Lift], list[Refusal]]:
    """The loads of a workstation: what the equation can judge, and what it cannot with the reason."""
    by_id = {point.id: point for point in station.points}
    lifts: list[Lift] = []
    refused: list[Refusal] = []
    for point in station.points:
        if point.load <= 0.0:
            continue
        reason = _excluded(station, point)
        if reason is not None:
            refused.append(Refusal(point, reason, point.load < applies_from()))
            continue
        lifts.append(_lift(point, by_id.get(point.to), defaults))
    return lifts, refused


def _excluded(station: StationTasks, point: WorkPoint) -> Text | None:
    if station.stance.posture in _POSTURE:
        return _POSTURE[station.stance.posture]
    if point.grasp == "press":
        return PRESSED
    if point.hand != "both":
        return ONE_HANDED
    duration = point.duration if point.lift_duration is None else point.lift_duration
    if duration is not None and duration > LONGEST:
        return text(
            "the equation covers up to 8 h of lifting work; the layout says {h}",
            "l'équation couvre jusqu'à 8 h de levage ; le fichier de cellule indique {h}",
            h=Quantity(duration, "h", 3600.0, 1),
        )
    return None


def _lift(point: WorkPoint, to: WorkPoint | None, defaults: Defaults) -> Lift:
    assumed: list[Text] = []
    frequency = point.frequency
    if frequency <= 0.0:
        frequency = defaults.frequency
        assumed.append(
            text("frequency: not said, taken as {f} a minute", "fréquence : non renseignée, prise à {f} par minute",
                 f=Quantity(frequency, "", 1.0, 1))
        )  # fmt: skip
    duration = point.duration if point.lift_duration is None else point.lift_duration
    if duration is None:
        duration = defaults.duration
        assumed.append(
            text("lifting time: not said, taken as {h}", "durée de levage : non renseignée, prise à {h}",
                 h=Quantity(duration, "h", 3600.0, 1))
        )  # fmt: skip
    elif point.lift_duration is None:
        assumed.append(
            text("lifting time: not said, the task's duration of {h} is taken as one session",
                 "durée de levage : non renseignée, la durée de la tâche ({h}) est prise comme une seule séance",
                 h=Quantity(duration, "h", 3600.0, 1))
        )  # fmt: skip
    coupling = point.coupling
    if not coupling:
        coupling = defaults.coupling
        words = {"good": ("good", "bonne"), "fair": ("fair", "moyenne"), "poor": ("poor", "mauvaise")}[
            coupling
        ]
        assumed.append(
            text("coupling: not said, taken as {en}", "prise : non renseignée, prise comme {fr}", en=words[0], fr=words[1])
        )  # fmt: skip
    elif coupling == "unacceptable":
        coupling = "poor"
        assumed.append(
            text("coupling: unacceptable counts as poor, the worst of this method",
                 "prise : inacceptable compte pour mauvaise, la pire de cette méthode")
        )  # fmt: skip
    if to is None:
        assumed.append(
            text("destination: not said (to); the origin alone is judged, with a vertical travel of 25 cm at most",
                 "destination : non renseignée (to) ; seule l'origine est jugée, avec un déplacement vertical de 25 cm au plus")
        )  # fmt: skip
    elif to.hand != "both":
        assumed.append(
            text("destination: placed with both hands, though the layout has another hand at {id}",
                 "destination : dépose des deux mains, bien que le fichier prévoie une autre main à {id}", id=to.id)
        )  # fmt: skip
    return Lift(point, to, frequency, duration, coupling, tuple(assumed))


def posed(station: StationTasks, lifts: list[Lift], /, *, sample: bool = False) -> PosedLifts | None:
    """Postures with both hands at the ends of the lifts; None: the study has no sample.

    The postures of the other checks are used as they are; only a destination that the layout gives to one
    hand is posed anew.
    """
    ends: dict[str, WorkPoint] = {}
    for lift in lifts:
        for point in (lift.point, lift.to):
            if point is not None:
                ends.setdefault(point.id, point)
    if all(point.hand == "both" and point.grasp != "press" for point in ends.values()):
        poses = station.sample if sample else station.named
        column = {point.id: k for k, point in enumerate(station.points)}
    else:
        points = tuple(
            replace(p, hand="both", grasp="pinch" if p.grasp == "pinch" else "grip") for p in ends.values()
        )
        two_handed = replace(
            station,
            station=replace(station.station, work_points=points),
            targets=tuple(map(target_of, points)),
        )
        poses = two_handed.sample if sample else two_handed.named
        column = {point.id: k for k, point in enumerate(points)}
    if poses is None:
        return None
    if not all((poses.hand[:, column[id_]] == BOTH).all() for id_ in ends):
        raise ValueError("a lift was posed with one hand")
    return PosedLifts(poses, lift_posture(poses), column)
