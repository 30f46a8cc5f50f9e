from collections.abc import Callable

import numpy as np
import pytest

from stal_plugin.evaluation import video_ap

BOX, HALF, FAR = [0.0, 0, 10, 10], [0.0, 0, 10, 5], [50.0, 50, 60, 60]
VIDEOS = np.array([0] * 4 + [1] * 4)


def _tube(label: int, score: float, frames: range, box: list = BOX) -> tuple:
    return label, score, dict.fromkeys(frames, box)


def test_by_hand(tubes_of: Callable) -> None:
    gts = tubes_of(_tube(0, 1, range(4)), _tube(0, 1, range(4, 8)))
    # a false positive first, then overlaps of 1 and of 1/2
    tubes = tubes_of(
        _tube(0, 0.9, range(4), FAR),
        _tube(0, 0.8, range(4)),
        _tube(0, 0.7, range(4, 6)),
    )
    result = video_ap(tubes, gts, VIDEOS, 1, [0.5, 0.51])
    assert result.ap[:, 0].tolist() == pytest.approx([2 / 3, 1 / 4])
    assert (result.num_gt.tolist(), result.num_dets.tolist()) == ([2], [3])


def test_taken_ground_truth(tubes_of: Callable) -> None:
    # both tubes overlap the first one more; the second one is in reach (1/2)
    gts = tubes_of(_tube(0, 1, range(4)), _tube(0, 1, range(4), HALF))
    tubes = tubes_of(_tube(0, 0.9, range(4)), _tube(0, 0.8, range(4), [0.0, 0, 10, 9]))
    ap = {n: video_ap(tubes, gts, VIDEOS, 1, [0.5], n).ap[0, 0] for n in _NAMES}
    assert ap == pytest.approx(
        {
            **{"voc": 0.5, "yowo": 1, "act": 1, "ava": 0.5, "voc07": 6 / 11},
            **{"yowov3": 0.625, "multisports": 0.5},
        }
    )


_NAMES = ("voc", "yowo", "act", "ava", "voc07", "yowov3", "multisports")


def test_some_need_two_common_frames(tubes_of: Callable) -> None:
    gts, tubes = tubes_of(_tube(0, 1, range(1))), tubes_of(_tube(0, 0.9, range(1)))
    ap = {n: video_ap(tubes, gts, VIDEOS, 1, [0.2], n).ap[0, 0] for n in _NAMES}
    assert ap.pop("yowo") == ap.pop("multisports") == 0
    assert set(ap.values()) == {1}


def test_videos_without_ground_truth(tubes_of: Callable) -> None:
    gts = tubes_of(_tube(0, 1, range(4)))
    tubes = tubes_of(_tube(0, 0.9, range(4, 8)), _tube(0, 0.5, range(4)))
    assert video_ap(tubes, gts, VIDEOS, 1, [0.5]).ap[0, 0] == 0.5
    assert video_ap(tubes, gts, VIDEOS, 1, [0.5], "ava").ap[0, 0] == 1


def test_nothing(tubes_of: Callable) -> None:
    assert video_ap(tubes_of(), tubes_of(), VIDEOS, 2).mean.tolist() == [0]
    gts = tubes_of(_tube(1, 1, range(4)))
    result = video_ap(tubes_of(), gts, VIDEOS, 2)
    np.testing.assert_array_equal(result.ap, [[np.nan, 0]])


def test_label_out_of_range(tubes_of: Callable) -> None:
    with pytest.raises(ValueError, match=r"tubes\.labels holds the label 3"):
        video_ap(tubes_of(_tube(3, 1, range(2))), tubes_of(), VIDEOS, 3)
