"""One way to open every exported file."""

from pathlib import Path

import onnx
import pytest
from mmengine.config import ConfigDict

from stal_plugin.apis.exported import OnnxModel
from stal_plugin.apis.exported.exported_model import exported_model, open_exported
from stal_plugin.registry import MODELS


def test_a_file_of_clips(exported: Path) -> None:
    model, metadata = open_exported(exported)
    assert isinstance(model, OnnxModel)
    assert metadata is model.metadata
    config = ConfigDict(type="stal_plugin.exported_model", path=str(exported))
    assert isinstance(MODELS.build(config), OnnxModel)


def test_a_file_of_another_program(exported: Path, tmp_path: Path) -> None:
    content = onnx.load(exported)
    del content.metadata_props[:]
    path = tmp_path / "m.onnx"
    onnx.save(content, path)
    with pytest.raises(ValueError, match="carries no settings of the detector"):
        exported_model(path)
