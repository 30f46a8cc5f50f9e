from stal_plugin.datasets.formats import VideoInfo


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
