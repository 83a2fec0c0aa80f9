"""Agreement between the tables of a layout: ids are unique, and ids that are referred to exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from immersive.errors import choices, suggestion
from immersive.formats.layout.models import Layout, Workstation
from immersive.formats.layout.normalise import Mistake, Path

_MANY = 12
_WITH_IDS = (
    "workstations",
    "walkways",
    "doors",
    "hazard_zones",
    "safeguards",
    "populations",
    "rules",
    "routes",
    "access_points",
    "mechanisms",
    "motions",
    "contacts",
)


def known(words: Iterable[str]) -> str:
    """Existing ids for a message: all of them, or how many there are."""
    found = list(words)
    if not found:
        return "there is none"
    return f"use {choices(found)}" if len(found) <= _MANY else f"there are {len(found)}"


def check_references(layout: Layout) -> Iterator[Mistake]:
    """Everything that can be said without opening another file."""
    parts = [(("parts", i, "id"), part.id) for i, part in enumerate(layout.parts)]
    robots = [(("robots", i, "id"), robot.id) for i, robot in enumerate(layout.robots)]
    yield from _unique([*parts, *robots])
    for name in _WITH_IDS:
        entries = getattr(layout, name)
        yield from _unique([((name, i, "id"), entry.id) for i, entry in enumerate(entries)])
    for i, station in enumerate(layout.workstations):
        for name in ("work_points", "displays"):
            points = getattr(station, name)
            base: Path = ("workstations", i, name)
            yield from _unique([((*base, n, "id"), point.id) for n, point in enumerate(points)])
        yield from _destinations(i, station)
    zones = [zone.id for zone in layout.hazard_zones]
    for i, guard in enumerate(layout.safeguards):
        for n, zone in enumerate(guard.protects):
            if zone not in zones:
                yield Mistake(
                    ("safeguards", i, "protects", n),
                    f"there is no hazard zone {zone!r}{suggestion(zone, zones)}; {known(zones)}",
                )
    for i, walkway in enumerate(layout.walkways):
        for n in range(1, len(walkway.path)):
            if walkway.path[n] == walkway.path[n - 1]:
                yield Mistake(("walkways", i, "path", n), "is the same point as the one before it")
    for i, guard in enumerate(layout.safeguards):
        if guard.segment is not None and guard.segment[0] == guard.segment[1]:
            yield Mistake(("safeguards", i, "segment"), "its two ends are the same point")
    for i, zone_ in enumerate(layout.hazard_zones):
        if zone_.box is not None and any(a == b for a, b in zip(*zone_.box, strict=True)):
            yield Mistake(("hazard_zones", i, "box"), "the box has no volume: two corners share a coordinate")
    yield from _populations(layout)
    yield from _moving(layout)
    yield from _named(layout)
    for i, part in enumerate(layout.parts):
        total = part.count[0] * part.count[1] * part.count[2]
        if total > 100_000:
            yield Mistake(("parts", i, "count"), f"{total:,} repeats; at most 100,000 are made")
        if part.pitch is not None:
            for axis, (count, pitch) in enumerate(zip(part.count, part.pitch, strict=True)):
                if count > 1 and pitch == 0.0:
                    yield Mistake(
                        ("parts", i, "pitch"),
                        f"{count} repeats along {'xyz'[axis]} need a pitch that is not 0",
                    )


def _destinations(i: int, station: Workstation) -> Iterator[Mistake]:
    ids = [point.id for point in station.work_points]
    for n, point in enumerate(station.work_points):
        path: Path = ("workstations", i, "work_points", n, "to")
        if point.to == point.id:
            yield Mistake(path, "the load cannot be lifted to where it lies")
        elif point.to is not None and point.to not in ids:
            yield Mistake(
                path,
                f"workstation {station.id!r} has no work point {point.to!r}{suggestion(point.to, ids)}; {known(ids)}",
            )


def _populations(layout: Layout) -> Iterator[Mistake]:
    for i, population in enumerate(layout.populations):
        survey = population.source == "ansur2"
        if survey and population.people == "individuals":
            yield Mistake(
                ("populations", i, "people"), "individuals need a CSV file of measured people as source"
            )
        elif not survey and population.people == "sampled":
            yield Mistake(
                ("populations", i, "people"),
                "a sample is drawn from 'ansur2'; the people of a file are 'individuals'",
            )


def _moving(layout: Layout) -> Iterator[Mistake]:
    """Mechanisms, motions and hazard zones agree."""
    machines: list[tuple[Path, str]] = [
        *((("robots", i, "id"), robot.id) for i, robot in enumerate(layout.robots)),
        *((("doors", i, "id"), door.id) for i, door in enumerate(layout.doors)),
        *((("mechanisms", i, "id"), one.id) for i, one in enumerate(layout.mechanisms)),
    ]
    # Doubles within one array are told already.
    yield from _unique(machines, across=True)
    ids = [id_ for _, id_ in machines]
    for i, motion in enumerate(layout.motions):
        if motion.mechanism not in ids:
            yield Mistake(
                ("motions", i, "mechanism"),
                f"there is no robot, door or mechanism {motion.mechanism!r}"
                f"{suggestion(motion.mechanism, ids)}; {known(ids)}",
            )
        for n, pair in enumerate(zip(motion.times or (), (motion.times or ())[1:], strict=False)):
            if pair[1] <= pair[0]:
                yield Mistake(("motions", i, "times", n + 1), "is not later than the time before it")
        for name, positions in motion.joints.items():
            if motion.times is not None and len(positions) != len(motion.times):
                yield Mistake(
                    ("motions", i, "joints", name),
                    f"{len(positions)} positions for {len(motion.times)} times",
                )
    for i, mechanism in enumerate(layout.mechanisms):
        names = [joint.id for joint in mechanism.joints]
        yield from _unique([(("mechanisms", i, "joints", n, "id"), name) for n, name in enumerate(names)])
        for n, joint in enumerate(mechanism.joints):
            path: Path = ("mechanisms", i, "joints", n)
            if joint.parent is not None and joint.parent not in names[:n]:
                earlier = joint.parent in names
                yield Mistake(
                    (*path, "parent"),
                    "must be a joint that is written before this one"
                    if earlier
                    else f"there is no joint {joint.parent!r}{suggestion(joint.parent, names)}; {known(names[:n])}",
                )
            if joint.range[0] == joint.range[1]:
                yield Mistake((*path, "range"), "its two ends are equal: nothing moves")
    moves = [
        *(motion.id for motion in layout.motions),
        *(motion.cycle for motion in layout.motions if motion.cycle),
        *(f"{door.id}:opening" for door in layout.doors if door.parts and door.kind != "opening"),
        *(f"{one.id}:stroke" for one in layout.mechanisms if len(one.joints) == 1),
    ]
    for i, zone in enumerate(layout.hazard_zones):
        if zone.motion is not None and zone.motion not in moves:
            yield Mistake(
                ("hazard_zones", i, "motion"),
                f"there is no motion {zone.motion!r}{suggestion(zone.motion, moves)}; {known(moves)}",
            )


def _named(layout: Layout) -> Iterator[Mistake]:
    """Doors and workstations that other tables name exist; fields have an area."""
    doors = [door.id for door in layout.doors]
    for i, guard in enumerate(layout.safeguards):
        if guard.door is not None and guard.door not in doors:
            yield Mistake(
                ("safeguards", i, "door"),
                f"there is no door {guard.door!r}{suggestion(guard.door, doors)}; {known(doors)}",
            )
        if guard.field and len(guard.field) < 3:
            yield Mistake(("safeguards", i, "field"), "a field needs three corners or more")
    stations = [one.id for one in layout.workstations]
    for i, point in enumerate(layout.access_points):
        if point.workstation is not None and point.workstation not in stations:
            yield Mistake(
                ("access_points", i, "workstation"),
                f"there is no workstation {point.workstation!r}{suggestion(point.workstation, stations)}; "
                f"{known(stations)}",
            )
        if point.tool != "none" and point.axis is None:
            yield Mistake(("access_points", i, "tool"), "a tool needs the axis it works along")
        if point.tool != "none" and point.tool_length == 0.0:
            yield Mistake(("access_points", i, "tool"), "a tool needs its length: tool_length_mm")
    for i, route in enumerate(layout.routes):
        if route.start == route.end and not route.via:
            yield Mistake(("routes", i, "end"), "is where the route starts")


def _unique(entries: list[tuple[Path, str]], *, across: bool = False) -> Iterator[Mistake]:
    """Ids that come twice; ``across``: only those that come from different arrays."""
    first: dict[str, Path] = {}
    for path, id_ in entries:
        if across and id_ in first and first[id_][0] == path[0]:
            continue
        if id_ in first:
            from immersive.formats.layout.normalise import key_text

            yield Mistake(path, f"the id {id_!r} is already taken by {key_text(first[id_][:-1])}")
        else:
            first[id_] = path
