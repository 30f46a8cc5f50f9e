from standin.label_count import LabelCount


def test_frames_per_clip():
    assert LabelCount("Put drink down", 14, 403).frames_per_clip == 403 / 14
