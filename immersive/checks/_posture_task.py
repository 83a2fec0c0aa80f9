"""What the posture scores have in common: their parameters, what a task says, and the postures they read."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from immersive.checks._base import param
from immersive.checks._tasks import HumanParams, StationTasks, Tasks
from immersive.findings import Text, text
from immersive.human.posing import Poses
from immersive.human.posture_angles import angles_of
from immersive.human.posture_cases import STATIC_SECONDS, Postures, Reading, Work, working_hands
from immersive.human.posture_scores import Scoring
from immersive.human.reba import COUPLINGS
from immersive.scene.station import WorkPoint
from immersive.units import degrees, mm, number

_DEFAULT = Reading()
_LENGTHS = ("across", "outside")

FEET_RESTING = 0.015
"""Soles this near to the floor or footrest rest on it, metres: the heel of a shoe gives as much."""


def threshold(name: str, doc: str) -> Any:
    """A parameter that is a threshold of :class:`Reading`, with its default."""
    value = getattr(_DEFAULT, name)
    if name in _LENGTHS:
        return param(value, kind="length", doc=doc, minimum=0.0)
    return param(math.radians(value), kind="angle", doc=doc, minimum=0.0)


@dataclass(frozen=True)
class PostureParams(HumanParams):
    """Parameters of every method that scores postures."""

    level: int = param(2, doc="Highest action level that passes.")
    share: float = param(
        0.9, doc="Share of the population that must keep to it, 0 to 1; 0: told, not demanded."
    )


@dataclass(frozen=True)
class ObservedParams(PostureParams):
    """Parameters of RULA and REBA: what an observer's words mean in degrees."""

    hold: float = param(
        0.0, kind="time", doc="How long a posture is held where the work point does not say.", minimum=0.0
    )
    neutral: float = threshold(
        "neutral", "Wrist and trunk within this count as straight, a neck bent back within this as not."
    )
    abducted: float = threshold("abducted", "An upper arm counts as abducted beyond this.")
    raised: float = threshold("raised", "A shoulder counts as raised beyond this elevation of the clavicle.")
    deviated: float = threshold("deviated", "A wrist counts as deviated beyond this.")
    pronated: float = threshold(
        "pronated", "A forearm turned beyond this from mid-range is near the end of its range."
    )
    twisted: float = threshold("twisted", "Trunk and neck count as twisted beyond this.")
    bent: float = threshold("bent", "Trunk and neck count as bent sideways beyond this.")
    sideways: float = threshold("sideways", "Abducted beyond this, an upper arm is read by its elevation.")


def reading_of(params: PostureParams) -> Reading:
    """The thresholds in the methods' units; the defaults where a method reads none."""
    values = {}
    for item in dataclasses.fields(Reading):
        value = getattr(params, item.name, None)
        if value is None:
            continue
        values[item.name] = value if item.name in _LENGTHS else round(math.degrees(value), 9)
    return Reading(**values)


def _hold(params: PostureParams) -> float:
    return params.hold if isinstance(params, ObservedParams) else 0.0


def work_of(point: WorkPoint, params: PostureParams, coupling: str) -> Work:
    """The task at a work point; what it does not say is as :func:`assumptions` tells.

    Args:
        point: From the layout.
        params: Of the rule.
        coupling: Hold on a load of which the point says nothing.
    """
    held = _hold(params) if point.hold is None else point.hold
    hold = point.coupling or (coupling if point.load > 0.0 else "good")
    return Work(
        load_kg=point.load,
        repeats_per_min=point.frequency,
        static=held > STATIC_SECONDS,
        shock=point.shock,
        arm_supported=point.arm_supported,
        coupling=COUPLINGS.index(hold),
    )


def postures_of(station: StationTasks, which: str) -> Postures | None:
    """The named people (``"named"``) or the sample at each work point, computed once a run; None: no sample."""
    poses = station.named if which == "named" else station.sample
    return None if poses is None else station.once(f"{which} postures", lambda: read_postures(poses))


def read_postures(poses: Poses) -> Postures:
    """What the methods read of people at work points."""
    return Postures(angles_of(poses), working_hands(poses.hand), poses.stance.posture, _feet_supported(poses))


def _feet_supported(poses: Poses) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """(n, m) whether the feet rest on floor or footrest; who stands or kneels is on the floor."""
    if poses.stance.posture != "sitting":
        return np.ones(poses.missing.shape, bool)
    shown = poses.figure()
    soles = np.stack(
        [shown.point(f"{side}_{end}")[..., 2] for side in ("right", "left") for end in ("heel", "toe")]
    )
    shoe = poses.people.allowances.shoe_height
    support = poses.stance.position[2] + poses.stance.footrest_height
    return np.asarray(soles.min(axis=0) - shoe <= support + FEET_RESTING)


def scores_of(
    scoring: Scoring, postures: Postures, points: tuple[WorkPoint, ...], params: PostureParams, coupling: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Case fields and scores of every person at every work point; the second axis is the points'."""
    reading = reading_of(params)
    fields: list[dict[str, Any]] = []
    for j, point in enumerate(points):
        at = Postures(
            postures.angles[:, j], postures.working[:, j], postures.posture, postures.feet_supported[:, j]
        )
        fields.append(scoring.fields(at, work_of(point, params, coupling), reading))
    merged = {name: np.stack([f[name] for f in fields], axis=1) for name in fields[0]}
    return merged, scoring.assess(merged)


def assumptions(scoring: Scoring, tasks: Tasks, params: PostureParams, coupling: str) -> tuple[Text, ...]:
    """What the score takes for granted: thresholds, what the layout does not say, the method's own notes."""
    reading = reading_of(params)
    told: list[Text] = [
        text(
            "Scored in the posture of least discomfort that the manikin takes; habit and strength may make people "
            "choose another. A posture that does not reach its point is not scored.",
            "Coté dans la posture de moindre inconfort que prend le mannequin ; l'habitude et la force peuvent en "
            "faire choisir une autre. Une posture qui n'atteint pas le point n'est pas cotée.",
        ),
        text(
            "The named people keep clear of the parts of the cell; shares are counted without regard to them.",
            "Les personnes nommées évitent les éléments de la cellule ; les parts de population n'en tiennent pas "
            "compte.",
        ),
        *_thresholds(scoring, reading),
        *_unsaid(scoring, tasks, params, coupling),
    ]
    return (*told, *scoring.method().notes)


def _thresholds(scoring: Scoring, reading: Reading) -> list[Text]:
    if scoring.name == "owas":
        return [
            text(
                "An arm is at shoulder level if elbow or wrist is as high as its shoulder. Both legs bear the weight.",
                "Un bras est au niveau de l'épaule si le coude ou le poignet est à la hauteur de son épaule. Le poids "
                "est sur les deux jambes.",
            )
        ]
    d = {name: degrees(math.radians(getattr(reading, name)), 0 if getattr(reading, name) % 1 == 0 else 1)
         for name in ("neutral", "abducted", "rotated", "raised", "deviated", "pronated", "twisted", "bent", "sideways")}  # fmt: skip
    common = text(
        "Thresholds of this project (the method names none): wrist and trunk within {neutral} are straight, a neck bent "
        "back within {neutral} is not in extension, upper arm abducted above {abducted}, shoulder raised above {raised}, "
        "wrist deviated above {deviated}, forearm near the end of its range above {pronated} of rotation, trunk and neck "
        "twisted above {twisted}, bent sideways above {bent}. An upper arm abducted above {sideways} is read by its "
        "elevation from the trunk.",
        "Seuils de ce projet (la méthode n'en donne pas) : poignet et tronc droits jusqu'à {neutral}, cou non en "
        "extension jusqu'à {neutral} vers l'arrière, bras en abduction au-delà de {abducted}, épaule levée au-delà de "
        "{raised}, poignet dévié au-delà de {deviated}, avant-bras proche de l'amplitude extrême au-delà de {pronated} "
        "de rotation, tronc et cou tournés au-delà de {twisted}, inclinés latéralement au-delà de {bent}. Un bras en "
        "abduction au-delà de {sideways} est lu par son élévation par rapport au tronc.",
        **d,
    )
    if scoring.name == "rula":
        own = text(
            "A wrist works across the midline {across} beyond it, out to the side {outside} outwards of its shoulder. "
            "Legs that kneel, or sit with the feet in the air, are not well supported.",
            "Un poignet travaille au-delà du plan médian à partir de {across}, sur le côté à partir de {outside} en "
            "dehors de l'épaule. À genoux, ou assis pieds non appuyés, les jambes ne sont pas bien soutenues.",
            across=mm(reading.across),
            outside=mm(reading.outside),
        )
    else:
        own = text(
            "An upper arm is rotated above {rotated}. Standing and kneeling bear weight on both legs.",
            "Un bras est en rotation au-delà de {rotated}. Debout et à genoux, le poids est sur les deux jambes.",
            **d,
        )
    return [common, own]


def _unsaid(scoring: Scoring, tasks: Tasks, params: PostureParams, coupling: str) -> list[Text]:
    """Defaults of what the layout does not say of its work points; the points are counted."""
    points = [point for station in tasks.stations for point in station.points]
    lines = [
        text(
            "A load counts whole for each hand that handles it; an idle hand carries nothing. Every action is counted "
            "at its own work point.",
            "Une charge compte entièrement pour chaque main qui la manipule ; une main inactive ne porte rien. Chaque "
            "action est comptée à son propre point de travail.",
        )
    ]
    if scoring.name == "owas":
        return lines
    unheld = sum(point.hold is None for point in points)
    if unheld:
        static = _hold(params) > STATIC_SECONDS
        lines.append(
            text(
                "How long the posture is held is not said of {n} work point(s): taken as {held}, {kind}.",
                "La durée de maintien n'est pas indiquée pour {n} point(s) de travail : prise égale à {held}, {kind}.",
                n=unheld,
                held=_seconds(_hold(params)),
                kind=text("static", "statique") if static else text("not static", "non statique"),
            )
        )
    idle = sum(point.frequency == 0.0 for point in points)
    if idle:
        lines.append(
            text(
                "No frequency is given for {n} work point(s): taken as not repeated.",
                "Aucune fréquence n'est indiquée pour {n} point(s) de travail : non répété.",
                n=idle,
            )
        )
    if scoring.name == "reba":
        loose = sum(not point.coupling and point.load > 0.0 for point in points)
        if loose:
            words = {
                "good": "bonne",
                "fair": "acceptable",
                "poor": "mauvaise",
                "unacceptable": "inacceptable",
            }
            lines.append(
                text(
                    "The coupling is not said of {n} work point(s) with a load: taken as {en}; without a load, good.",
                    "La qualité de prise n'est pas indiquée pour {n} point(s) de travail avec charge : prise {fr} ; "
                    "sans charge, bonne.",
                    n=loose,
                    en=coupling,
                    fr=words[coupling],
                )
            )
        lines.append(
            text(
                "Rapid large changes of posture and an unstable base are taken as absent.",
                "Changements rapides et amples de posture et appui instable sont supposés absents.",
            )
        )
    lines.append(
        text(
            "Shock and a supported arm are taken as absent where a work point does not say them.",
            "Choc et appui du bras sont supposés absents là où le point de travail ne les indique pas.",
        )
    )
    return lines


def _seconds(value: float) -> Text:
    return text("{n} s", "{n} s", n=number(value, 0 if float(value).is_integer() else 1))
