"""Files from a stranger that load under ``weights_only`` and still want to run code."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.config import Config

from stal_plugin.apis import ActionDetector
from stal_plugin.apis.load_model import errors_of_description, load_model
from stal_plugin.engine.checkpoints.inference_config import META_KEY, InferenceConfig

IMAGES = np.zeros((4, 60, 80, 3), np.uint8)
CPU = torch.device("cpu")


def evaluated_argument(settings: dict, mark: Path) -> None:
    """mmdet's class gives ``warp_mode`` to ``eval``."""
    code = f"open({str(mark)!r}, 'w')"
    settings["model"]["bbox_head"]["prior_generator"] = {
        "type": "mmdet.CameraMotionCompensation",
        "warp_mode": code,
    }


def weights_from_an_address(settings: dict, mark: Path) -> None:
    """mmdet's class unpickles what the address has."""
    settings["model"]["bbox_head"]["prior_generator"] = {
        "type": "mmdet.AppearanceFreeLink",
        "checkpoint": mark.as_uri(),
    }


def a_config_file(settings: dict, mark: Path) -> None:
    """mmdet's detector runs the config of its teacher."""
    teacher = mark.with_name("teacher.py")
    teacher.write_text(f"open({str(mark)!r}, 'w')\nmodel = {{}}\n")
    settings["model"] |= {
        "type": "mmdet.KnowledgeDistillationSingleStageDetector",
        "teacher_config": str(teacher),
    }


def a_module_of_a_storage(settings: dict, mark: Path) -> None:
    """mmengine's storage appends to ``sys.path`` and imports from there."""
    mark.with_name("mc.py").write_text(f"open({str(mark)!r}, 'w')\n")
    backend = {"backend": "memcached", "sys_path": str(mark.parent)}
    backend |= {"server_list_cfg": "", "client_cfg": ""}
    loader = {"type": "LoadImageFromFile", "backend_args": backend}
    settings["test_dataloader"]["dataset"]["pipeline"].insert(
        1,
        {
            "type": "KeyMapper",
            "mapping": {"img_path": "video_id"},
            "auto_remap": False,
            "transforms": [loader],
        },
    )


def initial_weights(settings: dict, mark: Path) -> None:
    """Left out: the weights are in the file."""
    init = {"type": "Pretrained", "checkpoint": mark.as_uri()}
    settings["model"]["backbone"]["backbone_2d"]["init_cfg"] = init


def a_function(settings: dict, mark: Path) -> None:
    """mmengine's registries import any dotted name."""
    settings["model"]["neck"] = {"type": "os.mkdir", "path": str(mark)}


def settings_of_json(settings: dict) -> dict[str, str]:
    return {META_KEY: InferenceConfig.from_settings(settings).to_json()}


def settings_as_text(settings: dict) -> dict[str, str]:
    return {"cfg": Config(settings).pretty_text}


@pytest.mark.parametrize("write", [settings_of_json, settings_as_text])
@pytest.mark.parametrize(
    "attack",
    [
        evaluated_argument,
        weights_from_an_address,
        a_config_file,
        a_module_of_a_storage,
        a_function,
    ],
)
def test_it_is_refused_in_one_line_and_nothing_runs(
    tmp_path: Path,
    checkpoint: Path,
    settings: Callable[..., dict],
    attack: Callable[[dict, Path], None],
    write: Callable[[dict], dict[str, str]],
) -> None:
    mark, hostile = tmp_path / "it_ran", settings()
    attack(hostile, mark)
    content: Any = torch.load(checkpoint, weights_only=True)
    content["meta"] = write(hostile)
    torch.save(content, tmp_path / "evil.pth")
    with pytest.raises(ValueError, match=r"evil\.pth' was not built.*--config") as told:
        load_model(tmp_path / "evil.pth", None, CPU)
    assert "\n" not in str(told.value)
    assert "--trust-checkpoint" in str(told.value)
    assert not mark.exists()


def test_initial_weights_are_not_fetched(
    tmp_path: Path, checkpoint: Path, settings: Callable[..., dict]
) -> None:
    hostile = settings()
    initial_weights(hostile, tmp_path / "gone.pth")
    content: Any = torch.load(checkpoint, weights_only=True)
    content["meta"] |= settings_of_json(hostile)
    torch.save(content, tmp_path / "evil.pth")
    model, _ = load_model(tmp_path / "evil.pth", None, CPU)
    assert model.backbone.backbone_2d.init_cfg is None
    weights = model.state_dict()
    assert all(torch.equal(v, weights[k]) for k, v in content["state_dict"].items())


def test_a_file_that_one_trusts_is_built_as_it_says(
    tmp_path: Path, checkpoint: Path, settings: Callable[..., dict]
) -> None:
    own = settings()
    a_function(own, tmp_path / "it_ran")
    content: Any = torch.load(checkpoint, weights_only=True)
    content["meta"] = settings_of_json(own)
    torch.save(content, tmp_path / "own.pth")
    with pytest.raises(ValueError, match="do not fit its config"):
        load_model(tmp_path / "own.pth", None, CPU, trust=True)
    assert (tmp_path / "it_ran").is_dir()


def test_settings_of_another_shape_are_one_line(
    tmp_path: Path, checkpoint: Path
) -> None:
    content: Any = torch.load(checkpoint, weights_only=True)
    for text in ("[" * 100_000, json.dumps({"format": 1, "model": 3}), "{}", "NaN"):
        content["meta"] = {META_KEY: text}
        torch.save(content, tmp_path / "evil.pth")
        with pytest.raises(ValueError, match=r"evil\.pth'") as told:
            load_model(tmp_path / "evil.pth", None, CPU)
        assert len(str(told.value)) < 1000
        assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda settings: settings["model"].pop("type"),
        lambda settings: settings["model"]["bbox_head"].update(in_channels=[16]),
        lambda settings: settings["model"]["neck"].update(channels="16"),
        lambda settings: settings["model"]["test_cfg"].update(score_thr=[[]]),
        lambda settings: settings["test_dataloader"]["dataset"]["pipeline"][3].update(
            scale={}
        ),
    ],
)
def test_arguments_that_do_not_work_are_one_line(
    tmp_path: Path, checkpoint: Path, settings: Callable[..., dict], change: Callable
) -> None:
    odd = settings()
    change(odd)
    content: Any = torch.load(checkpoint, weights_only=True)
    content["meta"] = settings_of_json(odd)
    torch.save(content, tmp_path / "odd.pth")
    with pytest.raises(ValueError, match=r"odd\.pth'") as error:
        list(ActionDetector(tmp_path / "odd.pth", device="cpu")(IMAGES))
    assert len(str(error.value)) < 1000
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("error", [RuntimeError("bad shape"), MemoryError("no room")])
def test_faults_are_blamed_on_the_file_only_where_it_described_itself(
    error: Exception,
) -> None:
    with pytest.raises(type(error)), errors_of_description("a.pth", own=True):
        raise error
    if isinstance(error, MemoryError):
        expected, text = MemoryError, "no room"
    else:
        expected, text = ValueError, r"what 'a\.pth' describes.*bad shape"
    with (
        pytest.raises(expected, match=text),
        errors_of_description("a.pth", own=False),
    ):
        raise error
