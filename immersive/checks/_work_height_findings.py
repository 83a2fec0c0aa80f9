"""What the working-height check says of one work point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from immersive.checks._base import Context, param
from immersive.checks._shares import share_chart
from immersive.checks._tasks import HumanParams, StationTasks, person, subjects
from immersive.findings import (
    Citation,
    Confidence,
    Finding,
    Mark,
    PointMark,
    SegmentMark,
    ShareChart,
    Text,
    Verdict,
    text,
    verdict_for,
)
from immersive.geometry.tolerance import ARITHMETIC
from immersive.human.people import People
from immersive.human.shares import percent, share, share_words
from immersive.human.work_height import (
    BestHeight,
    best_height,
    data,
    elbow_heights,
    fixed_range,
    misfit,
    standing_zone,
    weights_of,
)
from immersive.scene.station import WorkPoint
from immersive.units import mm

ELBOW = Citation(
    "Pheasant and Haslegrave",
    "2006",
    "Bodyspace, working heights",
    Confidence.TWO_SOURCES,
    text(
        "As quoted by a public prevention page; a university's guideline has the same figures in inches. Other "
        "sources differ: light work up to elbow height, heavy work down to 400 mm below it.",
        "Citées par une page publique de prévention ; un guide universitaire donne les mêmes valeurs en pouces. "
        "D'autres sources diffèrent : travail léger jusqu'à la hauteur du coude, travail de force jusqu'à 400 mm dessous.",
    ),
)
FIXED = Citation(
    "NIOSH Publication 97-117",
    "1997",
    "tray 7",
    Confidence.ONE_SOURCE,
    text("Fixed standing workplaces, from inches.", "Postes debout à hauteur fixe, valeurs en pouces."),
)
OWN = Citation("layout", confidence=Confidence.PROJECT)

WORK: Final = {
    "precision": text("precision work", "travail de précision"),
    "light": text("light work", "travail léger"),
    "heavy": text("heavy work", "travail de force"),
}
ROUND: Final = 0.005
"""A best height is told in multiples of this, and counted again there."""


@dataclass(frozen=True)
class Params(HumanParams):
    """Parameters of a rule."""

    work_points: tuple[str, ...] = param(
        (), doc="Work points to judge, as station/point; empty: those where work goes on."
    )
    method: Literal["elbow", "fixed"] = param(
        "elbow", doc="Heights referred to the elbow, or the ranges for fixed standing places."
    )
    share: float = param(
        0.9, doc="Share of the population whose zone must hold the height, 0 to 1.", minimum=0.0
    )
    compromise: float = param(
        0.1,
        doc="Share that a fixed height may lose against the best one and still be a compromise.",
        minimum=0.0,
    )
    adjust_up: float = param(0.0, kind="length", doc="How far the station can be raised.", minimum=0.0)
    adjust_down: float = param(0.0, kind="length", doc="How far the station can be lowered.", minimum=0.0)
    above_elbow_from: float | None = param(
        None,
        kind="length",
        doc="Lowest place of the hands above the elbow, negative below; instead of the literature's.",
    )
    above_elbow_to: float | None = param(
        None, kind="length", doc="Highest place of the hands above the elbow."
    )


@dataclass(frozen=True)
class _Fit:
    """How one group of people fits a height, with its adjustment."""

    people: People
    elbows: NDArray[np.float64]
    off: NDArray[np.float64]

    @property
    def ok(self) -> NDArray[np.bool_]:
        return np.asarray(np.abs(self.off) <= ARITHMETIC)


def _fit(people: People, seat: float | None, height: float, zone: tuple[float, float]) -> _Fit:
    elbows = elbow_heights(people, seat_height=seat)
    return _Fit(people, elbows, misfit(height, elbows, zone))


def elbow_finding(
    context: Context, params: Params, station: StationTasks, point: WorkPoint, own: tuple[float, float] | None
) -> Finding:
    stance, study = station.stance, station.study
    seat = stance.seat_height if stance.posture == "sitting" else None
    height = point.position[2] - stance.position[2]
    zone = own or standing_zone(point.precision)
    # A station that can be lowered suits whom a lower height would.
    wide = (zone[0] - params.adjust_up, zone[1] + params.adjust_down)
    named = _fit(study.named, seat, height, wide)
    same: dict[str, Any] = {
        "rule": context.rule.id,
        "subjects": subjects(station.station, point),
        "severity": context.severity,
        "citation": OWN if own else ELBOW,
        "marks": _marks(station, point, study.named, named.elbows),
    }
    span = _span(zone)
    facts: dict[str, Any] = {
        "height": height,
        "posture": stance.posture,
        "work": point.precision,
        "above_elbow": list(zone),
        "zone_from": "layout" if own else "literature",
        "adjust": [-params.adjust_down, params.adjust_up],
        "allowances": {
            "shoe_height": study.named.allowances.shoe_height,
            "slump": study.named.allowances.slump,
        },
        "people": [
            {"id": id_, "elbow_height": float(e), "hands_above_elbow": float(height - e), "off_by": float(o)}
            for id_, e, o in zip(study.named.ids, named.elbows, named.off, strict=True)
        ],
        "in_niosh_fixed_range": _in_fixed(stance.posture, point, height),
    }
    words = {
        "point": point.id,
        "station": station.station.id,
        "height": mm(height),
        "work": WORK[point.precision],
        "span": span,
    }
    if study.sample is None:
        worst = int(np.argmax(np.abs(named.off)))
        off = float(np.max(np.abs(named.off)))
        message = text(
            "{point} at {station} is {height} high; hands for {work} belong {span} the elbow; for the {who} that is {off} off.",
            "{point} au poste {station} est à {height} de haut ; pour un {work}, les mains se placent {span} du coude : écart de {off} pour {who}.",
            **words, off=mm(off), who=person(study.named, worst),
        )  # fmt: skip
        return Finding(
            code="work_height.elbow", verdict=verdict_for(off, 0.0, "max"), message=message, measured=off, limit=0.0,
            limit_kind="max", unit="m", data=facts, **same,
        )  # fmt: skip
    sample = _fit(study.sample, seat, height, wide)
    weights = weights_of(study.sample)
    counted = share(sample.ok, study.sample, missing=np.abs(sample.off))
    best = _rounded_best(sample.elbows, weights, zone, wide)
    margin = 0.5 * (counted.all.high - counted.all.low) if counted.sampled else 0.0
    verdict = verdict_for(counted.all.value, params.share, "min", margin)
    compromise = (
        verdict == Verdict.FAIL
        and best.share < params.share
        and counted.all.value >= best.share - params.compromise - ARITHMETIC
    )
    if compromise:
        verdict = Verdict.INDETERMINATE
    facts |= {
        "share": {"women": _value(counted.women), "men": _value(counted.men), "all": counted.all.value},
        "best_height": best.height,
        "best_share": best.share,
    }
    message = text(
        "{point} at {station} is {height} high: {span} the elbow, as {work} asks, for {share}.",
        "{point} au poste {station} est à {height} de haut : {span} du coude, comme le demande un {work}, pour {share}.",
        **words, share=share_words(counted),
    )  # fmt: skip
    if compromise:
        message = text(
            "{said} No fixed height suits {wanted}: it is a compromise, acceptable where nobody can be given an adjustable place.",
            "{said} Aucune hauteur fixe ne convient à {wanted} : c'est un compromis, acceptable si aucun réglage n'est possible.",
            said=message, wanted=_percent(params.share),
        )  # fmt: skip
    return Finding(
        code="work_height.elbow", verdict=verdict, message=message, measured=100.0 * counted.all.value,
        limit=100.0 * params.share, limit_kind="min", unit="%", uncertainty=100.0 * margin, data=facts,
        hint=_hint(height, best, study.named, named.elbows, zone, counted.all.value, verdict),
        charts=(_chart(sample, point),), **same,
    )  # fmt: skip


def _span(zone: tuple[float, float]) -> Text:
    """Where hands belong, before the word elbow: ``50 to 100 mm below``."""
    low, high = (round(1000.0 * value) for value in zone)
    if low >= 0:
        return text("{a} to {b} above", "{a} à {b} au-dessus", a=low, b=mm(zone[1]))
    if high <= 0:
        return text("{a} to {b} below", "{a} à {b} au-dessous", a=-high, b=mm(-zone[0]))
    return text(
        "from {a} below to {b} above", "de {a} au-dessous à {b} au-dessus", a=mm(-zone[0]), b=mm(zone[1])
    )


def _value(fraction: Any) -> float | None:
    return None if fraction is None else float(fraction.value)


def _percent(value: float) -> Text:
    return {lang: percent(value, lang) for lang in ("en", "fr")}


def _rounded_best(
    elbows: NDArray[np.float64],
    weights: NDArray[np.float64],
    zone: tuple[float, float],
    wide: tuple[float, float],
) -> BestHeight:
    """The best height in steps of ``ROUND``, counted there; the station keeps its adjustment."""
    exact = best_height(elbows, weights, wide)
    around = [round(round(exact.height / ROUND + k) * ROUND, 9) for k in (-1, 0, 1)]
    shares = [float(weights[np.abs(misfit(h, elbows, wide)) <= ARITHMETIC].sum()) for h in around]
    best = max(range(3), key=lambda k: (round(shares[k], 12), -abs(around[k] - exact.height)))
    return BestHeight(around[best], exact.low, exact.high, shares[best])


def _hint(
    height: float, best: BestHeight, named: People, elbows: NDArray[np.float64], zone: tuple[float, float],
    now: float, verdict: Verdict,
) -> Text:  # fmt: skip
    if verdict == Verdict.PASS:
        return {}
    low, high = int(np.argmin(elbows)), int(np.argmax(elbows))
    middle = 0.5 * (zone[0] + zone[1])
    range_ = text(
        "a place that adjusts from {a} to {b} suits everyone from the {small} to the {tall}",
        "un poste réglable de {a} à {b} convient à tous, de {small} à {tall}",
        a=mm(float(elbows[low]) + middle), b=mm(float(elbows[high]) + middle),
        small=named.ids[low], tall=named.ids[high],
    )  # fmt: skip
    move = best.height - height
    if best.share <= now + ARITHMETIC or abs(move) <= ARITHMETIC:
        return text("{range}.", "{range}.", range=_capital(range_))
    return text(
        "At {height} ({move} {way}) it would suit {share} instead of {now}; {range}.",
        "À {height} ({move} {way}), elle conviendrait à {share} au lieu de {now} ; {range}.",
        height=mm(best.height), move=mm(abs(move)),
        way=text("higher", "plus haut") if move > 0 else text("lower", "plus bas"),
        share=_percent(best.share), now=_percent(now), range=range_,
    )  # fmt: skip


def _capital(words: Text) -> Text:
    return {lang: said[:1].upper() + said[1:] for lang, said in words.items()}


def _chart(sample: _Fit, point: WorkPoint) -> ShareChart:
    which = np.where(sample.ok, 1, np.where(sample.off > 0.0, 2, 0))
    return share_chart(
        text("Working height of {id}", "Hauteur de travail de {id}", id=point.id),
        (
            (text("too low", "trop bas"), 3),
            (text("suits", "convient"), 1),
            (text("too high", "trop haut"), 3),
        ),
        sample.people,
        which.astype(np.int64),
    )


def _in_fixed(posture: str, point: WorkPoint, height: float) -> bool | None:
    if posture != "standing":
        return None
    low, high = fixed_range(point.precision)
    return low - ARITHMETIC <= height <= high + ARITHMETIC


def fixed_finding(context: Context, params: Params, station: StationTasks, point: WorkPoint) -> Finding:
    height = point.position[2] - station.stance.position[2]
    low, high = fixed_range(point.precision)
    # What lies within the station's adjustment can be reached.
    lowest, highest = height - params.adjust_down, height + params.adjust_up
    over = lowest > high + ARITHMETIC
    verdict = Verdict.FAIL if over or highest < low - ARITHMETIC else Verdict.PASS
    kind = "max" if over or abs(high - height) < abs(height - low) else "min"
    message = text(
        "{point} at {station} is {height} high; a fixed standing place for {work} is {low} to {high} high.",
        "{point} au poste {station} est à {height} de haut ; un poste debout fixe pour un {work} est à {low} – {high}.",
        point=point.id, station=station.station.id, height=mm(height), work=WORK[point.precision], low=mm(low), high=mm(high),
    )  # fmt: skip
    move = (high - lowest) if over else (low - highest)
    hint: Text = {}
    if verdict == Verdict.FAIL:
        hint = text(
            "It would fit {move} {way}.", "Il conviendrait {move} {way}.", move=mm(abs(move)),
            way=text("lower", "plus bas") if over else text("higher", "plus haut"),
        )  # fmt: skip
    return Finding(
        "work_height.fixed", context.rule.id, subjects(station.station, point), verdict, context.severity, message,
        measured=(lowest if kind == "max" else highest), limit=high if kind == "max" else low, limit_kind=kind, unit="m",
        citation=FIXED, marks=_marks(station, point, station.study.named, elbow_heights(station.study.named)),
        data={"height": height, "work": point.precision, "range": [low, high],
              "range_in": data()["standing_fixed_height"][point.precision]["range_in"],
              "adjust": [-params.adjust_down, params.adjust_up]},
        hint=hint,
    )  # fmt: skip


def _marks(
    station: StationTasks, point: WorkPoint, named: People, elbows: NDArray[np.float64]
) -> tuple[Mark, ...]:
    """The point, and for each named person a line from the elbow's height to the point's, beside it."""
    x, y, z = point.position
    floor = station.stance.position[2]
    marks: list[Mark] = [PointMark(point.position, text("{id}", "{id}", id=point.id))]
    for id_, elbow in zip(named.ids, elbows.tolist(), strict=True):
        above = z - floor - elbow
        sign = "−" if round(1000.0 * above) < 0 else "+" if round(1000.0 * above) > 0 else ""
        label = text("{id} {sign}{d}", "{id} {sign}{d}", id=id_, sign=sign, d=mm(abs(above)))
        marks.append(SegmentMark((x, y, floor + elbow), point.position, label))
    return tuple(marks)
