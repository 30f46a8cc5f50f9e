from pathlib import Path

import pytest
from mmengine.config import Config

from stal_plugin.annotations import Annotation, read_annotation
from stal_plugin.engine.own_actor_config import actor_config_text, step_interval
from stal_plugin.engine.shipped_files import shipped_folder

BASE = (shipped_folder("configs") / "_base_").as_posix()


@pytest.fixture
def annotation(own_data: Path) -> Annotation:
    return read_annotation(own_data)


def _text(annotation: Annotation) -> str:
    weights = Path("weights/kinetics600-x.pth")
    return actor_config_text(annotation, weights, "data/mine", BASE, 16, "work_dirs/x")


def test_config_has_the_classes_and_trains_the_head_alone(
    annotation: Annotation, tmp_path: Path
) -> None:
    path = tmp_path / "config.py"
    path.write_text(_text(annotation), encoding="utf-8")
    cfg = Config.fromfile(path)
    assert cfg.class_names == list(annotation.classes)
    assert cfg.model.head.type == "stal_plugin.ActorHead"
    assert cfg.model.head.num_classes == cfg.model.loss_cls.num_classes == 2
    assert "train_cfg" not in cfg.model  # frozen is the default
    for loader, split in (("train", "train"), ("val", "test"), ("test", "test")):
        dataset = cfg[f"{loader}_dataloader"].dataset
        assert dataset.type == "stal_plugin.ActorFeatureDataset"
        assert dataset.dataset.split == split
        assert dataset.dataset.data_root == "data/mine"
        assert dataset.dataset.pipeline.sample.frame_interval == 2
        assert dataset.window == cfg.model.head.window
    detector = cfg.model.person_detector.detector.init_cfg
    network = cfg.model.clip_network.init_cfg
    assert detector.checkpoint == network.checkpoint == "weights/kinetics600-x.pth"
    assert detector.prefix == "person_detector.detector."
    assert network.prefix == "clip_network."
    hooks = [hook["type"] for hook in cfg.custom_hooks]
    assert "stal_plugin.ActorFeatureHook" in hooks


@pytest.mark.parametrize(("fps", "interval"), [(25, 2), (30, 2), (60, 5), (8, 1)])
def test_steps_have_one_rate_whatever_the_videos(
    annotation: Annotation, fps: float, interval: int
) -> None:
    for info in annotation.videos.values():
        object.__setattr__(info, "fps", float(fps))
    assert step_interval(annotation) == interval


def test_without_a_split_there_is_no_config(annotation: Annotation) -> None:
    for info in annotation.videos.values():
        object.__setattr__(info, "split", "test")
    with pytest.raises(ValueError, match="train"):
        _text(annotation)
