import pytest
from standin.labels import RARE, TABLE1
from standin.profile import PROFILES, ClipSpec, Profile


def test_specs_are_values():
    assert ClipSpec("a", 3, 12.5) == ClipSpec("a", clips=3, mean_length=12.5)
    assert hash(ClipSpec("a", 3, 12.5)) != hash(ClipSpec("a", 4, 12.5))


def test_a_label_without_a_motion_is_refused():
    clips = (ClipSpec("Clean counter", 2, 9), ClipSpec("Juggle", 2, 9))
    with pytest.raises(
        ValueError, match=r"'odd': no motion programme for \['Juggle'\]"
    ):
        Profile("odd", 64, 36, 25, (1.0,), 2, (1.0,), clips)


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


def test_the_long_tail_is_as_long_as_table_1_s():
    specs = PROFILES["longtail"].clips
    frames = [spec.clips * spec.mean_length for spec in specs]
    assert frames == sorted(frames, reverse=True)
    table1 = [row.clips * row.frames_per_clip for row in TABLE1]
    assert frames[0] / frames[-1] == pytest.approx(max(table1) / min(table1), rel=0.05)
    assert [s.name for s in specs] == [s.name for s in PROFILES["mini"].clips[:8]]
    assert min(spec.clips for spec in specs) == 10  # the converter keeps them


def test_mini_keeps_table_1_s_order():
    order = [row.name for row in TABLE1]
    places = [order.index(spec.name) for spec in PROFILES["mini"].clips[:8]]
    assert places == sorted(places)
