"""Every named tolerance of the geometry, each with its reason. Metres unless said."""

from __future__ import annotations

from typing import Final

TOUCH: Final = 5e-7
"""Surfaces this close count as touching: above the noise of float32 coordinates of parts up to some metres
(2e-7 m), below the micrometre that a careful author may mean as a gap."""

COORDINATE_LIMIT: Final = 1e5
"""Farther than 100 km from the origin float32 files resolve worse than 8 mm: said to the user."""

SHAPE_SEGMENTS: Final = 32
"""Least chords of a circle when a cylinder, cone or sphere is made into triangles: round to the eye."""

SHAPE_DEFLECTION: Final = 5e-4
"""Such shapes get more chords until they are within half a millimetre of the true surface, a tenth of
the gaps that clearance rules ask for; what is left is carried as the mesh's deflection."""

ARITHMETIC: Final = 1e-9
"""Float noise of a computed length: a gap drawn as 50 mm may come out 7e-18 m short of it. A limit kept
to within a nanometre is kept; no part is made, and no mesh written, that finely."""
