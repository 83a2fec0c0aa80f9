"""Readers of CAD meshes and layouts: the only place with file names and foreign units."""
