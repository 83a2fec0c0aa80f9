"""What the access check tells of a tool: how far it turns and slides."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from immersive.checks._access_case import Case
from immersive.checks._access_told import OWN, finding, ids, point3
from immersive.checks._access_tool import Stroke, Swing
from immersive.findings import (
    Finding,
    Mark,
    MeshMark,
    PartMark,
    SegmentMark,
    Text,
    Verdict,
    text,
    verdict_for,
)
from immersive.units import degrees, mm

TOOLS: Final[dict[str, Text]] = {
    "spanner": text("spanner", "clé plate"),
    "socket_wrench": text("socket wrench", "clé à douille"),
    "hex_key": text("hex key", "clé six pans"),
    "screwdriver": text("screwdriver", "tournevis"),
}


def swing(case: Case, found: Swing) -> Finding:
    """How far a spanner, wrench or key turns."""
    arc, limit = found.arc, case.point.swing
    unsure = arc.possible - arc.angle
    verdict = (
        Verdict.PASS
        if arc.angle >= limit - 1e-9
        else Verdict.FAIL
        if arc.possible < limit
        else Verdict.INDETERMINATE
    )
    words: dict[str, Any] = {
        "tool": TOOLS[case.point.tool],
        "point": case.point.id,
        "length": mm(case.point.tool_length),
        "angle": degrees(arc.angle, 1),
        "limit": degrees(limit, 0),
        "tilt": text(", handle raised by 15°", ", manche relevé de 15°") if found.tilt else "",
        "parts": ids(case, found.blockers),
    }
    if not found.blockers:
        message = text(
            "The {tool} of {length} turns freely all around at {point}{tilt}.",
            "La {tool} de {length} tourne librement sur un tour complet en {point}{tilt}.",
            **words,
        )
    elif arc.angle == 0.0:
        message = text(
            "The {tool} of {length} with the hand at its end does not fit at {point}; in the way: {parts}.",
            "La {tool} de {length} avec la main au bout ne tient pas en {point} ; obstacle : {parts}.",
            **words,
        )
    else:
        message = text(
            "The {tool} of {length} turns by {angle} at {point}{tilt} before it meets {parts}; {limit} are needed.",
            "La {tool} de {length} tourne de {angle} en {point}{tilt} avant de rencontrer {parts} ; {limit} sont nécessaires.",
            **words,
        )
    hint: Text = {}
    if verdict != Verdict.PASS:
        hexagon = [n for n in (60.0, 30.0) if math.radians(n) <= arc.angle < limit]
        if hexagon and case.point.tool == "spanner":
            hint = text(
                "{n} are free: enough for a hexagon if the spanner is put on anew each time{flip}.",
                "{n} sont libres : suffisant pour un six-pans si la clé est remise en prise à chaque fois{flip}.",
                n=degrees(math.radians(hexagon[0])),
                flip=text(" and turned over", " et retournée") if hexagon[0] == 30.0 else "",
            )
        elif case.point.tool == "spanner" or found.blockers:
            hint = text(
                "Move what is in the way ({parts}) or use a shorter tool.",
                "Déplacer l'obstacle ({parts}) ou prendre un outil plus court.",
                **words,
            )
    marks: list[Mark] = [PartMark(case.id_of(b)) for b in found.blockers]
    if arc.angle > 0.0:
        marks.insert(0, _fan(case, found, verdict))
    return finding(
        case, "swing", verdict, message, OWN, measured=arc.angle, limit=limit, limit_kind="min", unit="rad",
        uncertainty=max(unsure, 0.0), marks=marks, hint=hint,
        data={"tool": case.point.tool, "possible": arc.possible, "tilt": found.tilt,
              "limiting_parts": [case.id_of(b) for b in found.blockers]},
    )  # fmt: skip


def stroke(case: Case, found: Stroke, *, driver: bool) -> Finding:
    """How far the tool slides along its axis."""
    limit = case.point.stroke
    assert case.axis is not None
    verdict = verdict_for(found.free, limit, "min", case.uncertainty) if found.fits else Verdict.FAIL
    words: dict[str, Any] = {
        "tool": TOOLS[case.point.tool],
        "point": case.point.id,
        "length": mm(case.point.tool_length),
        "free": mm(found.free),
        "limit": mm(limit),
        "most": text("at least ", "au moins ") if found.at_least else "",
        "parts": ids(case, (found.body,) if found.body >= 0 else ()),
    }
    if not found.fits:
        message = text(
            "The {tool} of {length} with the hand around it does not fit on {point}; in the way: {parts}.",
            "L'outil ({tool}, {length}) avec la main autour ne tient pas sur {point} ; obstacle : {parts}.",
            **words,
        )
    elif found.body < 0:
        message = text(
            "The {tool} of {length} slides off {point} over {most}{free} along its axis; {limit} are needed.",
            "L'outil ({tool}, {length}) se dégage de {point} sur {most}{free} selon son axe ; {limit} sont nécessaires.",
            **words,
        )
    else:
        message = text(
            "The {tool} of {length} slides off {point} over {free} along its axis, up to {parts}; {limit} are needed.",
            "L'outil ({tool}, {length}) se dégage de {point} sur {free} selon son axe, jusqu'à {parts} ; {limit} sont nécessaires.",
            **words,
        )
    hint: Text = {}
    if verdict == Verdict.FAIL and found.fits and found.body >= 0:
        hint = text(
            "Move {parts} away by {more}, or use a tool shorter by as much.",
            "Écarter {parts} de {more}, ou prendre un outil plus court d'autant.",
            more=mm(limit - found.free),
            **words,
        )
    end = case.position + (case.point.tool_length if driver else 0.0) * case.axis
    marks: list[Mark] = [
        SegmentMark(point3(end), point3(end + found.free * case.axis), text("{f}", "{f}", f=mm(found.free)))
    ]
    marks += [PartMark(case.id_of(found.body))] if found.body >= 0 else []
    return finding(
        case, "stroke", verdict, message, OWN, measured=found.free, limit=limit, limit_kind="min", unit="m",
        uncertainty=case.uncertainty, marks=marks, hint=hint,
        data={"tool": case.point.tool, "at_least": found.at_least,
              "limiting_parts": [case.id_of(found.body)] if found.body >= 0 else []},
    )  # fmt: skip


def _fan(case: Case, found: Swing, verdict: Verdict) -> MeshMark:
    """The free arc as a sector."""
    count = max(2, math.ceil(found.arc.angle / math.radians(5.0)))
    angles = found.arc.start + np.linspace(0.0, found.arc.angle, count + 1)
    rim = [point3(found.tip(float(a), case.position)) for a in angles]
    faces = tuple((0, k, k + 1) for k in range(1, len(rim)))
    level = 1 if verdict == Verdict.PASS else 2 if verdict == Verdict.INDETERMINATE else 3
    return MeshMark(
        (case.point.position, *rim), faces, (level,) * len(faces),
        text("{a} free", "{a} libres", a=degrees(found.arc.angle, 1)),
    )  # fmt: skip
