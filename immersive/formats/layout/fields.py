"""Types of the layout's values, and the base of its tables: what all pydantic models here share.

A type says what it measures (:class:`~.quantities.Kind`) and its sane range. Values are in the
units used in memory when they arrive here.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator
from pydantic.functional_validators import AfterValidator
from pydantic_core import PydanticCustomError

from immersive.formats.layout.quantities import ANGLE, FREQUENCY, LENGTH, MASS, TIME
from immersive.geometry.tolerance import COORDINATE_LIMIT
from immersive.scene.model import Role
from immersive.units import LENGTH_UNITS

FAR = COORDINATE_LIMIT

Length = Annotated[float, LENGTH, Field(ge=-FAR, le=FAR)]
Size = Annotated[float, LENGTH, Field(gt=0.0, le=FAR)]
Extent = Annotated[float, LENGTH, Field(ge=0.0, le=FAR)]
Angle = Annotated[float, ANGLE, Field(ge=-1e4, le=1e4)]
Duration = Annotated[float, TIME, Field(ge=0.0, le=1e6)]
Mass = Annotated[float, MASS, Field(ge=0.0, le=1e5)]
Frequency = Annotated[float, FREQUENCY, Field(ge=0.0, le=1e4)]
Number = Annotated[float, Field(ge=-1e12, le=1e12)]

Position = Annotated[tuple[Length, Length, Length], LENGTH]
Angles = Annotated[tuple[Angle, Angle, Angle], ANGLE]
Sizes = Annotated[tuple[Size, Size, Size], LENGTH]
PlanPoint = tuple[Length, Length]
Segment = Annotated[tuple[tuple[Length, Length, Length], tuple[Length, Length, Length]], LENGTH]

ID_PATTERN = r"^[^\x00-\x1f!*?/ ]([^\x00-\x1f!*?]*[^\x00-\x1f!*?/ ])?$"
Id = Annotated[str, Field(max_length=500, pattern=ID_PATTERN)]
Name = Annotated[str, Field(max_length=1000)]
Selector = Annotated[str, Field(min_length=1, max_length=1000)]
RoleName = Annotated[Role, Strict(False)]
Unit = Literal["m", "dm", "cm", "mm", "um", "km", "in", "ft"]
Axis = Literal["Z", "Y"]
PeopleSource = Annotated[
    str, Field(max_length=1000, pattern=r"^(ansur2|.*\.([cC][sS][vV]|[tT][sS][vV]|[tT][xX][tT]))$")
]
Percentile = Annotated[str, Field(pattern=r"^[FM]((0[1-9]|[1-9][0-9])(\.[0-9])?|00\.[1-9])$")]
Color = Annotated[str, Field(pattern=r"^#([0-9a-fA-F]{6}|[0-9a-fA-F]{8})$")]

assert set(get_args(Unit)) == set(LENGTH_UNITS)


class Table(BaseModel):
    """A table of the layout, with the agreements between its keys as data."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, populate_by_name=True
    )

    EXACTLY_ONE: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Of each set of fields, exactly one must be given."""
    AT_LEAST_ONE: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Of each set of fields, one or more must be given."""
    AT_MOST_ONE: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Of each set of fields, at most one may be given."""
    NEEDS: ClassVar[dict[str, tuple[str, ...]]] = {}
    """A field that makes sense only beside one of these others."""
    WHEN: ClassVar[dict[tuple[str, str], str]] = {}
    """(field, value) that makes another field necessary."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        given = self.model_fields_set
        for names in self.EXACTLY_ONE:
            found = [name for name in names if name in given]
            if len(found) != 1:
                raise disagreement(
                    found[1] if found else "",
                    f"exactly one of {shown(type(self), names)} must be given"
                    + (f", found {shown(type(self), found)}" if found else ""),
                    wanted=() if found else names,
                )
        for names in self.AT_LEAST_ONE:
            if not given.intersection(names):
                raise disagreement("", f"one of {shown(type(self), names)} must be given", wanted=names)
        for names in self.AT_MOST_ONE:
            found = [name for name in names if name in given]
            if len(found) > 1:
                raise disagreement(
                    found[1], f"only one of {shown(type(self), names)} may be given, found {len(found)}"
                )
        for name, others in self.NEEDS.items():
            if name in given and not given.intersection(others):
                raise disagreement(name, f"makes sense only together with {shown(type(self), others)}")
        for (name, value), needed in self.WHEN.items():
            if getattr(self, name) == value and needed not in given:
                raise disagreement(
                    "", f"{name} = {value!r} needs {shown(type(self), (needed,))}", wanted=(needed,)
                )
        return self


def shown(model: type[Table], names: tuple[str, ...] | list[str]) -> str:
    """Field names as people write them: ``'box_mm', 'file'``."""
    from immersive.errors import choices
    from immersive.formats.layout.normalise import table_spec
    from immersive.formats.layout.quantities import usual_key

    spec = table_spec(model)
    return choices(usual_key(name, spec[name].kind) for name in names)


def disagreement(key: str, message: str, *, wanted: tuple[str, ...] = ()) -> PydanticCustomError:
    """An error about one key of a table, or with an empty key about a table that lacks one of ``wanted``."""
    return PydanticCustomError("layout", "{message}", {"key": key, "message": message, "wanted": wanted})


def not_all_zero(value: tuple[float, ...]) -> tuple[float, ...]:
    """Validator of directions and quaternions."""
    if math.hypot(*value) < 1e-6:
        raise disagreement("", "must not be all zeros")
    return value


def _affine(value: tuple[float, ...]) -> tuple[float, ...]:
    a, b, c, _, d, e, f, _, g, h, i, _ = value[:12]
    if value[12:] != (0.0, 0.0, 0.0, 1.0):
        raise disagreement("", "the last four numbers of a matrix must be 0, 0, 0, 1 (it is row-major)")
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    if abs(determinant) < 1e-18:
        raise disagreement("", "the matrix is singular: it would squash the part flat")
    return value


def _scale(value: Any) -> Any:
    factors = value if isinstance(value, tuple) else (value,)
    if any(f == 0.0 for f in factors):
        raise disagreement("", "a scale of zero would squash the part flat")
    return value


Quaternion = Annotated[
    tuple[Number, Number, Number, Number],
    AfterValidator(not_all_zero),
]
Matrix = Annotated[
    tuple[
        Number, Number, Number, Number, Number, Number, Number, Number,
        Number, Number, Number, Number, Number, Number, Number, Number,
    ],
    AfterValidator(_affine),
]  # fmt: skip
Scale = Annotated[Number | tuple[Number, Number, Number], AfterValidator(_scale)]
Count = Annotated[int, Field(ge=1, le=10_000)]
