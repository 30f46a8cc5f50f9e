import pytest
import torch
from torch import Tensor, nn

from stal_plugin.models.backbones import Darknet19, ResNet3D18
from stal_plugin.models.folded_norm import fold_batch_norm


def _random_norms(model: nn.Module) -> nn.Module:
    torch.manual_seed(0)
    for layer in model.modules():
        if isinstance(layer, nn.modules.batchnorm._BatchNorm):
            nn.init.uniform_(layer.running_mean, -0.5, 0.5)
            nn.init.uniform_(layer.running_var, 0.5, 2.0)
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.uniform_(layer.bias, -0.5, 0.5)
    return model.eval()


def test_by_hand() -> None:
    model = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.BatchNorm2d(1, eps=0.0))
    conv, norm = model
    conv.weight.data.fill_(3.0)
    norm.running_mean.fill_(2.0)
    norm.running_var.fill_(4.0)
    norm.weight.data.fill_(10.0)
    norm.bias.data.fill_(1.0)
    x = torch.full((1, 1, 1, 1), 4.0)
    assert fold_batch_norm(model.eval(), lambda: model(x)) == 1
    assert isinstance(model[1], nn.Identity)
    # (3 x - 2) / 2 * 10 + 1
    assert conv.weight.item() == 15.0
    assert conv.bias.item() == -9.0
    assert model(x).item() == 51.0


@pytest.mark.parametrize("causal", [False, True])
def test_backbones_lose_all_of_them(causal: bool) -> None:
    for model, shape in (
        (Darknet19(width=0.125), (1, 3, 32, 32)),
        (ResNet3D18(width=0.125, causal=causal, shortcut="B"), (1, 3, 4, 32, 32)),
    ):
        _random_norms(model)
        x = torch.randn(shape)
        with torch.no_grad():
            before = model(x)
            count = fold_batch_norm(model, lambda m=model, x=x: m(x))
            after = model(x)
        assert count > 15
        assert not any("BatchNorm" in type(m).__name__ for m in model.modules())
        for a, b in zip(_maps(before), _maps(after), strict=True):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


def _maps(output: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (output,) if isinstance(output, Tensor) else output


class _Awkward(nn.Module):
    """Norms that must stay."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 2, 1)
        self.twice = nn.Conv2d(2, 2, 1)
        self.after_relu, self.one, self.other = (nn.BatchNorm2d(2) for _ in range(3))
        self.first = nn.BatchNorm2d(2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.after_relu(self.conv(self.first(x)).relu_())
        return self.one(self.twice(x)) + self.other(self.twice(x + 1))


def test_norms_that_stay() -> None:
    model = _random_norms(_Awkward())
    x = torch.randn(1, 2, 3, 3)
    expected = model(x)
    assert fold_batch_norm(model, lambda: model(x)) == 0
    assert torch.equal(model(x), expected)
