"""People: body dimensions."""
