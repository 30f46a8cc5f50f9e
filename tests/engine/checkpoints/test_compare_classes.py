import pytest

from stal_plugin.engine.checkpoints.class_layer import check_same_classes


def test_same_or_unknown_classes_pass() -> None:
    check_same_classes(["a", "b"], ["a", "b"], "test")
    check_same_classes([], ["a", "b"], "resume")


def test_other_classes_stop() -> None:
    with pytest.raises(
        ValueError, match=r"has 3 classes, the data have 2.*was trained"
    ):
        check_same_classes(["a", "b", "c"], ["a", "b"], "test")
    with pytest.raises(
        ValueError, match=r"another order \('a' is 'b', 'b' is 'a'\).*--load-from"
    ):
        check_same_classes(["a", "b"], ["b", "a"], "resume")


def test_renamed_classes_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    module = "stal_plugin.engine.checkpoints.class_layer"
    monkeypatch.setattr(f"{module}.print_log", lambda text, **_: said.append(text))
    check_same_classes(["a", "b"], ["a", "beat"], "test")
    assert said[0].endswith("of the data of the same number: 'b' is 'beat'")
