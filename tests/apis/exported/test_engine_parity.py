"""Engines that are there, one that differs and one that fails."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from torch import Tensor

from stal_plugin.apis.exported import engine_parity
from stal_plugin.apis.exported.engine_parity import engine_parities, parity_text
from stal_plugin.apis.exported.exported_graph import ExportedGraph
from stal_plugin.apis.exported.fastest_engine import Choice
from stal_plugin.apis.exported.parity import Parity, measure_parity

FIRST = Parity(2e-5, 7e-7, 12)


def test_installed_engines_on_frames(
    network: tuple, exported: Path, clips: Tensor
) -> None:
    decode = ExportedGraph(network[0]).decode
    found = dict(
        engine_parities(
            exported, FIRST, lambda model: measure_parity(decode, model, clips[::3])
        )
    )
    assert found["onnxruntime fp32"] is FIRST
    if find_spec("openvino") is None:
        assert len(found) == 1
        return
    exact = found["openvino fp32"]
    assert exact.num_clips == 2
    assert exact.boxes < 1e-3
    assert exact.scores < 1e-5
    if rounded := found.get("openvino bf16"):
        assert exact.scores < rounded.scores < 0.1


def test_an_engine_that_cannot_run_it_is_named(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choices = [Choice("onnxruntime", "fp32"), *[Choice("openvino", "fp32")] * 2]
    monkeypatch.setattr(engine_parity, "installed_choices", lambda device: choices)
    opened: list[tuple] = []

    def model(path: Path, *how: str) -> Any:
        opened.append(how)
        if len(opened) == 1:
            raise ValueError("'x.onnx' cannot be run by OpenVINO: Det")
        return "second"

    monkeypatch.setattr(engine_parity, "exported_model", model)
    measured: list[Any] = []
    other = Parity(0.5, 0.25, 1)
    found = engine_parities(exported, FIRST, lambda m: measured.append(m) or other)
    assert [parity_text(*pair) for pair in found] == [
        "onnxruntime fp32, 12 clips: boxes 2.0e-05 pixels, scores 7.0e-07",
        "openvino fp32: 'x.onnx' cannot be run by OpenVINO: Det",
        "openvino fp32, 1 clip: boxes 5.0e-01 pixels, scores 2.5e-01",
    ]
    assert measured == ["second"]
    assert opened == [("cpu", "openvino", "fp32")] * 2
