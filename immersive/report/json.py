"""A review as JSON: everything the other reports show, in SI units, byte for byte repeatable.

The document's JSON Schema travels with the program as ``assets/schemas/review-1.json``.
Numbers are rounded to 9 decimals of their SI unit (a nanometre, far below any CAD
tolerance), so that the last bits of floating point do not make two equal reviews differ.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

import numpy as np

from immersive import __version__
from immersive.checks._base import params_as_data
from immersive.findings import (
    Acceptance,
    BoxMark,
    Citation,
    ConeMark,
    FigureMark,
    Finding,
    Mark,
    MeshMark,
    PartMark,
    PointMark,
    PolylineMark,
    RibbonMark,
    SegmentMark,
    ShareChart,
    SphereMark,
    Verdict,
)
from immersive.review.document import SCHEMA, Counts, Review, RuleReview
from immersive.scene.model import Notice, Scene, Severity, Source
from immersive.scene.station import Station

DECIMALS: Final = 9

MARK_TYPES: Final[Mapping[type, str]] = {
    PointMark: "point",
    SegmentMark: "segment",
    PolylineMark: "polyline",
    BoxMark: "box",
    SphereMark: "sphere",
    RibbonMark: "ribbon",
    PartMark: "part",
    MeshMark: "mesh",
    ConeMark: "cone",
    FigureMark: "figure",
}

MARK_DECIMALS: Final = 4
"""Figures and surfaces are for looking at: a tenth of a millimetre keeps the document small."""

WHOLE_MESH: Final = 600
"""A surface with more faces than this is told by its box and areas only."""


def plain(value: Any) -> Any:
    """The value as JSON types: floats rounded, what is not finite as null, arrays as lists.

    Mappings get their keys sorted; a set has no order of its own and is sorted too.
    """
    if value is None or isinstance(value, bool | np.bool_):
        return value if value is None else bool(value)
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        number = float(value)
        # Adding zero turns a rounded -0.0 into 0.0.
        return round(number, DECIMALS) + 0.0 if math.isfinite(number) else None
    if isinstance(value, str):
        return value
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): plain(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=repr)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain({item.name: getattr(value, item.name) for item in dataclasses.fields(value)})
    return str(value)


def to_json(review: Review, *, generated_at: str | None = None) -> str:
    """The document as text: UTF-8, two spaces of indent, a line feed at the end.

    Args:
        review: What to write.
        generated_at: A time stamp to put in; without it the text depends on the input alone.
    """
    document = review_to_dict(review, generated_at=generated_at)
    return dumps(document) + "\n"


def dumps(value: Any, indent: int = 0) -> str:
    """JSON text with two spaces of indent; a list of numbers, or of such lists, stays on one line."""
    if isinstance(value, dict) and value:
        inner = " " * (indent + 2)
        rows = (f"{inner}{_leaf(key)}: {dumps(item, indent + 2)}" for key, item in value.items())
        return "{\n" + ",\n".join(rows) + "\n" + " " * indent + "}"
    if isinstance(value, list) and value and not _numbers(value):
        inner = " " * (indent + 2)
        rows = (f"{inner}{dumps(item, indent + 2)}" for item in value)
        return "[\n" + ",\n".join(rows) + "\n" + " " * indent + "]"
    return _leaf(value)


def _leaf(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _numbers(values: list[Any]) -> bool:
    return all(
        _numbers(item) if isinstance(item, list) else item is None or isinstance(item, int | float)
        for item in values
    )


def review_to_dict(review: Review, *, generated_at: str | None = None) -> dict[str, Any]:
    """The document as JSON types; see the schema for what each field says."""
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "program": {"name": "immersive", "version": __version__},
    }
    if generated_at is not None:
        document["generated_at"] = generated_at
    document["scene"] = _scene(review.scene)
    document["summary"] = _summary(review)
    document["examined"] = {
        "files": len(review.scene.sources),
        "parts": len(review.scene.parts),
        "triangles": review.scene.triangles,
        "rules": len(review.rules),
        "counts": plain(review.examined),
    }
    document["skipped"] = [
        {"rule": rule.id, "subject": skipped.subject, "reason": plain(skipped.reason)}
        for rule, skipped in review.skipped
    ]
    document["not_run"] = [
        {
            "check": entry.check.code,
            "name": plain(entry.check.name),
            "asked": entry.asked,
            "reason": plain(entry.reason),
        }
        for entry in sorted(review.not_run, key=lambda entry: entry.check.code)
    ]
    document["rules"] = [_rule(rule) for rule in review.rules]
    document["findings"] = [_finding(finding) for finding in review.findings]
    document["notices"] = [_notice(notice) for notice in review.notices]
    return document


def _counts(counts: Counts) -> dict[str, int]:
    """By verdict; what is accepted is counted apart, and named only where there is some."""
    by = {str(verdict): counts.of(verdict) for verdict in Verdict}
    return by | ({"accepted": counts.accepted} if counts.accepted else {})


def _summary(review: Review) -> dict[str, Any]:
    return {
        "outcome": str(review.outcome),
        "findings": len(review.findings),
        "verdicts": _counts(review.counts),
        "severities": {str(severity): _counts(review.counts_of(severity)) for severity in Severity},
        "rules_without_examination": [rule.rule.id for rule in review.rules_without_examination],
        "skipped": len(review.skipped),
        "notices": {str(severity): len(review.notices_of(severity)) for severity in Severity},
    }


def _scene(scene: Scene) -> dict[str, Any]:
    return {
        "name": scene.name,
        "title": scene.title,
        "parts": len(scene.parts),
        "meshes": len(scene.meshes),
        "triangles": scene.triangles,
        "bounds": None if scene.bounds is None else plain(scene.bounds),
        "sources": [_source(source) for source in sorted(scene.sources, key=lambda s: (s.file, s.sha256))],
        "subjects": _subjects(scene),
    }


def _source(source: Source) -> dict[str, Any]:
    return {
        "file": source.file,
        "sha256": source.sha256,
        "size": source.size,
        "format": source.format,
        "unit": source.unit,
        "unit_origin": source.unit_origin,
        "up_axis": source.up_axis,
    }


def _subjects(scene: Scene) -> dict[str, Any]:
    """All that a finding can be about: lets a later diff tell "resolved" from "no longer there"."""
    station = scene.station or Station()
    return {
        "parts": sorted(part.id for part in scene.parts),
        "groups": sorted({*station.groups, *(group for part in scene.parts for group in part.groups)}),
        "files": sorted({source.file for source in scene.sources}),
        "workstations": [
            {"id": w.id, "work_points": sorted({*(p.id for p in w.work_points), *(d.id for d in w.displays)})}
            for w in sorted(station.workstations, key=lambda w: w.id)
        ],
        "walkways": sorted(walkway.id for walkway in station.walkways),
        "doors": sorted(door.id for door in station.doors),
        "hazard_zones": sorted(zone.id for zone in station.hazard_zones),
        "safeguards": sorted(safeguard.id for safeguard in station.safeguards),
        "populations": sorted(population.id for population in station.populations),
    }


def _citation(citation: Citation) -> dict[str, Any]:
    return {
        "standard": citation.standard,
        "edition": citation.edition,
        "clause": citation.clause,
        "confidence": str(citation.confidence),
        "note": plain(citation.note),
    }


def _rule(review: RuleReview) -> dict[str, Any]:
    return {
        "id": review.rule.id,
        "check": review.check.code,
        "name": plain(review.check.name),
        "severity": str(review.severity),
        "standard": review.rule.standard,
        "params": plain(params_as_data(review.params)),
        "citations": [_citation(citation) for citation in review.check.standards],
        "verdicts": _counts(review.counts),
        "examined": plain(review.examined),
        "nothing_examined": review.nothing_examined,
        "assumptions": [plain(assumption) for assumption in review.assumptions],
        "findings": [finding.id for finding in review.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "code": finding.code,
        "check": finding.check,
        "rule": finding.rule,
        "subjects": list(finding.subjects),
        "key": finding.key,
        "verdict": str(finding.verdict),
        "severity": str(finding.severity),
        "message": plain(finding.message),
        "measured": plain(finding.measured),
        "limit": plain(finding.limit),
        "limit_kind": finding.limit_kind,
        "shortfall": plain(finding.shortfall),
        "unit": finding.unit,
        "uncertainty": plain(finding.uncertainty),
        "citation": _citation(finding.citation),
        "hint": plain(finding.hint),
        "marks": [mark_to_dict(mark) for mark in finding.marks],
        "data": plain(finding.data),
        **({} if finding.accepted is None else {"accepted": _acceptance(finding.accepted)}),
        **({"charts": [_chart(chart) for chart in finding.charts]} if finding.charts else {}),
    }


def _acceptance(accepted: Acceptance) -> dict[str, Any]:
    return {
        "state": accepted.state,
        "reason": accepted.reason,
        "by": accepted.by,
        "date": accepted.date,
        **({"void": plain(accepted.void)} if accepted.void else {}),
    }


def _chart(chart: ShareChart) -> dict[str, Any]:
    return {
        "title": plain(chart.title),
        "categories": [{"name": plain(name), "level": level} for name, level in chart.categories],
        "rows": [{"name": plain(name), "shares": _rounded(shares)} for name, shares in chart.rows],
    }


def _rounded(value: Any, decimals: int = MARK_DECIMALS) -> Any:
    """Numbers of pictures, in nested tuples, rounded."""
    if isinstance(value, tuple | list):
        return [_rounded(item, decimals) for item in value]
    if isinstance(value, float | np.floating):
        return plain(round(float(value), decimals) if math.isfinite(value) else value)
    return plain(value)


def _figure(mark: FigureMark) -> dict[str, Any]:
    capsules = [
        {"segment": c.segment, "level": c.level,
         **{name: _rounded(getattr(c, name)) for name in ("start", "end", "start_radius", "end_radius")}}
        for c in mark.capsules
    ]  # fmt: skip
    values = {
        "type": "figure",
        "capsules": capsules,
        "heading": plain(mark.heading),
        "label": plain(mark.label),
    }
    if mark.body is not None:
        body = mark.body
        values["body"] = {
            "female": bool(body.female),
            "dimensions": {name: _rounded(value) for name, value in body.dimensions},
            **{name: _rounded(getattr(body, name), 5) for name in ("links", "angles", "root", "clothing")},
        }
    return values


def _mesh(mark: MeshMark) -> dict[str, Any]:
    values: dict[str, Any] = {"type": "mesh", "label": plain(mark.label), "face_count": len(mark.faces)}
    if len(mark.faces) <= WHOLE_MESH:
        return {**values, "vertices": _rounded(mark.vertices), "faces": plain(mark.faces),
                "levels": plain(mark.levels)}  # fmt: skip
    corners = np.asarray(mark.vertices, np.float64)[np.asarray(mark.faces, np.int64)]
    area = 0.5 * np.linalg.norm(
        np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
    )
    levels = np.asarray(mark.levels or (0,) * len(mark.faces), np.int64)
    box = [corners.min(axis=(0, 1)).tolist(), corners.max(axis=(0, 1)).tolist()]
    areas = {
        str(level): _rounded(float(area[levels == level].sum())) for level in sorted(set(levels.tolist()))
    }
    return {**values, "bounds": _rounded(box), "areas": areas}


def mark_to_dict(mark: Mark) -> dict[str, Any]:
    """A mark with its ``type`` said: ``{"type": "segment", "start": [..], "end": [..], "label": {..}}``."""
    if isinstance(mark, FigureMark):
        return _figure(mark)
    if isinstance(mark, MeshMark):
        return _mesh(mark)
    values = {item.name: plain(getattr(mark, item.name)) for item in dataclasses.fields(mark)}
    return {"type": MARK_TYPES[type(mark)], **values}


def _notice(notice: Notice) -> dict[str, Any]:
    return {
        "code": notice.code,
        "severity": str(notice.severity),
        "file": notice.file,
        "place": notice.place,
        "subject": notice.subject,
        "text": plain(notice.text),
        "data": plain(notice.data),
    }
