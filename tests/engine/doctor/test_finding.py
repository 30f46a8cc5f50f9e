from stal_plugin.engine.doctor.environment import Finding


def test_a_fix_is_optional():
    assert Finding("info", "fine") == Finding(level="info", text="fine", fix="")
