from pathlib import Path

import pytest
from torch import Tensor

from stal_plugin.apis.exported.write_onnx import checked_export


def test_a_file_that_agrees_is_kept(
    network: tuple, clips: Tensor, tmp_path: Path
) -> None:
    path = tmp_path / "new folder" / "m.onnx"
    metadata, parity = checked_export(*network, path, clips, (1e-3, 1e-5))
    assert (metadata.size, metadata.config.classes) == ((64, 64), ("wave", "jump"))
    assert parity.num_clips == 6
    assert 0 <= parity.boxes <= 1e-3
    assert [p.name for p in path.parent.iterdir()] == ["m.onnx"]


def test_a_file_that_differs_is_not_written(
    network: tuple, clips: Tensor, tmp_path: Path
) -> None:
    path = tmp_path / "m.onnx"
    path.write_text("an older one")
    with pytest.raises(ValueError, match=r"allowed are -1 and 1e-05; .* not written"):
        checked_export(*network, path, clips, (-1, 1e-5))
    assert path.read_text() == "an older one"
    assert [p.name for p in tmp_path.iterdir()] == ["m.onnx"]
