from pathlib import Path

import pytest
from mmengine.config import Config

from stal_plugin.engine.config_options import merge_options

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
CONFIG = CONFIGS / "mini/yowo_enfloss_agot.py"


@pytest.fixture
def cfg() -> Config:
    return Config.fromfile(CONFIG)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("train_cfg.max_epochs", 2),
        ("optim_wrapper.optimizer.lr", 1),  # a whole number is a number
        ("optim_wrapper.optimizer.betas", (0.9, 0.99)),  # an argument of AdamW
        ("optim_wrapper.accumulative_counts", 4),
        ("optim_wrapper.paramwise_cfg", {"norm_decay_mult": 0.0}),
        ("optim_wrapper.clip_grad", None),
        ("param_scheduler.0.total_steps", 3),
        ("randomness.deterministic", True),
        ("train_dataloader.pin_memory", True),
        ("default_hooks.checkpoint.max_keep_ckpts", 1),
        ("default_hooks.checkpoint.save_last", False),
        ("model.test_cfg.nms_pre", 100),
        ("model.train_cfg.anchor_warmup", 12800),
        ("model.backbone.backbone_2d.init_cfg.type", "Pretrained"),
        ("model.bbox_head.loss_cls.samples_per_class", [1, 2]),
        ("load_from", "a.pth"),
        ("auto_scale_lr.enable", True),
        ("val_dataloader.dataset.keyframe_stride", 4),
    ],
)
def test_what_the_config_has_or_a_class_takes_is_set(cfg, key, value):
    merge_options(cfg, {key: value})
    node = cfg
    for part in key.split("."):
        node = node[int(part)] if part.isdecimal() else node[part]
    assert node == value


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        (
            "optimizer.lr",
            0.5,
            "no 'optimizer'; did you mean optim_wrapper.optimizer.lr?",
        ),
        ("data.samples_per_gpu", 2, "no 'data'"),
        ("train_cfg.max_epoch", 2, "did you mean train_cfg.max_epochs?"),
        (
            "train_dataloader.batchsize",
            2,
            "did you mean train_dataloader.batch_size?",
        ),
        ("model.bbox_head.loss_cls.betta", 0.9, "did you mean .*loss_cls.beta?"),
        ("model.test_cfg.score_thrr", 0.1, "no 'model.test_cfg.score_thrr'"),
        ("randomness.sed", 1, "did you mean randomness.seed?"),
        ("param_scheduler.3.total_steps", 1, "has the items 0 to 0, not '3'"),
        (
            "model.data_preprocessor.mean.0",
            1.0,
            r"give the whole list, as in model\.data_preprocessor\.mean=\[114",
        ),
        ("log_level.x", 1, "log_level is 'INFO', it has nothing below it"),
        ("train_cfg.max_epochs", "abc", r"=abc: a whole number is needed, .* \(6\)"),
        ("train_cfg.max_epochs", 2.5, "a whole number"),
        ("optim_wrapper.optimizer.lr", "abc", "a number is needed"),
        ("default_hooks.checkpoint.rule", 1, "text is needed"),
        ("model", "yowo", "a group of settings, name one of model.type"),
    ],
)
def test_what_would_take_no_effect_is_refused(cfg, key, value, text):
    before = cfg.pretty_text
    with pytest.raises(ValueError, match=text) as caught:
        merge_options(cfg, {"randomness.seed": 9, key: value})
    assert "\n" not in str(caught.value)
    assert cfg.pretty_text == before


def test_every_key_of_a_config_can_be_set_to_what_it_is(cfg):
    def leaves(node, above=""):
        items = enumerate(node) if isinstance(node, list) else node.items()
        for name, value in items:
            nested = isinstance(value, list) and value and type(value[0]) is dict
            if nested or (isinstance(value, dict) and value):
                yield from leaves(value, f"{above}{name}.")
            else:
                yield f"{above}{name}", value

    options = dict(leaves(cfg._cfg_dict.to_dict()))
    assert len(options) > 100
    before = cfg.pretty_text
    merge_options(cfg, options)
    assert cfg.pretty_text == before


PARTS = ("train", "val", "test")


def _data_of(cfg: Config) -> list[str]:
    return [cfg[f"{part}_dataloader"].dataset.data_root for part in PARTS]


@pytest.mark.parametrize("root", ["data/agot-mini-val", "/data/other"])
def test_data_root_moves_the_whole_data_set(cfg, root):
    cfg.merge_from_dict({"model.other": [{"ann_file": "data/agot-mini-2/a.csv"}]})
    before = cfg.pretty_text
    merge_options(cfg, {"data_root": root})
    assert cfg.data_root == root
    assert _data_of(cfg) == [root] * 3
    head = cfg.model.bbox_head
    assert head.prior_generator.ann_file == f"{root}/annotations.csv"
    counts = head.loss_cls.samples_per_class
    assert counts.to_dict() == {"ann_file": f"{root}/annotations.csv", "unit": "frames"}
    assert cfg.train_dataloader.dataset.ann_file == "annotations.csv"
    assert cfg.model.other[0].ann_file == "data/agot-mini-2/a.csv"
    merge_options(cfg, {"data_root": "data/agot-mini"})
    assert cfg.pretty_text == before


def test_a_loader_of_its_own_stays_where_it_is_told(cfg):
    key = "test_dataloader.dataset.data_root"
    merge_options(cfg, {key: "data/there", "data_root": "data/new"})
    assert _data_of(cfg) == ["data/new", "data/new", "data/there"]
    merge_options(cfg, {"data_root": "data/last"})
    assert _data_of(cfg) == ["data/last", "data/last", "data/there"]


def test_annotations_beside_the_config_move_too():
    loader = {"dataset": {"data_root": ".", "ann_file": "annotations.csv"}}
    model = {"anchors": {"ann_file": "annotations.csv"}}
    cfg = Config({"data_root": ".", "train_dataloader": loader, "model": model})
    merge_options(cfg, {"data_root": "val"})
    assert cfg.train_dataloader.dataset.to_dict() == {
        "data_root": "val",
        "ann_file": "annotations.csv",
    }
    assert cfg.model.anchors.ann_file == "val/annotations.csv"


def test_num_classes_changes_all_that_count_the_classes(cfg):
    before = cfg.pretty_text
    places = before.count("num_classes=8")
    assert places >= 5  # head, loss, three loaders
    merge_options(cfg, {"num_classes": 3})
    assert cfg.num_classes == 3
    assert cfg.pretty_text.count("num_classes=3") == places
    assert "num_classes=8" not in cfg.pretty_text
    merge_options(cfg, {"num_classes": 8, "model.bbox_head.num_classes": 9})
    assert cfg.model.bbox_head.num_classes == 9
    merge_options(cfg, {"model.bbox_head.num_classes": 8})
    assert cfg.pretty_text == before


def test_detectors_of_persons_keep_their_class():
    detector = {"detector": {"num_classes": 1}}
    model = {"person_detector": detector, "head": {"num_classes": 1}, "views": [{}]}
    cfg = Config({"num_classes": 1, "model": model})
    merge_options(cfg, {"num_classes": 5})
    assert cfg.model.head.num_classes == 5
    assert cfg.model.person_detector.detector.num_classes == 1


@pytest.mark.parametrize("name", ["actor", "center3d-actor", "yowo-pretrained-2d"])
def test_rows_of_weizmann_take_other_data(name):
    cfg = Config.fromfile(CONFIGS / "weizmann" / f"{name}.py")
    places = cfg.pretty_text.count("num_classes=10")
    merge_options(cfg, {"num_classes": 24, "data_root": "data/ucf24_clips"})
    text = cfg.pretty_text
    assert text.count("num_classes=24") == places >= 5
    assert "num_classes=10" not in text
    assert "weizmann" not in text
