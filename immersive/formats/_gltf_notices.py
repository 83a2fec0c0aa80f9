"""What the glTF reader has to tell, gathered so that one sentence stands for many equal cases."""

from __future__ import annotations

from dataclasses import dataclass, field

from immersive.findings import text
from immersive.scene.model import Notice, Severity

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

_SENTENCES: dict[str, tuple[Severity, str, str]] = {
    "nan-vertices": (
        _E,
        "Triangles left out because a vertex is not a finite number: {count} ({names}).",
        "Triangles écartés parce qu’un sommet n’est pas un nombre fini : {count} ({names}).",
    ),
    "degenerate-triangles": (
        _W,
        "Triangles that use one vertex twice and have no area, kept: {count} ({names}).",
        "Triangles qui utilisent deux fois le même sommet, sans aire, gardés : {count} ({names}).",
    ),
    "incomplete-triangles": (
        _W,
        "Vertices at the end of a primitive that make no whole triangle, left out: {count} ({names}).",
        "Sommets en fin de primitive qui ne forment pas un triangle complet, écartés : {count} ({names}).",
    ),
    "no-positions": (
        _W,
        "Primitives without a POSITION attribute, so without a shape: {count} ({names}).",
        "Primitives sans attribut POSITION, donc sans forme : {count} ({names}).",
    ),
    "points-or-lines": (
        _W,
        "Primitives of points or lines instead of triangles, left out: {count} ({names}).",
        "Primitives de points ou de lignes et non de triangles, écartées : {count} ({names}).",
    ),
    "bounds-contradict": (
        _W,
        "Accessors that state other bounds (min, max) than their positions have: {count} ({names}).",
        "Accesseurs dont les limites annoncées (min, max) contredisent les positions : {count} ({names}).",
    ),
    "vertex-colors-ignored": (
        _I,
        "Primitives with colours per vertex, shown in the colour of their material: {count}.",
        "Primitives à couleurs par sommet, montrées dans la couleur de leur matériau : {count}.",
    ),
    "textures-ignored": (
        _I,
        "Materials with a picture as their colour, shown in their plain colour: {count}.",
        "Matériaux dont la couleur est une image, montrés dans leur couleur unie : {count}.",
    ),
    "skins-not-applied": (
        _W,
        "Nodes deformed by a skeleton (skin), which is not applied; they stand in their bind pose: {count} "
        "({names}).",
        "Nœuds déformés par un squelette (skin), non appliqué ; ils sont dans leur pose de repos : {count} "
        "({names}).",
    ),
    "morphs-not-applied": (
        _W,
        "Morph targets, which are not applied: {count} ({names}).",
        "Cibles de déformation (morph targets), non appliquées : {count} ({names}).",
    ),
    "animations-not-applied": (
        _I,
        "Animations, which are not applied; the file's rest pose is shown: {count}.",
        "Animations non appliquées ; la pose de repos du fichier est montrée : {count}.",
    ),
    "zero-scale": (
        _W,
        "Parts flattened by a scale of zero on at least one axis: {count} ({names}).",
        "Pièces aplaties par une échelle nulle sur au moins un axe : {count} ({names}).",
    ),
    "mirrored": (
        _I,
        "Parts mirrored by their transform; their triangles are turned to face outwards: {count} ({names}).",
        "Pièces en miroir par leur transformation ; leurs triangles sont retournés vers l’extérieur : {count} "
        "({names}).",
    ),
    "sheared": (
        _I,
        "Nodes whose matrix shears, applied as it is: {count} ({names}).",
        "Nœuds dont la matrice cisaille, appliquée telle quelle : {count} ({names}).",
    ),
    "outside-scene": (
        _W,
        "Nodes with a mesh outside the scene that is shown, left out: {count} ({names}).",
        "Nœuds avec un maillage hors de la scène montrée, écartés : {count} ({names}).",
    ),
    "unplaced-meshes": (
        _W,
        "Meshes that no node places, so they are nowhere: {count} ({names}).",
        "Maillages qu’aucun nœud ne place, donc absents : {count} ({names}).",
    ),
    "several-scenes": (
        _I,
        "The file has {count} scenes; shown is {names}.",
        "Le fichier contient {count} scènes ; celle montrée est {names}.",
    ),
    "no-scene": (
        _I,
        "The file names no scene; all its root nodes are shown: {count}.",
        "Le fichier ne nomme aucune scène ; tous ses nœuds racines sont montrés : {count}.",
    ),
    "renamed": (
        _I,
        "Nodes with the name of a sibling, numbered: {count} ({names}).",
        "Nœuds portant le nom d’un voisin, numérotés : {count} ({names}).",
    ),
    "newer-version": (
        _I,
        "The file is glTF {names}; it was read by the rules of glTF 2.0, which its version allows.",
        "Le fichier est en glTF {names} ; il a été lu selon les règles de glTF 2.0, ce que sa version permet.",
    ),
    "unknown-extension": (
        _W,
        "Uses of extensions that are not understood here and may change the geometry: {count} ({names}).",
        "Emplois d’extensions non comprises ici, qui peuvent changer la géométrie : {count} ({names}).",
    ),
    "draco-fallback": (
        _I,
        "Primitives read from their uncompressed copy, as DracoPy is not installed: {count}.",
        "Primitives lues dans leur copie non compressée, DracoPy n’étant pas installé : {count}.",
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
