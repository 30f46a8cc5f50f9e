"""Features of a tiny data set: made once, made anew when anything changes."""

import copy
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from fixtures.actors import actor_model
from mmengine.structures import InstanceData

from stal_plugin.datasets.actor_feature_dataset import interval_of
from stal_plugin.engine.actor_features.build import (
    features_of,
    model_key,
    video_key,
    video_table,
    videos_of,
)
from stal_plugin.models.detectors.actor_people import People
from stal_plugin.models.detectors.actor_stream import ActorsNow
from stal_plugin.models.detectors.actor_training import clip_maps
from stal_plugin.video import read_frames

from .patches import HEIGHT, LENGTH, PIPELINE, WIDTH, feature_dataset


def test_annotated_people_without_cache_give_the_same(
    patches: Path, tmp_path: Path
) -> None:
    """What is kept is what the network gives along the annotated tube."""
    model, dataset = actor_model(), feature_dataset(patches, tmp_path, variants=1)
    dataset.load(features_of(dataset, model))
    item = dataset[8]  # frame 9
    people = item["data_samples"].gt_instances
    assert people.labels.tolist() == [0, 1]
    assert people.counts.tolist() == [3, 3]
    (video,) = videos_of(dataset).values()
    images = read_frames(video.file, [0, 2, 4, 6, 8])
    frames = [torch.from_numpy(i.transpose(2, 0, 1).copy()) for i in images]
    tube = torch.tensor([[[4.0 + n, 10, 12 + n, 26] for n in (0, 2, 4, 6, 8)]])
    with torch.no_grad():
        maps = clip_maps(
            model.clip_network, model.view, torch.stack(frames, dim=1), tube
        )
        vectors = model.head.vectors(maps[0].transpose(0, 1))
        expected = model.head(maps)
        kept = model.head.classify(item["inputs"], people.counts)
    assert torch.allclose(item["inputs"][0], vectors[-3:], atol=2e-3)
    assert torch.allclose(kept[0], expected[0], atol=5e-3)


def test_detected_people_give_what_the_stream_gives(
    patches: Path, tmp_path: Path
) -> None:
    model, dataset = actor_model(), feature_dataset(patches, tmp_path, "test")
    dataset.load(features_of(dataset, model))
    (video,) = videos_of(dataset).values()
    stream = model.stream(interval=2)
    with torch.no_grad():
        for number, image in enumerate(read_frames(video.file, range(LENGTH)), 1):
            now = stream(number, torch.from_numpy(image.transpose(2, 0, 1).copy()))
            item = dataset[number - 1]
            sample = item["data_samples"]
            assert torch.equal(sample.proposals.bboxes, now.people.boxes)
            logits = model.head.classify(item["inputs"], sample.proposals.counts)
            assert torch.allclose(logits, now.output, atol=5e-3)
    (sample,) = model([item["inputs"]], [sample], mode="predict")
    assert isinstance(sample.pred_instances, InstanceData)
    assert sample.metainfo["original_shape"] == (HEIGHT, WIDTH)


def test_kept_files_are_used_again(
    patches: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, dataset = actor_model(), feature_dataset(patches, tmp_path)
    first = features_of(dataset, model)
    times = {path: path.stat().st_mtime_ns for path in first.values()}
    monkeypatch.setattr(type(model), "stream", None)  # nothing is run again
    assert features_of(dataset, model) == first
    assert {path: path.stat().st_mtime_ns for path in first.values()} == times
    model.head.fc_cls.weight.data.zero_()  # the head may learn
    assert features_of(dataset, model) == first


def _changed_weight(model: Any, dataset: Any) -> None:
    model.clip_network.taps.data[0, 0] += 1e-3


def _changed_view(model: Any, dataset: Any) -> None:
    model.view = type(model.view)(size=16, context=1.5)


def _changed_interval(model: Any, dataset: Any) -> None:
    dataset.interval = 3.0


def _changed_jitter(model: Any, dataset: Any) -> None:
    dataset.jitter = 0.2


def _changed_lead(model: Any, dataset: Any) -> None:
    dataset.lead = 2


def _changed_variants(model: Any, dataset: Any) -> None:
    dataset.variants = 3


@pytest.mark.parametrize(
    "change",
    [
        _changed_weight,
        _changed_view,
        _changed_interval,
        _changed_jitter,
        _changed_variants,
        _changed_lead,
    ],
    ids=lambda f: f.__name__,
)
def test_whatever_vectors_depend_on_makes_another_file(
    patches: Path, tmp_path: Path, change: Any
) -> None:
    model, dataset = actor_model(), feature_dataset(patches, tmp_path)
    (video,) = videos_of(dataset).values()
    before = video_key(dataset, video, model_key(model, False))
    change(model, dataset)
    assert video_key(dataset, video, model_key(model, False)) != before


def test_another_box_or_video_makes_another_file(patches: Path, tmp_path: Path) -> None:
    dataset = feature_dataset(patches, tmp_path)
    (video,) = videos_of(dataset).values()
    before = video_key(dataset, video, "")
    moved = copy.deepcopy(video)
    moved.boxes[3, 0] += 1e-4
    assert video_key(dataset, moved, "") != before
    other = tmp_path / "other.mp4"
    shutil.copy(video.file, other)
    same = type(video)(str(other), video.frames, video.persons, video.boxes)
    assert video_key(dataset, same, "") == before  # the name does not count
    other.write_bytes(other.read_bytes() + b"x")
    assert video_key(dataset, same, "") != before


def test_people_without_numbers_are_refused(patches: Path, tmp_path: Path) -> None:
    dataset = feature_dataset(patches, tmp_path)
    dataset.dataset._index.person_ids[:] = -1
    with pytest.raises(ValueError, match=r"have no person ids.* set lead=3 in"):
        features_of(dataset, actor_model())


def test_frames_go_where_the_network_is(
    patches: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, dataset = actor_model().to("meta"), feature_dataset(patches, tmp_path)
    devices = set()

    class Stream:
        def __call__(self, number: int, image: torch.Tensor) -> ActorsNow:
            devices.add(image.device.type)
            nobody = People([], torch.zeros(0, 4), torch.zeros(0))
            return ActorsNow(nobody, torch.zeros(0, 1), [], 0)

    monkeypatch.setattr(model, "stream", lambda *_, **__: Stream())
    (video,) = videos_of(dataset).values()
    assert len(video_table(dataset, model, video).frames) == 0
    assert devices == {"meta"}


def test_samples_are_of_all_variants_and_mirrored_ones_of_mirrored_classes(
    patches: Path, tmp_path: Path
) -> None:
    model, dataset = actor_model(), feature_dataset(patches, tmp_path)
    dataset.load(features_of(dataset, model))
    seen = set()
    for epoch in range(12):
        dataset.dataset.set_epoch(epoch)
        people = dataset[8]["data_samples"].gt_instances
        seen.add(tuple(people.labels.tolist()))
        left = float(people.bboxes[0, 0])
        # red is at 12 of 64, mirrored at 44
        assert left < 20 if people.labels[0] == 0 else left > 36
    assert seen == {(0, 1), (1, 0)}
    dataset.dataset.set_epoch(3)
    one, two = dataset[5]["inputs"], dataset[5]["inputs"]
    assert torch.equal(one, two)


def test_nothing_loaded_says_what_is_missing(patches: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"stal_plugin\.ActorFeatureHook"):
        feature_dataset(patches, tmp_path)[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"variants": 0}, "variants=0"),
        ({"window": 0}, "window=0"),
        ({"lead": -1}, "lead=-1"),
    ],
)
def test_numbers_are_checked(
    patches: Path, tmp_path: Path, changes: dict, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        feature_dataset(patches, tmp_path, **changes)


def test_centred_clips_are_no_stream(patches: Path, tmp_path: Path) -> None:
    dataset = feature_dataset(patches, tmp_path)
    assert dataset.interval == 2
    centred = [{**PIPELINE[0], "position": "centre"}]
    with pytest.raises(ValueError, match="needs position='last', not 'centre'"):
        interval_of(centred)
