import pytest

from stal_plugin.annotations.importers.videos import source_footage


@pytest.mark.parametrize(
    ("video", "source"),
    [
        ("Biking/v_Biking_g01_c04", "v_Biking_g01"),
        ("catch/Ball_Tricks_catch_f_cm_np1_fr_med_2", "Ball_Tricks"),
        ("kick_ball/A_(1)_!_kick_ball_l_nm_np2_le_goo_11", "A_(1)_!"),
        # The action also occurs in the name of the footage.
        ("walk/the_walk_f_cm_walk_u_cm_np1_ba_bad_0", "the_walk_f_cm"),
        ("run/catch_catch_f_cm_np1_fr_med_2", "catch_catch_f_cm_np1_fr_med_2"),
        ("run/my video", "my video"),
    ],
)
def test_source(video: str, source: str) -> None:
    assert source_footage(video) == source
