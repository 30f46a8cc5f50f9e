from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.dataset import ConcatDataset, RepeatDataset

from stal_plugin.engine.hooks import SampleSeedHook
from stal_plugin.engine.hooks.sample_seed_hook import unwrap_datasets
from stal_plugin.structures.box_table import BoxTable


class Seeded:
    def __init__(self):
        self.epochs = []

    def __len__(self):
        return 1

    def full_init(self):
        pass

    def set_epoch(self, epoch):
        self.epochs.append(epoch)


def wrap():
    inner = [Seeded(), Seeded()]
    repeat = RepeatDataset.__new__(RepeatDataset)
    repeat.dataset = inner[0]
    concat = ConcatDataset.__new__(ConcatDataset)
    concat.datasets = [repeat, inner[1]]
    return concat, inner


def test_sets_the_epoch_of_every_wrapped_dataset():
    concat, inner = wrap()
    loader = SimpleNamespace(dataset=concat)
    for epoch in (0, 1, 5):
        SampleSeedHook().before_train_epoch(
            SimpleNamespace(train_dataloader=loader, epoch=epoch)
        )
    assert [d.epochs for d in inner] == [[0, 1, 5]] * 2


def test_unwrap_goes_from_the_outside_in():
    concat, inner = wrap()
    repeat = concat.datasets[0]
    assert unwrap_datasets(concat) == [concat, repeat, inner[0], inner[1]]


def test_a_dataset_without_set_epoch_is_fine():
    loader = SimpleNamespace(dataset=object())
    SampleSeedHook().before_train_epoch(
        SimpleNamespace(train_dataloader=loader, epoch=0)
    )


def test_persistent_workers_see_each_epoch(tiny_runner):
    """Two epochs of the same samples differ by their augmentation."""
    options = {"num_workers": 2, "persistent_workers": True}
    runner = tiny_runner(
        train_dataloader={**options, "sampler": {"shuffle": False}},
    )
    seen = []

    class Watch(SampleSeedHook):
        def before_train_iter(self, runner, batch_idx, data_batch=None):
            seen.append(data_batch["inputs"][0])

    runner.register_hook(Watch())
    runner.train()
    first, second = seen[0], seen[3]  # three batches per epoch
    assert 0 < (first - second).abs().max() < 1


PIPELINE = [
    dict(type="stal_plugin.SampleKeyframeClip", clip_len=2, frame_interval=(1, 2)),
    dict(type="stal_plugin.DecodeClip"),
    dict(type="stal_plugin.BoxesToPixels"),
    dict(type="stal_plugin.JitterResize", scale=(16, 16)),
    dict(type="stal_plugin.FlipClip", flip_ratio=0.5),
    dict(type="stal_plugin.DistortClip"),
    dict(type="mmaction.FormatShape", input_format="NCTHW", collapse=True),
    dict(type="mmaction.PackActionInputs", meta_keys=("video_id", "frame")),
]


@pytest.fixture
def stal_dataset(tmp_path):
    from stal_plugin.annotations import Annotation, VideoInfo, write_annotation
    from stal_plugin.video import write_video

    frames = np.random.default_rng(0).integers(0, 255, (8, 32, 32, 3), np.uint8)
    write_video(tmp_path / "a.mp4", frames, fps=25, size=(32, 32))
    video = VideoInfo("a.mp4", 25.0, 32, 32, len(frames), "a", "train")
    boxes = np.tile([[0.2, 0.3, 0.7, 0.8]], (5, 1))
    annotation = Annotation(
        classes=["a"],
        videos={"a": video},
        mirrored_classes=[],
        synthetic=True,
        note="",
        rows=BoxTable(
            frames=np.arange(2, 7),
            boxes=boxes,
            labels=np.zeros(5, np.int64),
            video_ids=np.array(["a"] * 5),
            person_ids=np.zeros(5, np.int64),
        ),
    )
    write_annotation(annotation, tmp_path / "annotations.csv")
    return dict(
        _delete_=True,
        type="stal_plugin.STALDataset",
        ann_file=str(tmp_path / "annotations.csv"),
        pipeline=PIPELINE,
    )


@pytest.mark.parametrize("workers", [0, 2])
def test_our_dataset_resumes_exactly(tiny_runner, tmp_path, stal_dataset, workers):
    options = {
        "train_dataloader": {
            "dataset": stal_dataset,
            "num_workers": workers,
            "persistent_workers": workers > 0,
        }
    }

    class Kill(SampleSeedHook):
        def before_train_epoch(self, runner):
            if runner.epoch == 1:
                raise KeyboardInterrupt

    tiny_runner("whole", **options).train()
    runner = tiny_runner("resumed", **options)
    runner.register_hook(Kill(), priority="VERY_HIGH")
    with pytest.raises(KeyboardInterrupt):
        runner.train()
    tiny_runner("resumed", resume=True, **options).train()
    whole, resumed = (
        torch.load(tmp_path / name / "epoch_2.pth", weights_only=True)["state_dict"]
        for name in ("whole", "resumed")
    )
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
