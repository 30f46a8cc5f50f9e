import pytest
import torch
from torch import Tensor, nn

from stal_plugin.engine.batch_size import (
    activation_bytes,
    choose_batch_size,
    free_memory,
)


class _Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv3d(3, 4, 1)

    def forward(self, clip: Tensor, mode: str) -> Tensor:
        return torch.relu(torch.sigmoid(self.conv(clip))) * 2


def test_what_the_backward_pass_needs() -> None:
    """Input of the convolution, output of the sigmoid and of the ReLU; no weights."""
    net = _Net().train()
    pixels = 2 * 6 * 5
    assert activation_bytes(net, (2, 6, 5)) == 4 * pixels * (3 + 4 + 4)
    assert net.training


def test_batches_fit() -> None:
    gib = 2**30
    # .8 * 10 - 4 * .5 = 6 GiB for clips of 3 * .1 GiB
    assert choose_batch_size(10 * gib, gib // 2, gib // 10, 64) == 20
    assert choose_batch_size(10 * gib, gib // 2, gib // 10, 8) == 8
    assert choose_batch_size(10 * gib, gib // 2, 3 * gib // 5, 64) == 2
    assert choose_batch_size(10 * gib, gib // 2, gib, 64) == 2
    assert choose_batch_size(10 * gib, gib // 2, 3 * gib // 2, 64) == 1
    with pytest.raises(ValueError, match=r"10\.0 GiB of memory are free, .* 13\.8 GiB"):
        choose_batch_size(10 * gib, gib // 2, 3 * gib, 64)


def test_free_memory_of_this_machine() -> None:
    assert 2**20 < free_memory("cpu") < 2**50
