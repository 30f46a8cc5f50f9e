from stal_plugin.datasets.standin.plan import ActionPlan, SegmentPlan, SourcePlan


def test_lengths_add_up():
    action = ActionPlan(7, "Clean counter", start=12, length=5, slot=0)
    segments = (SegmentPlan(0, 0, 10, ()), SegmentPlan(1, 10, 20, (action,)))
    source = SourcePlan(0, "c0", segments)
    assert action.stop == 17
    assert source.num_frames == 30
    assert source.actions == [action]
