import re
from collections.abc import Callable
from pathlib import Path

import pytest
from analysis.benchmark_step import Clock, bare_times
from torch import nn

CONFIG = Path(__file__).resolve().parents[3] / "configs/mini/yowo_agot.py"


def options(own_data: Path) -> list[str]:
    dataset = "train_dataloader.dataset"
    return [
        "--cfg-options",
        f"{dataset}.type=stal_plugin.STALDataset",
        f"{dataset}.data_root={own_data.parent}",
        f"{dataset}.num_classes=2",
        "model.bbox_head.num_classes=2",
        "model.bbox_head.loss_cls.num_classes=2",
        "train_dataloader.batch_size=2",
    ]


def rows_of(text: str) -> dict[str, list[float]]:
    """Numbers of each row of a table, by its first cell."""
    rows = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split("[│|]", line) if cell.strip()]
        numbers = [cell for cell in cells[1:] if re.fullmatch(r"[\d.]+%?", cell)]
        if numbers:
            rows[cells[0]] = [float(cell.rstrip("%")) for cell in numbers]
    return rows


def test_table_of_the_data(run_tool: Callable, own_data: Path, tmp_path: Path) -> None:
    result = run_tool(
        *("analysis/benchmark_data.py", CONFIG, "--clips", 4, *options(own_data)),
        STAL_FRAMES=str(tmp_path / "never"),
    )
    assert result.returncode == 0, result.stderr
    rows = rows_of(result.stdout)
    steps = [name for name in rows if name not in ("all", "clips per second", "ratio")]
    assert steps[:3] == ["SampleKeyframeClip", "DecodeClip", "BoxesToPixels"]
    rates = rows["clips per second"]
    for rate, ms in zip(rates, rows["all"], strict=True):  # to two decimals
        assert rate + 1 >= 1000 / (ms + 0.006)
        assert ms < 0.006 or rate - 1 <= 1000 / (ms - 0.006)
    assert rows["ratio"] == pytest.approx(
        [rate / rates[0] for rate in rates], abs=0.01, rel=0.02
    )
    assert not (tmp_path / "never").exists()  # the user's own frames are left alone


def test_a_pipeline_with_another_decoder(run_tool: Callable, own_data: Path) -> None:
    words = [*options(own_data), "train_dataloader.dataset.pipeline.decode=None"]
    result = run_tool("analysis/benchmark_data.py", CONFIG, *words)
    assert result.returncode == 1
    assert "Error: the training pipeline has no stal_plugin.DecodeClip" in result.stderr


def test_table_of_a_step(run_tool: Callable, own_data: Path) -> None:
    result = run_tool(
        *("analysis/benchmark_step.py", CONFIG, "--steps", 1, *options(own_data))
    )
    assert result.returncode == 0, result.stderr
    assert "milliseconds of a step of 2 clips" in result.stdout
    rows = rows_of(result.stdout)
    parts = ("clips", "normalise", "forward", "backward", "optimiser")
    whole = sum(rows[part][0] for part in parts)
    for part in parts:
        assert rows[part][2] == pytest.approx(100 * rows[part][0] / whole, abs=0.5)
    limit = rows["all bare layers"][0]
    own = rows["forward"][0] + rows["backward"][0]
    assert rows["forward and backward, of that"][0] == pytest.approx(
        own / limit, rel=0.03
    )


def test_frozen_layers_have_no_way_back() -> None:
    frozen = nn.Linear(3, 2).requires_grad_(False)
    layers = [(frozen, [(4, 3)], False), (nn.Conv2d(3, 2, 1), [(1, 3, 4, 4)], False)]
    times = bare_times(layers, Clock("cpu", True))
    assert times["Linear"][1] == 0
    assert times["Conv2d"][1] > 0
