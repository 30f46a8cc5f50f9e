import pytest
import torch

from stal_plugin.models.backbones.shufflenet_v2 import ShuffleNetV2, _Block


def test_stages_strides_and_channels() -> None:
    net = ShuffleNetV2(0.5, out_indices=(0, 1, 2)).eval()
    assert net.stage_channels == {"stage2": 48, "stage3": 96, "stage4": 192}
    shapes = [tuple(m.shape) for m in net(torch.rand(1, 3, 64, 96))]
    assert shapes == [(1, 48, 8, 12), (1, 96, 4, 6), (1, 192, 2, 3)]


def test_number_of_weights_is_the_published_one() -> None:
    """torchvision: 1,366,792 for x0.5, of them conv5 198,656 and fc 1,025,000."""
    net = ShuffleNetV2(0.5)
    assert sum(p.numel() for p in net.parameters()) == 1_366_792 - 198_656 - 1_025_000


def test_a_block_keeps_half_of_the_channels_and_shuffles() -> None:
    x = torch.arange(8.0).view(1, 8, 1, 1)
    after = _Block(8, 8, 1, "after").eval()
    after.branch2 = torch.nn.Identity()
    assert after(x).flatten().tolist() == [0, 4, 1, 5, 2, 6, 3, 7]
    before = _Block(8, 8, 1, "before").eval()
    before.branch2 = torch.nn.Identity()
    assert before(x).flatten().tolist() == [0, 2, 4, 6, 1, 3, 5, 7]


def test_frozen_parts_do_not_learn() -> None:
    net = ShuffleNetV2(0.5, frozen_stages=2, norm_eval=True).train()
    before = net.stage4[0].branch2[0].bn.running_mean.clone()
    net(torch.rand(2, 3, 32, 32))[0].sum().backward()
    assert all(p.grad is None for p in net.stage2.parameters())
    assert net.stage3[0].branch2[0].conv.weight.grad.abs().sum() > 0
    assert torch.equal(net.stage4[0].branch2[0].bn.running_mean, before)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("widen_factor", 0.7),
        ("shuffle", "both"),
        ("out_indices", (3,)),
        ("out_indices", ()),
        ("frozen_stages", 5),
    ],
)
def test_wrong_arguments_are_named(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{argument} must be .*got"):
        ShuffleNetV2(**{argument: value})
