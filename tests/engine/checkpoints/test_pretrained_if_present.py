import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.logging import MMLogger
from torch import Tensor, nn

from stal_plugin.engine.checkpoints import pretrained_if_present
from stal_plugin.registry import MODELS

CONFIGS = Path(__file__).resolve().parents[3] / "configs"
TYPE = "stal_plugin.PretrainedIfPresent"
BRANCHES = {
    "2d": {"type": "stal_plugin.Darknet19", "width": 0.125, "out_channels": 20},
    "3d": {"type": "stal_plugin.ResNet3D18", "width": 0.0625},
}


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture
def log() -> Iterator[Callable[[], list[str]]]:
    """Lines about pretrained weights."""
    handler = _Lines()
    logger = MMLogger.get_current_instance()
    logger.addHandler(handler)
    yield lambda: [line for line in handler.lines if "pretrained weights" in line]
    logger.removeHandler(handler)


def _save(branch: nn.Module, path: Path, leave_out: str = "-") -> dict[str, Tensor]:
    """Weights that no initialisation gives."""
    state = {
        name: torch.full_like(tensor, 0.25 + i / 7)
        for i, (name, tensor) in enumerate(branch.state_dict().items())
        if not name.startswith(leave_out)
    }
    torch.save({"state_dict": state}, path)
    return state


def _init_cfg(path: Path, made_by: str = "python tools/x.py") -> dict:
    return {"type": TYPE, "checkpoint": str(path), "made_by": made_by}


@pytest.mark.parametrize("branch", ["2d", "3d"])
@pytest.mark.parametrize("as_list", [False, True])
def test_the_file_wins(
    branch: str, as_list: bool, tmp_path: Path, log: Callable
) -> None:
    path = tmp_path / "w.pth"
    state = _save(MODELS.build(dict(BRANCHES[branch])), path)
    cfg = _init_cfg(path)
    kaiming = {"type": "Kaiming", "layer": ["Conv2d", "Conv3d"]}
    net = MODELS.build(
        {**BRANCHES[branch], "init_cfg": [kaiming, cfg] if as_list else cfg}
    )
    net.init_weights()
    for name, tensor in net.state_dict().items():
        assert torch.equal(tensor, state[name]), name
    (line,) = log()
    kind = type(net).__name__
    assert line == f"{kind}: pretrained weights: {len(state)} tensors of '{path}'"


def test_mmengine_would_overwrite_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why the children are initialised before: mmcv's ConvModule comes after us."""
    path = tmp_path / "w.pth"
    state = _save(MODELS.build(dict(BRANCHES["2d"])), path)
    monkeypatch.setattr(pretrained_if_present, "_init_children", lambda module: None)
    net = MODELS.build({**BRANCHES["2d"], "init_cfg": _init_cfg(path)})
    net.init_weights()
    assert torch.equal(
        net.stage1[0].conv.weight, state["stage1.0.conv.weight"]
    )  # deep enough for mmengine not to see it
    assert not torch.equal(net.fuse.conv.weight, state["fuse.conv.weight"])


def test_the_file_wins_in_a_whole_detector(tmp_path: Path, log: Callable) -> None:
    cfg = Config.fromfile(CONFIGS / "mini/yowo_agot.py").model.to_dict()
    states = {}
    for name in ("backbone_2d", "backbone_3d"):
        path = tmp_path / f"{name}.pth"
        states[name] = _save(MODELS.build(dict(cfg["backbone"][name])), path)
        cfg["backbone"][name]["init_cfg"] = _init_cfg(path)
    cfg["init_cfg"] = {"type": "Kaiming", "layer": ["Conv2d", "Conv3d"]}
    model = MODELS.build(cfg)
    model.init_weights()
    model.init_weights()  # a second call changes nothing
    for name, state in states.items():
        for key, tensor in getattr(model.backbone, name).state_dict().items():
            assert torch.equal(tensor, state[key]), (name, key)
    assert len(log()) == 2


def test_what_the_file_lacks_is_initialised(tmp_path: Path, log: Callable) -> None:
    path = tmp_path / "w.pth"
    state = _save(MODELS.build(dict(BRANCHES["2d"])), path, leave_out="fuse")
    net = MODELS.build({**BRANCHES["2d"], "init_cfg": _init_cfg(path)})
    nn.init.constant_(net.fuse.bn.weight, 9.0)
    net.init_weights()
    assert torch.equal(net.fuse.bn.weight, torch.ones_like(net.fuse.bn.weight))
    assert torch.equal(net.passthrough.bn.weight, state["passthrough.bn.weight"])
    assert log()[0].endswith(", 5 of the model are not in it")


def test_without_the_file_the_start_is_the_usual_one(
    tmp_path: Path, log: Callable
) -> None:
    path = tmp_path / "absent.pth"
    nets = []
    for extra in ({}, {"init_cfg": _init_cfg(path, "python tools/convert.py a b")}):
        torch.manual_seed(3)
        nets.append(MODELS.build({**BRANCHES["2d"], **extra}))
        nets[-1].init_weights()
    first, second = (net.state_dict() for net in nets)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert log() == [
        "Darknet19: no pretrained weights, starts from random ones: "
        f"'{path}' not found. To make it: python tools/convert.py a b"
    ]


def test_a_later_initialiser_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    _save(MODELS.build(dict(BRANCHES["2d"])), path)
    init_cfg = [_init_cfg(path), {"type": "Kaiming", "layer": "Conv2d"}]
    net = MODELS.build({**BRANCHES["2d"], "init_cfg": init_cfg})
    with pytest.raises(ValueError, match="ends with 'Kaiming', which would overwrite"):
        net.init_weights()


def test_another_shape_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    _save(MODELS.build({**BRANCHES["2d"], "width": 0.25}), path)
    net = MODELS.build({**BRANCHES["2d"], "init_cfg": _init_cfg(path)})
    with pytest.raises(ValueError, match=r"do not fit.*another variant of Darknet19"):
        net.init_weights()


@pytest.mark.parametrize(
    ("config", "files"),
    [
        ("yowo_agot", ["yolov2-coco", "resnet3d18-kinetics"]),
        ("yolov3_agot", ["darknet53-imagenet"]),
        ("fcos_agot", ["resnet50-imagenet"]),
    ],
)
def test_full_size_configs_name_their_files(config: str, files: list[str]) -> None:
    text = str(Config.fromfile(CONFIGS / f"{config}.py").model)
    for name in files:
        assert f"'weights/{name}.pth'" in text


def test_a_part_of_a_whole_model(tmp_path: Path, log: Callable) -> None:
    path = tmp_path / "whole.pth"
    branch = MODELS.build(dict(BRANCHES["3d"]))
    state = _save(branch, path)
    whole = {f"backbone.{name}": tensor for name, tensor in state.items()}
    whole |= {"cls_head.fc.bias": torch.ones(3), "conv1.weight": torch.ones(1)}
    torch.save({"state_dict": whole}, path)
    init_cfg = {**_init_cfg(path), "prefix": "backbone."}
    built = MODELS.build({**BRANCHES["3d"], "init_cfg": init_cfg})
    built.init_weights()
    assert torch.equal(built.conv1.weight, state["conv1.weight"])
    assert log() == [
        f"ResNet3D18: pretrained weights: {len(state)} tensors of '{path}'"
    ]
    other = {**_init_cfg(path), "prefix": "neck."}
    built = MODELS.build({**BRANCHES["3d"], "init_cfg": other})
    with pytest.raises(ValueError, match="none of the 0 tensors is one of the model's"):
        built.init_weights()
