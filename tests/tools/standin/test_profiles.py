import pytest
from standin.labels import RARE, TABLE1
from standin.profiles import PROFILES


def test_full_has_table_1_s_clips_and_proportions():
    full = PROFILES["full"]
    assert (full.width, full.height) == (1280, 720)
    assert [(c.name, c.clips) for c in full.clips] == [
        (row.name, row.clips) for row in TABLE1 + RARE
    ]
    lengths = {spec.name: spec.mean_length for spec in full.clips}
    long, short = lengths["Using a cell phone"], lengths["Operating POS"]
    assert long / short == pytest.approx((15239 / 10) / (9414 / 74))


def test_mini_has_a_long_tail_of_eight_classes_and_some_to_drop():
    mini = PROFILES["mini"]
    frames = [c.clips * c.mean_length for c in mini.clips if c.clips >= 10]
    assert len(frames) == 8
    assert frames == sorted(frames, reverse=True)
    assert 5.5 < frames[0] / frames[-1] < 6.5
    table1 = {row.name: row.clips for row in TABLE1}
    assert all(c.clips == table1[c.name] for c in mini.clips[:8])
    assert [c.name for c in mini.clips if c.clips < 10]


def test_mini_keeps_table_1_s_order():
    order = [row.name for row in TABLE1]
    places = [order.index(spec.name) for spec in PROFILES["mini"].clips[:8]]
    assert places == sorted(places)
