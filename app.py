"""The program, from a fresh clone: ``python app.py check layouts/assembly_cell.toml``."""

from immersive.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
