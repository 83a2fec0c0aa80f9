"""What a placement claims of its parts, compared with what was loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from immersive.formats._base import Instance
from immersive.formats._meshes import notice
from immersive.geometry.frames import box_of
from immersive.scene.model import FloatArray, Notice, Severity
from immersive.units import mm

BOX_TOLERANCE: Final = 1e-3 + 1e-5
"""A box may differ by a millimetre and the rounding of its five decimals, metres."""

TOTAL_TOLERANCE: Final = 1e-3 + 1e-4
"""The same for the total, which is written with four decimals."""


def check_part(
    entry: Mapping[str, Any], name: str, placed: Instance, metres: float, file: str
) -> list[Notice]:
    """Warnings where a part has other triangles or another box than the document says."""
    found = []
    claimed = entry.get("triangles")
    round_shape = not placed.source and placed.mesh.deflection > 0.0
    if isinstance(claimed, int) and claimed != len(placed.mesh.faces) and not round_shape:
        found.append(
            notice(
                "triangles-differ",
                Severity.WARNING,
                file,
                "Part {name!r} has {n} triangles; the placement says {claimed}.",
                "La pièce {name!r} a {n} triangles ; le placement en indique {claimed}.",
                subject=name,
                data={"claimed": claimed, "found": len(placed.mesh.faces)},
                name=name,
                n=len(placed.mesh.faces),
                claimed=claimed,
            )
        )
    box = bounds([placed], metres)
    claimed_box = _box(entry.get("bbox_world_m"))
    if claimed_box is not None and box is not None:
        found += _differs(box, claimed_box, BOX_TOLERANCE, file, name)
    return found


def check_totals(
    totals: object, representation: str, placed: Sequence[Instance], metres: float, file: str, *, absent: int
) -> list[Notice]:
    """One warning where the whole has other counts or another box than the document says."""
    if not isinstance(totals, Mapping):
        return []
    parts = totals.get("visual_parts") if representation == "visual" else None
    triangles = totals.get(f"{representation}_triangles")
    have = sum(len(item.mesh.faces) for item in placed)
    found = []
    # Chords of round primitives are ours to choose.
    free = any(not item.source and item.mesh.deflection > 0.0 for item in placed)
    wrong_parts = isinstance(parts, int) and parts != len(placed)
    wrong_triangles = isinstance(triangles, int) and triangles != have and not free
    if wrong_parts or wrong_triangles:
        found.append(
            notice(
                "totals-differ",
                Severity.WARNING,
                file,
                "Loaded are {n} parts with {have} triangles ({absent} files are missing); the placement says "
                "{parts} and {triangles}.",
                "Sont chargées {n} pièces et {have} triangles ({absent} fichiers manquent) ; le placement indique "
                "{parts} et {triangles}.",
                data={
                    "parts": len(placed),
                    "triangles": have,
                    "claimed_parts": parts,
                    "claimed_triangles": triangles,
                },
                n=len(placed),
                have=have,
                absent=absent,
                parts="–" if parts is None else parts,
                triangles="–" if triangles is None else triangles,
            )
        )
        return found  # the box of other parts is another box
    box = bounds(placed, metres)
    claimed_box = _box(totals.get("visual_bbox_world_m")) if representation == "visual" else None
    if claimed_box is not None and box is not None:
        found += _differs(box, claimed_box, TOTAL_TOLERANCE, file, None)
    return found


def bounds(placed: Sequence[Instance], metres: float) -> FloatArray | None:
    """(2, 3) box in metres along the document's axes; None without triangles."""
    corners = []
    for item in placed:
        if len(item.mesh.faces):
            corners += list(box_of(item.mesh.used_vertices, item.file_from_mesh))
    if not corners:
        return None
    stacked = np.stack(corners) * metres
    return np.stack([stacked.min(axis=0), stacked.max(axis=0)])


def _box(stated: object) -> FloatArray | None:
    try:
        box = np.array(stated, np.float64)
    except (TypeError, ValueError):
        return None
    return box if box.shape == (2, 3) and np.isfinite(box).all() else None


def _differs(
    box: FloatArray, claimed: FloatArray, tolerance: float, file: str, name: str | None
) -> list[Notice]:
    worst = float(np.abs(box - claimed).max())
    if worst <= tolerance:
        return []
    whole = {"en": "the whole", "fr": "l’ensemble"}
    part = {"en": f"part {name!r}", "fr": f"la pièce {name!r}"}
    return [
        notice(
            "box-differs",
            Severity.WARNING,
            file,
            "The box of {what} is {box} m, up to {worst} from the {claimed} m that the placement says: "
            "unit, scale or pose is probably not what was meant.",
            "La boîte de {what} est {box} m, à {worst} au plus des {claimed} m indiqués par le placement : "
            "unité, échelle ou pose ne sont sans doute pas celles voulues.",
            subject=name,
            data={"box": box.tolist(), "claimed": claimed.tolist(), "difference": worst},
            what=whole if name is None else part,
            box=_text(box),
            claimed=_text(claimed),
            worst=mm(worst, 1),
        )
    ]


def _text(box: FloatArray) -> str:
    return "[" + "; ".join(" ".join(f"{value:.4g}" for value in corner) for corner in box) + "]"
