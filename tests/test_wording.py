import pytest

from stal_plugin.wording import counted


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "no boxes"), (1, "1 box"), (2, "2 boxes"), (1204, "1,204 boxes")],
)
def test_a_number_with_its_noun(number: int, said: str) -> None:
    assert counted(number, "box", "boxes") == said


def test_the_usual_plural() -> None:
    assert [counted(n, "video") for n in (1, 3)] == ["1 video", "3 videos"]
