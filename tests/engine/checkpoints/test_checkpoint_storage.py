import os
from pathlib import Path

import pytest

from stal_plugin.engine.checkpoints.checkpoint_storage import CheckpointStorage


def test_written_files_are_whole_and_nothing_lies_beside(tmp_path):
    CheckpointStorage().put(b"new", tmp_path / "a/epoch_1.pth")
    assert (tmp_path / "a/epoch_1.pth").read_bytes() == b"new"
    assert os.listdir(tmp_path / "a") == ["epoch_1.pth"]


@pytest.mark.parametrize(
    ("name", "deleted"),
    [
        ("run/epoch_1.pth", True),
        ("run/best_frame-mAP@0.5_epoch_3.pth", True),
        ("run/iter_200.pth", True),
        ("run/notes.pth", False),
        ("run/sub/epoch_1.pth", False),
        ("other/epoch_1.pth", False),
    ],
)
def test_only_checkpoints_of_the_folder_are_deleted(tmp_path, name, deleted):
    file: Path = tmp_path / name
    file.parent.mkdir(parents=True)
    file.touch()
    storage = CheckpointStorage()
    storage.remove(file)
    assert file.exists()
    storage.delete_replaced(tmp_path / "run")
    assert file.exists() is not deleted


def test_folders_are_never_deleted(tmp_path):
    (tmp_path / "victim/sub").mkdir(parents=True)
    storage = CheckpointStorage()
    storage.rmtree(tmp_path / "victim")
    storage.delete_replaced(tmp_path)
    assert (tmp_path / "victim/sub").is_dir()
