"""Colours of glTF materials. Source: Khronos glTF 2.0 specification, section 3.9."""

from __future__ import annotations

from typing import Final

from immersive.formats._gltf_json import Item
from immersive.formats._gltf_notices import Gathered

Color = tuple[float, float, float, float]

WHITE: Final[Color] = (1.0, 1.0, 1.0, 1.0)


def srgb_from_linear(linear: float) -> float:
    """Display value of a linear light intensity, both in 0…1 (IEC 61966-2-1)."""
    if linear >= 1.0:
        return 1.0
    value = max(linear, 0.0)
    return 12.92 * value if value <= 0.0031308 else 1.055 * float(value ** (1.0 / 2.4)) - 0.055


def material_color(material: Item, gathered: Gathered) -> Color | None:
    """Plain colour in sRGB of a material; None where only a picture gives it one."""
    pbr = material.item("pbrMetallicRoughness") or Item(
        {}, f"{material.place}.pbrMetallicRoughness", material.file
    )
    factor = pbr.numbers("baseColorFactor", 4)
    picture = pbr.item("baseColorTexture")
    for key in ("metallicFactor", "roughnessFactor"):
        pbr.number(key, 1.0)
    for key, inner in (("normalTexture", "scale"), ("occlusionTexture", "strength")):
        texture = material.item(key)
        if texture is not None:
            texture.number(inner, 1.0)
    specular = material.extension("KHR_materials_pbrSpecularGlossiness")
    if specular is not None and factor is None and picture is None:
        factor = specular.numbers("diffuseFactor", 4)
        picture = specular.item("diffuseTexture")
    mode = material.text("alphaMode", "OPAQUE")
    material.number("alphaCutoff", 0.5)
    if picture is not None:
        gathered.add("textures-ignored", material.text("name") or material.place)
        if factor is None or factor[:3] == [1.0, 1.0, 1.0]:
            return None
    red, green, blue, alpha = factor or WHITE
    alpha = min(max(alpha, 0.0), 1.0) if mode == "BLEND" else 1.0
    return srgb_from_linear(red), srgb_from_linear(green), srgb_from_linear(blue), alpha
