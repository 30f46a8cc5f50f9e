import os
import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from stal_plugin.engine.checkpoints.darknet import (
    read_darknet19,
    read_darknet53,
    read_yolov2,
)
from stal_plugin.models.backbones.darknet19 import space_to_depth

# Bytes of the published files.
YOLOV2_BYTES = 203_934_260  # header 0.1
DARKNET53_BYTES = 162_482_580  # darknet53.conv.74, header 0.2
DARKNET19_BYTES = 79_327_120  # darknet19_448.conv.23, header 0.1


def _file(path: Path, size: int, version: tuple, places: dict[int, float]) -> Path:
    """A file of zeros, and of some numbers at given places; takes no disk space."""
    wide = version[0] * 10 + version[1] >= 2
    header = struct.pack("<iii" + ("q" if wide else "i"), *version, 1)
    with path.open("wb") as file:
        file.write(header)
        for place, value in places.items():
            file.seek(len(header) + 4 * place)
            file.write(struct.pack("<f", value))
    os.truncate(path, size)
    return path


def test_yolov2_has_the_size_of_the_published_file(tmp_path: Path) -> None:
    numbers = (YOLOV2_BYTES - 16) // 4
    places = {0: 1.5, 32: 2.5, 128: 3.5, numbers - 1: 4.5}
    places[numbers - 425 * 1024 - 425] = 5.5
    path = _file(tmp_path / "yolov2.weights", YOLOV2_BYTES, (0, 1, 0), places)
    weights = read_yolov2(path)
    tensors = weights.tensors
    assert sum(t.numel() for t in tensors.values() if t.is_floating_point()) == numbers
    assert tensors["stage1.0.bn.bias"][0] == 1.5
    assert tensors["stage1.0.bn.weight"][0] == 2.5
    assert tensors["stage1.0.conv.weight"][0, 0, 0, 0] == 3.5
    assert tensors["output.weight"][424, 1023, 0, 0] == 4.5
    assert tensors["output.bias"][0] == 5.5
    assert weights.class_layers == ("output.",)


@pytest.mark.parametrize("extra", [0, 1000 * 1024 + 1000])
def test_darknet19_with_and_without_its_classifier(tmp_path: Path, extra: int) -> None:
    places = {(DARKNET19_BYTES - 16) // 4 - 1: 7.5}
    size = DARKNET19_BYTES + 4 * extra
    path = _file(tmp_path / "darknet19.weights", size, (0, 1, 0), places)
    weights = read_darknet19(path)
    assert weights.tensors["stage6.5.conv.weight"][-1, -1, -1, -1] == 7.5
    assert {name.split(".")[0] for name in weights.tensors} == {
        f"stage{i}" for i in range(1, 7)
    }
    expected = {"classifier": "1000 classes of ImageNet"} if extra else {}
    assert weights.skipped == expected


def test_darknet53_has_the_size_of_the_published_file(tmp_path: Path) -> None:
    path = _file(tmp_path / "d53", DARKNET53_BYTES, (0, 2, 0), {0: 2.0})
    weights = read_darknet53(path)
    assert weights.tensors["conv1.bn.bias"][0] == 2
    assert sum("conv.weight" in name for name in weights.tensors) == 52


@pytest.mark.parametrize(
    ("reader", "expected"),
    [
        (read_yolov2, r"must have 50,983,561 \(YOLOv2 for COCO\)\."),
        (read_darknet19, r"19,831,776 \(.*without its classifier\) or 20,856,776 \(D"),
        (read_darknet53, r"must have 40,620,640 \(Darknet-53 without its classifier\)"),
    ],
)
def test_wrong_sizes_are_refused_with_both_numbers(
    tmp_path: Path, reader: object, expected: str
) -> None:
    path = _file(tmp_path / "w", 20 + 4 * 1234, (0, 2, 0), {})
    with pytest.raises(ValueError, match="has 1,234 numbers after its header") as error:
        reader(path)
    assert error.match(expected)


def darknets_reorg(x: np.ndarray) -> np.ndarray:
    """Darknet's first "reorg" (forward), as arithmetic on flat indices.

    It takes the input (C, H, W) for one of (C / 4, 2 H, 2 W), spreads that into
    patches, and takes the result for (4 C, H / 2, W / 2).
    """
    channels, height, width = x.shape
    flat, out = x.ravel(), np.empty(x.size, x.dtype)
    for k in range(channels):
        place, c = divmod(k, channels // 4)
        for row in range(height):
            for column in range(width):
                wide_row, wide_column = 2 * row + place // 2, 2 * column + place % 2
                source = wide_column + 2 * width * (wide_row + 2 * height * c)
                out[column + width * (row + height * k)] = flat[source]
    return out.reshape(4 * channels, height // 2, width // 2)


@pytest.mark.parametrize("size", [14, 20, 26])
def test_channel_order_of_the_pass_through_is_darknets(size: int) -> None:
    """Every channel holds what ours holds; half of the rows are off by one."""
    channels = 8
    ids = np.arange(channels * size * size).reshape(channels, size, size)
    darknet = darknets_reorg(ids)
    ours = space_to_depth(torch.from_numpy(ids)[None])[0].numpy()
    assert darknet.shape == ours.shape
    assert sorted(darknet.ravel()) == sorted(ours.ravel())

    column = darknet % size
    np.testing.assert_array_equal(column, ours % size)
    # Rows counted through all channels: the last of one comes before the first of
    # the next, which is where a shifted row at the border comes from.
    shift = darknet // size - ours // size
    assert set(np.unique(shift)) == {-1, 0, 1}
    assert (shift == 0).mean() == 0.5
    inner = shift[:, 1:-1]
    source = darknet[:, 1:-1] // (size * size)
    channel = np.arange(4 * channels)[:, None, None] % channels
    assert (source == channel).all()
    assert inner.size > 0
    # No other order of channels agrees with Darknet's more often than ours.
    agree = (darknet[:, None] == ours[None]).mean(axis=(2, 3))
    np.testing.assert_array_equal(agree.argmax(axis=1), np.arange(4 * channels))
