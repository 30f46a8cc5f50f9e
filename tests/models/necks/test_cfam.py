import torch

from stal_plugin.models.necks import CFAM
from stal_plugin.models.necks.cfam import gram_attention


def test_gram_attention_by_hand() -> None:
    x = torch.tensor([[1.0, 0.0], [0.0, 2.0]]).view(1, 2, 1, 2)
    # E = [[1, 0], [0, 4]]; max - E = [[0, 1], [4, 0]].
    e = torch.exp(torch.tensor(1.0))
    row0 = torch.tensor([1.0, e]) / (1 + e)
    row1 = torch.tensor([e**4, 1.0]) / (1 + e**4)
    expected = torch.stack([row0, row1]) @ x.view(2, 2)
    assert torch.allclose(gram_attention(x).view(2, 2), expected)


def test_gram_attention_is_per_clip_and_stable() -> None:
    x = torch.randn(2, 4, 3, 3) * 100
    out = gram_attention(x)
    assert torch.isfinite(out).all()
    assert torch.allclose(out[1:], gram_attention(x[1:]))


def test_attention_starts_switched_off() -> None:
    neck = CFAM(in_channels=(4, 6), channels=8).eval()
    maps = (torch.rand(1, 4, 3, 3), torch.rand(1, 6, 3, 3))
    joined = torch.cat([maps[1], maps[0]], dim=1)  # 3D first
    expected = neck.expand(neck.squeeze(joined))
    assert torch.equal(neck(maps)[0], expected)
    neck.gamma.data.fill_(0.5)
    assert not torch.allclose(neck(maps)[0], expected)


def test_size_of_neck_and_head_is_published() -> None:
    # 21.0 M together with the 1x1 head of 21 classes, 1024 * 5 * 26 without bias.
    neck = CFAM(in_channels=(425, 512))
    count = sum(p.numel() for p in neck.parameters())
    assert count + 1024 * 5 * 26 == 21_022_721
    assert neck(tuple(torch.rand(2, c, 7, 7) for c in (425, 512)))[0].shape == (
        2,
        1024,
        7,
        7,
    )


def test_gamma_receives_gradient() -> None:
    neck = CFAM(in_channels=(4, 6), channels=8, dropout=0.0)
    neck((torch.rand(2, 4, 3, 3), torch.rand(2, 6, 3, 3)))[0].square().sum().backward()
    assert neck.gamma.grad.abs() > 0


def test_maps_are_passed_on_after_the_fused_one() -> None:
    neck = CFAM(in_channels=(4, 6), channels=8, pass_on=(1, 0)).eval()
    maps = (torch.rand(1, 4, 3, 3), torch.rand(1, 6, 3, 3))
    fused, three, two = neck(maps)
    assert fused.shape == (1, 8, 3, 3)
    assert three is maps[1]
    assert two is maps[0]
