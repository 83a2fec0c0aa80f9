"""One place of maintenance with all that getting there depends on: obstacles, covers off, sizes of people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from immersive.checks._base import Context, param
from immersive.errors import UsageError
from immersive.findings import Skipped, text
from immersive.scene.model import Part
from immersive.scene.queries import select_one
from immersive.scene.ways import AccessPoint
from immersive.scene.workplace import Population

if TYPE_CHECKING:
    from immersive.geometry.capsules import Surroundings
    from immersive.human.access_limbs import Sizes

FloatArray = NDArray[np.float64]

NEAR = 3.0
"""Metres around a place within which parts' uncertainties count: farther than arm and tool get."""


@dataclass(frozen=True)
class Params:
    """Parameters of a rule."""

    access_points: tuple[str, ...] = param((), doc="Ids of the access points; empty: all.")
    population: str = param(
        "", doc="Id of the layout's population; empty: its first one, else ANSUR II, F05 to M95."
    )
    largest: str = param(
        "",
        doc="Whose breadths and girths must get through, each dimension by itself, like M99; "
        "empty: the population's largest.",
    )
    allowance: float = param(
        0.005, kind="length", minimum=0.0, doc="Room to move, all around hand, arm, head or body."
    )


@dataclass(frozen=True, eq=False)
class Case:
    """A place and its surroundings.

    Attributes:
        point: As the layout has it.
        parts: The obstacles' parts; body numbers are positions in it.
        around: Their meshes.
        skip: (B,) uint8, not zero for what is taken away beforehand.
        uncertainty: Bound on the parts' distance from their true surfaces near the place, metres.
        removed: Ids of what is taken away.
        sizes: Of the people.
    """

    context: Context
    params: Params
    point: AccessPoint
    parts: tuple[Part, ...]
    around: Surroundings
    skip: NDArray[np.uint8]
    uncertainty: float
    removed: tuple[str, ...]
    population: Population
    sizes: Sizes

    @property
    def position(self) -> FloatArray:
        """(3,) the place."""
        return np.asarray(self.point.position, np.float64)

    @property
    def axis(self) -> FloatArray | None:
        """(3,) unit, out of the surface; None if the layout gives none."""
        if self.point.axis is None:
            return None
        axis = np.asarray(self.point.axis, np.float64)
        return axis / float(np.sqrt(axis @ axis))

    @property
    def floor(self) -> float:
        """Height of what one stands on."""
        return self.point.floor

    def without(self, body: int) -> NDArray[np.uint8]:
        """The same with one more part gone."""
        skip = self.skip.copy()
        skip[body] = 1
        return skip

    def id_of(self, body: int) -> str:
        """The part's id."""
        return self.parts[body].id


def case_of(context: Context, params: Params, point: AccessPoint) -> tuple[Case | None, list[Skipped]]:
    """The case of one access point, None where the scene holds no part; and selectors that match nothing."""
    from immersive.checks._tasks import population_of
    from immersive.human.access_limbs import sizes_of
    from immersive.human.obstacles import obstacles_of

    if "obstacles" not in context.memo:
        context.memo["obstacles"] = obstacles_of(context.scene)
    obstacles = context.memo["obstacles"]
    skipped = []
    gone: set[str] = set()
    for selector in point.removed:
        try:
            found = select_one(context.scene, selector)
        except UsageError as error:
            found = ()
            said = error.message
        else:
            said = f"{selector!r}"
        if not found:
            skipped.append(
                Skipped(
                    point.id,
                    text(
                        "nothing was taken away for {s}: it matches no part",
                        "rien n'a été retiré pour {s} : aucune pièce ne correspond",
                        s=said,
                    ),
                )
            )
        gone |= {part.id for part in found}
    if obstacles.around is None:
        return None, skipped
    skip = np.array([part.id in gone for part in obstacles.parts], np.uint8)
    population = population_of(context, params.population)
    key = ("access_sizes", population, params.largest)
    if key not in context.memo:
        context.memo[key] = sizes_of(population, largest=params.largest)
    bounds = obstacles.around.pack.bounds
    at = np.asarray(point.position, np.float64)
    near = ((bounds[:, :3] <= at + NEAR) & (bounds[:, 3:] >= at - NEAR)).all(axis=1) & (skip == 0)
    unsure = max(
        (part.uncertainty for part, close in zip(obstacles.parts, near, strict=True) if close), default=0.0
    )
    case = Case(
        context, params, point, obstacles.parts, obstacles.around, skip, float(unsure), tuple(sorted(gone)),
        population, context.memo[key],
    )  # fmt: skip
    return case, skipped


def buried(case: Case) -> tuple[str, float] | None:
    """The closed part that the place lies in and how deep, metres; None if it lies in none."""
    from immersive.geometry.capsules import capsule_distances
    from immersive.geometry.containment import INSIDE, locate_points

    at = case.position
    bounds = case.around.pack.bounds
    holds = ((bounds[:, :3] <= at) & (bounds[:, 3:] >= at)).all(axis=1) & (case.skip == 0)
    deepest: tuple[str, float] | None = None
    for body in np.flatnonzero(holds):
        placed = case.around.pack.bodies[body]
        if not placed.shape.shells.any_closed or locate_points(placed, at[None])[0] != INSIDE:
            continue
        only = np.ones((1, len(case.parts)), np.uint8)
        only[0, body] = 0
        dot = np.concatenate([at, at, [0.0, 0.0]])[None]
        depth = float(capsule_distances(case.around, dot, skips=only, inside=False, threads=1).distance[0])
        if deepest is None or depth > deepest[1]:
            deepest = (case.id_of(int(body)), depth)
    return deepest


def open_parts(case: Case) -> tuple[str, ...]:
    """Parts around the place whose meshes are open, so that nothing can be told to lie inside them."""
    at = case.position
    bounds = case.around.pack.bounds
    holds = ((bounds[:, :3] <= at) & (bounds[:, 3:] >= at)).all(axis=1) & (case.skip == 0)
    return tuple(
        case.id_of(int(body))
        for body in np.flatnonzero(holds)
        if not case.around.pack.bodies[body].shape.shells.all_closed
    )
