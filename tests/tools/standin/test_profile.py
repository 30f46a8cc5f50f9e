import pytest
from standin.clip_spec import ClipSpec
from standin.profile import Profile


def test_a_label_without_a_motion_is_refused():
    clips = (ClipSpec("Clean counter", 2, 9), ClipSpec("Juggle", 2, 9))
    with pytest.raises(
        ValueError, match=r"'odd': no motion programme for \['Juggle'\]"
    ):
        Profile("odd", 64, 36, 25, (1.0,), 2, (1.0,), clips)
