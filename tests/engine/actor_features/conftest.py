from pathlib import Path

import pytest

from .patches import write_patches


@pytest.fixture(scope="module")
def patches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the tiny data set."""
    folder = tmp_path_factory.mktemp("patches")
    write_patches(folder)
    return folder
