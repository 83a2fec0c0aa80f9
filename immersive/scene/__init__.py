"""The scene and what a layout says about it."""
