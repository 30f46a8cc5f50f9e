import numpy as np

from stal_plugin.structures.box_table import BoxTable


def test_length_and_what_a_file_need_not_say() -> None:
    table = BoxTable(
        video_ids=np.array(["a"] * 3, object),
        frames=np.arange(3),
        boxes=np.zeros((3, 4)),
        action_ids=np.ones(3, np.int64),
        scores=np.ones(3),
        objectness=np.ones(3),
        person_ids=np.full(3, -1),
        pixels=False,
    )
    assert len(table) == 3
    assert len(table.listed_videos) == len(table.listed_frames) == 0
    assert (table.sizes, table.classes) == ({}, ())
