from types import SimpleNamespace

import cv2
import numpy as np
import torch
from mmaction.structures import ActionDataSample
from mmengine.structures import InstanceData
from torch import nn

from stal_plugin.engine.drawing import draw_heatmaps
from stal_plugin.models.dense_heads.center3d_head import Center3DHead
from stal_plugin.visualization.labels import TextStyle

HOT = (9, 6)  # row and column of the map


class OneHotCell(nn.Module):
    """A detector that finds nothing and is hot at one cell of 4 pixels."""

    def __init__(self):
        super().__init__()
        codec = {"type": "stal_plugin.CenterCodec", "stride": 4}
        self.head = Center3DHead(1, 1, codec=codec, feat_channels=1)
        self.head.heatmap_head = nn.Identity()  # what comes in are the logits

    def test_step(self, batch):
        logits = torch.full((1, 1, 12, 16), -20.0)
        logits[0, 0, HOT[0], HOT[1]] = 20.0
        self.head((logits,))
        (sample,) = batch["data_samples"]
        sample.pred_instances = InstanceData(
            bboxes=torch.zeros(0, 4),
            scores=torch.zeros(0),
            labels=torch.zeros(0, dtype=torch.long),
        )
        return [sample]


class Samples:
    """Five clips of 48 x 64; clips 1 and 3 have ground truth."""

    splits = ("test",)
    metainfo = {"classes": ("wave",)}  # noqa: RUF012

    def __init__(self):
        self.read = []

    def __len__(self):
        return 5

    def get_cat_ids(self, place):
        return [0] if place in (1, 3) else []

    def __getitem__(self, place):
        self.read.append(place)
        clip = torch.full((3, 2, 48, 64), 90, dtype=torch.uint8)
        meta = {"video_id": "a", "frame": place + 1, "scale_factor": (1, 1)}
        return {"inputs": clip, "data_samples": ActionDataSample(metainfo=meta)}


def test_heat_is_where_the_head_has_it(tmp_path):
    samples = Samples()
    (path,) = draw_heatmaps(
        OneHotCell(), SimpleNamespace(dataset=samples), tmp_path / "h.png"
    )
    assert samples.read == [1, 3]
    sheet = cv2.imread(str(path))[..., ::-1].astype(int)
    # two tiles of 512 x 384 beside each other, with captions below
    assert sheet.shape[1] == 2 * (512 + 8) + 8
    tiles = sheet[-8 - TextStyle.for_frame(384, 512).height - 384 :][:384]
    rows, columns = np.nonzero((tiles[..., 0] > 190) & (tiles[..., 2] < 110))
    left = columns < 520
    # cells of 32 x 32 pixels of the picture, the first tile begins at column 8
    assert abs(columns[left].mean() - (8 + 32 * (HOT[1] + 0.5))) < 3
    assert abs(rows.mean() - 32 * (HOT[0] + 0.5)) < 3
    assert left.sum() == (~left).sum()  # once on each tile


def test_number_of_frames(tmp_path):
    samples = Samples()
    draw_heatmaps(OneHotCell(), samples, tmp_path / "h.png", count=1)
    assert samples.read == [3]  # the middle of the two


def test_a_model_without_heatmaps_is_not_drawn(tmp_path):
    samples = Samples()
    assert draw_heatmaps(nn.Linear(1, 1), samples, tmp_path / "h.png") == []
    assert samples.read == []
    assert list(tmp_path.iterdir()) == []
