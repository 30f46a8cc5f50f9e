from standin.labels import ALL_LABELS, RARE, TABLE1, UNUSED, LabelCount


def test_frames_per_clip():
    assert LabelCount("Put drink down", 14, 403).frames_per_clip == 403 / 14


def test_45_labels_of_which_38_occur_and_24_are_in_table_1():
    assert (len(TABLE1), len(RARE), len(UNUSED)) == (24, 14, 7)
    assert len(set(ALL_LABELS)) == 45
    assert [row.name for row in TABLE1] == list(ALL_LABELS[:24])


def test_table_1_adds_up_to_the_published_sums():
    assert sum(row.clips for row in TABLE1) == 1013
    assert sum(row.frames for row in TABLE1) == 90014
    assert sum(row.clips for row in TABLE1 + RARE) == 1061


def test_only_table_1_reaches_ten_clips():
    assert min(row.clips for row in TABLE1) == 10
    assert all(1 <= row.clips < 10 for row in RARE)
    assert [row.clips for row in TABLE1] == sorted(
        (row.clips for row in TABLE1), reverse=True
    )
