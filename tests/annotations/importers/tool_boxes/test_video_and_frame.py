import pytest

from stal_plugin.annotations.importers.tool_boxes import video_and_frame


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kitchen/00012.jpg", ("kitchen", 12)),
        ("kitchen/frame_00012.jpg", ("kitchen", 12)),
        ("a/b/img-3.png", ("a/b", 3)),
        ("kitchen_00012.jpg", ("kitchen", 12)),
        ("kitchen_frame_12.jpg", ("kitchen", 12)),
        ("frame_000012", ("", 12)),
        ("000012.PNG", ("", 12)),
        ("..\\up\\7.json", ("up", 7)),
        (
            "train/kitchen_mp4-12_jpg.rf.d41d8cd98f00b204e9800998ecf84279.jpg",
            ("kitchen", 12),
        ),
        ("a_frame_0012_png.rf.0F3.png", ("a", 12)),
        ("kitchen.jpg", None),
        ("9" * 40, None),
    ],
)
def test_video_and_frame(name: str, expected: tuple | None) -> None:
    assert video_and_frame(name) == expected
