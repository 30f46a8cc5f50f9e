from unittest import mock

import pytest
import torch

from stal_plugin.models.memory_format import to_channels_last


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (2, 3, 4, 5, 6)])
def test_layout_changes_and_values_stay(shape: tuple[int, ...]) -> None:
    x = torch.arange(torch.Size(shape).numel()).view(shape)
    laid_out = to_channels_last(x)
    assert torch.equal(laid_out, x)
    assert laid_out.stride()[1] == 1
    assert laid_out.stride()[-1] == shape[1]
    with mock.patch("torch.onnx.is_in_onnx_export", return_value=True):
        assert to_channels_last(x) is x
