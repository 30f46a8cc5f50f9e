from standin.segment_plan import SegmentPlan


def test_stop_is_the_first_frame_after_the_segment():
    assert SegmentPlan(index=1, start=10, length=20, actions=()).stop == 30
