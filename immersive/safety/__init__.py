"""Safety distances and least widths: table look-ups and formulas of the standards, without geometry.

Millimetres in and out, as these standards are written. Each ``method()`` is one of ``immersive score``; the
functions beside serve the checks, which measure on geometry.
"""
