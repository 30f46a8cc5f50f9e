import hashlib
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from stal_plugin.apis.exported import OnnxModel, open_runtime
from stal_plugin.apis.exported.fastest_engine import Choice
from stal_plugin.apis.exported.int8_copies import good_int8_copies
from stal_plugin.apis.exported.map_cost import record_map_cost
from stal_plugin.apis.exported.onnx_file import read_onnx
from stal_plugin.apis.exported.quantize import quantize


@pytest.fixture
def copied(exported: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A file and its int8 copy, whose cost is not known."""
    path, copy = tmp_path / "m.onnx", tmp_path / "m_int8-dynamic.onnx"
    path.write_bytes(exported.read_bytes())
    quantize(path, copy, OnnxModel(path).metadata, "dynamic")
    return path, copy


def test_what_a_copy_says_of_itself(copied: tuple[Path, Path]) -> None:
    path, copy = copied
    metadata = OnnxModel(copy).metadata
    assert metadata.made_of == hashlib.sha256(path.read_bytes()).hexdigest()
    assert metadata.map_cost is None
    record_map_cost(copy, metadata, 0.0025)
    assert OnnxModel(copy).metadata == replace(metadata, map_cost=0.0025)


def test_only_copies_that_were_measured_to_be_as_good(
    copied: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    path, copy = copied
    metadata = OnnxModel(copy).metadata
    assert good_int8_copies(read_onnx(path)) == {}  # it was not measured
    for cost, kinds in ((0.01, ["dynamic"]), (0.0101, []), (-0.02, ["dynamic"])):
        record_map_cost(copy, metadata, cost)
        assert [*good_int8_copies(read_onnx(path))] == kinds
    record_map_cost(copy, replace(metadata, made_of="of another"), 0.0)
    assert good_int8_copies(read_onnx(path)) == {}
    copy.write_bytes(b"damaged")
    with caplog.at_level(logging.WARNING):
        assert good_int8_copies(read_onnx(path)) == {}
    assert "m_int8-dynamic.onnx' cannot be run" in caplog.text


def test_auto_runs_a_copy_that_is_faster(
    copied: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, copy = copied
    record_map_cost(copy, OnnxModel(copy).metadata, 0.0)
    chosen = Choice("onnxruntime", "fp32", "dynamic")
    tried: list[Choice] = []

    def fastest(file: object, choices: list[Choice], opened: object) -> Choice:
        tried.extend(choices)
        return chosen

    monkeypatch.setattr(open_runtime, "fastest_engine", fastest)
    opened = []

    class Runtime(open_runtime.ENGINES["onnxruntime"]):  # type: ignore[misc]
        def __init__(self, file: object, *options: object) -> None:
            opened.append(file.path)  # type: ignore[attr-defined]
            super().__init__(file, *options)  # type: ignore[arg-type]

    monkeypatch.setitem(open_runtime.ENGINES, "onnxruntime", Runtime)
    OnnxModel(path, precision="auto")
    assert tried == [Choice("onnxruntime", "fp32"), chosen]
    assert str(chosen) == "onnxruntime fp32 int8-dynamic"
    OnnxModel(path, precision="fp32")  # as asked for
    assert opened == [copy, path]
