import pytest
import torch
from torch import nn

from stal_plugin.models.backbones import ResNet3D18
from stal_plugin.models.backbones.stages import StagedRun


@pytest.mark.parametrize(
    ("clip_len", "frames"),
    [(8, [4, 2, 1, 1]), (16, [8, 4, 2, 1]), (32, [16, 8, 4, 2])],
)
def test_temporal_sizes_of_the_specification(clip_len: int, frames: list[int]) -> None:
    net = ResNet3D18(width=0.0625).eval()
    run = StagedRun(net, torch.rand(1, 3, clip_len, 32, 32))
    run.finish()
    seen = [(n, f.shape[2], 32 // f.shape[-1]) for n, f in run.features.items()]
    names = ["layer1", "layer2", "layer3", "layer4"]
    assert seen == list(zip(names, frames, [4, 8, 16, 32], strict=True))


def test_parameter_names_are_those_of_the_kinetics_checkpoints() -> None:
    keys = set(ResNet3D18(width=0.0625, shortcut="B").state_dict())
    for key in (
        "conv1.weight",
        "bn1.running_mean",
        "layer1.0.conv1.weight",
        "layer2.0.downsample.0.weight",
        "layer2.0.downsample.1.weight",
        "layer4.1.bn2.bias",
    ):
        assert key in keys


def test_size_is_that_of_a_3d_resnet18_with_shortcut_a() -> None:
    # 33.2 M of the published network with shortcut B are 33.0 M without the three
    # strided 1x1x1 convolutions and their norms.
    def count(net: nn.Module) -> int:
        return sum(p.numel() for p in net.parameters())

    plain, projected = count(ResNet3D18()), count(ResNet3D18(shortcut="B"))
    assert plain == 33_030_080
    extra = sum(a * b + 2 * b for a, b in [(64, 128), (128, 256), (256, 512)])
    assert projected - plain == extra


def test_stem_and_stride_options() -> None:
    net = ResNet3D18(
        width=0.0625,
        stem_kernel=(3, 5, 5),
        stem_stride=(2, 2, 2),
        pool_kernel=(1, 3, 3),
        pool_stride=(1, 2, 2),
        spatial_strides=(1, 2, 2, 1),
    ).eval()
    assert net.conv1.kernel_size == (3, 5, 5)
    assert net.conv1.stride == (2, 2, 2)
    # Four frames after the stem; the pool does not mix them.
    x = torch.rand(1, net.conv1.out_channels, 4, 8, 8)
    by_frame = torch.stack([net.maxpool(x[:, :, t : t + 1])[:, :, 0] for t in range(4)])
    assert torch.equal(net.maxpool(x), by_frame.permute(1, 2, 0, 3, 4))
    (out,) = net(torch.rand(1, 3, 8, 64, 64))
    assert out.shape == (1, 32, 1, 4, 4)


def test_order_of_frames_matters() -> None:
    net = ResNet3D18(width=0.0625).eval()
    clip = torch.rand(1, 3, 8, 32, 32)
    assert not torch.allclose(net(clip)[0], net(clip.flip(2))[0])


def test_unknown_shortcut_is_named() -> None:
    with pytest.raises(ValueError, match="got 'C'"):
        ResNet3D18(shortcut="C")


def test_any_number_of_input_channels() -> None:
    net = ResNet3D18(width=0.0625, in_channels=9).eval()
    volume = torch.rand(1, 9, 8, 32, 32, requires_grad=True)
    net(volume)[0].sum().backward()
    assert (volume.grad.abs().sum((0, 2, 3, 4)) > 0).all()
    rest = {k: v.shape for k, v in net.state_dict().items() if k != "conv1.weight"}
    rgb = ResNet3D18(width=0.0625).state_dict()
    assert rest == {k: v.shape for k, v in rgb.items() if k != "conv1.weight"}
