import pytest

from stal_plugin.annotations.names import name_problem, video_problem


@pytest.mark.parametrize(
    "name", ["a", "b !@()& folder", "catch/v (1)", "süß", "b's", "..a", "a..", "厨房"]
)
def test_good_names(name: str) -> None:
    assert name_problem(name) == video_problem(name) == ""


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "is empty"),
        ("a" * 401, "has 401 characters, allowed are 400"),
        ("a\nb", "has control characters"),
        ("a\0", "has control characters"),
        ("a\x1b[31m", "has control characters"),
    ],
)
def test_names_of_classes(name: str, problem: str) -> None:
    assert problem in name_problem(name)
    assert problem in video_problem(name)


@pytest.mark.parametrize(
    "name",
    ["../a", "a/../../b", "..", "/etc/passwd", "C:\\x", "\\\\host\\x", "a\\..\\b"],
)
def test_names_of_videos_stay_inside(name: str) -> None:
    assert video_problem(name) == "leads out of its folder"
    assert name_problem(name) == ""
