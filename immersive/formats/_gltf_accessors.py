"""glTF buffers, buffer views and accessors → numpy arrays. Every size is checked before memory is taken.

Source: Khronos glTF 2.0 specification, section 3.6; ``KHR_mesh_quantization``; the meshopt
extensions (see :mod:`immersive.formats._meshopt`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

import numpy as np
from numpy.typing import NDArray

from immersive.errors import InputError, LimitError
from immersive.formats._base import Folder
from immersive.formats._gltf_json import Item
from immersive.scene.model import FloatArray

MAX_DECODED_BYTES = 4 << 30
"""Memory that all arrays of one file may take together: a few bytes of JSON can ask for any amount."""

MAX_IMPLIED_BYTES = 256 << 20
"""Memory for accessors without data (all zeros by the specification), which a file gets for nothing."""

MESHOPT = ("EXT_meshopt_compression", "KHR_meshopt_compression")

_COMPONENTS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTH = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}

Array = NDArray[Any]
Raw = NDArray[np.uint8]


@dataclass
class Budget:
    """Counts the memory taken for one file."""

    file: str
    spent: int = 0
    implied: int = 0

    def take(self, count: int, place: str = "") -> None:
        """Raise a :class:`LimitError` where the file asks for more than is allowed."""
        self.spent += count
        if self.spent > MAX_DECODED_BYTES:
            raise LimitError(
                self.file,
                f"asks for more than {MAX_DECODED_BYTES >> 30} GiB of geometry",
                place=place or None,
            )

    def take_implied(self, count: int, place: str) -> None:
        self.implied += count
        if self.implied > MAX_IMPLIED_BYTES:
            raise LimitError(
                self.file, f"asks for {count:,} bytes of zeros without any data behind them", place=place
            )
        self.take(count, place)


@dataclass
class Accessors:
    """Reads the accessors of one file.

    Args:
        root: The file's JSON.
        folder: For external buffers.
        relative: The file, relative to the folder.
        binary: The GLB's binary chunk, if any.
        budget: Shared by everything that takes memory for this file.
        identity: On input what stands for the bytes in addition to the file's own hash; afterwards
            what stands for every byte the geometry comes from.
    """

    root: Item
    folder: Folder
    relative: str
    binary: memoryview | None
    budget: Budget
    references: list[str] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    identity: str = ""

    def __post_init__(self) -> None:
        self._accessors = self.root.items("accessors")
        self._views = self.root.items("bufferViews")
        self._buffer_items = self.root.items("buffers")
        self._unpacked: dict[int, Raw] = {}
        digest = hashlib.blake2b(self.identity.encode(), digest_size=16)
        own = self.folder.digests.get(self.relative)
        digest.update(own[0].encode() if own else hashlib.sha256(self.binary or b"").digest())
        files: dict[str, bytes] = {}
        self._buffers = [self._open(number, item, files) for number, item in enumerate(self._buffer_items)]
        for relative, data in files.items():
            known = self.folder.digests.get(relative)
            digest.update(known[0].encode() if known else hashlib.sha256(data).digest())
        # Stands for every byte the geometry comes from, so that meshes need not be hashed again.
        self.identity = digest.hexdigest()
        if not own:
            self.identity += hashlib.sha256(repr(self.root.data).encode("utf-8", "replace")).hexdigest()

    def __len__(self) -> int:
        return len(self._accessors)

    def item(self, index: int) -> Item:
        """The JSON of an accessor."""
        return self._accessors[index]

    def views(self) -> int:
        return len(self._views)

    def signature(self, index: int) -> str:
        """Words that fix an accessor's content, given the file: equal for two that share their data."""
        data = self._accessors[index].data
        keys = ("bufferView", "byteOffset", "componentType", "count", "type", "normalized", "sparse")
        return repr([data.get(key) for key in keys])

    def describe(self, index: int) -> tuple[np.dtype[Any], int, int]:
        """(component type, components, count) of an accessor, checked."""
        item = self._accessors[index]
        kind = item.integer("componentType")
        if kind not in _COMPONENTS:
            item.fail(f"is {kind}; allowed are {', '.join(map(str, _COMPONENTS))}", "componentType")
        shape = item.text("type")
        if shape not in _WIDTH:
            item.fail(f"is {shape!r}; allowed are {', '.join(_WIDTH)}", "type")
        return np.dtype(_COMPONENTS[kind]), _WIDTH[shape], item.integer("count")

    def array(self, index: int) -> Array:
        """(count, components) in the stored type: a read-only view of the file where that is possible.

        Raises:
            InputError: It reaches beyond its data, or contradicts itself.
            LimitError: It asks for too much memory.
        """
        self.used.add(index)
        item = self._accessors[index]
        dtype, width, count = self.describe(index)
        if item.text("type").startswith("MAT") and dtype.itemsize < 4:
            item.fail("matrices of small integers are not read", "type")
        sparse = item.item("sparse")
        if "bufferView" in item:
            found = self._slice(item, dtype, width, count, item.index("bufferView", len(self._views)))
        else:
            self.budget.take_implied(count * width * dtype.itemsize, item.place)
            found = np.zeros((count, width), dtype)
        if sparse is None:
            return found
        if "bufferView" in item:
            self.budget.take(found.size * dtype.itemsize, item.place)
            found = found.copy()
        return self._overlay(sparse, found)

    def floats(self, index: int) -> FloatArray:
        """(count, components) float64, normalised integers as the specification turns them to reals."""
        return self.real(self.array(index), self._accessors[index].flag("normalized"))

    @staticmethod
    def real(stored: Array, normalized: bool) -> FloatArray:
        """float64 from stored components (specification, section 3.6.2.2 and its equations)."""
        values = stored.astype(np.float64)
        if normalized and stored.dtype.kind in "iu":
            values /= float(np.iinfo(stored.dtype).max)
            if stored.dtype.kind == "i":
                np.maximum(values, -1.0, out=values)
        return values

    def _slice(self, item: Item, dtype: np.dtype[Any], width: int, count: int, view: int) -> Array:
        raw, stride = self.view(view)
        element = dtype.itemsize * width
        stride = stride or element
        start = item.integer("byteOffset", 0)
        if stride < element:
            item.fail(f"elements of {element} bytes do not fit a byteStride of {stride}")
        need = start + (stride * (count - 1) + element if count else 0)
        if need > len(raw):
            item.fail(
                f"needs {need:,} bytes for {count:,} elements, but bufferViews[{view}] has {len(raw):,}"
            )
        return np.ndarray((count, width), dtype, raw.data, start, (stride, dtype.itemsize))

    def _overlay(self, sparse: Item, base: Array) -> Array:
        count = sparse.integer("count")
        if count > len(base):
            sparse.fail(f"is {count:,}, more than the accessor's {len(base):,}", "count")
        where, what = sparse.item("indices"), sparse.item("values")
        if where is None or what is None:
            sparse.fail("needs both indices and values")
        kind = where.integer("componentType")
        if kind not in (5121, 5123, 5125):
            where.fail(f"is {kind}; allowed are 5121, 5123, 5125", "componentType")
        places = self._slice(
            where, np.dtype(_COMPONENTS[kind]), 1, count, where.index("bufferView", len(self._views))
        ).reshape(-1)
        values = self._slice(
            what, base.dtype, base.shape[1], count, what.index("bufferView", len(self._views))
        )
        if count and int(places.max()) >= len(base):
            where.fail(f"refers to element {int(places.max()):,} of {len(base):,}")
        base[places] = values
        return base

    def view(self, index: int) -> tuple[Raw, int]:
        """(bytes, stride or 0) of a buffer view; decompressed where it is compressed."""
        item = self._views[index]
        stride = item.integer("byteStride", 0)
        if stride > 255:
            item.fail(f"is {stride}; at most 252 is allowed", "byteStride")
        for name in MESHOPT:
            packed = item.extension(name)
            if packed is not None:
                if index not in self._unpacked:
                    self._unpacked[index] = self._unpack(packed, item)
                return self._unpacked[index], stride
        return self._range(item), stride

    def _range(self, item: Item) -> Raw:
        number = item.index("buffer", len(self._buffers))
        data = self._buffers[number]
        if data is None:
            item.fail(f"buffers[{number}] has no data: no uri, and it is not the binary chunk", "buffer")
        start, length = item.integer("byteOffset", 0), item.integer("byteLength")
        size = self._buffer_items[number].integer("byteLength")
        if start + length > size:
            item.fail(f"reaches to byte {start + length:,} of buffers[{number}], which has {size:,}")
        return data[start : start + length]

    def _unpack(self, packed: Item, parent: Item) -> Raw:
        from immersive.formats._meshopt import MeshoptError, decode

        count, stride = packed.integer("count"), packed.integer("byteStride", minimum=1)
        self.budget.take(count * stride, packed.place)
        if parent.integer("byteLength") != count * stride:
            packed.fail(f"{count} times {stride} bytes is not the view's byteLength")
        try:
            found = decode(
                self._range(packed),
                mode=packed.text("mode"),
                count=count,
                stride=stride,
                filter_=packed.text("filter", "NONE"),
            )
        except MeshoptError as error:
            packed.fail(str(error))
        found.flags.writeable = False
        return found

    def _open(self, number: int, item: Item, files: dict[str, bytes]) -> Raw | None:
        size = item.integer("byteLength", minimum=1)
        uri = item.text("uri") if "uri" in item else None
        marks = [item.extension(name) for name in MESHOPT]
        if any(mark is not None and mark.flag("fallback") for mark in marks):
            return None  # a copy for readers that cannot decompress
        data: bytes | memoryview
        if uri is None:
            if number != 0 or self.binary is None:
                return None
            data = self.binary
        elif uri.startswith("data:"):
            data = _data_uri(item, uri)
        else:
            relative = self.folder.locate_uri(uri, base=self.relative)
            if relative not in files:
                files[relative] = self.folder.read(relative, wanted_by=self.relative)
                self.references.append(relative)
            data = files[relative]
        if len(data) < size:
            item.fail(f"is {size:,}, but there are only {len(data):,} bytes", "byteLength")
        return np.frombuffer(data, np.uint8)


def _data_uri(item: Item, uri: str) -> bytes:
    head, comma, body = uri.partition(",")
    if not comma:
        item.fail("is a data: address without a comma", "uri")
    try:
        if head.endswith(";base64"):
            return base64.b64decode(unquote_to_bytes(body) if "%" in body else body, validate=True)
        return unquote_to_bytes(body)
    except (binascii.Error, ValueError) as error:
        raise InputError(
            item.file, f"holds a damaged data: address ({error})", place=f"{item.place}.uri"
        ) from None
