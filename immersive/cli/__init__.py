"""The command line. Exit codes: 0 clean, 1 findings, 2 the program could not do its job.

Every command is a module of this package, imported when it is asked for, so that
``--version`` and ``--help`` cost no more than Python itself.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

EXIT_CLEAN, EXIT_FINDINGS, EXIT_FAILED = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code. Never raises for bad input."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words in (["--version"], ["-V"]):
        from immersive import __version__

        print(f"immersive {__version__}")
        return EXIT_CLEAN
    import gc
    import importlib

    from immersive.cli._common import announce_compilation
    from immersive.cli._parser import parser
    from immersive.errors import ImmersiveError

    # A run keeps most of what it makes: collecting as often as Python would costs an eighth of its time.
    gc.set_threshold(100_000, 50, 50)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character must not end the program.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        arguments = parser().parse_args(words)
    except SystemExit as stop:  # argparse has printed help (0) or what is wrong (2)
        return int(stop.code or 0)
    announce_compilation(all_kernels=arguments.module == "_check")
    try:
        module = importlib.import_module(f"immersive.cli.{arguments.module}")
        code: int = module.run(arguments)
        sys.stdout.flush()
    except ImmersiveError as error:
        print(f"immersive: error: {error}", file=sys.stderr)
        return EXIT_FAILED
    except BrokenPipeError:
        # The reader (head, less) has gone: nothing is wrong, and nothing more can be said.
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    except KeyboardInterrupt:
        print("immersive: interrupted", file=sys.stderr)
        return 130
    except MemoryError:
        print("immersive: error: out of memory", file=sys.stderr)
        return EXIT_FAILED
    except Exception:
        # Python's own exit code for an uncaught error is 1, which here would mean "findings".
        import traceback

        traceback.print_exc()
        print("immersive: this is a bug in immersive, not in your input: please report it", file=sys.stderr)
        return EXIT_FAILED
    return code
