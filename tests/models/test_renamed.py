import pytest

from stal_plugin.models import renamed
from stal_plugin.models.renamed import old_names, rename_keys, renamed_arguments


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(renamed, "print_log", lambda text, **_: lines.append(text))
    renamed._warn.cache_clear()
    return lines


class _Thing:
    @renamed_arguments(alpha="gamma")
    def __init__(self, size: int, gamma: float = 2.0) -> None:
        self.values = (size, gamma)


def test_the_new_name_is_silent(messages: list[str]) -> None:
    assert _Thing(3, gamma=1.0).values == (3, 1.0)
    assert _Thing(3, 1.5).values == (3, 1.5)
    assert messages == []


def test_the_old_name_works_and_warns_once(messages: list[str]) -> None:
    for _ in range(2):
        assert _Thing(size=3, alpha=1.0).values == (3, 1.0)
    (message,) = messages
    assert message.startswith("_Thing: 'alpha' is now called 'gamma'")


def test_a_constructor_knows_its_old_names() -> None:
    assert old_names(_Thing.__init__) == ("alpha",)
    assert old_names(object.__init__) == ()


def test_both_names_are_refused(messages: list[str]) -> None:
    for both in ({"alpha": 1.0, "gamma": 1.0}, {"gamma": 1.0, "alpha": 1.0}):
        with pytest.raises(ValueError, match=r"_Thing has \['alpha'\] and 'gamma'"):
            _Thing(3, **both)


def test_keys_of_a_mapping_keep_their_order(messages: list[str]) -> None:
    settings = {"a": 1, "size": 2, "b": 3}
    assert list(rename_keys(settings, {"size": "wh"}, "x").items()) == [
        ("a", 1),
        ("wh", 2),
        ("b", 3),
    ]
    assert settings == {"a": 1, "size": 2, "b": 3}
    assert messages == ["x: 'size' is now called 'wh'; please rename it in the config."]
