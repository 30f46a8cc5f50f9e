from collections.abc import Callable

import numpy as np
import pytest

from stal_plugin.evaluation.protocol import PROTOCOLS
from stal_plugin.evaluation.video_scores import (
    LINKERS,
    class_probabilities,
    link_tubes,
    video_scores,
)
from stal_plugin.structures import BoxTable

BOX = [0.0, 0, 10, 10]
VIDEOS = np.zeros(20, np.int64)


@pytest.mark.parametrize("linker", LINKERS)
def test_a_perfect_detector(linker: str, dets_of: Callable, tubes_of: Callable) -> None:
    dets = dets_of(*((t, BOX, 0, 0.9) for t in range(20)))
    gts = tubes_of((0, 1, dict.fromkeys(range(20), BOX)))
    thrs = [0.2, 0.5, "0.5:0.95"]
    found = video_scores(dets, gts, VIDEOS, 1, thrs, PROTOCOLS["voc"], linker)
    assert found.metrics == {
        "video-mAP@0.2": 1,
        "video-mAP@0.5": 1,
        "video-mAP@0.5:0.95": 1,
    }
    assert len(found.tubes) == 1


def test_linkers_differ_on_an_action_of_half_a_video(
    dets_of: Callable, tubes_of: Callable
) -> None:
    # 16 of 20 frames: YOWO's tubes span the whole video, the others end
    dets = dets_of(*((t, BOX, 0, 0.9) for t in range(16)))
    gts = tubes_of((0, 1, dict.fromkeys(range(16), BOX)))
    rule = PROTOCOLS["voc"]
    found = {
        linker: video_scores(dets, gts, VIDEOS, 1, 0.9, rule, linker).metrics
        for linker in LINKERS
    }
    assert found.pop("viterbi") == {"video-mAP@0.9": 0}
    assert list(found.values()) == [{"video-mAP@0.9": 1}] * 3


def test_unknown_linker(dets_of: Callable) -> None:
    with pytest.raises(ValueError, match="linker 'best': allowed are viterbi, act"):
        link_tubes(dets_of(), VIDEOS, 1, "best")


def test_class_probabilities(dets_of: Callable) -> None:
    dets = BoxTable(
        np.arange(3),
        np.array([BOX] * 3),
        np.zeros(3, int),
        scores=np.array([0.2, 0.3, 0.0]),
        objectness=np.array([0.5, 0.3, 0.0]),
    )
    np.testing.assert_allclose(class_probabilities(dets).scores, [0.4, 1, 0])
    with pytest.raises(ValueError, match="have no objectness of their own"):
        class_probabilities(dets_of((0, BOX, 0, 0.4)))
