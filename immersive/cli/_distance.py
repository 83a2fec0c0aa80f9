"""``immersive distance``: how far two files' geometry is apart."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from immersive.cli._common import (
    as_json,
    check_writable,
    progress_bar,
    read_options,
    rounded,
    write_text,
)
from immersive.errors import InputError

if TYPE_CHECKING:
    from immersive.geometry.proximity import Proximity
    from immersive.scene.model import Scene


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, write."""
    check_writable(arguments.json)
    options = read_options(arguments)

    from immersive.formats.load import load
    from immersive.geometry.proximity import proximity

    with progress_bar() as progress:
        a = load(arguments.a, options=options, root=arguments.root, progress=progress)
        b = load(arguments.b, options=options, root=arguments.root, progress=progress)
        for name, scene in ((arguments.a, a), (arguments.b, b)):
            if scene.triangles == 0:
                raise InputError(name, "holds no triangles: there is nothing to measure to")
        result = proximity(_bodies(a), _bodies(b))
    document = rounded(_document(arguments, a, b, result), 12)
    if arguments.json:
        write_text(arguments.json, as_json(document))
    if arguments.json != "-":
        _print(document)
    return 0


def _bodies(scene: Scene) -> list[tuple[Any, Any, Any]]:
    return [(part.mesh.vertices, part.mesh.faces, part.world_from_mesh) for part in scene if part.triangles]


def _document(arguments: argparse.Namespace, a: Scene, b: Scene, result: Proximity) -> dict[str, Any]:
    def side(name: str, scene: Scene) -> dict[str, Any]:
        return {
            "file": name,
            "unit": scene.sources[0].unit if scene.sources else None,
            "parts": len(scene.parts),
            "triangles": scene.triangles,
            "uncertainty": max((part.uncertainty for part in scene), default=0.0),
            "notices": [
                {"code": n.code, "severity": str(n.severity), "text": dict(n.text)}
                for n in scene.notices
                if n.severity != "info"
            ],
        }

    document = {"schema": "immersive.distance/1"} | result.to_dict()
    document["uncertainty"] = sum(max((p.uncertainty for p in scene), default=0.0) for scene in (a, b))
    return document | {"a": side(arguments.a, a), "b": side(arguments.b, b)}


def _print(document: dict[str, Any]) -> None:
    print(f"relation     {document['relation']}")
    print(f"distance     {document['distance'] * 1000.0:.4f} mm")
    if document.get("penetration") is not None:
        print(f"penetration  {document['penetration'] * 1000.0:.4f} mm ({document['penetration_method']})")
    if document["uncertainty"]:
        print(f"uncertainty  ±{document['uncertainty'] * 1000.0:.4f} mm (tessellation)")
    for name in ("witness_a", "witness_b"):
        if document.get(name):
            print(
                f"{name.replace('_', ' ')}    ("
                + ", ".join(f"{value:.6f}" for value in document[name])
                + ") m"
            )
    for note in document.get("notes", []):
        print(f"note: {note}")
    for side in ("a", "b"):
        for notice in document[side]["notices"]:
            print(f"{notice['severity']}: {document[side]['file']}: {notice['text']['en']}")
