import json
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest
from mmengine.config import Config

from stal_plugin.engine.checkpoints.inference_config import (
    META_KEY,
    InferenceConfig,
    find_test_pipeline,
    read_inference_config,
    stored_config,
    stored_numbers,
)

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def settings() -> Callable[..., dict]:
    """Maker of tiny configs."""
    return runpy.run_path(str(ROOT / "tests/apis/conftest.py"))["tiny_settings"]


def _checkpoint(settings: dict, **dataset_meta: object) -> dict:
    text = InferenceConfig.from_settings(settings, dataset_meta).to_json()
    return {"meta": {"cfg": "is_not = read(", META_KEY: text}}


def _old_checkpoint(settings: dict, **dataset_meta: object) -> dict:
    text = Config(settings).pretty_text
    return {"meta": {"cfg": text, "dataset_meta": dataset_meta}}


@pytest.fixture(params=[_checkpoint, _old_checkpoint])
def make(request: pytest.FixtureRequest) -> Callable[..., dict]:
    """Maker of checkpoints that carry JSON, and of older ones."""
    return request.param


def test_everything_comes_from_the_checkpoint(
    settings: Callable[..., dict], make: Callable[..., dict]
) -> None:
    content = make(settings(), classes=("a", "b"), fps=12.5, multilabel=True)
    cfg = read_inference_config(content, "x.pth")
    assert (cfg.classes, cfg.fps, cfg.multilabel) == (("a", "b"), 12.5, True)
    assert cfg.scope == "mmaction"
    assert cfg.model["test_cfg"] == {"score_thr": 0.0, "max_per_img": 20}
    assert [step["type"].split(".")[1] for step in cfg.pipeline][:2] == [
        "SampleKeyframeClip",
        "DecodeClip",
    ]
    assert cfg.pipeline[3]["scale"] == (64, 64)  # a tuple: Resize takes no list
    assert cfg.model["neck"]["in_channels"] == (8, 32)


def test_a_request_for_counts_stays_a_request(settings: Callable[..., dict]) -> None:
    """Nothing is read; the weights bring what training made of it."""
    cfg = read_inference_config(_checkpoint(settings()), "x.pth")
    counts = cfg.model["bbox_head"]["loss_cls"]["samples_per_class"]
    assert counts == {"ann_file": "data/gone/annotations.csv"}
    assert (cfg.classes, cfg.fps, cfg.multilabel) == ((), None, False)


def test_json_and_text_say_the_same(settings: Callable[..., dict]) -> None:
    meta = {"classes": ("a", "b"), "fps": 12.5, "multilabel": True}
    both = [make(settings(), **meta) for make in (_checkpoint, _old_checkpoint)]
    first, second = (read_inference_config(content, "x.pth") for content in both)
    assert first == second == InferenceConfig.from_json(first.to_json())


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


def test_what_runs_something_is_refused(
    settings: Callable[..., dict], make: Callable[..., dict]
) -> None:
    content = {"meta": {"cfg": "import os\n" + Config(settings()).pretty_text}}
    with pytest.raises(ValueError, match=r"'x\.pth': line 1 of the config text"):
        read_inference_config(content, "x.pth")
    evil = settings()
    evil["model"]["neck"] = {"type": "os.system", "command": "echo hi"}
    with pytest.raises(ValueError, match=r"model\.neck\.type='os\.system'"):
        read_inference_config(make(evil), "x.pth")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expecting value"),
        ("[" * 100_000, "recursion"),
        ("[1]", "not of format 1: another version"),
        ('{"format": 2}', "not of format 1: another version"),
        ('{"format": 1}', "model: Field required; pipeline: Field required"),
        ('{"format": 1, "model": [], "pipeline": []}', "model: Input should be"),
        ('{"format": 1, "model": {}, "pipeline": [3]}', r"pipeline\.0: Input should"),
        ('{"format": 1, "model": {"__tuple__": 3}, "pipeline": []}', "no JSON of ours"),
        ('{"format": 1, "model": {}, "pipeline": [], "fps": 1e999}', "fps"),
    ],
)
def test_damaged_json(text: str, message: str) -> None:
    meta = {META_KEY: text, "cfg": "model = dict(type='A')"}
    with pytest.raises(ValueError, match=message):
        stored_config(meta)
    with pytest.raises(ValueError, match=r"'x\.pth': .* config='FILE\.py'"):
        read_inference_config({"meta": meta}, "x.pth")


@pytest.mark.parametrize(
    "text",
    [
        "test_pipeline = 3",
        "test_dataloader = dict(dataset=dict(pipeline=dict(order=[1, 'a'], a=2)))",
        "test_dataloader = 1\nmodel = 2\ndefault_scope = 3",
    ],
)
def test_damaged_text(text: str) -> None:
    with pytest.raises(ValueError, match=r"'x\.pth': .* config='FILE\.py'"):
        read_inference_config({"meta": {"cfg": text, "dataset_meta": 4}}, "x.pth")


def test_json_is_data_of_this_format(settings: Callable[..., dict]) -> None:
    values = json.loads(_checkpoint(settings(), fps=25)["meta"][META_KEY])
    assert (values["format"], values["fps"], values["classes"]) == (1, 25.0, [])
    with pytest.raises(TypeError, match="not JSON serializable"):
        InferenceConfig({"type": print}, ()).to_json()


def test_incomplete_configs(
    settings: Callable[..., dict], make: Callable[..., dict]
) -> None:
    with pytest.raises(ValueError, match=r"x\.pth has no test pipeline"):
        read_inference_config(make({"model": settings()["model"]}), "x.pth")
    with pytest.raises(ValueError, match=r"x\.pth has no model"):
        read_inference_config(make({"a": 1}), "x.pth")


def test_pipeline_inside_wrappers() -> None:
    wrapped = {"dataset": {"dataset": {"dataset": {"pipeline": [1]}}}}
    assert find_test_pipeline({"test_dataloader": wrapped}) == [1]
    assert find_test_pipeline({"test_dataloader": None, "val_dataloader": wrapped})
    assert find_test_pipeline({"test_pipeline": [2]}) == [2]


@pytest.mark.parametrize(
    ("model", "numbers"),
    [
        ({"head": {"sizes": [[(8, 16.5)]]}}, [[[8, 16.5]]]),
        ({"head": {"sizes": [{"type": "os.system"}]}}, None),
        ({"head": {"sizes": [1, "2"]}}, None),
        ({"head": {"sizes": [True]}}, None),
        ({"head": {"sizes": [float("nan")]}}, None),
        ({"head": {"sizes": []}}, None),
        ({"head": {"sizes": 3}}, None),
        ({"head": ["sizes"]}, None),
        ({"head": "sizes"}, None),
        ({}, None),
    ],
)
def test_only_numbers_are_taken_from_what_a_file_describes(
    model: dict, numbers: list | None
) -> None:
    config = InferenceConfig(model, ())
    assert stored_numbers(config, "model.head.sizes") == numbers
    assert stored_numbers(None, "model.head.sizes") is None


def test_numbers_in_an_item_of_a_list() -> None:
    config = InferenceConfig({"heads": ({"sizes": [1]}, {"sizes": [2, 3]})}, ())
    assert stored_numbers(config, "model.heads.1.sizes") == [2, 3]
    assert stored_numbers(config, "model.heads.2.sizes") is None
