from pathlib import Path

import pytest
import torch

from stal_plugin.engine.checkpoints.last_checkpoint import (
    damage,
    last_intact_checkpoint,
)


def save(folder: Path, *numbers: int, last: str | None = None) -> list[str]:
    paths = [folder / f"epoch_{n}.pth" for n in numbers]
    for path in paths:
        torch.save({"weight": torch.arange(1000.0)}, path)
    if last is not None:
        (folder / "last_checkpoint").write_text(last)
    return [str(path) for path in paths]


def cut(path: str, size: int) -> None:
    Path(path).write_bytes(Path(path).read_bytes()[:size])


def test_a_run_that_saved_nothing(tmp_path):
    assert last_intact_checkpoint(tmp_path) == (None, [])
    assert last_intact_checkpoint(tmp_path / "none") == (None, [])


@pytest.mark.parametrize(
    "last", [None, "", "\n", "elsewhere/epoch_10.pth", "gone/epoch_11.pth"]
)
def test_whatever_last_checkpoint_says_the_newest_is_taken(tmp_path, last):
    paths = save(tmp_path, 9, 10, last=last)  # 10 comes after 9, though not by name
    path, problems = last_intact_checkpoint(tmp_path)
    assert path == paths[1]
    assert problems == (["epoch_11.pth is missing"] if last and "11" in last else [])


def test_the_named_one_comes_first(tmp_path):
    paths = save(tmp_path, 1, 2, last="epoch_1.pth")
    assert last_intact_checkpoint(tmp_path) == (paths[0], [])


@pytest.mark.parametrize("size", [0, 9, 2000])
def test_torn_ones_are_passed_over(tmp_path, size):
    paths = save(tmp_path, 1, 2, 3, last="epoch_3.pth")
    cut(paths[2], size)
    path, problems = last_intact_checkpoint(tmp_path)
    assert path == paths[1]
    assert problems == [f"epoch_3.pth is cut off or damaged ({size:,} bytes)"]


def test_a_changed_byte_is_noticed(tmp_path):
    (path,) = save(tmp_path, 1)
    content = bytearray(Path(path).read_bytes())
    content[content.index(torch.arange(1000.0).numpy().tobytes()) + 5] ^= 1
    Path(path).write_bytes(content)
    assert "is damaged in" in str(damage(Path(path)))


def test_nothing_that_can_be_read_is_an_error(tmp_path):
    for path in save(tmp_path, 1, 2):
        cut(path, 100)
    with pytest.raises(ValueError, match=r"epoch_2\.pth .* epoch_1\.pth .*--work-dir"):
        last_intact_checkpoint(tmp_path)
