"""What a plan shows beside the parts: walkways, doors, operators, safeguards, hazard zones, grid."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from immersive.report._svg import INK, View, circle, line, nice_length, polyline, rect, region, text
from immersive.scene.station import Door, HazardZone, Safeguard, Station, Walkway, Workstation

WALKWAY = ("#dcebfb", "#1f5f9f")
OPERATOR = "#0b4f8a"
HAZARD = "#b3161b"
GUARD = "#8a6400"
DOOR = "#5b3f00"


def definitions() -> str:
    """Patterns, once in a drawing."""
    return (
        '<defs><pattern id="immersive-hazard" width="7" height="7" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="7" height="7" fill="#b3161b" fill-opacity="0.05"/>'
        '<line x1="0" y1="0" x2="0" y2="7" stroke="#b3161b" stroke-width="1.1" stroke-opacity="0.4"/>'
        "</pattern></defs>"
    )


def grid(view: View) -> Iterator[str]:
    """Lines a metre apart (or 2, 5, 10 … where that is too dense) with their coordinates at the edge."""
    step = nice_length(max(1.0, 30.0 / view.scale) * 1.0000001)
    while step * view.scale < 22.0:
        step *= 2.0
    lower_u, lower_v, upper_u, upper_v = view.window
    first, last = math.ceil(lower_u / step), math.floor(upper_u / step)
    every = max(1, math.ceil(34.0 / (step * view.scale)))
    for index in range(first, last + 1):
        x, _ = view((index * step, 0.0))
        strong = index == 0
        yield line((x, view.y), (x, view.y + view.height), stroke="#b9c2cb" if strong else "#e2e6ea",
                   stroke_width=1)  # fmt: skip
        if index % every == 0:
            yield text((x, view.y + view.height + 13), f"{index * step:g}".replace("-", "−"), size=9.5,
                       color="#56616c", halo=False)  # fmt: skip
    first, last = math.ceil(lower_v / step), math.floor(upper_v / step)
    for index in range(first, last + 1):
        _, y = view((0.0, index * step))
        strong = index == 0
        yield line((view.x, y), (view.x + view.width, y), stroke="#b9c2cb" if strong else "#e2e6ea",
                   stroke_width=1)  # fmt: skip
        if index % every == 0:
            yield text((view.x - 5, y + 3), f"{index * step:g}".replace("-", "−"), size=9.5, anchor="end",
                       color="#56616c", halo=False)  # fmt: skip


def strip(walkway: Walkway) -> Any:
    """The marked strip as a shapely polygon."""
    from shapely import LineString

    return LineString(walkway.path).buffer(walkway.width / 2.0, cap_style="flat", join_style="mitre")


def walkway_under(view: View, walkway: Walkway) -> str:
    return region(view, strip(walkway), fill=WALKWAY[0], stroke="none")


def walkway_over(view: View, walkway: Walkway) -> Iterator[str]:
    """Its borders, drawn over the parts so that what stands in it is seen to."""
    yield region(
        view, strip(walkway), fill="none", stroke=WALKWAY[1], stroke_width=1.3, stroke_dasharray="7 4"
    )
    yield polyline(map(view, walkway.path), fill="none", stroke=WALKWAY[1], stroke_width=0.8,
                   stroke_dasharray="10 3 2 3", stroke_opacity=0.8)  # fmt: skip


def operator(view: View, station: Workstation) -> Iterator[str]:
    """Shoulders, head and an arrow where the operator faces, in true size (shoulders 0.46 m)."""
    x, y = view(station.position)
    degrees = -math.degrees(station.heading)
    s = view.scale
    half, depth = max(0.23 * s, 7.0), max(0.13 * s, 4.0)
    head, tip = max(0.095 * s, 3.0), max(0.42 * s, 14.0)
    dash = "3 2" if station.posture == "sitting" else None
    yield f'<g transform="translate({x:.1f} {y:.1f}) rotate({degrees:.2f})">'
    yield (
        f'<ellipse cx="0" cy="0" rx="{depth:.1f}" ry="{half:.1f}" fill="#ffffff" stroke="{OPERATOR}" '
        f'stroke-width="1.6"{f" stroke-dasharray={chr(34)}{dash}{chr(34)}" if dash else ""}/>'
    )
    yield circle((0, 0), head, fill=OPERATOR)
    yield polyline([(depth + 2, 0), (tip, 0)], fill="none", stroke=OPERATOR, stroke_width=1.6)
    yield polyline([(tip, -4), (tip + 6, 0), (tip, 4)], closed=True, fill=OPERATOR)
    yield "</g>"


def work_points(view: View, station: Workstation) -> Iterator[str]:
    """A small ring with a dot for each place a hand goes to."""
    for point in station.work_points:
        at = view(point.position)
        yield circle(at, 3.6, fill="#ffffff", stroke=OPERATOR, stroke_width=1.2)
        yield circle(at, 1.3, fill=OPERATOR)


def door(view: View, entry: Door) -> Iterator[str]:
    """The opening as a thick white line between two posts; a hinged one with its swing."""
    # One walks through along the heading, so the threshold lies across it.
    across = (-math.sin(entry.heading), math.cos(entry.heading))
    half = entry.width / 2.0
    x, y = entry.position[0], entry.position[1]
    a = (x - across[0] * half, y - across[1] * half)
    b = (x + across[0] * half, y + across[1] * half)
    pa, pb = view(a), view(b)
    yield line(pa, pb, stroke="#ffffff", stroke_width=5)
    yield line(pa, pb, stroke=DOOR, stroke_width=1.6, stroke_dasharray="4 2")
    for end in (pa, pb):
        yield rect(end[0] - 2.5, end[1] - 2.5, 5, 5, fill=DOOR)
    if entry.kind == "hinged":
        # Left is b: across is 90° counter-clockwise of the heading.
        hinge, free = (b, a) if entry.hinge == "left" else (a, b)
        turn = entry.opening_angle * (1.0 if (entry.hinge == "left") == (entry.opens == "forward") else -1.0)
        c, s = math.cos(turn), math.sin(turn)
        dx, dy = free[0] - hinge[0], free[1] - hinge[1]
        pivot, shut = view(hinge), view(free)
        leaf = view((hinge[0] + c * dx - s * dy, hinge[1] + s * dx + c * dy))
        radius = entry.width * view.scale
        yield line(pivot, leaf, stroke=DOOR, stroke_width=1.4)
        # Pixels run downwards: a turn to the left in the world is one to the left (sweep 0) on the page.
        yield (
            f'<path d="M{shut[0]:.1f} {shut[1]:.1f}A{radius:.1f} {radius:.1f} 0 0 {0 if turn > 0.0 else 1} '
            f'{leaf[0]:.1f} {leaf[1]:.1f}" fill="none" stroke="{DOOR}" stroke-width="0.9" stroke-dasharray="3 2"/>'
        )
    elif entry.kind == "sliding":
        side = 1.0 if entry.hinge == "left" else -1.0
        way = side * (entry.width if entry.travel is None else entry.travel)
        end = b if side > 0.0 else a
        yield line(view(end), view((end[0] + across[0] * way, end[1] + across[1] * way)), stroke=DOOR,
                   stroke_width=1.2, stroke_dasharray="3 2")  # fmt: skip


def safeguard(view: View, entry: Safeguard) -> Iterator[str]:
    """The sensing field's line with its two ends, or the field of a scanner or mat."""
    if len(entry.field) > 2:
        from shapely import Polygon

        yield region(view, Polygon(entry.field), fill=GUARD, fill_opacity="0.12", stroke=GUARD, stroke_width=1.2,
                     stroke_dasharray="4 3")  # fmt: skip
    if entry.segment is None:
        return
    a, b = view(entry.segment[0]), view(entry.segment[1])
    yield line(a, b, stroke="#ffffff", stroke_width=5)
    yield line(a, b, stroke=GUARD, stroke_width=2.6, stroke_dasharray="8 3 2 3")
    for end in (a, b):
        yield rect(end[0] - 3, end[1] - 3, 6, 6, fill="#ffdf80", stroke=GUARD, stroke_width=1.4)


def hazard(view: View, shape: Any) -> str:
    return region(view, shape, fill="url(#immersive-hazard)", stroke=HAZARD, stroke_width=1.2,
                  stroke_dasharray="2 3")  # fmt: skip


def hazard_shape(zone: HazardZone, outlines: list[Any]) -> Any:
    """A zone on the plan: its box, or the hull of its parts."""
    import shapely

    if zone.box is not None:
        (x0, y0, _), (x1, y1, _) = zone.box
        return shapely.box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    return shapely.convex_hull(shapely.union_all(outlines)) if outlines else shapely.Polygon()


def axes(at: tuple[float, float]) -> Iterator[str]:
    """The world's X and Y."""
    x, y = at
    for dx, dy, name in ((26, 0, "X"), (0, -26, "Y")):
        yield line((x, y), (x + dx, y + dy), stroke=INK, stroke_width=1.4)
        tip = (x + dx, y + dy)
        side = (dy / 26 * 3, dx / 26 * 3)
        ahead = (tip[0] + dx / 26 * 7, tip[1] + dy / 26 * 7)
        yield polyline([(tip[0] + side[0], tip[1] + side[1]), ahead, (tip[0] - side[0], tip[1] - side[1])],
                       closed=True, fill=INK)  # fmt: skip
        yield text((tip[0] + dx / 26 * 14, tip[1] + dy / 26 * 12 + 4), name, weight="bold", halo=False)
    yield circle((x, y), 2.2, fill=INK)


def any_of(station: Station) -> tuple[str, ...]:
    """Which symbols a legend has to explain."""
    kinds = (
        ("walkway", station.walkways),
        ("operator", station.workstations),
        ("work_point", [p for w in station.workstations for p in w.work_points]),
        ("door", station.doors),
        ("safeguard", [s for s in station.safeguards if s.segment is not None or len(s.field) > 2]),
        ("hazard", station.hazard_zones),
    )
    return tuple(name for name, entries in kinds if entries)
