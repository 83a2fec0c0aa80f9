"""What is wrong with the triangles of a file, in a few sentences instead of one per part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from immersive.findings import text
from immersive.geometry.tolerance import COORDINATE_LIMIT
from immersive.scene.model import Mesh, Notice, Part, Severity, Source
from immersive.units import metres, mm, number

FLOAT32_STEP_LIMIT: Final = 5e-5
"""Coordinates coarser than 0.05 mm are said: half of what STEP tessellation adds by default."""

FAR_IN_SIZES: Final = 8.0
"""Nearer to the origin than so many times its own size, a shape loses three bits at most."""

_NAMED = 12
"""So many part ids are listed in a notice's data; the rest is counted."""


def defect_notices(parts: Sequence[Part], source: Source) -> tuple[Notice, ...]:
    """Defects of one file's parts, each kind summed up once. Each shared mesh is analysed once."""
    users: dict[int, list[Part]] = {}
    for part in parts:
        users.setdefault(id(part.mesh), []).append(part)
    shapes = [(members[0].mesh, members) for members in users.values()]
    found: list[Notice] = []
    if not parts:
        found.append(
            Notice(
                "no-parts",
                Severity.WARNING,
                source.file,
                text("The file holds no part.", "Le fichier ne contient aucune pièce."),
            )
        )
    empty = [(mesh, members) for mesh, members in shapes if len(mesh.faces) == 0]
    if empty:
        found.append(_empty(empty, source))
    solid = [(mesh, members) for mesh, members in shapes if len(mesh.faces)]
    for kind in _KINDS:
        hit = [(mesh, members) for mesh, members in solid if kind.count(mesh)]
        if hit:
            found.append(_summary(kind, hit, len(solid), source))
    found.extend(_far(solid, source))
    return tuple(found)


Shapes = list[tuple[Mesh, list[Part]]]


class _Kind(NamedTuple):
    """One kind of defect, in the words for one shape and for ``{n}`` of ``{of}``."""

    code: str
    severity: Severity
    count: Callable[[Mesh], int]
    one: tuple[str, str]
    many: tuple[str, str]
    rest: tuple[str, str]


_KINDS: Final = (
    _Kind(
        "mesh-open",
        Severity.INFO,
        lambda mesh: mesh.topology.open_edges,
        ("The shape is not closed", "La forme n’est pas fermée"),
        ("{n} of {of} shapes are not closed", "{n} formes sur {of} ne sont pas fermées"),
        (
            " ({count} open edges): inside and outside, and so containment and volume, cannot be told there.",
            " ({count} arêtes libres) : intérieur et extérieur, donc inclusion et volume, y sont indéterminés.",
        ),
    ),
    _Kind(
        "mesh-nonmanifold",
        Severity.INFO,
        lambda mesh: mesh.topology.nonmanifold_edges,
        ("The shape is not manifold", "La forme n’est pas une variété"),
        ("{n} of {of} shapes are not manifold", "{n} formes sur {of} ne sont pas des variétés"),
        (
            " (edges with three triangles or more: {count}).",
            " (arêtes communes à trois triangles ou plus : {count}).",
        ),
    ),
    _Kind(
        "mesh-winding",
        Severity.WARNING,
        lambda mesh: mesh.topology.inconsistent_edges,
        ("The shape is wound inconsistently", "La forme a une orientation incohérente"),
        (
            "{n} of {of} shapes are wound inconsistently",
            "{n} formes sur {of} ont une orientation incohérente",
        ),
        (
            " (edges whose two triangles face opposite ways: {count}); distances are not affected.",
            " (arêtes dont les deux triangles s’opposent : {count}) ; les distances n’en souffrent pas.",
        ),
    ),
    _Kind(
        "mesh-duplicates",
        Severity.WARNING,
        lambda mesh: mesh.topology.duplicate_faces,
        ("The shape has repeated triangles", "La forme a des triangles répétés"),
        ("{n} of {of} shapes have repeated triangles", "{n} formes sur {of} ont des triangles répétés"),
        (" ({count}).", " ({count})."),
    ),
    _Kind(
        "zero-area",
        Severity.INFO,
        lambda mesh: mesh.topology.zero_area,
        ("The shape has triangles of zero area", "La forme a des triangles d’aire nulle"),
        (
            "{n} of {of} shapes have triangles of zero area",
            "{n} formes sur {of} ont des triangles d’aire nulle",
        ),
        (" ({count}); they are kept.", " ({count}) ; ils sont conservés."),
    ),
)


def _summary(kind: _Kind, hit: Shapes, of: int, source: Source) -> Notice:
    total = sum(kind.count(mesh) for mesh, _ in hit)
    ids = [part.id for _, members in hit for part in members]
    begin = kind.one if of == 1 else kind.many
    return Notice(
        kind.code,
        kind.severity,
        source.file,
        text(
            begin[0] + kind.rest[0],
            begin[1] + kind.rest[1],
            n=number(len(hit)),
            of=number(of),
            count=number(total),
        ),
        subject=ids[0] if len(ids) == 1 else None,
        data={"shapes": len(hit), "of_shapes": of, "count": total, "parts": len(ids), "first": ids[:_NAMED]},
    )


def _empty(empty: Shapes, source: Source) -> Notice:
    ids = [part.id for _, members in empty for part in members]
    one = len(ids) == 1
    return Notice(
        "empty-part",
        Severity.WARNING,
        source.file,
        text(
            "Part {first} has no triangles; nothing is checked against it."
            if one
            else "{count} parts have no triangles, {first} first; nothing is checked against them.",
            "La pièce {first} n’a aucun triangle ; rien n’est vérifié par rapport à elle."
            if one
            else "{count} pièces n’ont aucun triangle, dont {first} ; rien n’est vérifié par rapport à elles.",
            first={"en": repr(ids[0]), "fr": f"« {ids[0]} »"},
            count=number(len(ids)),
        ),
        subject=ids[0] if one else None,
        data={"count": len(ids), "first": ids[:_NAMED]},
    )


def _far(solid: Shapes, source: Source) -> list[Notice]:
    if not solid:
        return []
    found = []
    worst, step, distance = None, FLOAT32_STEP_LIMIT, 0.0
    for mesh, members in solid:
        bounds = mesh.bounds
        assert bounds is not None
        reach = float(np.abs(bounds).max())
        if reach <= FAR_IN_SIZES * float((bounds[1] - bounds[0]).max()):
            continue  # a shape around its own origin has all the precision it can use
        matrices = np.array([part.world_from_mesh[:3, :3] for part in members])
        scale = float(np.sqrt((matrices**2).sum(axis=1)).max())
        # Distance between neighbouring float32 numbers there; real only if the file used them.
        coarse = float(np.spacing(np.float32(min(reach, 3e38)))) * scale
        if coarse > step and _is_float32(mesh):
            worst, step, distance = members[0], coarse, reach * scale
    if worst is not None:
        found.append(
            Notice(
                "precision-lost",
                Severity.WARNING,
                worst.source or source.file,
                text(
                    "Coordinates of part {part} lie up to {distance} from the file's origin: in single precision they are only good to {step}.",
                    "Les coordonnées de la pièce {part} atteignent {distance} de l’origine du fichier : en simple précision, elles ne valent qu’à {step} près.",
                    part={"en": repr(worst.id), "fr": f"« {worst.id} »"},
                    distance=metres(distance, 0),
                    step=mm(step, 1 if step >= 1e-3 else 2),
                ),
                subject=worst.id,
                data={"distance": distance, "step": step},
            )
        )
    placed = [part for _, members in solid for part in members]
    matrices = np.array([part.world_from_mesh for part in placed])
    centers = np.array([_center(mesh) for mesh, members in solid for _ in members])
    centers = np.einsum("nij,nj->ni", matrices[:, :3, :3], centers) + matrices[:, :3, 3]
    away = np.abs(centers).max(axis=1)
    if away.max() > COORDINATE_LIMIT:
        farthest = placed[int(away.argmax())]
        found.append(
            Notice(
                "far-from-origin",
                Severity.WARNING,
                farthest.source or source.file,
                text(
                    "Part {part} lies {distance} from the origin of the cell.",
                    "La pièce {part} se trouve à {distance} de l’origine de la cellule.",
                    part={"en": repr(farthest.id), "fr": f"« {farthest.id} »"},
                    distance=metres(float(away.max()), 0),
                ),
                subject=farthest.id,
                data={"distance": float(away.max())},
            )
        )
    return found


def _center(mesh: Mesh) -> NDArray[np.float64]:
    bounds = mesh.bounds
    assert bounds is not None
    return np.asarray(bounds.mean(axis=0))


def _is_float32(mesh: Mesh) -> bool:
    return bool((mesh.vertices == mesh.vertices.astype(np.float32)).all())
