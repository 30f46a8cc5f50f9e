import pytest
from mmengine.config import Config

from stal_plugin.datasets.pipeline_steps import pipeline_steps

NAMED = {
    "order": ["b", "c", "a"],
    "a": {"type": "A", "x": 1},
    "b": {"type": "B"},
    "c": None,
}


def test_a_list_is_what_it_is() -> None:
    own = {"type": "Own"}
    assert pipeline_steps([own, len]) == [own, len]
    assert pipeline_steps(()) == []


def test_steps_come_in_their_order_and_none_is_left_out() -> None:
    assert pipeline_steps(NAMED) == [NAMED["b"], NAMED["a"]]


@pytest.mark.parametrize("order", [["b", "c"], ["a", "b", "c", "d"], ["a", "b", "b"]])
def test_order_names_each_step_once(order: list[str]) -> None:
    with pytest.raises(ValueError, match=r"of the steps \['a', 'b', 'c'\] has the ord"):
        pipeline_steps({**NAMED, "order": order})


def test_order_is_needed() -> None:
    with pytest.raises(ValueError, match=r"has the order \[\]"):
        pipeline_steps({"a": {"type": "A"}})


def test_order_survives_the_text_of_a_config() -> None:
    # mmengine sorts the keys of the configs that it writes
    text = Config({"pipeline": NAMED}).pretty_text
    assert text.index("a=") < text.index("b=")
    steps = pipeline_steps(Config.fromstring(text, ".py").pipeline)
    assert steps == [NAMED["b"], NAMED["a"]]
