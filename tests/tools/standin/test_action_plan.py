from standin.action_plan import ActionPlan


def test_stop_is_the_first_frame_after_the_action():
    assert ActionPlan(7, "Clean counter", start=12, length=5, slot=0).stop == 17
