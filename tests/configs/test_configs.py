"""Every leaf config builds, trains a step and predicts on tiny generated videos."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from fixtures.tiny_data_set import write_data_set
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.optim import build_optim_wrapper
from mmengine.runner import Runner
from torch import nn

from stal_plugin.engine.data_facts import fill_from_data
from stal_plugin.registry import MODELS

from .narrowing import check_full_width, narrowed

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "configs"
FOLDERS = ("", "mini/", "weizmann/")
LEAVES = [path for folder in FOLDERS for path in sorted(CONFIGS.glob(f"{folder}*.py"))]
# model[-variant] [_idea[-variant]]... _dataset
NAME = re.compile(
    r"(yowo|linknet|center3d|yolov3|fcos|actor)(-[a-z0-9]+)*"
    r"(_(diyanchor|enfloss)(-[a-z0-9]+)*)*"
    r"_(?P<dataset>agot|ava|jhmdb|multisports|ucf24)"
)
DATASETS = {
    "agot": "AgotDataset",
    "ava": "AVADataset",
    "jhmdb": "JHMDBDataset",
    "multisports": "MultiSportsDataset",
    "ucf24": "UCF24Dataset",
}
VIDEO_THRS = ("0.2", "0.5", "0.75", "0.5:0.95")


def _listed() -> list[Path]:
    """The configs of docs/model_zoo.md: ours, which names and pairs are asked of."""
    text = (ROOT / "docs/model_zoo.md").read_text(encoding="utf-8")
    paths = []
    for section in text.split("\n### configs")[1:]:
        folder, _, rows = section.partition("\n")
        names = re.findall(r"^\| `([\w-]+)` ", rows, re.MULTILINE)
        paths += [Path(f"{CONFIGS}{folder}") / f"{name}.py" for name in names]
    return paths


LISTED = _listed()
#: Networks of the hosts whose width is no setting.
FIXED_WIDTH = ("yolov3", "linknet-resnet")
FULL_CENTER3D = ("center3d_agot", "center3d-actor_agot")


def _shrink(node: Any, data_root: str, folder: Path) -> Any:
    """Point a config at the tiny data set, and its clips to 64 x 64 pixels."""
    if isinstance(node, dict):
        out = {k: _shrink(v, data_root, folder) for k, v in node.items()}
        for key in ("scale", "input_size"):
            if key in out:
                out[key] = (64, 64)
        if "keyframe_stride" in out:
            out["keyframe_stride"] = 1
        return out
    if isinstance(node, (list, tuple)):
        return type(node)(_shrink(v, data_root, folder) for v in node)
    if isinstance(node, str) and node.startswith(data_root):
        return node.replace(data_root, str(folder), 1)
    return node


def _narrowed(leaf: Path, model: Any) -> Any:
    """The network to train: of a full-size config one of an eighth of the width.

    That the full width fits together its shapes tell. The regions of Center3D have
    none before they are computed: two of its configs, with a class for each clip and
    for each actor, are trained as they are.
    """
    if leaf.parent != CONFIGS or leaf.stem.startswith(FIXED_WIDTH):
        return model
    if model.type == "stal_plugin.Center3D":
        return model if leaf.stem in FULL_CENTER3D else narrowed(model.to_dict())
    assert check_full_width(model, (2, 3, 16, 64, 64)) > 30e6
    return narrowed(model.to_dict())


def _trained(model: nn.Module) -> dict[str, nn.Parameter]:
    return {k: p for k, p in model.named_parameters() if p.requires_grad}


def _accept_all_scores(model: nn.Module) -> None:
    for module in model.modules():
        test_cfg = getattr(module, "test_cfg", None)
        if isinstance(test_cfg, dict) and "score_thr" in test_cfg:
            test_cfg["score_thr"] = 0.0


def evaluator_names(evaluators: Any, metainfo: dict) -> list[str]:
    """Names of the scores of a test without samples."""
    evaluator = Evaluator(evaluators)
    evaluator.dataset_meta = metainfo
    return list(evaluator.evaluate(0))


@pytest.mark.parametrize("leaf", LISTED, ids=lambda p: str(p.relative_to(CONFIGS)))
def test_name_tells_model_and_data(leaf: Path) -> None:
    match = NAME.fullmatch(leaf.stem)
    assert match
    cfg = Config.fromfile(leaf)
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        dataset = loader.dataset.get("dataset", loader.dataset)  # of kept features
        assert dataset.type == f"stal_plugin.{DATASETS[match['dataset']]}"
    assert cfg.data_root.startswith(f"data/{match['dataset']}")
    assert ("mini" in cfg.data_root) == (leaf.parent.name == "mini")
    model = str(cfg.model.to_dict())
    assert ("EffectiveNumber" in model or "samples_per_class" in model) == (
        "enfloss" in leaf.stem
    )
    assert ("Link'" in model) == leaf.stem.startswith("linknet")
    kmeans = "KMeansAnchorGenerator" in model
    assert kmeans or "diyanchor" not in leaf.stem


@pytest.mark.parametrize(
    "leaf",
    [leaf for leaf in LEAVES if not leaf.stem.startswith("actor")],
    ids=lambda p: str(p.relative_to(CONFIGS)),
)
def test_leaf_trains_and_predicts(leaf: Path, tmp_path: Path) -> None:
    cfg = Config.fromfile(leaf)
    tested = cfg.test_dataloader.dataset.split
    splits = ["train", *([tested] if isinstance(tested, str) else tested)]
    write_data_set(tmp_path, cfg.num_classes, splits)
    cfg = Config(_shrink(cfg.to_dict(), cfg.data_root, tmp_path))
    for loader in (cfg.train_dataloader, cfg.test_dataloader):
        loader.update(num_workers=0, persistent_workers=False, batch_size=2)
    cfg.test_dataloader.batch_size = 4
    fill_from_data(cfg)
    cfg.model = _narrowed(leaf, cfg.model)
    model = MODELS.build(cfg.model)
    model.init_weights()
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)

    before = {k: p.detach().clone() for k, p in _trained(model).items()}
    data = next(iter(Runner.build_dataloader(cfg.train_dataloader, seed=0)))
    log = model.train_step(data, wrapper)
    assert len(log) > 1
    assert all(torch.isfinite(v).all() for v in log.values())
    # Of some layers the first gradient is 0 (gates, levels without an object).
    moved = [k for k, p in _trained(model).items() if not torch.equal(p, before[k])]
    assert len(moved) > 0.5 * len(before)

    loader = Runner.build_dataloader(cfg.test_dataloader, seed=0)
    # a key that two evaluators share is an error
    evaluator = Evaluator(cfg.test_evaluator)
    evaluator.dataset_meta = loader.dataset.metainfo
    _accept_all_scores(model)
    for batch in loader:
        samples = model.eval().test_step(batch)
        assert all(s.pred_instances.bboxes.shape[1] == 4 for s in samples)
        evaluator.process(samples, batch)
    scores = evaluator.evaluate(len(loader.dataset))
    names = ["frame-mAP@0.5"]
    if leaf in LISTED and "VideoMAP" in str(cfg.test_evaluator):
        names += [f"video-mAP@{threshold}" for threshold in VIDEO_THRS]
    assert all(0 <= scores[name] <= 1 for name in names)
    best = cfg.default_hooks.checkpoint.save_best
    assert best in evaluator_names(cfg.val_evaluator, loader.dataset.metainfo)


def test_published_configs_set_every_switch() -> None:
    # 12,800 clips: 56 % of an epoch of J-HMDB
    for name, warmup in (
        ("yowo-published_jhmdb", 12800),
        ("mini/yowo-published_agot", 1100),
    ):
        cfg = Config.fromfile(CONFIGS / f"{name}.py")
        for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
            assert loader.dataset.pipeline.sample.pad_mode == "wrap"
        assert cfg.model.backbone.backbone_3d.shortcut == "A-detached"
        assert cfg.model.train_cfg.reduction == "sum"
        assert cfg.model.train_cfg.anchor_warmup == warmup
        assert cfg.model.test_cfg.nms.class_agnostic
        # the configs that they are made of do not
        plain = Config.fromfile(CONFIGS / f"{name.replace('-published', '')}.py")
        assert plain.test_dataloader.dataset.pipeline.sample.get("pad_mode") != "wrap"
        assert "anchor_warmup" not in plain.model.train_cfg
        assert "class_agnostic" not in plain.model.test_cfg.nms


def test_full_size_rows_of_table_3_exist() -> None:
    names = {p.stem for p in LISTED if p.parent == CONFIGS}
    assert {
        "yowo_agot",
        "yowo_diyanchor_agot",
        "yowo_enfloss_agot",
        "yowo_enfloss-balanced_agot",
    } <= names


def test_systems_exist_in_full_and_in_mini_size() -> None:
    full, mini = (
        {p.stem.rsplit("_", 1)[0] for p in LISTED if p.parent == folder}
        for folder in (CONFIGS, CONFIGS / "mini")
    )
    controls = {"yowo-2d", "yowo-fpn-2d"}
    parts_of_the_recipe = {"yowo-frames", "yowo-fused", "yowo-fused-auxloss"}
    # a head and branches of the host packages; small already; a second training
    others = {"yowo-rtmdet", "linknet-resnet", "actor", "yowo-causal-stream"}
    assert full ^ mini == controls | parts_of_the_recipe | others


def test_mini_configs_are_children_of_full_ones() -> None:
    full = Config.fromfile(CONFIGS / "yowo_enfloss_agot.py").model
    mini = Config.fromfile(CONFIGS / "mini/yowo_enfloss_agot.py").model
    assert full.bbox_head.loss_cls.beta == mini.bbox_head.loss_cls.beta == 0.7
    assert full.bbox_head.loss_cls.form == mini.bbox_head.loss_cls.form == "paper"
    for cfg in (full, mini):
        assert cfg.bbox_head.prior_generator.num_anchors == 5


@pytest.mark.parametrize(
    "path",
    [p for p in LISTED if p.match("mini/linknet*.py")],
    ids=lambda p: p.stem,
)
def test_links_of_mini_and_full_configs_agree(path: Path) -> None:
    full = CONFIGS / path.name
    if not full.exists():  # the paper's rows are on J-HMDB
        full = CONFIGS / path.name.replace("_agot", "_jhmdb")
    both = [Config.fromfile(p).model.backbone.links for p in (path, full)]
    assert both[0] == both[1]
    assert len(both[0][0].stages) == 3


def _depth(path: Path) -> int:
    """Files from a config to the deepest of its bases, both included."""
    bases = Config._get_base_files(str(path))
    return 1 + max((_depth(path.parent / base) for base in bases), default=0)


def test_inheritance_is_at_most_three_deep() -> None:
    assert not [p for p in {*LISTED, *CONFIGS.glob("weizmann/*.py")} if _depth(p) > 3]


def test_rows_of_weizmann_differ_in_one_thing() -> None:
    """From yowo-pretrained, which they are compared with."""

    def parts(name: str) -> dict[str, Any]:
        cfg = Config.fromfile(CONFIGS / "weizmann" / f"{name}.py")
        head = cfg.model.bbox_head
        return {
            "links": cfg.model.backbone.get("links"),
            "anchors": head.pop("prior_generator"),
            "loss": head.pop("loss_cls"),
            "head": head,
            "branches": (
                cfg.model.backbone.backbone_2d,
                cfg.model.backbone.backbone_3d,
            ),
            "data": (cfg.train_dataloader, cfg.test_dataloader),
            "schedule": (cfg.train_cfg, cfg.optim_wrapper, cfg.param_scheduler),
        }

    base = parts("yowo-pretrained")
    for name, thing in (
        ("linknet-expand", "links"),
        ("linknet-gated-expand", "links"),
        ("yowo_diyanchor", "anchors"),
        ("yowo_enfloss-balanced", "loss"),
    ):
        row = parts(name)
        assert [key for key in base if row[key] != base[key]] == [thing]
    expand, gated = parts("linknet-expand"), parts("linknet-gated-expand")
    assert [link.pop("gated", True) for link in expand["links"]] == [False]
    assert expand["links"] == gated["links"]


def test_configs_change_no_list_by_index() -> None:
    by_index = re.compile(r"\w\[-?\d+\]")
    ours = [*LISTED, *CONFIGS.glob("_base_/*/*.py")]
    assert not [p for p in ours if by_index.search(p.read_text())]
