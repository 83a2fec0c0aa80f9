"""Agreement between the tables of a layout: ids are unique, and ids that are referred to exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from immersive.errors import choices, suggestion
from immersive.formats.layout.models import Layout, Workstation
from immersive.formats.layout.normalise import Mistake, Path

_MANY = 12


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
    for name in ("workstations", "walkways", "doors", "hazard_zones", "safeguards", "populations", "rules"):
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


def _unique(entries: list[tuple[Path, str]]) -> Iterator[Mistake]:
    first: dict[str, Path] = {}
    for path, id_ in entries:
        if id_ in first:
            from immersive.formats.layout.normalise import key_text

            yield Mistake(path, f"the id {id_!r} is already taken by {key_text(first[id_][:-1])}")
        else:
            first[id_] = path
