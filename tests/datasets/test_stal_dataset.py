# ruff: noqa: NPY002 -- the pipeline draws from the global generators
import copy
import logging
import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from mmengine.dataset import ClassBalancedDataset, DefaultSampler, pseudo_collate
from mmengine.logging import MMLogger
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from stal_plugin.annotations import read_annotation, write_annotation
from stal_plugin.annotations.annotation import ranges_of_frames
from stal_plugin.datasets.stal_dataset import STALDataset, common_rate
from stal_plugin.registry import DATASETS


def noise(results: dict) -> dict:
    """A pipeline that draws from all generators."""
    return {
        "idx": results["sample_idx"],
        "drawn": (random.random(), np.random.rand(), float(torch.rand(1))),
    }


def lose(results: dict) -> None:
    return None


def make(csv_path, **kwargs) -> STALDataset:
    return STALDataset(str(csv_path), **{"num_classes": 3, **kwargs})


def find(dataset: STALDataset, video_id: str, frame: int) -> dict:
    infos = (dataset.get_data_info(i) for i in range(len(dataset)))
    return next(i for i in infos if (i["video_id"], i["frame"]) == (video_id, frame))


def test_key_frames_are_those_of_the_split_with_each_videos_own_length(gray_footage):
    dataset = make(gray_footage)
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    expected = [("a/long", f, 40) for f in range(1, 26)]
    expected += [("b !@()& folder", f, 12) for f in range(1, 13)]
    assert [(i["video_id"], i["frame"], i["total_frames"]) for i in infos] == expected
    assert [i["sample_idx"] for i in infos] == list(range(37))
    assert {i["split"] for i in infos} == {"train"}
    assert [i["fps"] for i in infos] == [25.0] * 25 + [10.0] * 12
    test = make(gray_footage, split="test", test_mode=True)
    assert [test.get_data_info(i)["frame"] for i in range(len(test))] == list(
        range(26, 41)
    )
    both = make(gray_footage, split=["test", "train"], keyframe_stride=4)
    frames = [both.get_data_info(i)["frame"] for i in range(len(both))]
    assert frames == [*range(1, 26, 4), *range(26, 41, 4), *range(1, 13, 4)]
    splits = [both.get_data_info(i)["split"] for i in range(len(both))]
    assert splits == ["train"] * 7 + ["test"] * 4 + ["train"] * 3


def test_unlabelled_frames_neither_train_nor_test(gray_footage, tmp_path):
    annotation = read_annotation(gray_footage)
    folder = gray_footage.parent
    videos = {
        k: replace(v, file=str((folder / v.file).resolve()))
        for k, v in annotation.videos.items()
    }
    shown = annotation.rows.frames[annotation.rows.video_ids == "a/long"]
    known = ranges_of_frames(np.append(shown, [2, 40]))
    videos["a/long"] = replace(videos["a/long"], labelled=known)
    write_annotation(replace(annotation, videos=videos), tmp_path / "annotations.csv")
    for split, bounds in (("train", (1, 25)), ("test", (26, 40))):
        dataset = make(
            tmp_path / "annotations.csv", split=split, test_mode=split == "test"
        )
        infos = [dataset.get_data_info(i) for i in range(len(dataset))]
        frames = [i["frame"] for i in infos if i["video_id"] == "a/long"]
        wanted = sorted({2, 40, *shown.tolist()})
        assert frames == [f for f in wanted if bounds[0] <= f <= bounds[1]]
        plain = make(gray_footage, split=split, test_mode=split == "test")
        assert dataset._index.num_boxes.sum() == plain._index.num_boxes.sum()


def test_single_labels(gray_footage):
    dataset = make(gray_footage)
    two = find(dataset, "a/long", 3)
    assert two["gt_labels"].tolist() == [0, 1]
    assert two["gt_labels"].dtype == np.int64
    assert two["entity_ids"].tolist() == [0, 1]
    np.testing.assert_array_equal(
        two["gt_boxes_norm"],
        np.float32([[0.1, 0.2, 0.3, 0.6], [0.5, 0.25, 0.75, 0.5]]),
    )
    assert two["filename"] == str(gray_footage.parent / "videos/long.mp4")
    three = find(dataset, "a/long", 5)
    assert three["gt_labels"].tolist() == [0, 2, 1]
    assert three["entity_ids"].tolist() == [0, 0, 7]
    empty = find(dataset, "a/long", 2)
    assert empty["gt_boxes_norm"].shape == (0, 4)
    assert empty["gt_labels"].shape == (0,)
    assert empty["ann_boxes"].dtype == np.float32
    assert empty["gt_labels"].dtype == np.int64


def test_multilabel_merges_rows_of_one_person(gray_footage):
    dataset = make(gray_footage, multilabel=True)
    info = find(dataset, "a/long", 5)
    assert info["gt_labels"].tolist() == [[1, 0, 1], [0, 1, 0]]
    assert info["gt_labels"].dtype == np.float32
    assert info["entity_ids"].tolist() == [0, 7]
    assert info["gt_boxes_norm"].shape == (2, 4)
    empty = find(dataset, "a/long", 2)
    assert empty["gt_labels"].shape == empty["ann_labels"].shape == (0, 3)


def test_ground_truth_survives_changes_of_the_working_copies(gray_footage):
    for multilabel in (False, True):
        dataset = make(gray_footage, multilabel=multilabel)
        info = find(dataset, "a/long", 3)
        before = copy.deepcopy(info)
        info["gt_boxes_norm"] += 1
        info["gt_labels"] += 1
        info["entity_ids"] += 1
        again = find(dataset, "a/long", 3)
        for key in ("ann_boxes", "ann_labels", "ann_person_ids"):
            np.testing.assert_array_equal(info[key], before[key])
        for key in ("gt_boxes_norm", "gt_labels", "entity_ids", "ann_boxes"):
            np.testing.assert_array_equal(again[key], before[key])


def test_folder_has_the_keys_of_raw_frame_decode(gray_footage):
    info = find(make(gray_footage), "b !@()& folder", 1)
    assert info["filename_tmpl"] == "{:05d}.png"
    assert info["offset"] == 1
    assert info["frame_dir"] == info["filename"] == str(gray_footage.parent / "folder")
    assert "frame_dir" not in find(make(gray_footage), "a/long", 1)


def test_metainfo_is_plain(gray_footage):
    meta = make(gray_footage, multilabel=True).metainfo
    assert meta == {
        "dataset_type": "STALDataset",
        "classes": ("left", "right", "wave"),
        "mirrored_classes": (("left", "right"),),
        "reversed_classes": (("right", "wave"),),
        "synthetic": True,
        "fps": None,  # 25 and 10
        "multilabel": True,
    }
    assert common_rate([25.0, 25.0, 26.0]) == 25.0


def test_start_logs_one_line(gray_footage, caplog):
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    try:
        with caplog.at_level(logging.INFO):
            make(gray_footage, multilabel=True)
    finally:
        logger.removeHandler(caplog.handler)
    (record,) = caplog.records
    assert record.getMessage() == (
        "STALDataset train: 3 classes, 2 videos, 37 key frames, 6 boxes, 33 frames "
        "without box, SYNTHETIC footage"
    )


def test_empty_ratio_keeps_a_share_chosen_by_seed(gray_footage):
    def frames(**kwargs) -> list[tuple]:
        dataset = make(gray_footage, **kwargs)
        infos = [dataset.get_data_info(i) for i in range(len(dataset))]
        return [(i["video_id"], i["frame"]) for i in infos]

    full = frames()
    with_box = frames(empty_ratio=0.0)
    assert with_box == [
        ("a/long", 1), ("a/long", 3), ("a/long", 5), ("b !@()& folder", 12)
    ]  # fmt: skip
    third = frames(empty_ratio=1 / 3)
    assert len(third) == 4 + 11
    assert set(with_box) < set(third) < set(full)
    assert third == sorted(third)
    assert third == frames(empty_ratio=1 / 3)
    assert third != frames(empty_ratio=1 / 3, seed=1)
    assert frames(empty_ratio=0.0, test_mode=True) == full


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"num_classes": 24}, "num_classes=24"),
        ({"split": "val"}, r"splits of this annotation are \['test', 'train'\]"),
        ({"keyframe_stride": 0}, "keyframe_stride=0"),
        ({"empty_ratio": 1.5}, "empty_ratio=1.5"),
    ],
)
def test_bad_arguments_are_named(gray_footage, kwargs, message):
    with pytest.raises(ValueError, match=message):
        make(gray_footage, **kwargs)


def test_missing_annotation_and_videos(gray_footage, tmp_path):
    with pytest.raises(FileNotFoundError, match="make standin"):
        make("nowhere/annotations.csv", data_root=str(tmp_path))
    for suffix in (".csv", ".json"):
        text = gray_footage.with_suffix(suffix).read_text()
        (tmp_path / "annotations").with_suffix(suffix).write_text(text)
    with pytest.raises(FileNotFoundError, match=r"a/long: .*long\.mp4"):
        make("annotations.csv", data_root=str(tmp_path))


def test_no_key_frame_left_is_an_error(gray_footage):
    with pytest.raises(ValueError, match=r"no key frame is left.*empty_ratio=0"):
        make(gray_footage, split="test", keyframe_stride=3, empty_ratio=0.0)


def test_none_from_the_pipeline_is_an_error_that_names_the_sample(gray_footage):
    for test_mode in (False, True):
        dataset = make(gray_footage, pipeline=[lose], test_mode=test_mode)
        with pytest.raises(ValueError, match=r"sample 27 \(video 'b !@.*frame 3\)"):
            dataset[27]


def load(dataset: STALDataset, **kwargs) -> dict[int, tuple]:
    loader = DataLoader(dataset, batch_size=5, collate_fn=pseudo_collate, **kwargs)
    batches = list(loader)
    indices = [i for batch in batches for i in batch["idx"]]
    values = [v for b in batches for v in zip(*b["drawn"], strict=True)]
    return dict(zip(indices, values, strict=True))


def test_augmentation_depends_on_seed_epoch_and_index_only(gray_footage):
    dataset = make(gray_footage, pipeline=[noise])
    first = load(dataset)
    assert len(set(first.values())) == 37
    assert load(dataset, shuffle=True) == first
    assert load(dataset, num_workers=2) == first
    dataset.set_epoch(1)
    second = load(dataset)
    assert not set(first.values()) & set(second.values())
    resumed = make(gray_footage, pipeline=[noise])
    resumed.set_epoch(1)
    assert load(resumed, num_workers=1) == second
    other = load(make(gray_footage, pipeline=[noise], seed=7))
    assert not set(first.values()) & set(other.values())
    assert dataset[-1] == dataset[36]


def test_living_workers_see_a_new_epoch(gray_footage):
    dataset = make(gray_footage, pipeline=[noise])
    loader = DataLoader(
        dataset, num_workers=1, persistent_workers=True, collate_fn=pseudo_collate
    )
    epochs = []
    for epoch in range(2):
        dataset.set_epoch(epoch)
        epochs.append([batch["drawn"] for batch in loader])
    assert epochs[0] != epochs[1]
    dataset.set_epoch(0)
    assert [batch["drawn"] for batch in loader] == epochs[0]


def test_main_process_keeps_its_random_numbers(gray_footage):
    dataset = make(gray_footage, pipeline=[noise])
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    expected = noise({"sample_idx": 0})
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    dataset[3]
    assert noise({"sample_idx": 0}) == expected


def test_works_with_the_hosts_subsets_wrappers_and_loaders(gray_footage):
    dataset = make(gray_footage, pipeline=[noise])
    assert [dataset.get_subset(3).get_data_info(i)["frame"] for i in range(3)] == [
        1, 2, 3
    ]  # fmt: skip
    last = make(gray_footage, indices=-2)
    assert [last.get_data_info(i)["frame"] for i in range(len(last))] == [11, 12]
    picked = dataset.get_subset([4, 0])
    assert [picked.get_data_info(i)["frame"] for i in range(2)] == [5, 1]
    picked.set_epoch(3)
    assert (picked.epoch, dataset.epoch) == (3, 0)
    assert dataset.get_cat_ids(4) == [0, 1, 2]
    assert dataset.get_cat_ids(1) == []
    assert dataset.get_cat_ids(36) == [1]
    boxed = make(gray_footage, empty_ratio=0.0)
    assert len(ClassBalancedDataset(boxed, oversample_thr=0.9)) > len(boxed)
    loader = Runner.build_dataloader(
        {
            "batch_size": 4,
            "num_workers": 0,
            "sampler": {"type": "DefaultSampler", "shuffle": True},
            "dataset": {
                "type": "stal_plugin.STALDataset",
                "ann_file": gray_footage.name,
                "data_root": str(gray_footage.parent),
                "pipeline": [{"type": "stal_plugin.SampleKeyframeClip", "clip_len": 2}],
            },
        },
        seed=0,
    )
    assert isinstance(loader.sampler, DefaultSampler)
    batch = next(iter(loader))
    assert all(inds[-1] + 1 == f for inds, f in zip(
        batch["frame_inds"], batch["frame"], strict=True
    ))  # fmt: skip


def test_lazy_init_reads_nothing_until_needed(tmp_path, gray_footage):
    dataset = make(tmp_path / "missing.csv", lazy_init=True)
    assert dataset.metainfo == {}
    lazy = make(gray_footage, lazy_init=True)
    assert len(lazy) == 37


def test_arrays_take_little_memory_per_key_frame(gray_footage):
    dataset = DATASETS.build(
        {"type": "stal_plugin.STALDataset", "ann_file": str(gray_footage)}
    )
    index = vars(dataset._index).values()
    per_frame = sum(a.itemsize for a in index if len(a) in (37, 38))
    assert per_frame + dataset.data_list.itemsize <= 32
    assert isinstance(dataset.data_list, np.ndarray)
