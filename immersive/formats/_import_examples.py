"""What an import cannot know, as comments to fill in, and rules to begin with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from immersive.scene.model import Part, Role, Scene

_GUARDS = (Role.FENCE, Role.DOOR, Role.SAFEGUARD, Role.WALL, Role.CABINET)


def examples(scene: Scene, roles: Mapping[str, Role]) -> Iterator[str]:
    """A workstation at a table and a walkway in front of the cell, commented, with figures of this cell."""
    if scene.bounds is None:
        return
    low, high = scene.bounds
    tables = [part for part in scene if roles[part.id] is Role.FURNITURE and part.bounds is not None]
    table = max(tables, key=_area, default=None)
    box = scene.bounds if table is None or table.bounds is None else table.bounds
    middle = box.mean(axis=0)
    top = float(box[1][2]) if table is not None else 1.0
    stand = (middle[0], box[0][1] - 0.15, 0.0)
    yield ""
    yield "# Where people work: take the signs away and put in your own figures."
    yield "# [[workstations]]"
    yield '# id = "station_1"'
    yield f"# position_mm = {_mm(stand)}  # between the feet"
    yield "# heading_deg = 90  # facing +Y"
    yield "# [[workstations.work_points]]"
    yield '# id = "assembly_point"'
    yield f"# position_mm = {_mm((middle[0], box[0][1] + 0.2, top + 0.05))}"
    yield "# load_kg = 0.5"
    yield "# frequency_per_min = 4"
    yield ""
    yield "# Where people walk: the centre line on the floor, and the marked width."
    yield "# [[walkways]]"
    yield '# id = "aisle"'
    front = float(low[1]) - 0.8
    yield f"# path_mm = [{_mm((low[0], front))}, {_mm((high[0], front))}]"
    yield "# width_mm = 1200"


def rules(roles: set[Role], *, alone: bool) -> Iterator[str]:
    """Clearance between the units of the cell; walkways and reach wait for their tables.

    Args:
        roles: That parts of the cell have.
        alone: Whether everything is one unit, which is not compared with itself.
    """
    yield ""
    yield "# What is demanded. `immersive explain clearance` says what the keys mean."
    sign = ""
    if alone:
        yield "# There is one part, robot or assembly only, and nothing to hold it against: add another"
        yield "# [[parts]] and take the signs away."
        sign = "# "
    yield f"{sign}[[rules]]"
    yield f'{sign}id = "nothing-overlaps"  # every unit against every other; touching is allowed'
    yield f'{sign}check = "clearance"'
    yield f'{sign}between = ["*"]'
    yield f"{sign}clearance_mm = 0"
    yield f'{sign}contact = "allowed"'
    guards = [role for role in _GUARDS if role in roles]
    if Role.ROBOT in roles and guards and not alone:
        yield ""
        yield "[[rules]]"
        yield 'id = "robot-guards"  # robots keep away from what surrounds them'
        yield 'check = "clearance"'
        yield 'between = ["role:robot"]'
        listed = ", ".join(f'"role:{role}"' for role in guards)
        yield f"to = [{listed}]"
        yield "clearance_mm = 100  # put in the cell's own demand"
        yield 'contact = "forbidden"'
    yield ""
    yield "# [[rules]]"
    yield '# id = "aisles"  # needs a walkway above'
    yield '# check = "walkway"'
    yield ""
    yield "# [[rules]]"
    yield '# id = "reach"  # needs a workstation above'
    yield '# check = "reach"'


def _area(part: Part) -> float:
    return 0.0 if part.bounds is None else float(np.prod(np.ptp(part.bounds, axis=0)[:2]))


def _mm(point: tuple[float, ...]) -> str:
    return f"[{', '.join(str(round(float(value) * 1000.0)) for value in point)}]"
