from pathlib import Path

import pytest
from mmengine.config import Config

from stal_plugin.engine.checkpoints.inference_config import find_test_pipeline
from stal_plugin.engine.checkpoints.legacy_config import parse_config_text
from stal_plugin.engine.checkpoints.registered_types import check_types, is_registered

CONFIGS = Path(__file__).resolve().parents[3] / "configs"


@pytest.mark.parametrize(
    "name",
    [
        "stal_plugin.YOWOHead",
        "mmdet.SingleStageDetector",
        "YOLOV3Head",  # inside of _scope_='mmdet'
        "mmaction.FormatShape",
        "BN",
        "stal_plugin.KMeansAnchorGenerator",
    ],
)
def test_registered_classes(name: str) -> None:
    assert is_registered(name)


@pytest.mark.parametrize(
    "name",
    [
        "os.system",
        "subprocess.Popen",
        "mmengine.load",  # unpickles what it is given
        "mmengine.fileio.load",
        "stal_plugin.registry.MODELS",
        "antigravity",
        "stal_plugin.NoSuchHead",
        "",
        ".nms",
    ],
)
def test_others(name: str) -> None:
    assert not is_registered(name)
    with pytest.raises(ValueError, match=r"config\.a\[1\]\.type=.* not a registered"):
        check_types({"a": [{"type": "BN"}, {"type": name}]}, "config")


def test_functions_and_scopes() -> None:
    check_types({"nms": {"type": "nms"}, "_scope_": "mmdet"}, "config")
    with pytest.raises(ValueError, match=r"config\._scope_='evil'"):
        check_types({"_scope_": "evil"}, "config")
    with pytest.raises(ValueError, match=r"config\.type=3 "):
        check_types({"type": 3}, "config")


def test_every_config_of_ours_is_accepted() -> None:
    leaves = [*CONFIGS.glob("*.py"), *CONFIGS.glob("mini/*.py")]
    assert len(leaves) > 20
    for leaf in leaves:
        settings = Config.fromfile(leaf).to_dict()
        pipeline = find_test_pipeline(settings)
        assert pipeline
        check_types({"model": settings["model"], "pipeline": pipeline}, leaf.stem)


def test_the_text_of_a_config_of_ours_is_read() -> None:
    config = Config.fromfile(CONFIGS / "yowo_enfloss_agot.py")
    settings = parse_config_text(config.pretty_text)
    assert settings["model"] == config.model.to_dict()
