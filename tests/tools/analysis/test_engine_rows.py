import runpy
from pathlib import Path

import pytest
import torch
from analysis.detector_benchmark import (
    BenchmarkResult,
    measure,
    write_benchmark_video,
)
from analysis.engine_rows import ALONE, engine_rows, network_alone, speed_table
from mmengine.config import Config

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, Path]:
    """Config and folder of a tiny causal network."""
    live_parts = runpy.run_path(str(ROOT / "tests/apis/conftest.py"))
    settings = live_parts["tiny_settings"]()
    settings["model"]["backbone"]["backbone_3d"]["causal"] = True
    loss = settings["model"]["bbox_head"]["loss_cls"]
    del loss["samples_per_class"]
    loss["beta"] = 0.0
    folder = tmp_path_factory.mktemp("rows")
    live_parts["save_tiny_checkpoint"](folder / "c.pth", settings)
    write_benchmark_video(folder / "v.mp4", 6, 48, 32)
    return Config(settings), folder


def test_every_engine_and_form(parts: tuple[Config, Path]) -> None:
    pytest.importorskip("openvino")
    cfg, folder = parts
    rows = engine_rows(cfg, folder / "c.pth", folder / "v.mp4", folder, 0.0)
    names = [*rows]
    assert names[0] == "torch fp32, time steps"
    for engine in ("onnxruntime", "OpenVINO"):
        for form in ("fp32, whole clips", "fp32, time steps", "int8, time steps"):
            assert f"{engine} {form}" in names
    steps = rows["OpenVINO int8, time steps"].model
    assert steps.is_step
    assert steps.metadata.numbers == "int8 static"
    calls = {ALONE: network_alone(cfg, folder)}
    assert cfg.model.backbone.backbone_3d.causal  # it is not changed
    chosen = {name: rows[name] for name in names[:2]}
    results = measure(chosen, folder / "v.mp4", 2, 2, 6, calls=calls)
    assert [r.name for r in results] == [ALONE, *names[:2]]
    assert all(len(r.totals) == 4 for r in results)


def test_inductor_is_a_row_if_it_is_asked_for(
    parts: tuple[Config, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    cfg, folder = parts
    compiled: list = []  # compiling takes half a minute: test_compiled_network.py
    monkeypatch.setattr(
        "stal_plugin.apis.action_detector.compile_network", compiled.append
    )
    given = (cfg, folder / "c.pth", folder / "v.mp4", folder, 0.0)
    rows = engine_rows(*given, inductor=True)
    assert compiled[0] is rows["torch inductor fp32, time steps"].model
    assert not [name for name in engine_rows(*given) if "inductor" in name]


def test_the_yardstick_is_the_ordinary_network_on_a_clip(
    parts: tuple[Config, Path],
) -> None:
    cfg, folder = parts
    (raw,) = network_alone(cfg, folder)()
    assert raw.shape == (1, 2 * 7, 2, 2)
    assert torch.isfinite(raw).all()


def test_table() -> None:
    first = BenchmarkResult(ALONE, [0.4, 0.5, 0.6], [{}] * 3)
    other = BenchmarkResult("OpenVINO", [0.1, 0.1, 0.3], [{}] * 3)
    lines = speed_table([first, other]).splitlines()
    assert lines[2] == f"| {ALONE} | 500.0 | 450.0 to 550.0 | 2.0 | 1.00 |"
    assert lines[3] == "| OpenVINO | 100.0 | 100.0 to 200.0 | 10.0 | 5.00 |"
