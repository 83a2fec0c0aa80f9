"""Citations, sentences and marks of the safety distances check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from immersive.checks._guard_openings import Ask
from immersive.checks._guard_over import Over
from immersive.checks._guard_through import Through
from immersive.findings import (
    Citation,
    Confidence,
    Mark,
    Point3,
    PointMark,
    PolylineMark,
    SegmentMark,
    Text,
    Verdict,
    text,
)
from immersive.safety.iso13857_score import method
from immersive.units import Quantity, mm

STANDARD, EDITION = "ISO 13857", "2019"

SHAPES: Mapping[str, Text] = {
    "slot": text("slot", "fente"),
    "square": text("square opening", "ouverture carrée"),
    "round": text("round opening", "ouverture ronde"),
    "irregular": text("irregular opening", "ouverture irrégulière"),
}


def solve_over(place: Over, risk: str) -> dict[str, Any]:
    """What ``immersive score iso13857`` says to the same figures."""
    case = {"table": {"low": "1", "high": "2"}[risk], "a": place.a, "b": place.b, "c_available": _mm(place.c)}
    return method().solve(case)


def solve_ask(ask: Ask, distance: float) -> dict[str, Any]:
    """What ``immersive score iso13857`` says to the same opening."""
    case: dict[str, Any] = {"table": ask.table, "sr_available": _mm(distance)}
    if ask.irregular is not None:
        case |= {"shape": "irregular"} | {f"e_{shape}": e for shape, e in ask.irregular.items()}
    else:
        case |= {"shape": ask.shape, "e": ask.e}
        if ask.slot_length is not None:
            case["slot_length"] = ask.slot_length
    return method().solve(case)


def _mm(value: float) -> float:
    return round(1000.0 * value, 3)


def citation(clause: str, confidence: str, notes: Sequence[Text] = ()) -> Citation:
    """Of the standard, with what the tables had to say."""
    note = {
        lang: " ".join(
            one[lang][:1].upper() + one[lang][1:] + ("" if one[lang].endswith(".") else ".") for one in notes
        )
        for lang in ("en", "fr")
    }
    return Citation(STANDARD, EDITION, clause, Confidence(confidence), note if notes else {})


def cited(said: Mapping[str, Any]) -> Citation:
    """Citation of an answer."""
    return citation(said["cited"]["clause"], said["confidence"], [*said["reasons"], *said["not_established"]])


def length(value: float) -> Quantity:
    """Millimetres; tenths where they say something."""
    return mm(value, 0 if abs(1000.0 * value - round(1000.0 * value)) < 0.05 else 1)


def over_marks(place: Over, floor: float) -> tuple[Mark, ...]:
    """Heights a and b, and the horizontal distance c between them."""
    edge, hazard = place.edge, place.hazard
    top = max(edge[2], hazard[2])
    marks: list[Mark] = [
        SegmentMark((edge[0], edge[1], floor), edge, text("b = {b}", "b = {b}", b=length(0.001 * place.b))),
        SegmentMark(
            (edge[0], edge[1], top),
            (hazard[0], hazard[1], top),
            text(
                "c = {c}, {need} due",
                "c = {c}, {need} requis",
                c=length(place.c),
                need=length(place.required),
            ),
        ),
    ]
    if hazard[2] > floor:
        marks.append(
            SegmentMark(
                (hazard[0], hazard[1], floor), hazard, text("a = {a}", "a = {a}", a=length(0.001 * place.a))
            )
        )
    return tuple(marks)


def through_marks(place: Through) -> tuple[Mark, ...]:
    """The opening outlined and the distance behind it."""
    e = length(0.001 * place.demand.decisive.e)
    marks: list[Mark] = [
        PolylineMark(place.outline, closed=True, label=text("e = {e}", "e = {e}", e=e)),
    ]
    sr = place.demand.sr
    said = (
        text("{d}", "{d}", d=length(place.distance))
        if sr is None
        else text("{d}, {need} due", "{d}, {need} requis", d=length(place.distance), need=length(sr))
    )
    if place.near != place.hazard:
        marks.append(SegmentMark(place.near, place.hazard, said))
    else:
        marks.append(PointMark(place.hazard, said))
    return tuple(marks)


def point(value: Sequence[float]) -> Point3:
    return float(value[0]), float(value[1]), float(value[2])


def worst_first(verdict: Verdict) -> int:
    """Order of verdicts."""
    return {Verdict.FAIL: 0, Verdict.INDETERMINATE: 1}.get(verdict, 2)
