"""What the glTF reader has to tell, gathered so that one sentence stands for many equal cases."""

from __future__ import annotations

from dataclasses import dataclass, field

from immersive.findings import text
from immersive.scene.model import Notice, Severity

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

_SENTENCES: dict[str, tuple[Severity, str, str]] = {
    "nan-vertices": (
        _E,
        "{count} triangles use a vertex that is not a finite number and were left out ({names})",
        "{count} triangles utilisent un sommet qui n’est pas un nombre fini et ont été écartés ({names})",
    ),
    "degenerate-triangles": (
        _W,
        "{count} triangles use one vertex twice and have no area; they are kept ({names})",
        "{count} triangles utilisent deux fois le même sommet et sont sans aire ; ils sont gardés ({names})",
    ),
    "incomplete-triangles": (
        _W,
        "{count} vertices at the end of a primitive do not make a whole triangle and were left out ({names})",
        "{count} sommets en fin de primitive ne forment pas un triangle complet et ont été écartés ({names})",
    ),
    "no-positions": (
        _W,
        "{count} primitives have no POSITION attribute, so they have no shape ({names})",
        "{count} primitives n’ont pas d’attribut POSITION et donc pas de forme ({names})",
    ),
    "points-or-lines": (
        _W,
        "{count} primitives are points or lines, not triangles, and were left out ({names})",
        "{count} primitives sont des points ou des lignes, pas des triangles, et ont été écartées ({names})",
    ),
    "bounds-contradict": (
        _W,
        "{count} accessors state other bounds (min, max) than their positions have ({names})",
        "{count} accesseurs indiquent d’autres limites (min, max) que leurs positions ({names})",
    ),
    "vertex-colors-ignored": (
        _I,
        "{count} primitives have colours per vertex; the material's colour is shown instead",
        "{count} primitives ont des couleurs par sommet ; la couleur du matériau est montrée à la place",
    ),
    "textures-ignored": (
        _I,
        "{count} materials have a picture as their colour; only their plain colour is shown",
        "{count} matériaux ont une image pour couleur ; seule leur couleur unie est montrée",
    ),
    "skins-not-applied": (
        _W,
        "{count} nodes are deformed by a skeleton (skin), which was not applied: the shape stands in its bind "
        "pose ({names})",
        "{count} nœuds sont déformés par un squelette (skin), qui n’a pas été appliqué : la forme est dans sa "
        "pose de repos ({names})",
    ),
    "morphs-not-applied": (
        _W,
        "{count} meshes have morph targets, which were not applied ({names})",
        "{count} maillages ont des cibles de déformation (morph targets), non appliquées ({names})",
    ),
    "animations-not-applied": (
        _I,
        "{count} animations were not applied: the file's rest pose is shown",
        "{count} animations n’ont pas été appliquées : la pose de repos du fichier est montrée",
    ),
    "zero-scale": (
        _W,
        "{count} parts are flattened by a scale of zero on at least one axis ({names})",
        "{count} pièces sont aplaties par une échelle nulle sur au moins un axe ({names})",
    ),
    "mirrored": (
        _I,
        "{count} parts are mirrored by their transform; their triangles are turned to face outwards ({names})",
        "{count} pièces sont en miroir par leur transformation ; leurs triangles sont retournés vers "
        "l’extérieur ({names})",
    ),
    "sheared": (
        _I,
        "{count} nodes have a matrix with shear, applied as it is ({names})",
        "{count} nœuds ont une matrice avec cisaillement, appliquée telle quelle ({names})",
    ),
    "outside-scene": (
        _W,
        "{count} nodes with a mesh stand outside the scene that is shown and were left out ({names})",
        "{count} nœuds avec un maillage sont hors de la scène montrée et ont été écartés ({names})",
    ),
    "unplaced-meshes": (
        _W,
        "{count} meshes are not placed by any node, so they are nowhere ({names})",
        "{count} maillages ne sont placés par aucun nœud : ils ne sont nulle part ({names})",
    ),
    "several-scenes": (
        _I,
        "the file has {count} scenes; shown is {names}",
        "le fichier contient {count} scènes ; celle montrée est {names}",
    ),
    "no-scene": (
        _I,
        "the file names no scene; all {count} root nodes are shown",
        "le fichier ne nomme aucune scène ; les {count} nœuds racines sont tous montrés",
    ),
    "renamed": (
        _I,
        "{count} nodes had the name of a sibling and were numbered ({names})",
        "{count} nœuds portaient le nom d’un voisin et ont été numérotés ({names})",
    ),
    "newer-version": (
        _I,
        "the file is glTF {names}; it was read by the rules of glTF 2.0, which its version allows",
        "le fichier est en glTF {names} ; il a été lu selon les règles de glTF 2.0, ce que sa version permet",
    ),
    "unknown-extension": (
        _W,
        "{count} uses of extensions that are not understood here and may change the geometry: {names}",
        "{count} emplois d’extensions non comprises ici, qui peuvent changer la géométrie : {names}",
    ),
    "draco-fallback": (
        _I,
        "{count} primitives are also Draco-compressed; the uncompressed copy was read, as DracoPy is not "
        "installed",
        "{count} primitives sont aussi compressées en Draco ; la copie non compressée a été lue, DracoPy "
        "n’étant pas installé",
    ),
    "no-triangles": (
        _W,
        "the file shows nothing: it has no triangles in its scene",
        "le fichier ne montre rien : sa scène n’a aucun triangle",
    ),
}

_SHOWN = 5


@dataclass
class Gathered:
    """Counts and first names per code, in order of first appearance."""

    file: str
    counts: dict[str, int] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)

    def add(self, code: str, name: str = "", count: int = 1) -> None:
        """One more case of ``code``, at or about ``name``."""
        self.counts[code] = self.counts.get(code, 0) + count
        known = self.names.setdefault(code, [])
        if name and name not in known and len(known) <= _SHOWN:
            known.append(name)

    def notices(self) -> tuple[Notice, ...]:
        found = []
        for code, count in self.counts.items():
            severity, english, french = _SENTENCES[code]
            known = self.names[code]
            shown = ", ".join(known[:_SHOWN]) + (", …" if len(known) > _SHOWN else "")
            sentence = text(english, french, count=count, names=shown)
            clean = {language: words.replace(" ()", "") for language, words in sentence.items()}
            found.append(
                Notice(
                    code, severity, self.file, clean, place=known[0] if known else None, data={"count": count}
                )
            )
        return tuple(found)
