"""Configs of actor detectors: features are made, the head learns, people are found."""

import shlex
from pathlib import Path
from typing import Any

import pytest
import torch
from fixtures.tiny_data_set import write_data_set
from fixtures.yolox_files import Output, build_yolox, export
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.optim import build_optim_wrapper
from mmengine.runner import Runner

from stal_plugin.annotations import read_annotation, write_annotation
from stal_plugin.engine.actor_features.build import features_of
from stal_plugin.engine.checkpoints.conversion import convert_weights, save_weights
from stal_plugin.engine.clip_position import check_clip_position
from stal_plugin.engine.config_options import move_data
from stal_plugin.engine.pretrained import CATALOGUE
from stal_plugin.registry import MODELS

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
HEAD = "stal_plugin.MoViNetHead"
LEAVES = [
    *sorted(CONFIGS.glob("actor_*.py")),
    CONFIGS / "weizmann/actor.py",
    CONFIGS / "weizmann/actor-frame.py",
]


def _moved(leaf: Path, folder: Path) -> Config:
    """The config on a tiny data set, with views of 64 pixels."""
    cfg = Config.fromfile(leaf)
    write_data_set(folder, cfg.num_classes, ["train", "test"])
    move_data(cfg, str(folder))
    for loader in (cfg.train_dataloader, cfg.test_dataloader):
        loader.dataset.cache_dir = str(folder / "features")
        loader.dataset.dataset.pipeline.sample.frame_interval = 1
    cfg.model.view.size = 64
    cfg.model.test_cfg.score_thr = 0.0
    cfg.model.person_detector.test_cfg.score_thr = 0.0
    cfg.model.person_detector.detector.test_cfg.score_thr = 0.0
    return cfg


def _loader(cfg: Any, model: Any) -> Any:
    loader = Runner.build_dataloader(cfg, seed=0)
    loader.dataset.load(features_of(loader.dataset, model.eval()))
    return loader


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda p: p.stem)
def test_leaf_trains_and_predicts(leaf: Path, tmp_path: Path) -> None:
    cfg = _moved(leaf, tmp_path)
    check_clip_position(cfg)
    model = MODELS.build(cfg.model)
    model.init_weights()
    data = next(iter(_loader(cfg.train_dataloader, model)))
    people = [sample.gt_instances for sample in data["data_samples"]]
    # each class has a person, on one frame; variants begin later
    assert 0.5 * cfg.num_classes < sum(map(len, people)) <= cfg.num_classes
    before = model.head.fc_cls.weight.detach().clone()
    wrapper = build_optim_wrapper(model.train(), cfg.optim_wrapper)
    log = model.train_step(data, wrapper)
    assert all(torch.isfinite(value).all() for value in log.values())
    assert not torch.equal(model.head.fc_cls.weight, before)
    learnt = [name for name, p in model.named_parameters() if p.requires_grad]
    assert learnt == ["head.fc_cls.weight", "head.fc_cls.bias"]

    loader = _loader(cfg.test_dataloader, model)
    evaluator = Evaluator(cfg.test_evaluator)
    evaluator.dataset_meta = loader.dataset.metainfo
    found = 0
    for batch in loader:
        samples = model.eval().test_step(batch)
        found += sum(len(sample.pred_instances) for sample in samples)
        evaluator.process(samples, batch)
    assert found
    scores = evaluator.evaluate(len(loader.dataset))
    assert 0 <= scores[cfg.default_hooks.checkpoint.save_best] <= 1


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda p: p.stem)
def test_weights_reach_the_model(
    leaf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Write the published files, convert them as the config says, build the model."""
    pytest.importorskip("tflite")
    pytest.importorskip("onnx")
    from fixtures.tflite_writer import movinet_file

    monkeypatch.chdir(tmp_path)
    cfg = Config.fromfile(leaf)
    network = MODELS.build({**cfg.model.clip_network, "init_cfg": None})
    head = dict(num_classes=600, in_channels=480, hidden_activation="relu6")
    file = movinet_file(network, MODELS.build({"type": HEAD, **head}), quantise=True)
    Path("movinet_a0_stream_int8.tflite").write_bytes(file)
    export(Output(build_yolox("nano")), Path("yolox_nano.onnx"))
    parts = {
        "person_detector.detector.": cfg.model.person_detector.detector.init_cfg,
        "clip_network.": cfg.model.clip_network.init_cfg,
    }
    expected = {}
    for part, init in parts.items():
        words = shlex.split(init.made_by)
        assert words[:2] == ["python", "tools/convert_weights.py"]
        conversion = convert_weights(words[2], words[3])
        save_weights(conversion, words[4], words[3])
        assert words[4] == init.checkpoint
        loaded = conversion.fit.loaded
        assert len(loaded) > 300
        expected |= {part + name: tensor for name, tensor in loaded.items()}
    model = MODELS.build(cfg.model)
    model.init_weights()
    state = model.state_dict()
    assert all(torch.equal(state[name], value) for name, value in expected.items())
    left = [name for name in state if name.startswith(tuple(parts))]
    assert not [n for n in left if n not in expected and "num_batches" not in n]


def test_a_clip_network_that_learns_too(tmp_path: Path) -> None:
    cfg = Config.fromfile(CONFIGS / "weizmann/actor-finetuned.py")
    write_data_set(tmp_path, cfg.num_classes, ["train", "test"])
    move_data(cfg, str(tmp_path))
    clips = cfg.train_dataloader
    clips.update(num_workers=0, batch_size=2)
    clips.dataset.keyframe_stride = 1
    assert clips.dataset.pipeline.sample.clip_len == cfg.model.head.window
    cfg.model.view.size = 64
    model = MODELS.build(cfg.model)
    model.init_weights()
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    wrapper = build_optim_wrapper(model.train(), cfg.optim_wrapper)
    model.train_step(next(iter(Runner.build_dataloader(clips, seed=0))), wrapper)
    moved = {n for n, p in model.named_parameters() if not torch.equal(p, before[n])}
    assert {name.split(".")[0] for name in moved} == {"clip_network", "head"}
    of_network = [n for n in before if n.startswith("clip_network.")]
    assert len(moved) > 0.5 * len(of_network)
    rates = {group["lr"] for group in wrapper.optimizer.param_groups}
    assert rates == {2e-3, 2e-4}
    # what is tested is made by the network that has learnt
    assert cfg.test_dataloader.dataset.type == "stal_plugin.ActorFeatureDataset"


def test_ava_is_scored_and_labelled_as_ava_is() -> None:
    cfg = Config.fromfile(CONFIGS / "actor_ava.py")
    shared = Config.fromfile(CONFIGS / "yowo_ava.py")
    assert cfg.val_evaluator == shared.val_evaluator
    assert cfg.test_evaluator == shared.test_evaluator
    assert cfg.model.multilabel
    assert cfg.model.loss_cls.activation == "sigmoid"
    train = cfg.train_dataloader.dataset
    assert train.lead == train.window == cfg.model.head.window
    rate = CATALOGUE["kinetics600"].frame_rate  # of AVA's 30
    assert 30 / train.dataset.pipeline.sample.frame_interval == rate


def test_ava_trains_on_people_without_ids_and_single_boxes(tmp_path: Path) -> None:
    """Segments around a labelled second have one box of each person, and no ids."""
    cfg = _moved(CONFIGS / "actor_ava.py", tmp_path)
    path = tmp_path / "annotations.csv"
    annotation = read_annotation(path)
    annotation.rows.person_ids[:] = -1
    write_annotation(annotation, path)
    cfg.train_dataloader.dataset.variants = 1  # others begin after the first frame
    model = MODELS.build(cfg.model)
    data = next(iter(_loader(cfg.train_dataloader, model)))
    for sample in data["data_samples"]:
        labels = sample.gt_instances.labels
        own = annotation.rows.frames[: cfg.num_classes] == sample.metainfo["frame"]
        assert len(labels) == own.sum()
        assert labels.sum() == own.sum()
