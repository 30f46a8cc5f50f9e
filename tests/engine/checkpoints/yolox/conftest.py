"""A random YOLOX in a file, made once."""

from pathlib import Path
from typing import Any

import pytest
from fixtures.yolox_files import Output, build_yolox, export


@pytest.fixture(scope="session")
def exported_nano(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """A random YOLOX-nano and the file that it was exported to."""
    model = build_yolox("nano", 3)
    path = tmp_path_factory.mktemp("yolox") / "nano.onnx"
    return model, export(Output(model), path)
