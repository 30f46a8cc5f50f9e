"""Fixtures shared by all tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import settings
from mmengine.registry import DefaultScope

import stal_plugin  # noqa: F401  (mends the host packages)

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

# The same examples in every CI run; new ones on developers' machines.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
# Workers of pytest-xdist share the cores.
torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002  (host transforms use the global generator)


@pytest.fixture(autouse=True)
def _scope() -> Iterator[None]:
    """Run each test in the scope of our configs."""
    with DefaultScope.overwrite_default_scope("mmaction"):
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real sample videos beside the checkout."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real sample videos are not at {SHARED_DATA.name}/ beside us")
    return SHARED_DATA
