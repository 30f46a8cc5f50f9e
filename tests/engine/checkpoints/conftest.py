"""Writers of foreign weight files that share no code with the readers."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

WIDTH = 0.0625
CHANNELS = (4, 8, 16, 32)


@pytest.fixture
def write_darknet(tmp_path: Path) -> Callable:
    """Return a function that writes a Darknet file."""

    def write(
        values: np.ndarray, version: tuple = (0, 2, 0), seen: int = 9, name: str = "w"
    ) -> Path:
        wide = version[0] * 10 + version[1] >= 2
        header = struct.pack("<iii" + ("q" if wide else "i"), *version, seen)
        path = tmp_path / f"{name}.weights"
        path.write_bytes(header + values.astype("<f4").tobytes())
        return path

    return write


class DarknetParts:
    """Random layers in the order of a Darknet file, and their function."""

    def __init__(self, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)
        self.chunks: list[np.ndarray] = []

    def conv(self, channels: int, out: int, kernel: int) -> Callable[[Tensor], Tensor]:
        """A convolution with BatchNorm and leaky ReLU."""
        bias, scale, mean = self.rng.normal(size=(3, out)) * 0.2
        var = self.rng.uniform(0.5, 2, out)
        weight = self.rng.normal(size=(out, channels, kernel, kernel))
        weight /= kernel * channels**0.5
        self.chunks += [bias, 1 + scale, mean, var, weight.ravel()]
        b, s, m, v, w = map(_tensor, (bias, 1 + scale, mean, var, weight))

        def run(x: Tensor) -> Tensor:
            x = F.conv2d(x, w, padding=kernel // 2)
            shape = (1, -1, 1, 1)
            x = (x - m.view(shape)) / (v.view(shape) + 1e-5).sqrt()
            return F.leaky_relu(x * s.view(shape) + b.view(shape), 0.1)

        return run

    def linear(self, channels: int, out: int) -> Callable[[Tensor], Tensor]:
        """A 1x1 convolution with bias, without activation."""
        bias = self.rng.normal(size=out)
        weight = self.rng.normal(size=(out, channels, 1, 1)) / channels**0.5
        self.chunks += [bias, weight.ravel()]
        return lambda x: F.conv2d(x, _tensor(weight), _tensor(bias))

    def values(self) -> np.ndarray:
        """All numbers of the file."""
        return np.concatenate(self.chunks).astype(np.float32)


def _tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(np.float32(array))


@pytest.fixture
def darknet_parts() -> DarknetParts:
    """Layers of a Darknet network to be built."""
    return DarknetParts()


def _norm(out: dict, name: str, channels: int, counter: bool) -> None:
    out[f"{name}.weight"] = 1 + 0.2 * torch.randn(channels)
    out[f"{name}.bias"] = 0.2 * torch.randn(channels)
    out[f"{name}.running_mean"] = 0.2 * torch.randn(channels)
    out[f"{name}.running_var"] = 0.5 + torch.rand(channels)
    if counter:
        out[f"{name}.num_batches_tracked"] = torch.tensor(3)


@pytest.fixture
def hara_tensors() -> Callable:
    """Return a function that makes tensors in K. Hara's layout."""

    def make(shortcut: str, counter: bool = False) -> dict[str, Tensor]:
        out = {"conv1.weight": torch.randn(CHANNELS[0], 3, 7, 7, 7) * 0.1}
        _norm(out, "bn1", CHANNELS[0], counter)
        before = CHANNELS[0]
        for i, channels in enumerate(CHANNELS, 1):
            for block in (0, 1):
                name = f"layer{i}.{block}"
                source = before if block == 0 else channels
                for j, inputs in ((1, source), (2, channels)):
                    weight = torch.randn(channels, inputs, 3, 3, 3) * 0.1
                    out[f"{name}.conv{j}.weight"] = weight
                    _norm(out, f"{name}.bn{j}", channels, counter)
                if block == 0 and i > 1 and shortcut == "B":
                    weight = torch.randn(channels, source, 1, 1, 1)
                    out[f"{name}.downsample.0.weight"] = weight
                    _norm(out, f"{name}.downsample.1", channels, counter)
            before = channels
        out["fc.weight"] = torch.randn(400, CHANNELS[-1])
        out["fc.bias"] = torch.randn(400)
        return out

    return make


def batch_norm(x: Tensor, tensors: dict, name: str) -> Tensor:
    """Apply a norm of a state dict as it is at test time."""
    return F.batch_norm(
        x,
        *(tensors[f"{name}.{k}"] for k in ("running_mean", "running_var")),
        *(tensors[f"{name}.{k}"] for k in ("weight", "bias")),
    )


@pytest.fixture
def run_residual_layers() -> Callable:
    """Return a function that runs layer1 to layer4 of a state dict in Hara's names."""

    def run(tensors: dict[str, Tensor], x: Tensor) -> Tensor:
        for i in range(1, 5):
            for block in (0, 1):
                name = f"layer{i}.{block}"
                stride = 2 if block == 0 and i > 1 else 1
                y = F.conv3d(x, tensors[f"{name}.conv1.weight"], None, stride, 1)
                y = F.relu(batch_norm(y, tensors, f"{name}.bn1"))
                y = F.conv3d(y, tensors[f"{name}.conv2.weight"], None, 1, 1)
                y = batch_norm(y, tensors, f"{name}.bn2")
                skip = x
                if f"{name}.downsample.0.weight" in tensors:
                    weight = tensors[f"{name}.downsample.0.weight"]
                    skip = F.conv3d(x, weight, None, stride)
                    skip = batch_norm(skip, tensors, f"{name}.downsample.1")
                elif stride == 2:
                    skip = F.avg_pool3d(x, 1, 2)
                    zeros = torch.zeros_like(skip)
                    skip = torch.cat([skip, zeros], 1)
                x = F.relu(y + skip)
        return x

    return run
