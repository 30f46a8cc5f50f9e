from collections.abc import Callable
from pathlib import Path

import pytest
from mmengine.config import Config

from stal_plugin.apis.inference_config import find_test_pipeline, read_inference_config


def _checkpoint(settings: dict, **dataset_meta: object) -> dict:
    text = Config(settings).pretty_text
    return {"meta": {"cfg": text, "dataset_meta": dataset_meta}}


def test_everything_comes_from_the_checkpoint(settings: Callable[..., dict]) -> None:
    content = _checkpoint(settings(), classes=("a", "b"), fps=12.5, multilabel=True)
    cfg = read_inference_config(content, "x.pth")
    assert (cfg.classes, cfg.fps, cfg.multilabel) == (("a", "b"), 12.5, True)
    assert cfg.scope == "mmaction"
    assert cfg.model["test_cfg"] == {"score_thr": 0.0, "max_per_img": 20}
    assert [step["type"].split(".")[1] for step in cfg.pipeline][:2] == [
        "SampleKeyframeClip",
        "DecodeClip",
    ]


def test_a_request_for_counts_stays_a_request(settings: Callable[..., dict]) -> None:
    """Nothing is read; the weights bring what training made of it."""
    cfg = read_inference_config(_checkpoint(settings()), "x.pth")
    counts = cfg.model["bbox_head"]["loss_cls"]["samples_per_class"]
    assert counts == {"ann_file": "data/gone/annotations.csv"}
    assert (cfg.classes, cfg.fps, cfg.multilabel) == ((), None, False)


@pytest.mark.parametrize("content", [{}, {"meta": {}}, {"meta": {"cfg": None}}])
def test_old_checkpoints_ask_for_the_config(content: dict) -> None:
    with pytest.raises(ValueError, match=r"'old\.pth' carries no config .*config='FIL"):
        read_inference_config(content, "old.pth")


def test_given_config_wins(settings: Callable[..., dict], tmp_path: Path) -> None:
    path = tmp_path / "c.py"
    path.write_text(Config(settings(clip_len=9)).pretty_text)
    for config in (path, Config.fromfile(path)):
        cfg = read_inference_config({}, "old.pth", config)
        assert cfg.pipeline[0]["clip_len"] == 9
    with pytest.raises(FileNotFoundError, match=r"nothing\.py"):
        read_inference_config({}, "old.pth", "nothing.py")


def test_text_that_runs_something_is_refused(settings: Callable[..., dict]) -> None:
    content = {"meta": {"cfg": "import os\n" + Config(settings()).pretty_text}}
    with pytest.raises(ValueError, match=r"'x\.pth': line 1 of the config text"):
        read_inference_config(content, "x.pth")
    evil = settings()
    evil["model"]["neck"] = {"type": "os.system", "command": "echo hi"}
    with pytest.raises(ValueError, match=r"config\.model\.neck\.type='os\.system'"):
        read_inference_config(_checkpoint(evil), "x.pth")


def test_incomplete_configs(settings: Callable[..., dict]) -> None:
    with pytest.raises(ValueError, match=r"x\.pth has no test pipeline"):
        read_inference_config(_checkpoint({"model": settings()["model"]}), "x.pth")
    with pytest.raises(ValueError, match=r"x\.pth has no model"):
        read_inference_config(_checkpoint({"a": 1}), "x.pth")


def test_pipeline_inside_wrappers() -> None:
    wrapped = {"dataset": {"dataset": {"dataset": {"pipeline": [1]}}}}
    assert find_test_pipeline({"test_dataloader": wrapped}) == [1]
    assert find_test_pipeline({"test_dataloader": None, "val_dataloader": wrapped})
    assert find_test_pipeline({"test_pipeline": [2]}) == [2]
