from standin.clip_spec import ClipSpec


def test_specs_are_values():
    assert ClipSpec("a", 3, 12.5) == ClipSpec("a", clips=3, mean_length=12.5)
    assert hash(ClipSpec("a", 3, 12.5)) != hash(ClipSpec("a", 4, 12.5))
