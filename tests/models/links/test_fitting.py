import pytest
import torch

from stal_plugin.models.links.fitting import (
    add_residual,
    as_clip,
    fit_cells,
    fit_space,
    fit_time,
)


def test_space_is_pooled_or_repeated_in_whole_blocks():
    x = torch.arange(16.0).view(1, 1, 1, 4, 4)
    assert fit_space(x, (4, 4)) is x
    pooled = torch.tensor([[2.5, 4.5], [10.5, 12.5]])
    assert torch.equal(fit_space(x, (2, 2))[0, 0, 0], pooled)
    back = fit_space(pooled.view(1, 1, 1, 2, 2), (4, 2))[0, 0, 0]
    assert back.tolist() == [[2.5, 4.5], [2.5, 4.5], [10.5, 12.5], [10.5, 12.5]]


@pytest.mark.parametrize("size", [(3, 3), (2, 8), (6, 6)])
def test_space_that_does_not_divide_is_refused(size):
    with pytest.raises(ValueError, match=r"\(4, 4\) cells to one of"):
        fit_space(torch.zeros(1, 1, 1, 4, 4), size)


def test_time_of_a_key_frame():
    x = torch.full((1, 1, 1, 1, 1), 5.0)
    assert fit_time(x, 3, "all").flatten().tolist() == [5, 5, 5]
    assert fit_time(x, 3, "keyframe").flatten().tolist() == [0, 0, 5]


def test_time_of_a_clip():
    x = torch.tensor([1.0, 2.0, 6.0]).view(1, 1, 3, 1, 1)
    assert fit_time(x, 1, "all").flatten().tolist() == [3]
    assert fit_time(x, 1, "keyframe").flatten().tolist() == [6]
    assert fit_time(x, 3, "keyframe") is x
    with pytest.raises(ValueError, match="3 frames to 2"):
        fit_time(x, 2, "all")


def test_gate_weighs_channels():
    residual = torch.ones(1, 2, 1, 1, 1)
    flat = add_residual(torch.zeros(1, 2, 1, 1), residual, torch.tensor([2.0, 3.0]))
    assert flat.shape == (1, 2, 1, 1)
    assert flat.flatten().tolist() == [2, 3]
    ungated = add_residual(torch.ones(1, 2, 1, 1, 1), residual, None)
    assert ungated.flatten().tolist() == [2, 2]


def test_the_source_gets_the_cells_of_the_target():
    clip, frames = fit_cells(torch.zeros(1, 3, 8, 8), torch.zeros(1, 5, 4, 2, 2), 3)
    assert (tuple(clip.shape), frames) == ((1, 3, 1, 2, 2), 4)
    clip, frames = fit_cells(torch.zeros(1, 3, 4, 8, 8), torch.zeros(1, 5, 8, 8), 3)
    assert (tuple(clip.shape), frames) == ((1, 3, 4, 8, 8), 1)


def test_as_clip_adds_a_frame():
    assert as_clip(torch.zeros(1, 2, 3, 4)).shape == (1, 2, 1, 3, 4)
