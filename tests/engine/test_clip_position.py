from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config

from stal_plugin.engine.clip_position import check_clip_position, key_frame_of

YOWO = Path(__file__).resolve().parents[2] / "configs/mini/yowo_agot.py"


def _centred(*parts: str) -> Config:
    cfg = Config.fromfile(YOWO)
    sample = {"dataset": {"pipeline": {"sample": {"position": "centre"}}}}
    cfg.merge_from_dict({f"{part}_dataloader": sample for part in parts})
    return cfg


def test_the_configs_of_ours_agree() -> None:
    check_clip_position(Config.fromfile(YOWO))


def test_both_are_centred() -> None:
    cfg = _centred("train", "val", "test")
    with pytest.raises(ValueError, match=r"position='centre', but .* the last frame"):
        check_clip_position(cfg)
    cfg.model.backbone.key_frame = "centre"
    check_clip_position(cfg)


def test_the_loader_that_differs_is_named() -> None:
    cfg = _centred("train", "test")
    cfg.model.backbone.key_frame = "centre"
    with pytest.raises(
        ValueError,
        match=r"val_dataloader\.dataset\.pipeline\.sample\.position='last', but .* "
        r"takes the centre frame",
    ):
        check_clip_position(cfg)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ({}, None),
        ({"type": "FastRCNN"}, None),  # of mmaction2: takes boxes as given
        ({"type": "stal_plugin.ActorDetector"}, "last"),
        ({"type": "stal_plugin.KeyFrameDetector", "detector": {}}, "last"),
        (
            {
                "type": "stal_plugin.ClipDetector",
                "backbone": {"type": "stal_plugin.LinkNet", "backbone_2d": None},
            },
            None,
        ),
    ],
)
def test_who_needs_the_key_frame(model: dict[str, Any], expected: str | None) -> None:
    assert key_frame_of(model) == expected


def test_a_single_frame_is_last_and_centre() -> None:
    cfg = _centred("train", "val", "test")
    for part in ("train", "val", "test"):
        cfg[f"{part}_dataloader"].dataset.pipeline.sample.clip_len = 1
    check_clip_position(cfg)
