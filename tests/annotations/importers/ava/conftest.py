"""A small release of AVA in MMAction2's layout."""

from pathlib import Path

import numpy as np
import pytest

from stal_plugin.video import write_video

from .release_texts import LABELS, TRAIN, VAL


@pytest.fixture
def ava(tmp_path: Path) -> Path:
    """Two movies of five seconds at 10 frames per second, from second 900 on."""
    home = tmp_path / "annotations"
    home.mkdir()
    (home / "ava_train_v2.2.csv").write_text(TRAIN)
    (home / "ava_val_v2.2.csv").write_text(VAL)
    (home / "ava_train_excluded_timestamps_v2.2.csv").write_text("mov,0903\n")
    (home / "ava_action_list_v2.2.pbtxt").write_text(LABELS)
    frames = np.zeros((50, 32, 48, 3), np.uint8)
    for movie in ("mov", "val"):
        write_video(tmp_path / f"videos_15min/{movie}.mp4", iter(frames), 10)
    return tmp_path
