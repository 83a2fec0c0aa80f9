"""Many persons at once: their body dimensions, and what the study allows for shoes, clothing and slump."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from immersive.errors import UsageError, choices, suggestion

FloatArray = NDArray[np.float64]
Words = Mapping[str, str]
"""One sentence in English and French."""


@dataclass(frozen=True, slots=True)
class Allowances:
    """What is added to bare, erect bodies; metres. Every study states them.

    Attributes:
        shoe_height: Under the feet: every height above the floor grows by it; 25 mm is the usual allowance for
            work shoes (from memory, ISO 14738).
        clothing: Around the body: every breadth and depth grows by twice this, in volumes only.
        slump: Taken off sitting height: people do not sit as erect as they are measured.
    """

    shoe_height: float = 0.025
    clothing: float = 0.0
    slump: float = 0.0


@dataclass(frozen=True)
class People:
    """n persons with the same set of dimensions.

    Attributes:
        ids: n names, unique: ``"F05"``, ``"sample F 0017"``, the survey's own ids.
        female: (n,) bool.
        dimensions: ISO 7250-1 name (our own where the standard has none, see
            :func:`immersive.human.anthropometry.dimension_names`) → (n,) metres, body mass in kilograms;
            of the bare, erect body.
        kind: ``"percentiles"``, ``"individuals"`` or ``"sampled"``.
        how: One sentence on how these persons were made, for reports.
        source: Where the figures come from.
        allowances: Shoes, clothing, slump.
        share_of_women: Of the population they stand for, 0 to 1; None: as many as are here.
        notes: What a reader must be told of them: values that were estimated, persons left out.
    """

    ids: tuple[str, ...]
    female: NDArray[np.bool_]
    dimensions: Mapping[str, FloatArray]
    kind: str
    how: Words
    source: str
    allowances: Allowances = field(default_factory=Allowances)
    share_of_women: float | None = None
    notes: tuple[Words, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.ids)
        if self.female.shape != (n,) or any(v.shape != (n,) for v in self.dimensions.values()):
            raise ValueError("ids, sexes and dimensions must be equally many")

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, name: str) -> FloatArray:
        """(n,) values of one dimension.

        Raises:
            UsageError: These persons have no such dimension.
        """
        if name not in self.dimensions:
            raise UsageError(
                f"these people have no dimension {name!r}{suggestion(name, self.dimensions)}",
                hint=f"they have {choices(self.dimensions)}",
            )
        return self.dimensions[name]

    def pick(self, index: Iterable[int] | NDArray[np.bool_]) -> People:
        """Some of them, in the order asked."""
        rows = np.asarray(index if isinstance(index, np.ndarray) else list(index))
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
        return replace(
            self,
            ids=tuple(self.ids[i] for i in rows),
            female=self.female[rows],
            dimensions={name: values[rows] for name, values in self.dimensions.items()},
        )
