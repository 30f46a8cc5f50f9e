import pytest
import torch

from stal_plugin.models.backbones.basic_block3d import BasicBlock3d


def _zero_residual(block: BasicBlock3d) -> BasicBlock3d:
    torch.nn.init.zeros_(block.bn2.weight)
    return block.eval()


@pytest.mark.parametrize("shortcut", ["A", "A-detached"])
def test_shortcut_a_subsamples_and_appends_zeros(shortcut: str) -> None:
    block = _zero_residual(BasicBlock3d(4, 6, (2, 2, 2), shortcut))
    x = torch.rand(1, 4, 4, 4, 4)
    out = block(x)
    assert torch.equal(out[:, :4], x[:, :, ::2, ::2, ::2])
    assert torch.equal(out[:, 4:], torch.zeros(1, 2, 2, 2, 2))


def test_shortcut_a_equals_average_pooling_of_kernel_one() -> None:
    block = _zero_residual(BasicBlock3d(4, 4, (1, 2, 2), "A"))
    x = torch.rand(2, 4, 3, 5, 5)
    pooled = torch.nn.functional.avg_pool3d(x, 1, stride=(1, 2, 2))
    assert torch.equal(block(x), pooled)


@pytest.mark.parametrize(("shortcut", "flows"), [("A", True), ("A-detached", False)])
def test_detached_shortcut_cuts_the_gradient(shortcut: str, flows: bool) -> None:
    block = _zero_residual(BasicBlock3d(4, 8, (2, 2, 2), shortcut))
    x = torch.rand(1, 4, 4, 4, 4, requires_grad=True)
    block(x).sum().backward()
    assert x.grad is not None
    assert bool((x.grad != 0).any()) is flows


def test_detaching_leaves_identity_blocks_alone() -> None:
    block = _zero_residual(BasicBlock3d(4, 4, (1, 1, 1), "A-detached"))
    x = torch.rand(1, 4, 2, 2, 2, requires_grad=True)
    block(x).sum().backward()
    assert torch.equal(x.grad, torch.ones_like(x))


def test_shortcut_b_is_a_strided_convolution() -> None:
    block = BasicBlock3d(4, 8, (2, 2, 2), "B")
    assert block.downsample is not None
    assert block.downsample[0].weight.shape == (8, 4, 1, 1, 1)
    assert block(torch.rand(2, 4, 4, 4, 4)).shape == (2, 8, 2, 2, 2)
