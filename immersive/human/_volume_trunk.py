"""Trunk, neck and head of :mod:`immersive.human.volume`."""

from __future__ import annotations

from typing import Final

import numpy as np

from immersive.human._volume_build import Builder, Section
from immersive.human.links import BACK_OF_HIP, hip_height

LUMBAR_HOLLOW: Final = 0.025
"""Metres between a wall at the back and the waist (set by this project)."""


def add_trunk(build: Builder) -> None:
    """Pelvis, waist, thorax, back, neck."""
    d, link = build.d, build.link
    hip = hip_height(build.people)
    wall, spine = -BACK_OF_HIP * d("buttock depth"), link["pelvis_forward"]
    chest_b, chest_d = d("chest breadth, standing"), d("chest depth, standing")
    waist_b, waist_d = d("waist breadth"), d("waist depth")
    hip_b, hip_d = d("hip breadth, standing"), d("buttock depth")
    lumbosacral = hip + link["pelvis_up"]
    thoracolumbar = lumbosacral + link["lumbar_up"]
    # Pelvis: widest at the hips, towards the waist above.
    # Buttocks end at the seat: the section is as high as its roundness asks.
    low = np.maximum(-0.02, 0.5 * hip_d - link["sitting_hip_height"])
    hips = Section(wall + 0.5 * hip_d, low, hip_b, hip_d)
    crest = Section(
        wall + 0.5 * (hip_d + LUMBAR_HOLLOW),
        link["pelvis_up"],
        0.5 * (hip_b + waist_b),
        0.5 * (hip_d + waist_d),
    )
    build.pair("pelvis", "pelvis", hips, crest)
    # Lumbar: the waist at its height; the trunk's own axis is the spine, so y counts from there.
    waist_y = wall + LUMBAR_HOLLOW + 0.5 * waist_d - spine
    waist = Section(waist_y, d("waist height") - lumbosacral, waist_b, waist_d)
    below_ribs = Section(waist_y, link["lumbar_up"], 0.5 * (waist_b + chest_b), 0.5 * (waist_d + chest_d))
    build.pair("waist", "lumbar", waist, below_ribs)
    # Thorax: ribs up to the chest's height, then narrowing in depth to the shoulders.
    chest_z = d("chest height") - thoracolumbar
    ribs = Section(
        wall + 0.5 * (LUMBAR_HOLLOW + chest_d) - spine,
        0.15 * link["thorax_up"],
        np.minimum(0.5 * (waist_b + chest_b), chest_b),
        chest_d * 0.97,
    )
    chest = Section(wall + 0.5 * chest_d - spine, chest_z, chest_b, chest_d)
    build.pair("chest", "thorax", ribs, chest)
    shoulder_z = link["sternum_up"] + link["clavicle_up"]
    top_d = 0.85 * chest_d
    top = Section(
        wall + 0.55 * top_d + 0.02 - spine,
        shoulder_z - 0.28 * top_d,
        0.9 * d("shoulder (biacromial) breadth"),
        top_d,
    )
    build.pair("shoulders", "thorax", chest, top)
    # Broad back muscles: no tape of the chest's girth goes round its surveyed breadth and depth, which leave them
    # out. Two thirds of the way to the breadth that the girth asks for, since hanging arms press on
    # them.
    girth_b = chest_d + 0.5 * (d("chest circumference") - np.pi * chest_d)
    back_b, back_d = np.maximum(chest_b, (chest_b + 2.0 * girth_b) / 3.0), 0.7 * chest_d
    back_y = wall + 0.5 * back_d - spine
    low_back = Section(back_y, 0.3 * chest_z, 0.5 * (waist_b + back_b), back_d)
    axilla = Section(back_y + 0.01, 0.6 * chest_z + 0.4 * shoulder_z, back_b, back_d)
    build.pair("back", "thorax", low_back, axilla)
    neck = d("neck circumference") / (2.0 * np.pi)
    build.add(
        "neck",
        "neck",
        (0.0, 0.3 * neck, -0.02),
        (0.0, link["neck_forward"], link["neck_up"]),
        1.1 * neck,
        neck,
    )
    # The slope from neck to shoulder.
    shoulder_x = link["sternum_half_spacing"] + link["clavicle_out"]
    for side, s in (("right", 1.0), ("left", -1.0)):
        build.add(
            f"{side}_slope",
            "thorax",
            (s * 0.5 * neck, 0.0, link["thorax_up"] - 0.03),
            (s * 0.7 * shoulder_x, back_y, shoulder_z + 0.01),
            0.9 * neck,
            0.6 * neck,
        )


def add_head(build: Builder) -> None:
    """Skull and face."""
    d, link = build.d, build.link
    length, half = d("head length"), 0.5 * d("head breadth")
    back = -0.45 * length
    z = link["vertex_up"] - half
    build.add("skull", "head", (0.0, back + half, z), (0.0, back + length - half, z), half, half)
    # Face: from between the eyes to the chin, sellion some 5 mm above the eyes.
    chin = link["eye_up"] + 0.005 - d("menton-sellion length")
    front = back + length
    build.add(
        "face",
        "head",
        (0.0, front - half, link["eye_up"]),
        (0.0, front - 0.75 * half, chin + 0.62 * half),
        0.98 * half,
        0.62 * half,
    )
