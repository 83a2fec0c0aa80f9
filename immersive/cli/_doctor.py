"""``immersive doctor``: what works on this machine, and what is missing for the rest."""

from __future__ import annotations

import argparse
import ctypes.util
import importlib.metadata
import importlib.util
import os
import platform
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from immersive import __version__
from immersive.cli import EXIT_CLEAN, EXIT_FAILED
from immersive.cli._common import as_json, write_text
from immersive.errors import ImmersiveError

_CORE = ("numpy", "numba", "trimesh", "pyquaternion", "pydantic", "tomlkit", "rich", "lxml", "shapely")
_EXTRAS = {
    "cascadio": ("step", "reading STEP files"),
    "DracoPy": ("draco", "reading Draco-compressed glTF"),
    "glfw": ("view", "a desktop window"),
    "PyOpenGL": ("view", "drawing"),
    "pyopenxr": ("vr", "a headset"),
}
_MODULES = {"PyOpenGL": "OpenGL", "pyopenxr": "xr"}


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the diagnosis: ``state`` is ``"ok"``, ``"missing"`` or ``"broken"``."""

    area: str
    name: str
    state: str
    detail: str
    remedy: str = ""


def run(arguments: argparse.Namespace) -> int:
    """Print the diagnosis; exit code 2 if ``immersive check`` cannot work here."""
    items = [*_packages(), *_files(), *_graphics(), *_headset()]
    needed = [item for item in items if item.area in ("core", "files") and item.state != "ok"]
    if arguments.json:
        document = {
            "schema": "immersive.doctor/1",
            "version": __version__,
            "python": platform.python_version(),
            "platform": platform.platform(),
            "check_works": not needed,
            "items": [asdict(item) for item in items],
        }
        write_text(arguments.json, as_json(document))
    if arguments.json != "-":
        _print(items, works=not needed)
    return EXIT_FAILED if needed else EXIT_CLEAN


def _print(items: list[Item], *, works: bool) -> None:
    print(f"immersive {__version__}, Python {platform.python_version()}, {platform.platform()}")
    area = ""
    for item in items:
        if item.area != area:
            area = item.area
            print(f"\n{area}")
        print(f"  {item.state:8}{item.name:16}{item.detail}")
        if item.remedy and item.state != "ok":
            print(f"  {'':8}{'':16}{item.remedy}")
    print(f"\nimmersive check {'works' if works else 'does NOT work'} on this machine")


def _package(area: str, name: str, purpose: str, remedy: str) -> Item:
    module = _MODULES.get(name, name)
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Item(area, name, "missing", purpose, remedy)
    if importlib.util.find_spec(module) is None:
        return Item(area, name, "broken", f"{version} is registered but cannot be found", remedy)
    return Item(area, name, "ok", f"{version}{f' ({purpose})' if purpose else ''}")


def _packages() -> list[Item]:
    core = [_package("core", name, "", f"pip install {name}") for name in _CORE]
    try:
        import numba

        core.append(
            Item("core", "numba threads", "ok", f"{numba.get_num_threads()} of {os.cpu_count()} cores")
        )
    except ImportError as error:
        core.append(
            Item("core", "numba threads", "broken", str(error), "pip install --force-reinstall numba")
        )
    extras = [
        _package("extras", name, purpose, f'for {purpose}: pip install "immersive[{extra}]"')
        for name, (extra, purpose) in _EXTRAS.items()
    ]
    rays = _package(
        "extras", "embreex", "many rays at once", "none needed: our own engine gives the same answers, slower"
    )
    return [*core, *extras, rays]


def _files() -> list[Item]:
    from immersive.formats._cache import folder_path
    from immersive.resources import resource

    items = []
    for name in ("assets", "layouts"):
        try:
            items.append(Item("files", name, "ok", str(resource(name))))
        except ImmersiveError as error:
            items.append(Item("files", name, "missing", error.message, error.hint or ""))
    folder = folder_path()
    try:
        if folder is None:
            raise OSError(0, "there is no home folder")
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            items.append(Item("cache", "parsed meshes", "ok", str(folder)))
    except OSError as error:
        items.append(
            Item(
                "cache",
                "parsed meshes",
                "broken",
                f"{folder}: {error.strerror}; every run parses anew",
                "set IMMERSIVE_CACHE_DIR to a folder you may write to",
            )
        )
    return items


def _graphics() -> list[Item]:
    items = []
    if sys.platform.startswith("linux"):
        found = ctypes.util.find_library("EGL")
        remedy = "only pictures and the viewer need it: apt-get install libegl1 libgl1-mesa-dri"
        items.append(
            Item(
                "graphics", "EGL", "ok" if found else "missing", found or "no libEGL on this machine", remedy
            )
        )
        screen = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
        items.append(
            Item(
                "graphics",
                "display",
                "ok" if screen else "missing",
                screen or "neither DISPLAY nor WAYLAND_DISPLAY is set",
                "only a desktop window needs it",
            )
        )
    return items


def _headset() -> list[Item]:
    remedy = "only a headset needs it: start SteamVR, the Meta Link app or Monado once as the active runtime"
    manifest = _runtime_manifest()
    if manifest is None:
        return [Item("headset", "OpenXR runtime", "missing", "no active runtime is registered", remedy)]
    state = "ok" if Path(manifest).is_file() else "broken"
    detail = manifest if state == "ok" else f"{manifest} is registered but does not exist"
    return [Item("headset", "OpenXR runtime", state, detail, remedy)]


def _runtime_manifest() -> str | None:
    """Where the OpenXR loader would look for the active runtime (OpenXR loader specification)."""
    if os.environ.get("XR_RUNTIME_JSON"):
        return os.environ["XR_RUNTIME_JSON"]
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Khronos\OpenXR\1") as key:
                return str(winreg.QueryValueEx(key, "ActiveRuntime")[0])
        except OSError:
            return None
    config = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    folders = [
        config,
        *os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":"),
        "/etc",
        "/usr/local/share",
        "/usr/share",
    ]
    for folder in folders:
        candidate = Path(folder) / "openxr" / "1" / "active_runtime.json"
        if candidate.exists():
            return str(candidate)
    return None
