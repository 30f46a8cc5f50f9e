from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config

from stal_plugin.annotations import read_annotation
from stal_plugin.datasets.pipeline_steps import pipeline_steps
from stal_plugin.engine.own_config import config_text, facts_of, has_several_labels
from stal_plugin.structures.box_table import BoxTable

BASE = Path(__file__).resolve().parents[2] / "configs/_base_"


def _config(path: Path, text: str) -> Config:
    path.write_text(text)
    return Config.fromfile(path)


def test_facts(own_data: Path) -> None:
    facts = facts_of(read_annotation(own_data), "mini", 64)
    assert list(facts.classes) == ["wave hand", "jump"]
    assert facts.counts == [10, 6]
    # two kinds of boxes: halves and quarters of the input
    np.testing.assert_allclose(facts.anchors, [[16, 16], [32, 32]])
    assert facts.recall == 1
    assert (facts.clip_len, facts.frame_interval, facts.size) == (8, 2, 64)
    assert not facts.multilabel
    assert not facts.sparse


def test_sparse_and_multilabel(own_data: Path) -> None:
    annotation = read_annotation(own_data)
    rows = annotation.rows
    sparse = replace(annotation, rows=rows.take(rows.frames % 5 == 0))
    assert facts_of(sparse, "mini").sparse
    assert not has_several_labels(annotation)
    other = replace(rows, labels=1 - rows.labels)
    both = replace(annotation, rows=BoxTable.concat([rows, other]))
    assert has_several_labels(both)


def test_missing_splits_are_named(own_data: Path) -> None:
    annotation = read_annotation(own_data)
    videos = {k: replace(v, split="train") for k, v in annotation.videos.items()}
    with pytest.raises(ValueError, match="no video has split 'test'"):
        facts_of(replace(annotation, videos=videos), "mini")


@pytest.mark.parametrize("model", ["mini", "full"])
def test_text_is_a_config(own_data: Path, tmp_path: Path, model: str) -> None:
    facts = replace(facts_of(read_annotation(own_data), model), multilabel=True)
    facts = replace(facts, classes=['say "hi"\\', "jump"])
    text = config_text(facts, model, "data/x", BASE.as_posix(), 6, "w", balance=True)
    cfg = _config(tmp_path / "c.py", text)
    assert cfg.class_names == ['say "hi"\\', "jump"]
    assert cfg.class_counts == [10, 6]
    assert cfg.work_dir == "w"
    head = cfg.model.bbox_head
    assert head.num_classes == head.loss_cls.num_classes == 2
    assert head.loss_cls.samples_per_class == [10, 6]
    assert head.loss_cls.activation == "sigmoid"
    assert head.multilabel
    side = {"mini": 112, "full": 224}[model]
    sizes = np.array(head.prior_generator.base_sizes[0])
    np.testing.assert_allclose(sizes, [[side / 4] * 2, [side / 2] * 2])
    train, test = cfg.train_dataloader, cfg.test_dataloader
    assert train.batch_size == test.batch_size == 6
    assert train.dataset.type == "stal_plugin.STALDataset"
    assert (train.dataset.split, test.dataset.split) == ("train", "test")
    assert test.dataset.test_mode
    assert train.dataset.multilabel
    assert train.dataset.empty_ratio == 0.2
    size = (side, side)
    assert [d.pipeline.resize.scale for d in (train.dataset, test.dataset)] == [
        size
    ] * 2
    # the other steps are those of the base
    steps = [s.type for s in pipeline_steps(train.dataset.pipeline)]
    assert steps[2:4] == ["stal_plugin.BoxesToPixels", "stal_plugin.JitterResize"]
    assert "stal_plugin.DistortClip" in steps
    assert [s.type for s in pipeline_steps(test.dataset.pipeline)][
        3
    ] == "mmaction.Resize"
    clips = [d.pipeline.sample.clip_len for d in (train.dataset, test.dataset)]
    assert clips == [{"mini": 8, "full": 16}[model]] * 2
    if model == "full":
        assert cfg.optim_wrapper.optimizer.lr == pytest.approx(5e-5)


def test_fewer_box_sizes_give_fewer_anchors(own_data: Path) -> None:
    """Sizes that differ by the rounding of the csv are one size."""
    annotation = read_annotation(own_data)
    boxes = annotation.rows.boxes.copy()
    boxes[::3, 2] += 1e-6
    rows = replace(annotation.rows, boxes=boxes)
    facts = facts_of(replace(annotation, rows=rows), "mini")
    assert len(facts.anchors) == 2


def test_no_name_becomes_a_line_of_the_config(own_data: Path, tmp_path: Path) -> None:
    evil = "data/x\nraise SystemExit('it ran')  # \"\n"
    facts = replace(facts_of(read_annotation(own_data), "mini"), classes=[evil, "b"])
    text = config_text(facts, "mini", evil, BASE.as_posix(), 6, evil)
    cfg = _config(tmp_path / "c.py", text)
    assert (cfg.data_root, cfg.work_dir, cfg.class_names[0]) == (evil,) * 3
    quoted = config_text(facts, "mini", "d", 'a"\nimport os  # ', 6, "w")
    assert "\nimport os" not in quoted
