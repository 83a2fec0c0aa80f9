"""Turns one STEP file into GLB in a process of its own, so that a broken file cannot take the program along.

Run as a script: ``_step_worker.py IN OUT LINEAR_MM ANGULAR_RAD MEMORY_BYTES``. It imports nothing
of the program. Exit status 3: the kernel found no shape; 4: the package cascadio cannot be
imported; 5: out of memory.
"""

from __future__ import annotations

import sys
from pathlib import Path

NO_SHAPE, NO_PACKAGE, NO_MEMORY = 3, 4, 5


def _limit(memory: int) -> None:
    """Bound memory and file size where the system can (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    for kind in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE):
        _, hard = resource.getrlimit(kind)
        allowed = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
        try:
            resource.setrlimit(kind, (allowed, hard))
        except (ValueError, OSError):  # macOS refuses some limits
            continue


def main(arguments: list[str]) -> int:
    source, target, linear, angular, memory = arguments
    _limit(int(memory))
    try:
        # cascadio registers itself with trimesh where that is there: a second or more, for nothing here.
        sys.modules["trimesh"] = None  # type: ignore[assignment]
        try:
            from cascadio import load
        except ImportError:
            return NO_PACKAGE
        converted = load(
            Path(source).read_bytes(),
            tol_linear=float(linear),
            tol_angular=float(angular),
            merge_primitives=True,
            include_brep=True,
            brep_types={"cylinder", "cone", "sphere", "torus"},
        )
        if not converted:
            return NO_SHAPE
        Path(target).write_bytes(converted)
    except MemoryError:
        return NO_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
