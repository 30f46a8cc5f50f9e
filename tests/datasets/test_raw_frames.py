import pytest

from stal_plugin.datasets.raw_frames import raw_frame_keys


@pytest.mark.parametrize(
    ("names", "template", "offset"),
    [
        (["00001.jpg", "00002.jpg"], "{:05d}.jpg", 1),
        (["img_{x}_7.PNG", "img_{x}_8.PNG"], "img_{{x}}_{:01d}.PNG", 7),
        (["9.png", "10.png"], "{:01d}.png", 9),
    ],
)
def test_template_gives_the_names_back(tmp_path, names, template, offset):
    for name in [*names, ".hidden.jpg", "notes.txt"]:
        (tmp_path / name).touch()
    keys = raw_frame_keys(str(tmp_path))
    assert keys == {
        "frame_dir": str(tmp_path),
        "filename_tmpl": template,
        "offset": offset,
    }
    assert [template.format(offset + i) for i in range(len(names))] == names


@pytest.mark.parametrize("names", [["a.jpg", "b.jpg"], ["1.jpg", "2.png"]])
def test_names_without_a_template_give_nothing(tmp_path, names):
    for name in names:
        (tmp_path / name).touch()
    assert raw_frame_keys(str(tmp_path)) == {}
