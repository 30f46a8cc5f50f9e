"""People whose boxes are far apart, have no ids, or come from another detector."""

from pathlib import Path

import numpy as np
import pytest
import torch
from fixtures.actors import actor_model

from stal_plugin.annotations.person_boxes import PersonBoxes, write_person_boxes
from stal_plugin.engine.actor_features.build import features_of, videos_of
from stal_plugin.models.detectors.actor_training import clip_maps
from stal_plugin.video import read_frames

from .patches import HEIGHT, LENGTH, WIDTH, feature_dataset


def test_boxes_without_person_ids_are_looked_at_where_they_are(
    patches: Path, tmp_path: Path
) -> None:
    """With a lead, each is a clip of its own: the box of the key frame, held still."""
    model = actor_model()
    dataset = feature_dataset(patches, tmp_path, variants=1, lead=3)
    dataset.dataset._index.person_ids[:] = -1
    dataset.load(features_of(dataset, model))
    item = dataset[8]  # frame 9; steps are at odd frames
    people = item["data_samples"].gt_instances
    assert people.labels.tolist() == [0, 1]
    assert people.counts.tolist() == [3, 3]
    assert people.bboxes.round().tolist() == [[12, 10, 20, 26], [44, 12, 54, 22]]
    (video,) = videos_of(dataset).values()
    assert len(set(video.persons.tolist())) == 2 * LENGTH
    images = read_frames(video.file, [2, 4, 6, 8])  # six frames back: 3 to 9
    clip = torch.stack(
        [torch.from_numpy(i.transpose(2, 0, 1).copy()) for i in images], dim=1
    )
    with torch.no_grad():
        maps = clip_maps(model.clip_network, model.view, clip, people.bboxes)
        vectors = model.head.vectors(maps.transpose(1, 2).flatten(0, 1))
    expected = vectors.unflatten(0, (2, 4))[:, -3:]
    assert torch.allclose(item["inputs"], expected, atol=2e-3)


def test_a_person_with_one_box_is_seen_with_a_lead_only(
    patches: Path, tmp_path: Path
) -> None:
    for lead, counts in ((0, []), (2, [2])):
        dataset = feature_dataset(patches, tmp_path, variants=1, lead=lead)
        index = dataset.dataset._index
        index.person_ids[:] = 6  # green
        single = int(index.box_start[5])  # the first of frame 6, no step's frame
        index.person_ids[single] = 5
        dataset.load(features_of(dataset, actor_model()))
        people = dataset[5]["data_samples"].gt_instances
        seen = [
            n
            for n, b in zip(people.counts.tolist(), people.labels, strict=True)
            if b == 0
        ]
        assert seen == counts


RED, GREEN = (4, 10, 12, 26), (44, 12, 54, 22)


def test_proposed_people_are_tested_on_the_key_frames_that_have_them(
    patches: Path, tmp_path: Path
) -> None:
    """Without the person detector: boxes and scores of the file, held still."""
    size = np.array([WIDTH, HEIGHT, WIDTH, HEIGHT])
    people = PersonBoxes(
        np.array(["v_test", "v_test", "v_test", "v_train"], object),
        np.array([5, 5, 6, 5]),
        (np.array([RED, GREEN, RED, RED]) / size).astype(np.float32),
        np.array([0.9, 0.5, 0.25, 1.0], np.float32),
    )
    write_person_boxes(people, tmp_path / "people.csv")
    file = str(tmp_path / "people.csv")
    dataset = feature_dataset(patches, tmp_path, "test", proposals=file)
    model = actor_model()
    model.person_detector = None
    dataset.load(features_of(dataset, model))
    found = [dataset[n]["data_samples"].proposals for n in range(LENGTH)]
    assert [len(own) for own in found] == [0, 0, 0, 0, 2, 1, 0, 0, 0, 0]
    assert found[4].bboxes.round().tolist() == [list(RED), list(GREEN)]
    np.testing.assert_allclose(found[4].scores, [0.9, 0.5])
    np.testing.assert_allclose(found[5].scores, [0.25])
    item = dataset[4]
    images = read_frames(dataset.dataset.get_data_info(4)["filename"], [0, 2, 4])
    clip = torch.stack(
        [torch.from_numpy(i.transpose(2, 0, 1).copy()) for i in images], dim=1
    )
    with torch.no_grad():
        maps = clip_maps(model.clip_network, model.view, clip, found[4].bboxes)
        vectors = model.head.vectors(maps.transpose(1, 2).flatten(0, 1))
    expected = vectors.unflatten(0, (2, 3))
    assert torch.allclose(item["inputs"], expected, atol=2e-3)
    (sample,) = model([item["inputs"]], [item["data_samples"]], mode="predict")
    best = sample.pred_instances[0]
    assert float(best.objectness) in (0.5, pytest.approx(0.9))


@pytest.mark.parametrize(
    ("split", "changes"), [("train", {}), ("test", {"detected": True})]
)
def test_proposals_are_for_testing_and_replace_the_detector(
    patches: Path, tmp_path: Path, split: str, changes: dict
) -> None:
    with pytest.raises(ValueError, match=r"proposals='p\.csv' stand for detected"):
        feature_dataset(patches, tmp_path, split, proposals="p.csv", **changes)
