"""A network, a dataset and a metric that train in milliseconds, for tests."""

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.evaluator import BaseMetric
from mmengine.model import BaseModel
from mmengine.registry import DATASETS, METRICS, MODELS
from mmengine.structures import BaseDataElement
from torch import nn

SIZE = 12


@DATASETS.register_module(force=True)
class TinyDataset(torch.utils.data.Dataset):
    """Random pictures, augmented by (seed, epoch, index); workers see the epoch."""

    def __init__(self, poison: int = -1, seed: int = 3) -> None:
        self.metainfo = {"classes": ["jump", "fall"]}
        self.poison = poison
        self.seed = seed
        self.epoch = torch.zeros((), dtype=torch.int64).share_memory_()

    def set_epoch(self, epoch: int) -> None:
        self.epoch.fill_(epoch)

    def __len__(self) -> int:
        return SIZE

    def __getitem__(self, index: int) -> dict:
        picture = np.random.default_rng(index).normal(size=(3, 6, 6))
        rng = np.random.default_rng([self.seed, int(self.epoch), index])
        picture = picture + rng.normal(scale=0.1, size=picture.shape)
        if index == self.poison:
            picture[:] = np.nan
        sample = BaseDataElement(
            metainfo={"video_id": f"video {index // 4}", "frame": index % 4 + 1}
        )
        sample.label = index % 2
        return {
            "inputs": torch.tensor(picture, dtype=torch.float32),
            "data_samples": sample,
        }


def label_of(sample: BaseDataElement) -> int:
    return len(sample.gt_instances) % 2 if "gt_instances" in sample else sample.label


@MODELS.register_module(force=True)
class TinyNet(BaseModel):
    def __init__(self, dropout: float = 0.5) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.norm = nn.GroupNorm(2, 8)
        self.drop = nn.Dropout(dropout)
        self.fc = nn.Linear(8, 2)

    def forward(self, inputs: list, data_samples: list, mode: str = "tensor"):
        x = torch.stack(list(inputs))
        x = x.float().mean(2) / 255 if x.ndim == 5 else x  # clips
        x = self.drop(self.norm(self.conv(x)).relu().mean((2, 3)))
        scores = self.fc(x)
        if mode == "loss":
            labels = torch.tensor([label_of(s) for s in data_samples])
            return {"loss_cls": F.cross_entropy(scores, labels.to(scores.device))}
        for sample, score in zip(data_samples, scores, strict=True):
            sample.pred_score = score
        return data_samples


@METRICS.register_module(force=True)
class TinyAccuracy(BaseMetric):
    default_prefix = "tiny"

    def process(self, data_batch: object, data_samples: list) -> None:
        for sample in data_samples:
            right = int(sample["pred_score"].argmax()) == sample["label"]
            self.results.append(right)

    def compute_metrics(self, results: list) -> dict:
        return {"accuracy": np.float64(np.mean(results))}
