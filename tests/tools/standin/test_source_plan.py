from standin.action_plan import ActionPlan
from standin.segment_plan import SegmentPlan
from standin.source_plan import SourcePlan


def test_segments_add_up():
    action = ActionPlan(7, "Clean counter", start=12, length=5, slot=0)
    segments = (SegmentPlan(0, 0, 10, ()), SegmentPlan(1, 10, 20, (action,)))
    source = SourcePlan(0, "c0", segments)
    assert source.num_frames == 30
    assert source.actions == [action]
