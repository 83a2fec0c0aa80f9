"""Which parts are protective structures, who owns them, and which are left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from immersive.checks._base import Context
from immersive.findings import Skipped, text
from immersive.scene.model import Part, Role
from immersive.scene.queries import select, unmatched
from immersive.scene.safeguarding import Door, Safeguard

BY_ROLE = (Role.FENCE, Role.DOOR, Role.SAFEGUARD, Role.WALL)
"""Parts with these roles stand between people and hazards even where no safeguard names them."""

CLOSING = (Role.MACHINE, Role.CONVEYOR, Role.CABINET)
"""Fixed parts with these roles close what they fill of an opening, but protect nobody by themselves."""

STRUCTURES = ("fence", "interlocked_door")
DEVICES = ("light_curtain", "light_beams", "scanner", "mat", "interlocked_door")


@dataclass(frozen=True, eq=False)
class Structures:
    """What may stand between people and a hazard zone.

    Attributes:
        parts: Protective structures, in scene order.
        owner: Part id → id of the safeguard that names it; ``""`` where only its role says so.
        virtual: Fences drawn by a line and a height only.
        closing: Fixed parts that may fill openings.
        skipped: What is no structure, and why.
    """

    parts: tuple[Part, ...]
    owner: dict[str, str]
    virtual: tuple[Safeguard, ...]
    closing: tuple[Part, ...]
    skipped: tuple[Skipped, ...]


def structures_of(context: Context) -> Structures:
    """All protective structures of the scene; the same for every zone, so kept in the memo."""
    key = ("guard-structures",)
    if key not in context.memo:
        context.memo[key] = _structures(context)
    made: Structures = context.memo[key]
    return made


def _structures(context: Context) -> Structures:
    scene = context.scene
    skipped: list[Skipped] = []
    owner: dict[str, str] = {}
    virtual = []
    # Fences first: what both a fence and a door name stays the fence's.
    guards = sorted(context.station.safeguards, key=lambda guard: guard.kind != "fence")
    for guard in guards:
        if guard.kind not in STRUCTURES:
            continue
        if guard.parts:
            skipped += [
                Skipped(guard.id, text("its selector {s} matches no part", "son sélecteur {s} ne désigne aucune pièce", s=repr(word)))
                for word in unmatched(scene, guard.parts)
            ]  # fmt: skip
            for part in select(scene, guard.parts):
                owner.setdefault(part.id, guard.id)
        elif guard.kind == "fence" and guard.segment is not None and guard.height > 0.0:
            virtual.append(guard)
    opened = _free_doors(context)
    # The stands of a light curtain hold nobody back: reaching past them is for ISO 13855.
    sensing = {
        part.id
        for guard in context.station.safeguards
        if guard.kind not in STRUCTURES and guard.parts
        for part in select(scene, guard.parts)
    }
    parts, closing = [], []
    for part in scene:
        if part.bounds is None:
            continue
        named = part.id in owner
        if part.id in opened:
            skipped.append(Skipped(part.id, text(
                "door {door} is not interlocked: whoever opens it is inside, it is no protective structure",
                "la porte {door} n'est pas verrouillée (dispositif de verrouillage) : l'ouvrir donne accès, "
                "ce n'est pas une structure de protection",
                door=opened[part.id],
            )))  # fmt: skip
            owner.pop(part.id, None)
            continue
        if part.id in sensing and not named:
            closing.append(part)
        elif named or (part.role in BY_ROLE and not (part.moving and part.role != Role.DOOR)):
            parts.append(part)
            owner.setdefault(part.id, "")
        elif part.role in CLOSING and not part.moving:
            closing.append(part)
    return Structures(tuple(parts), owner, tuple(virtual), tuple(closing), tuple(skipped))


def _free_doors(context: Context) -> dict[str, str]:
    """Part id → door, of the doors that anybody opens while the machine runs."""
    station = context.station
    guarded = {guard.door for guard in station.safeguards if guard.kind == "interlocked_door" and guard.door}
    switched = {
        part.id
        for guard in station.safeguards
        if guard.kind == "interlocked_door" and guard.parts
        for part in select(context.scene, guard.parts)
    }
    found: dict[str, str] = {}
    for door in station.doors:
        if door.interlocked or door.guard_locking or door.id in guarded or not door.parts:
            continue
        found |= {part.id: door.id for part in select(context.scene, door.parts) if part.id not in switched}
    return found


def devices_of(context: Context, zone: str) -> tuple[Safeguard, ...]:
    """The safeguards that protect from the zone and are no fences."""
    return tuple(
        guard for guard in context.station.safeguards if zone in guard.protects and guard.kind in DEVICES
    )


def fences_of(context: Context, zone: str) -> tuple[Safeguard, ...]:
    """The fences and interlocked doors that the layout says protect from the zone."""
    return tuple(
        guard for guard in context.station.safeguards if zone in guard.protects and guard.kind in STRUCTURES
    )


def door_line(doors: Sequence[Door], id_: str) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Both ends of a door's threshold on the floor plan."""
    import math

    for door in doors:
        if door.id == id_:
            x, y = -math.sin(door.heading) * 0.5 * door.width, math.cos(door.heading) * 0.5 * door.width
            return (door.position[0] - x, door.position[1] - y), (door.position[0] + x, door.position[1] + y)
    return None
