import torch

from stal_plugin.models.data_preprocessors import ActorDataPreprocessor


def test_clips_of_one_size_are_stacked_unchanged_others_stay_apart() -> None:
    clips = [torch.randint(0, 256, (3, 2, 4, 4), dtype=torch.uint8) for _ in range(2)]
    data = ActorDataPreprocessor()({"inputs": clips, "data_samples": ["a", "b"]})
    assert torch.equal(data["inputs"], torch.stack(clips))
    assert data["inputs"].dtype == torch.uint8
    assert data["data_samples"] == ["a", "b"]
    clips[1] = clips[1][:, :, :3]
    data = ActorDataPreprocessor()({"inputs": clips, "data_samples": []})
    assert [tuple(c.shape) for c in data["inputs"]] == [(3, 2, 4, 4), (3, 2, 3, 4)]


def test_a_tensor_stays_one() -> None:
    batch = torch.zeros(2, 3, 1, 4, 4)
    assert ActorDataPreprocessor()({"inputs": batch})["inputs"] is batch
