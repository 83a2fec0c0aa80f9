"""``immersive info``: what a CAD file or a layout holds, and what is wrong with it."""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from immersive.cli._common import as_json, check_writable, progress_bar, read_options, rounded, write_text
from immersive.errors import UnitMissingError

if TYPE_CHECKING:
    from immersive.scene.model import Mesh, Scene


def run(arguments: argparse.Namespace) -> int:
    """Print or write the description."""
    check_writable(arguments.json)
    options = read_options(arguments)

    from immersive.formats.load import load

    unit_known = True
    with progress_bar() as progress:
        try:
            scene = load(arguments.file, options=options, root=arguments.root, progress=progress)
        except UnitMissingError:
            # Describing a file needs no unit: sizes are then given in the file's own numbers.
            unit_known = False
            scene = load(
                arguments.file,
                options=replace(options, default_unit="m"),
                root=arguments.root,
                progress=progress,
            )
    document = rounded(describe(scene, unit_known=unit_known, parts=arguments.parts or bool(arguments.json)))
    if arguments.json:
        write_text(arguments.json, as_json(document))
    if arguments.json != "-":
        _print(document, list_parts=arguments.parts)
    return 0


def describe(scene: Scene, *, unit_known: bool, parts: bool) -> dict[str, Any]:
    """The scene as a JSON document; ``bounding_box_m`` is None where the unit is not known."""
    notices = [n for n in scene.notices if unit_known or n.code != "unit-implausible"]
    box = None if scene.bounds is None else scene.bounds.tolist()
    extent = None if box is None else [high - low for low, high in zip(*box, strict=True)]
    main = scene.sources[0] if scene.sources else None
    document: dict[str, Any] = {
        "schema": "immersive.info/1",
        "name": scene.name,
        "format": main.format if main else None,
        "unit": main.unit if main and unit_known else None,
        "unit_origin": main.unit_origin if main and unit_known else None,
        "up_axis": main.up_axis if main else None,
        "parts": len(scene.parts),
        "meshes": len(scene.meshes),
        "triangles": scene.triangles,
        "bounding_box_m": box if unit_known else None,
        "extent_m": extent if unit_known else None,
    }
    if not unit_known:
        # The scene was read as if in metres, so these are the file's own numbers.
        document["bounding_box_file_units"] = box
        document["extent_file_units"] = extent
        document["likely_units"] = _likely_units(extent)
    document |= _soundness(scene)
    document["notices"] = [
        {
            "code": notice.code,
            "severity": str(notice.severity),
            "file": notice.file,
            "place": notice.place,
            "part": notice.subject,
            "text": dict(notice.text),
        }
        for notice in notices
    ]
    document["sources"] = [
        {
            "file": s.file,
            "format": s.format,
            "unit": s.unit if unit_known else None,
            "unit_origin": s.unit_origin if unit_known else None,
            "up_axis": s.up_axis,
            "size": s.size,
            "sha256": s.sha256,
        }
        for s in scene.sources
    ]
    if scene.station is not None:
        station = scene.station
        document["layout"] = {
            "rules": [rule.id for rule in station.rules],
            "workstations": [w.id for w in station.workstations],
            "work_points": sum(len(w.work_points) for w in station.workstations),
            "walkways": [w.id for w in station.walkways],
            "doors": [d.id for d in station.doors],
            "hazard_zones": [z.id for z in station.hazard_zones],
            "safeguards": [s.id for s in station.safeguards],
            "populations": [p.id for p in station.populations],
        }
    document["roles"] = dict(sorted(Counter(str(part.role) for part in scene).items()))
    if parts:
        document["part_list"] = [
            {
                "id": part.id,
                "name": part.name,
                "path": list(part.path),
                "role": str(part.role),
                "color": None if part.color is None else list(part.color),
                "triangles": part.triangles,
                "mesh": part.mesh.key,
                "bounding_box_m": None if part.bounds is None or not unit_known else part.bounds.tolist(),
            }
            for part in scene
        ]
    return document


def _soundness(scene: Scene) -> dict[str, Any]:
    """Watertightness and defects, each part counted with its own mesh's defects."""
    from immersive.geometry.topology import mesh_topology

    known: dict[int, Any] = {}

    def topology(mesh: Mesh) -> Any:
        if id(mesh) not in known:
            known[id(mesh)] = mesh_topology(mesh.vertices, mesh.faces)
        return known[id(mesh)]

    with_faces = [part for part in scene if part.triangles]
    tops = [topology(part.mesh) for part in with_faces]
    closed = sum(top.watertight for top in tops)
    dropped: Counter[str] = Counter()
    for mesh in scene.meshes:
        dropped.update(mesh.dropped)
    return {
        "watertight": bool(with_faces) and closed == len(with_faces),
        "watertight_parts": closed,
        "defects": {
            "open_edges": sum(top.open_edges for top in tops),
            "nonmanifold_edges": sum(top.nonmanifold_edges for top in tops),
            "inconsistent_edges": sum(top.inconsistent_edges for top in tops),
            "duplicate_triangles": sum(top.duplicate_faces for top in tops),
            "zero_area_triangles": sum(top.zero_area for top in tops),
            "empty_parts": len(scene.parts) - len(with_faces),
            "dropped": dict(sorted(dropped.items())),
        },
    }


def _likely_units(extent: list[float] | None) -> list[str]:
    """Units in which the largest extent is between 20 mm and 20 m: what production equipment measures."""
    from immersive.units import LENGTH_UNITS

    if not extent or max(extent) <= 0.0:
        return []
    return [u for u in ("mm", "cm", "in", "m") if 0.02 <= max(extent) * LENGTH_UNITS[u] <= 20.0]


def _print(document: dict[str, Any], *, list_parts: bool) -> None:
    rows: list[tuple[str, str]] = [("name", document["name"]), ("format", str(document["format"]))]
    if document["unit"]:
        rows.append(
            ("unit", f"{document['unit']} ({document['unit_origin']}), up axis {document['up_axis']}")
        )
    else:
        likely = ", ".join(document.get("likely_units", []))
        rows.append(("unit", f"not stated; give --unit{f' (likely: {likely})' if likely else ''}"))
    rows += [
        ("parts", f"{document['parts']:,} ({document['meshes']:,} different meshes)"),
        ("triangles", f"{document['triangles']:,}"),
    ]
    box, extent, unit = document["bounding_box_m"], document["extent_m"], "m"
    if not document["unit"]:
        box, extent = document.get("bounding_box_file_units"), document.get("extent_file_units")
        unit = "file units"
    if box and extent:
        rows.append(("size", " × ".join(f"{value:.4g}" for value in extent) + f" {unit}"))
        rows.append(("box", " … ".join("(" + ", ".join(f"{v:.4f}" for v in corner) + ")" for corner in box)))
    else:
        rows.append(("size", "none: there are no triangles"))
    rows.append(("watertight", f"{document['watertight_parts']} of {document['parts']} parts"))
    defects = {key: value for key, value in document["defects"].items() if value}
    dropped = defects.pop("dropped", {})
    shown = [f"{value:,} {key.replace('_', ' ')}" for key, value in {**defects, **dropped}.items()]
    rows.append(("defects", ", ".join(shown) or "none found"))
    for key, value in document.get("layout", {}).items():
        rows.append(
            (key.replace("_", " "), str(value) if isinstance(value, int) else ", ".join(value) or "none")
        )
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"{name:{width}}  {value}")
    for notice in document["notices"]:
        where = notice["file"] + (f", {notice['place']}" if notice["place"] else "")
        print(f"{notice['severity']}: {where}: {notice['text']['en']}")
    if list_parts:
        print()
        for part in document["part_list"]:
            print(f"{part['id']}  {part['role']}  {part['triangles']:,} triangles")
