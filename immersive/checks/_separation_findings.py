"""Findings of the separation check: sentences, verdicts and marks from what was measured."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from immersive.checks._base import Context
from immersive.checks._hazards import Hazard
from immersive.checks._separation_measure import Device, Way
from immersive.findings import (
    Citation,
    Confidence,
    Finding,
    Mark,
    PartMark,
    PolylineMark,
    SegmentMark,
    Text,
    Verdict,
    text,
    verdict_for,
)
from immersive.safety import iso13855_score, iso13857
from immersive.scene.queries import select
from immersive.scene.station import HazardZone, Safeguard
from immersive.units import mm, number

if TYPE_CHECKING:
    from immersive.checks.separation import Params

EDITIONS = ("2010", "2024")

WAYS: Mapping[str, Text] = {
    "through": text("through it", "à travers"),
    "over": text("over its upper edge", "par-dessus son bord supérieur"),
    "walking": text("across its field", "à travers sa zone"),
    "hands": text("from its actuators", "depuis ses organes de commande"),
    "door": text("through the open door", "par la porte ouverte"),
}


def no_zone(context: Context, guard: Safeguard, zone: HazardZone) -> Finding:
    """The zone has no geometry: nothing can be measured."""
    return _finding(
        context,
        guard,
        zone,
        "zone",
        Verdict.NOT_EVALUATED,
        text(
            "{guard}: the hazard zone “{zone}” has no geometry, so no distance can be measured to it.",
            "{guard} : la zone dangereuse « {zone} » n’a pas de géométrie, aucune distance ne peut donc être mesurée.",
            guard=_name(guard),
            zone=_name(zone),
        ),
    )


def findings(
    context: Context, params: Params, guard: Safeguard, zone: Hazard, device: Device
) -> Iterator[Finding]:
    """All that is to be said of one device and one zone."""
    who = {"guard": _name(guard), "zone": _name(zone.zone)}
    drawn = _drawn(context, guard, device)
    if device.refused is not None:
        said = text(
            "{guard}, “{zone}”: not examined, {why}.",
            "{guard}, « {zone} » : non examiné, {why}.",
            why=device.refused,
            **who,
        )
        yield _finding(context, guard, zone.zone, "device", Verdict.NOT_EVALUATED, said, marks=drawn)
        return
    for n, words in enumerate(device.told):
        said = text("{guard}, “{zone}”: {why}.", "{guard}, « {zone} » : {why}.", why=words, **who)
        key = ("edges", "edges-2")[n]
        cited = _citation({"edition": "2010", "clause": "6.2"}, "confirmed by two sources")
        yield _finding(context, guard, zone.zone, key, Verdict.FAIL, said, marks=drawn, citation=cited)
    locked = guard.guard_locking or (device.door is not None and device.door.guard_locking)
    if locked:
        said = text(
            "{guard}, “{zone}”: locked until the machine stands still, so its distance does not matter.",
            "{guard}, « {zone} » : verrouillé jusqu’à l’arrêt de la machine, sa distance est donc sans importance.",
            **who,
        )
        yield _finding(
            context,
            guard,
            zone.zone,
            "door",
            Verdict.PASS,
            said,
            marks=drawn,
            citation=Citation("ISO 14119", "2013", confidence=Confidence.MEMORY),
        )
        return
    if not any(math.isfinite(way.available) for way in device.ways):
        said = text(
            "{guard}, “{zone}”: nothing of the zone lies within reach, from the floor up to where it is out of reach.",
            "{guard}, « {zone} » : rien de la zone n’est à portée, du sol jusqu’à la hauteur hors d’atteinte.",
            **who,
        )
        yield _finding(context, guard, zone.zone, "device", Verdict.INDETERMINATE, said, marks=drawn)
        return
    editions = EDITIONS if params.edition == "both" else (params.edition,)
    for edition in editions:
        for way in device.ways:
            if math.isfinite(way.available) and (not way.editions or edition in way.editions):
                yield _judged(context, params, guard, zone, device, way, edition, drawn)


def _judged(
    context: Context,
    params: Params,
    guard: Safeguard,
    zone: Hazard,
    device: Device,
    way: Way,
    edition: str,
    drawn: tuple[Mark, ...],
) -> Finding:
    stopping = guard.stopping_time
    if stopping is None and device.door is not None:
        stopping = device.door.stopping_time
    available = way.available
    # The true distance lies between the one less the margin of the samples and the one of the samples.
    half = 0.5 * way.margin
    middle, unsure = available + half, half + way.uncertainty
    case: dict[str, Any] = {"edition": edition, **way.case, "S_available": round(available * 1000.0, 6)}
    if guard.response_time is not None:
        case["t1_s"] = guard.response_time
    if stopping is not None:
        case["t2_s"] = stopping
    if edition == "2024" and guard.supplement:
        case["Z"] = round(guard.supplement * 1000.0, 6)
    doubtful_gap = False
    if way.key == "door":
        case["C"], doubtful_gap = _door_C(params, available, guard, stopping)
    score = iso13855_score.METHOD.solve(case)
    citation = _citation(score.get("cited", {}), score["confidence"])
    limit = None if score.get("S") is None else score["S"] / 1000.0
    who: dict[str, object] = {
        "guard": _name(guard),
        "zone": _name(zone.zone),
        "way": WAYS[way.key],
        "edition": f"ISO 13855:{edition}",
        "there": mm(middle),
    }
    measured: float | None = middle
    hint: Text = {}
    allowed = score.get("T_max_s")
    time = (
        text("{t} ms", "{t} ms", t=number(math.floor(allowed * 1000.0 + 1e-6)))
        if allowed is not None
        else None
    )
    if score["not_established"]:
        verdict = Verdict.NOT_EVALUATED
        message = text(
            "{guard}, {way}: {there} to “{zone}”; {edition} gives no figure here that is established ({why}).",
            "{guard}, {way} : {there} jusqu’à « {zone} » ; {edition} : aucune valeur établie ({why}).",
            why=_joined(score["not_established"]),
            **who,
        )
    elif score.get("ok") is False and score["reasons"] and limit is None:
        verdict = Verdict.FAIL
        message = text(
            "{guard}, {way} to “{zone}”: not admissible by {edition}: {why}.",
            "{guard}, {way}, jusqu’à « {zone} » : non admis selon {edition} : {why}.",
            why=_joined(score["reasons"]),
            **who,
        )
    elif limit is None:
        verdict = Verdict.NOT_EVALUATED
        lacking = [name for name in ("t1_s", "t2_s", "T_s") if name in score["missing"]]
        what = text(
            "response time" if lacking == ["t1_s"] else "stopping time",
            "temps de réponse" if lacking == ["t1_s"] else "temps d’arrêt",
        )
        message = text(
            "{guard}, {way}: {there} to “{zone}”; the {what} is not given, so {edition} cannot be applied.",
            "{guard}, {way} : {there} jusqu’à « {zone} » ; le {what} manque, {edition} ne peut donc pas être appliquée.",
            what=what,
            **who,
        )
        if time is not None:
            hint = text(
                "With this distance the whole stopping time may be {time} at most.",
                "Avec cette distance le temps d’arrêt total peut être de {time} au plus.",
                time=time,
            )
    else:
        verdict = verdict_for(middle, limit, "min", unsure)
        refused = score.get("ok") is False and bool(score["reasons"])
        if refused:
            verdict = Verdict.FAIL
        elif doubtful_gap and verdict == Verdict.PASS:
            verdict = Verdict.INDETERMINATE
        message = text(
            "{guard}, {way}: {there} to “{zone}”, {S} required by {edition}{more}.",
            "{guard}, {way} : {there} jusqu’à « {zone} », {S} exigés par {edition}{more}.",
            S=mm(limit),
            more=_more(score, refused, doubtful_gap),
            **who,
        )
        hint = _hint(verdict, limit - available, time, score)
    marks: list[Mark] = [
        SegmentMark(way.near, way.far, text("{d}", "{d}", d=mm(middle))),
        *drawn,
    ]
    data = {
        "score": score,
        "way": way.key,
        "distance": middle,
        "margin": way.margin,
        "band": None if way.band is None else list(way.band),
        "stopping_time_allowed": allowed,
    }
    return _finding(
        context,
        guard,
        zone.zone,
        way.key,
        verdict,
        message,
        key=f"{way.key}-{edition}",
        measured=measured,
        limit=limit,
        limit_kind="min" if limit is not None else "",
        unit="m",
        uncertainty=unsure,
        citation=citation,
        marks=tuple(marks),
        data=data,
        hint=hint,
    )


def _door_C(params: Params, available: float, guard: Safeguard, stopping: float | None) -> tuple[float, bool]:
    """What a limb gets through the gap before the switch reacts, mm; and whether that is not known for sure."""
    if params.switch_gap is not None:
        gap = params.switch_gap * 1000.0
        sr = 0.0 if gap == 0.0 else iso13857.through_opening("4", "slot", gap).sr
        return (850.0, True) if sr is None else (float(sr), False)
    whole = (guard.response_time or 0.0) + (stopping or 0.0)
    arm = iso13855_score.METHOD.solve(
        {"edition": "2010", "device": "interlocked_guard", "C": 850, "T_s": whole}
    )
    far_enough = available * 1000.0 >= arm["S"]
    return (850.0, False) if far_enough else (0.0, True)


def _more(score: Mapping[str, Any], refused: bool, doubtful_gap: bool) -> Text:
    """What stands behind the figures of the sentence."""
    if refused:
        return text("; not admissible: {why}", " ; non admis : {why}", why=_joined(score["reasons"]))
    if doubtful_gap:
        return text(
            " if nothing fits through before the switch reacts: how far it opens until then is not given (switch_gap_mm)",
            " si rien ne passe avant que l’interrupteur réagisse : l’ouverture jusque-là n’est pas indiquée (switch_gap_mm)",
        )
    if score["reasons"]:
        return text("; {why}", " ; {why}", why=_joined(score["reasons"]))
    return text("", "")


def _hint(verdict: Verdict, missing: float, time: Text | None, score: Mapping[str, Any]) -> Text:
    if verdict == Verdict.PASS:
        if time is None:
            return {}
        return text(
            "The whole stopping time may grow to {time}; it is {now} ms.",
            "Le temps d’arrêt total peut croître jusqu’à {time} ; il est de {now} ms.",
            time=time,
            now=number(score["T_s"] * 1000.0),
        )
    if missing <= 0.0:
        return {}
    if time is None:
        return text(
            "Move it {missing} further away; no stopping time is short enough for this distance.",
            "L’éloigner de {missing} ; aucun temps d’arrêt n’est assez court pour cette distance.",
            missing=mm(math.ceil(round(missing * 1000.0, 6)) / 1000.0),
        )
    return text(
        "Move it {missing} further away, or stop within {time} in all.",
        "L’éloigner de {missing}, ou arrêter en {time} au total.",
        missing=mm(math.ceil(round(missing * 1000.0, 6)) / 1000.0),
        time=time,
    )


def _drawn(context: Context, guard: Safeguard, device: Device) -> tuple[Mark, ...]:
    label = text("{id}", "{id}", id=guard.name or guard.id)
    lines: list[Mark] = [PolylineMark(points, label=label) for points in device.drawn]
    parts = select(context.scene, guard.parts) if guard.parts else ()
    return (*lines, *(PartMark(part.id) for part in parts[:20]))


def _citation(cited: Mapping[str, Any], confidence: str) -> Citation:
    return Citation(
        "ISO 13855", str(cited.get("edition", "")), str(cited.get("clause", "")), Confidence(confidence)
    )


def _joined(words: list[Text]) -> Text:
    return {lang: "; ".join(one[lang] for one in words).rstrip(".") for lang in ("en", "fr")}


def _name(thing: Safeguard | HazardZone) -> str:
    return thing.name or thing.id


def _finding(
    context: Context,
    guard: Safeguard,
    zone: HazardZone,
    code: str,
    verdict: Verdict,
    message: Text,
    *,
    key: str = "",
    **more: Any,
) -> Finding:
    return Finding(
        code=f"separation.{code.partition('-')[0]}",
        rule=context.rule.id,
        subjects=(guard.id, zone.id),
        verdict=verdict,
        severity=context.severity,
        message=message,
        key=key or code,
        **more,
    )
