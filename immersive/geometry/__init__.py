"""Geometry on plain arrays: distances, sections, frames. Knows nothing of scenes."""
