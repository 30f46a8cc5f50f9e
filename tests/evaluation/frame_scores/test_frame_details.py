from stal_plugin.evaluation import FrameDetails
from stal_plugin.evaluation.frame_ap import SIZE_EDGES


def test_everything_is_off_by_default() -> None:
    details = FrameDetails()
    switches = (details.by_size, details.by_frequency, details.breakdown)
    assert switches == (False, False, False)
    assert details.size_edges == SIZE_EDGES
    assert details.class_counts is None
