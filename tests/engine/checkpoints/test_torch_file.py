from pathlib import Path

import pytest
import torch

from stal_plugin.engine.checkpoints.safe_load import trust_checkpoint
from stal_plugin.engine.checkpoints.torch_file import read_state_dict


class _Harmful:
    """What a foreign checkpoint may hold besides tensors."""

    def __init__(self) -> None:
        self.text = "any object"


@pytest.mark.parametrize("nested", [False, True])
def test_tensors_are_found_and_the_prefix_goes(tmp_path: Path, nested: bool) -> None:
    path = tmp_path / "a.pth"
    tensors = {"module.conv1.weight": torch.arange(3.0), "module.epoch": 5}
    torch.save({"state_dict": tensors, "arch": "x"} if nested else tensors, path)
    found = read_state_dict(path)
    assert [*found] == ["conv1.weight"]
    assert torch.equal(found["conv1.weight"], torch.arange(3.0))


def test_the_old_format_is_read(tmp_path: Path) -> None:
    path = tmp_path / "old.pth"
    torch.save(
        {"state_dict": {"module.a": torch.ones(2)}},
        path,
        _use_new_zipfile_serialization=False,
    )
    assert torch.equal(read_state_dict(path)["a"], torch.ones(2))


def test_objects_are_refused_unless_trusted(tmp_path: Path) -> None:
    path = tmp_path / "unsafe.pth"
    torch.save({"state_dict": {"a": torch.ones(2)}, "opts": _Harmful()}, path)
    with pytest.raises(ValueError, match=r"_Harmful.*--trust-checkpoint"):
        read_state_dict(path)
    trust_checkpoint(str(path))
    assert torch.equal(read_state_dict(path)["a"], torch.ones(2))


def test_files_without_tensors_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pth"
    torch.save([torch.ones(1)], path)
    with pytest.raises(ValueError, match="holds a list, but must hold a dict"):
        read_state_dict(path)
    torch.save({"epoch": 3}, path)
    with pytest.raises(ValueError, match=r"no tensors.*keys are \['epoch'\]"):
        read_state_dict(path)
