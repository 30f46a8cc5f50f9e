import pytest

from stal_plugin.annotations.importers.segments import output_size


@pytest.mark.parametrize(
    ("text", "size", "expected"),
    [
        ("keep", (320, 180), (320, 180)),
        ("keep", (321, 179), (320, 180)),  # even
        ("160x90", (1280, 720), (160, 90)),
        ("160X90", (1280, 720), (160, 90)),
        ("256", (1280, 720), (456, 256)),
        ("256", (720, 1280), (256, 456)),
        ("256", (320, 180), (320, 180)),  # never enlarged
    ],
)
def test_sizes(text: str, size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert output_size(text, *size) == expected


@pytest.mark.parametrize("text", ["", "big", "0", "10x", "0x10", "1x2x3", "-5"])
def test_faults(text: str) -> None:
    with pytest.raises(ValueError, match="is none of: keep, 160x90, 256"):
        output_size(text, 320, 180)
