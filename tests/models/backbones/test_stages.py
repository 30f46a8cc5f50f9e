import pytest
import torch
from torch import Tensor

from stal_plugin.models.backbones.stages import (
    StageRunner,
    Stages,
    run_stages,
    scaled_channels,
    space_to_depth,
)


def _doubling(x: Tensor) -> Stages:
    x = yield "first", x * 2
    x = yield "second", x * 2
    return (x,)


def test_run_stages_passes_features_unchanged() -> None:
    assert run_stages(_doubling(torch.tensor(3.0))) == (torch.tensor(12.0),)


def test_stage_runner_hands_changed_features_on() -> None:
    runner = StageRunner(_doubling(torch.tensor(3.0)))
    runner.run_to("first")
    assert runner.feature.item() == 6.0
    runner.run_to("first")
    runner.feature = runner.feature + 1
    runner.run_to("second")
    assert runner.feature.item() == 14.0
    assert runner.finish() == (torch.tensor(14.0),)


def test_stage_runner_names_a_stage_that_does_not_come() -> None:
    runner = StageRunner(_doubling(torch.tensor(3.0)))
    runner.run_to("second")
    with pytest.raises(ValueError, match="'first' does not come after 'second'"):
        runner.run_to("first")


@pytest.mark.parametrize(
    ("channels", "width", "expected"),
    [(64, 1.0, 64), (1024, 0.25, 256), (32, 0.01, 4), (64, 0.3, 20)],
)
def test_scaled_channels(channels: int, width: float, expected: int) -> None:
    assert scaled_channels(channels, width) == expected


def test_space_to_depth_puts_the_patch_position_outermost() -> None:
    x = torch.arange(2 * 4 * 4, dtype=torch.float).view(1, 2, 4, 4)
    out = space_to_depth(x)
    assert out.shape == (1, 8, 2, 2)
    for dy in range(2):
        for dx in range(2):
            for c in range(2):
                block = out[0, (dy * 2 + dx) * 2 + c]
                assert torch.equal(block, x[0, c, dy::2, dx::2])
