from stal_plugin.annotations import VideoInfo
from stal_plugin.annotations.annotation import splits_of


def test_frame_range_of_a_whole_video() -> None:
    video = VideoInfo("v.mp4", 25.0, 4, 2, 30, "s", "train")
    assert video.frame_range("train") == (1, 30)
    assert video.frame_range("test") is None
    assert video.splits == ("train",)


def test_frame_range_of_parts() -> None:
    parts = {"train": (1, 21), "test": (22, 30)}
    video = VideoInfo("v.mp4", 25.0, 4, 2, 30, "s", parts)
    assert video.frame_range("test") == (22, 30)
    assert video.frame_range("unseen") is None
    assert video.splits == ("train", "test")
    other = VideoInfo("w.mp4", 25.0, 4, 2, 30, "s", "extra")
    assert splits_of({"v": video, "w": other}) == ["extra", "test", "train"]


def test_key_frames_of_a_video_with_few_labels() -> None:
    video = VideoInfo("v.mp4", 25.0, 4, 2, 30, "s", "train")
    assert video.labelled_frames().tolist() == list(range(1, 31))
    assert video.key_frames("train", 10).tolist() == [1, 11, 21]
    assert video.key_frames("test").tolist() == []
    split = {"train": (1, 16), "test": (20, 30)}
    labelled = ((1, 1), (9, 11), (19, 21), (30, 30))
    few = VideoInfo("v.mp4", 25.0, 4, 2, 30, "s", split, labelled)
    assert few.key_frames("train").tolist() == [1, 9, 10, 11]
    assert few.key_frames("test").tolist() == [20, 21, 30]
    assert few.key_frames("test", 2).tolist() == [20, 30]
    assert few.key_frames(None).tolist() == [1, 9, 10, 11, 19, 20, 21, 30]
