"""Safety distances and least widths: table look-ups and formulas of the standards, without geometry.

Millimetres in and out, as these standards are written. :mod:`immersive.safety.methods` lists them for
``immersive score``; the functions of each module serve the checks, which measure on geometry.
"""
