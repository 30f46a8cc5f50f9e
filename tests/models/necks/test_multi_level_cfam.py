import pytest
import torch
from torch import nn

from stal_plugin.models.necks import MultiLevelCFAM
from stal_plugin.models.necks.multi_level_cfam import fit_map
from stal_plugin.registry import MODELS

FPN = {"type": "mmdet.FPN", "out_channels": 6, "num_outs": 2}


def _maps() -> tuple[torch.Tensor, ...]:
    return (
        torch.rand(2, 3, 8, 8),
        torch.rand(2, 4, 4, 4),
        torch.rand(2, 5, 4, 4),
    )


def test_a_map_is_averaged_or_repeated() -> None:
    x = torch.arange(16.0).view(1, 1, 4, 4)
    assert fit_map(x, (4, 4)) is x
    assert fit_map(x, (2, 2)).flatten().tolist() == [2.5, 4.5, 10.5, 12.5]
    large = fit_map(x, (8, 8))
    assert torch.equal(large[..., ::2, ::2], x)
    assert torch.equal(large[..., 1::2, 1::2], x)


def test_each_level_is_cfam_of_the_pyramid_and_the_resized_3d_map() -> None:
    neck = MultiLevelCFAM((3, 4, 5), FPN, channels=8).eval()
    maps = _maps()
    fine, coarse = neck(maps)
    assert fine.shape == (2, 8, 8, 8)
    assert coarse.shape == (2, 8, 4, 4)
    levels = neck.pyramid(maps[:2])
    repeated = maps[2].repeat_interleave(2, -1).repeat_interleave(2, -2)
    assert torch.equal(fine, neck.fusions[0]((levels[0], repeated))[0])
    assert torch.equal(coarse, neck.fusions[1]((levels[1], maps[2]))[0])


def test_a_map_is_passed_on_as_it_came() -> None:
    neck = MultiLevelCFAM((3, 4, 5), FPN, channels=8, pass_on=(-1,))
    maps = _maps()
    *levels, motion = neck(maps)
    assert motion is maps[2]
    assert len(levels) == 2


def test_gradients_of_each_level_reach_both_branches() -> None:
    for level in (0, 1):
        neck = MultiLevelCFAM((3, 4, 5), FPN, channels=8)
        maps = [m.requires_grad_() for m in _maps()]
        neck(maps)[level].square().sum().backward()
        for source in (1, 2):  # the coarse 2D map goes down to the fine level
            assert float(maps[source].grad.abs().sum()) > 0


def test_any_pyramid_of_mmdet() -> None:
    pyramid = {"type": "mmdet.PAFPN", "out_channels": 6, "num_outs": 3}
    config = {"in_channels": (3, 4, 5), "pyramid": pyramid, "channels": 8}
    neck = MODELS.build({"type": "stal_plugin.MultiLevelCFAM", **config})
    assert [tuple(m.shape[-2:]) for m in neck(_maps())] == [(8, 8), (4, 4), (2, 2)]
    assert isinstance(neck.fusions, nn.ModuleList)


def test_other_numbers_of_maps_are_refused() -> None:
    neck = MultiLevelCFAM((3, 4, 5), FPN, channels=8)
    with pytest.raises(ValueError, match=r"takes 3 maps .* backbone gives 2: set its"):
        neck(_maps()[1:])
