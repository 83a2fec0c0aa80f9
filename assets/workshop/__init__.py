"""The workshop the demo meshes are made in: shapes, a GLB writer, and one module per kind of equipment."""
