from stal_plugin.engine.doctor import examine
from stal_plugin.engine.doctor.environment import Finding


def test_a_check_that_fails_does_not_stop_the_others(env):
    def broken(env):
        yield Finding("info", "first")
        raise RuntimeError("oops")

    def good(env):
        yield Finding("info", "second")

    findings = list(examine(env, [broken, good]))
    assert [f.level for f in findings] == ["info", "warning", "info"]
    assert findings[1].text == "broken failed: RuntimeError('oops')"
    assert findings[2].text == "second"


def test_everything_is_checked(env):
    env.packages.clear()
    env.modules.clear()
    broken = [f.text for f in examine(env) if f.level == "broken"]
    for package in ("torch", "mmengine", "mmdet", "mmaction2", "OpenCV"):
        assert any(text.startswith(package) for text in broken)
