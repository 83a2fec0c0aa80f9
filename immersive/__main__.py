"""``python -m immersive`` is the installed ``immersive``."""

from immersive.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
