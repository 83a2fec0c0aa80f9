"""The tables of a layout beyond its parts as the plain values that checks read."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np

from immersive.formats.layout.models import Display, WorkPoint
from immersive.formats.layout.normalise import Path
from immersive.formats.layout.read import LayoutFile
from immersive.scene import station
from immersive.scene.station import MeasuredTable, Origin, Point3, Station


def _ordered(a: Point3, b: Point3) -> tuple[Point3, Point3]:
    """Lower and upper corner of the box between two opposite corners."""
    return (
        (min(a[0], b[0]), min(a[1], b[1]), min(a[2], b[2])),
        (max(a[0], b[0]), max(a[1], b[1]), max(a[2], b[2])),
    )


def _unit(direction: Point3 | None) -> Point3 | None:
    if direction is None:
        return None
    x, y, z = np.asarray(direction) / np.linalg.norm(direction)
    return float(x), float(y), float(z)


def build_station(found: LayoutFile, tables: Mapping[int, MeasuredTable] | None = None) -> Station:
    """All tables but parts, robots and assign, as a :class:`Station`.

    Args:
        found: The layout.
        tables: The measured people of its populations, by index.
    """
    tables = tables or {}
    layout = found.layout

    def origin(*path: str | int) -> Origin:
        said = found.origin(*path)
        # The name alone: results must not depend on the folder the program was started from.
        return Origin(os.path.basename(said.file), said.key, said.line)

    def display(base: Path, entry: Display) -> station.Display:
        return station.Display(
            id=entry.id,
            position=entry.position,
            name=entry.name,
            parts=entry.parts,
            size=entry.size,
            normal=_unit(entry.normal),
            origin=origin(*base),
        )

    def point(base: Path, entry: WorkPoint) -> station.WorkPoint:
        return station.WorkPoint(
            id=entry.id,
            position=entry.position,
            name=entry.name,
            hand=entry.hand,
            grasp=entry.grasp,
            load=entry.load,
            frequency=entry.frequency,
            precision=entry.precision,
            duration=entry.duration,
            approach=_unit(entry.approach),
            origin=origin(*base),
            hold=entry.hold,
            shock=entry.shock,
            arm_supported=entry.arm_supported,
            coupling=entry.coupling or "",
            to=entry.to or "",
            control_at_destination=entry.control_at_destination,
            lift_duration=entry.lift_duration,
            tool_length=entry.tool_length,
            tool_diameter=entry.tool_diameter,
            tool_axis=entry.tool_axis,
        )

    floor = layout.options.floor
    return Station(
        workstations=tuple(
            station.Workstation(
                id=w.id,
                position=w.position,
                heading=w.heading,
                posture=w.posture,
                name=w.name,
                seat_height=w.seat_height,
                footrest_height=w.footrest_height,
                step=w.step,
                work_points=tuple(
                    point(("workstations", i, "work_points", n), p) for n, p in enumerate(w.work_points)
                ),
                displays=tuple(
                    display(("workstations", i, "displays", n), p) for n, p in enumerate(w.displays)
                ),
                origin=origin("workstations", i),
            )
            for i, w in enumerate(layout.workstations)
        ),
        walkways=tuple(
            station.Walkway(
                id=w.id,
                path=w.path,
                width=w.width,
                name=w.name,
                floor=floor if w.floor is None else w.floor,
                traffic=w.traffic,
                users=w.users,
                load_width=w.load_width,
                origin=origin("walkways", i),
            )
            for i, w in enumerate(layout.walkways)
        ),
        doors=tuple(
            station.Door(
                id=d.id,
                position=d.position,
                width=d.width,
                height=d.height,
                heading=d.heading,
                kind=d.kind,
                parts=d.parts,
                interlocked=d.interlocked,
                stopping_time=d.stopping_time,
                name=d.name,
                origin=origin("doors", i),
                hinge=d.hinge,
                opens=d.opens,
                opening_angle=d.opening_angle,
                travel=d.travel,
                exit=d.exit,
                guard_locking=d.guard_locking,
            )
            for i, d in enumerate(layout.doors)
        ),
        hazard_zones=tuple(
            station.HazardZone(
                id=z.id,
                select=z.select or (),
                box=None if z.box is None else _ordered(*z.box),
                risk=z.risk,
                name=z.name,
                origin=origin("hazard_zones", i),
                motion=z.motion or "",
            )
            for i, z in enumerate(layout.hazard_zones)
        ),
        safeguards=tuple(
            station.Safeguard(
                id=s.id,
                kind=s.kind,
                segment=s.segment,
                height=s.height,
                resolution=s.resolution,
                response_time=s.response_time,
                stopping_time=s.stopping_time,
                protects=s.protects,
                parts=s.parts,
                name=s.name,
                origin=origin("safeguards", i),
                beams=tuple(sorted(s.beams)),
                field=s.field,
                field_height=s.field_height,
                position=s.position,
                shrouded=s.shrouded,
                door=s.door or "",
                guard_locking=s.guard_locking,
                supplement=s.supplement,
            )
            for i, s in enumerate(layout.safeguards)
        ),
        populations=tuple(
            station.Population(
                id=p.id,
                source=p.source,
                smallest=p.smallest,
                largest=p.largest,
                shoe_height=p.shoe_height,
                name=p.name,
                origin=origin("populations", i),
                people=p.people or "",
                percentiles=p.percentiles,
                dimensions=p.dimensions,
                sample_size=p.sample_size,
                seed=p.seed,
                share_of_women=p.share_of_women,
                clothing=p.clothing,
                slump=p.slump,
                table=tables.get(i),
            )
            for i, p in enumerate(layout.populations)
        ),
        rules=tuple(
            station.Rule(
                id=r.id,
                check=r.check,
                params=dict(r.model_extra or {}),
                severity=r.severity,
                standard=r.standard,
                origin=origin("rules", i),
            )
            for i, r in enumerate(layout.rules)
        ),
        groups=dict(layout.groups),
        floor=floor,
        routes=tuple(
            station.Route(
                id=r.id,
                start=r.start,
                end=r.end,
                user=r.user,
                via=r.via,
                width=r.width,
                length=r.length,
                height=r.height,
                turning_diameter=r.turning_diameter,
                floor=floor if r.floor is None else r.floor,
                doors_open=r.doors_open,
                passing=r.passing,
                name=r.name,
                origin=origin("routes", i),
            )
            for i, r in enumerate(layout.routes)
        ),
        access_points=tuple(
            station.AccessPoint(
                id=a.id,
                position=a.position,
                limb=a.limb,
                axis=_unit(a.axis),
                entry=a.entry,
                removed=a.removed,
                tool=a.tool,
                tool_length=a.tool_length,
                tool_width=a.tool_width,
                swing=a.swing,
                stroke=a.stroke,
                gloves=a.gloves,
                floor=floor if a.floor is None else a.floor,
                workstation=a.workstation or "",
                name=a.name,
                origin=origin("access_points", i),
            )
            for i, a in enumerate(layout.access_points)
        ),
        contacts=tuple(
            station.ExpectedContact(c.id, c.between, c.to, c.kind, c.overlap, c.reason, origin("contacts", i))
            for i, c in enumerate(layout.contacts)
        ),
        accepted=tuple(
            station.Accepted(
                a.finding, a.reason, a.by, a.date or "", a.parts, a.subjects, origin("accepted", i)
            )
            for i, a in enumerate(layout.accepted)
        ),
    )
