"""Reads glTF 2.0: ``.glb`` and ``.gltf`` with external or embedded buffers. Metres, Y up.

Source: Khronos glTF 2.0 specification (ISO/IEC 12113:2022) and the extensions named in
:data:`UNDERSTOOD`. Nothing but numpy is imported for a plain file; compressed ones need numba
(meshopt) or DracoPy (Draco).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import numpy as np

from immersive.errors import UnsupportedError
from immersive.formats._base import Folder, Format, Model, ReadOptions
from immersive.formats._gltf_accessors import MESHOPT, Accessors, Budget
from immersive.formats._gltf_json import Item, parse
from immersive.formats._gltf_meshes import DRACO, Deviation, Meshes
from immersive.formats._gltf_nodes import INSTANCING, Nodes
from immersive.formats._gltf_notices import Gathered

UNDERSTOOD: Final = ("KHR_mesh_quantization", DRACO, *MESHOPT, INSTANCING)
"""Extensions that change the geometry and are applied."""

_LOOKS_ONLY = re.compile(
    r"(KHR|EXT|ADOBE|MSFT)_(materials|texture|lights|image)_\w+|KHR_animation_pointer|KHR_xmp(_json_ld)?"
    r"|KHR_lights_\w+|EXT_mesh_features|EXT_structural_metadata|EXT_instance_features|TM_brep_faces"
)
"""Extensions that leave the geometry as it is."""


def read(folder: Folder, relative: str, options: ReadOptions) -> Model:
    """Read one glTF file.

    Args:
        folder: Where the file and its buffers are.
        relative: The file.
        options: Nothing of them is used: glTF fixes unit and axis.

    Returns:
        Instances in metres, Y up, in the order of the node tree; meshes shared between them.

    Raises:
        InputError: Damaged or contradictory; names the place in the JSON.
        UnsupportedError: glTF 1.0, or a required extension that is not understood.
        LimitError: It asks for more memory than it could honestly need.
        MissingExtraError: Draco-compressed, and DracoPy is not installed.
    """
    del options
    return read_bytes(folder, relative, folder.read(relative))


def read_bytes(
    folder: Folder,
    relative: str,
    data: bytes,
    *,
    identity: str = "",
    deviation: Deviation | None = None,
    rename: Callable[[str], str] | None = None,
) -> Model:
    """Like :func:`read` for bytes at hand, for formats that are converted to glTF first.

    Args:
        folder: External buffers come from here.
        relative: The file, for messages.
        data: A whole .glb or .gltf.
        identity: Stands for ``data`` in the keys of the meshes, where ``relative`` does not.
        deviation: Gives ``Mesh.deflection`` of a primitive.
        rename: Gives the name of a node from its name in ``data``.
    """
    root, binary = parse(relative, data)
    gathered = Gathered(relative)
    _check_extensions(root)
    version = root.data["asset"].get("version")
    if version != "2.0":
        gathered.add("newer-version", str(version))
    accessors = Accessors(root, folder, relative, binary, Budget(relative), identity=identity)
    meshes = Meshes(root, accessors, gathered, deviation)
    instances = Nodes(root, meshes, accessors, gathered, rename).instances()
    animations = root.items("animations")
    if animations:
        gathered.add("animations-not-applied", count=len(animations))
    _check_unused(root, accessors)
    return Model(
        instances,
        unit="m",
        unit_origin="format",
        up_axis="Y",
        notices=gathered.notices(),
        references=tuple(accessors.references),
    )


def _check_extensions(root: Item) -> None:
    for name in root.names("extensionsRequired"):
        if name not in UNDERSTOOD and not _LOOKS_ONLY.fullmatch(name):
            raise UnsupportedError(
                root.file,
                f"needs the glTF extension {name!r}, which is not understood here",
                place="extensionsRequired",
                hint="export the file again without it",
            )
    root.names("extensionsUsed")


def _check_unused(root: Item, accessors: Accessors) -> None:
    """Refuse numbers that are none in accessors that nothing refers to: the file is damaged.

    What primitives and animations refer to is either read already (and bad vertices counted) or
    does not concern the shape.
    """
    known = set(accessors.used)
    for mesh in root.items("meshes"):
        for primitive in mesh.items("primitives"):
            tables = [primitive.data.get("attributes"), *(primitive.data.get("targets") or ())]
            for table in tables:
                known.update(entry for entry in (table or {}).values() if isinstance(entry, int))
            known.add(primitive.data.get("indices", -1))
    for animation in root.items("animations"):
        for sampler in animation.items("samplers"):
            known.update((sampler.data.get("input", -1), sampler.data.get("output", -1)))
    for skin in root.items("skins"):
        known.add(skin.data.get("inverseBindMatrices", -1))
    for number in range(len(accessors)):
        if number in known or accessors.describe(number)[0].kind != "f":
            continue
        bad = ~np.isfinite(accessors.array(number)).all(axis=1)
        if bad.any():
            accessors.item(number).fail(f"element {int(np.argmax(bad))} is not a finite number")


def _sniff_binary(head: bytes) -> bool:
    return head.startswith(b"glTF")


def _sniff_text(head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"{") and bool(
        re.search(rb'"(accessors|asset|bufferViews|buffers|extensionsUsed|scenes)"\s*:', head)
    )


FORMATS: Final = (
    Format("glb", "glTF 2.0 binary", (".glb",), _sniff_binary, read, options_used=()),
    Format("gltf", "glTF 2.0", (".gltf",), _sniff_text, read, options_used=()),
)
