"""Plain colours of COLLADA materials. Textures are not looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from immersive.errors import InputError
from immersive.formats._meshes import Color
from immersive.formats._xml import Element, find, floats, local

if TYPE_CHECKING:
    from immersive.formats.dae import _Document

_SHADERS = ("phong", "lambert", "blinn", "constant")


def bound(document: _Document, item: Element, symbols: tuple[str, ...]) -> tuple[Color | None, ...]:
    """The colour of each material symbol of a shape, as bound where the shape is instanced.

    A symbol that is not bound is taken as the id of a material, as careless exporters mean it.
    """
    binding: dict[str, str] = {}
    for element in item.iter("{*}instance_material"):
        binding.setdefault(element.get("symbol") or "", (element.get("target") or "").lstrip("#"))
    return tuple(_material(document, binding.get(symbol, symbol)) for symbol in symbols)


def _material(document: _Document, name: str) -> Color | None:
    material = document.ids.get("material", {}).get(name)
    use = None if material is None else find(material, "instance_effect")
    if use is None:
        return None
    effect = document.ids.get("effect", {}).get((use.get("url") or "").lstrip("#"))
    profile = None if effect is None else find(effect, "profile_COMMON/technique")
    if profile is None:
        return None
    for shader in profile:
        if local(shader) in _SHADERS:
            base = find(shader, "emission/color" if local(shader) == "constant" else "diffuse/color")
            color = None if base is None else _numbers(base, document.file)
            if color is None:
                return None
            return (color[0], color[1], color[2], _opacity(shader, document.file))
    return None


def _numbers(element: Element, file: str) -> list[float] | None:
    """Three or four finite numbers; None where the file holds something else (a colour is not worth a refusal)."""
    try:
        values = floats(element.text, file, "color")
    except InputError:
        return None
    if len(values) not in (3, 4) or not np.isfinite(values).all():
        return None
    found: list[float] = np.clip(values, 0.0, 1.0).tolist()
    return found + [1.0] * (4 - len(found))


def _opacity(shader: Element, file: str) -> float:
    """Opacity by the rule of ``transparent`` and ``transparency``.

    The alpha of the diffuse colour means nothing in COLLADA. A shape that comes out invisible is
    shown solid: exporters often swap the meaning, and nobody exports what is not to be seen.
    """
    transparent = find(shader, "transparent/color")
    factor = find(shader, "transparency/float")
    color = None if transparent is None else _numbers(transparent, file)
    if color is None and factor is None:
        return 1.0
    amount = 1.0
    if factor is not None:
        try:
            amount = float(factor.text or "")
        except ValueError:
            return 1.0
    color = color or [1.0, 1.0, 1.0, 1.0]
    holder = find(shader, "transparent")
    mode = "A_ONE" if holder is None else holder.get("opaque") or "A_ONE"
    luminance = 0.212671 * color[0] + 0.715160 * color[1] + 0.072169 * color[2]
    opacity = {
        "A_ONE": color[3] * amount,
        "A_ZERO": 1.0 - color[3] * amount,
        "RGB_ONE": luminance * amount,
        "RGB_ZERO": 1.0 - luminance * amount,
    }.get(mode, 1.0)
    return opacity if 0.0 < opacity <= 1.0 else 1.0
