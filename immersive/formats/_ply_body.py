"""The rows of a PLY file as arrays: only the columns that are wanted, whatever the encoding."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from immersive.errors import InputError
from immersive.formats._ply_header import Element, Header


@dataclass(frozen=True)
class Table:
    """The wanted content of one element.

    Attributes:
        columns: (R, W) float64, in the order in which they were asked for.
        lengths: (R,) of the wanted list.
        values: All its values one after the other, as the file has them or float64 (which is exact
            for every integer type of PLY).
        end: Offset after the table.
    """

    columns: NDArray[np.float64]
    lengths: NDArray[np.int64]
    values: NDArray[Any]
    end: int


_NONE: Final = np.empty(0, np.int64)


def read_table(
    data: bytes, header: Header, element: Element, at: int, wanted: Sequence[int], wanted_list: int, file: str
) -> Table:
    """Read one table.

    Args:
        data: The whole file.
        header: Of it.
        element: Which table.
        at: Offset of its first row.
        wanted: Places of the single-valued properties to keep.
        wanted_list: Place of the list to keep, or -1.
        file: For messages.

    Raises:
        InputError: It ends before its last row, or holds what is no number.
    """
    if not element.properties or element.rows == 0:
        return Table(np.empty((element.rows if wanted else 0, len(wanted))), _NONE, np.empty(0), at)
    ascii_ = header.encoding == "ascii"
    least = 2 * len(element.properties) if ascii_ else element.least_bytes
    # An ASCII row ends with a line feed or the file, so the last one may be a byte shorter.
    if (len(data) - at + (1 if ascii_ else 0)) // least < element.rows:
        there = f"at most {max(len(data) - at, 0) // least:,}"
        raise InputError(
            file, f"the header announces {element.rows:,} rows of {element.name!r}, the file holds {there}"
        )
    if ascii_:
        return _ascii(data, header, element, at, wanted, wanted_list, file)
    order = ">" if header.encoding == "binary_big_endian" else "<"
    plain = _fixed(data, element, order, at, wanted, wanted_list)
    if plain is not None:
        return plain
    from immersive.formats import _ply_kernels as kernels

    codes = np.array([kernels.CODES.index(item.code) for item in element.properties], np.int64)
    counts = np.array(
        [kernels.CODES.index(item.count) if item.count else -1 for item in element.properties], np.int64
    )
    status, stop, row, columns, lengths, values = kernels.binary_rows(
        np.frombuffer(data, np.uint8),
        at,
        element.rows,
        codes,
        counts,
        order == ">",
        np.array(wanted, np.int64),
        wanted_list,
        sys.byteorder == "little",
    )
    if status != kernels.OK:
        raise _cut_off(file, element, row, negative=status == kernels.BAD_LENGTH)
    return Table(columns, lengths, values, stop)


def _fixed(
    data: bytes, element: Element, order: str, at: int, wanted: Sequence[int], wanted_list: int
) -> Table | None:
    """Rows of one size, read at a stroke: no lists, or a list that has the same length in each row."""
    fields: list[tuple[str, object]] = []
    length = 0
    for place, item in enumerate(element.properties):
        if not item.count:
            fields.append((f"p{place}", order + item.code))
            continue
        if place != wanted_list or sum(bool(other.count) for other in element.properties) > 1:
            return None
        before = sum(int(other.code[1]) for other in element.properties[:place])
        count = np.frombuffer(data, order + item.count, 1, at + before)
        length = int(count[0])
        if length < 1 or length > 16:
            return None
        fields += [("n", order + item.count), (f"p{place}", (order + item.code, (length,)))]
    kind = np.dtype(fields)
    if (len(data) - at) // kind.itemsize < element.rows:
        return None
    rows = np.frombuffer(data, kind, element.rows, at)
    lengths: NDArray[np.int64] = _NONE
    values: NDArray[Any] = np.empty(0)
    if length:
        if not (rows["n"] == length).all():
            return None
        lengths = np.full(element.rows, length, np.int64)
        values = rows[f"p{wanted_list}"].astype(np.dtype(element.properties[wanted_list].code)).reshape(-1)
        values.flags.writeable = False  # so that the mesh need not take a copy
    columns = np.empty((element.rows, len(wanted)))
    for column, place in enumerate(wanted):
        columns[:, column] = rows[f"p{place}"]
    return Table(columns, lengths, values, at + kind.itemsize * element.rows)


def _ascii(
    data: bytes, header: Header, element: Element, at: int, wanted: Sequence[int], wanted_list: int, file: str
) -> Table:
    from immersive.formats import _ply_kernels as kernels

    status, stop, row, columns, lengths, values, slow = kernels.ascii_rows(
        np.frombuffer(data, np.uint8),
        at,
        element.rows,
        np.array([0 if item.count else -1 for item in element.properties], np.int64),
        np.array(wanted, np.int64),
        wanted_list,
    )
    if status == kernels.CUT_OFF:
        raise _cut_off(file, element, row)
    if status != kernels.OK:
        line = header.lines + data.count(b"\n", header.body, stop)
        word = data[stop : stop + 40].split()[0].decode("latin-1")
        defect = {
            kernels.BAD_NUMBER: f"{word!r} is not a number",
            kernels.DECIMAL_COMMA: f"{word!r} has a decimal comma; PLY has decimal points",
            kernels.BAD_LENGTH: f"{word!r} is not the length of a list",
        }[status]
        raise InputError(file, defect, place=f"line {line + 1}")
    flat = columns.reshape(-1)
    for is_list, place, start, end in slow:
        (values if is_list else flat)[place] = float(data[start:end].lower().replace(b"d", b"e"))
    return Table(columns, lengths, values, stop)


def _cut_off(file: str, element: Element, row: int, *, negative: bool = False) -> InputError:
    place = f"{element.name} {row:,}"
    if negative:
        return InputError(file, "the length of a list is negative", place=place)
    return InputError(
        file,
        f"the header announces {element.rows:,} rows of {element.name!r}, the file ends in row {row + 1:,}",
        place=place,
    )
