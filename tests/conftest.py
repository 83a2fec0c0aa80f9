"""Fixtures for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked ``shared`` are skipped, visibly, where the folder of real cells is absent."""
    if SHARED.is_dir():
        return
    skip = pytest.mark.skip(reason="the shared folder of real cells is not beside this checkout")
    for item in items:
        if "shared" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsed meshes of tests never land in the user's cache."""
    monkeypatch.setenv("IMMERSIVE_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "immersive-cache"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real cells; use only in tests marked ``shared``."""
    return SHARED


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT
