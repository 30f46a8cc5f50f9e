"""Each format from files on disk to our csv and back."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from stal_plugin.annotations import read_annotation, write_annotation
from stal_plugin.annotations.importers.import_options import ActionRule, ImportOptions
from stal_plugin.annotations.importers.importers import Imported, import_files
from stal_plugin.annotations.importers.video_library import VideoLibrary

# What every file below says: frame (from 1), box in pixels of 96x64, action, person.
ROWS = [
    (3, (9.6, 6.4, 48.0, 32.0), "wipe", 5),
    (3, (9.6, 6.4, 48.0, 32.0), "talk", 5),
    (4, (19.2, 6.4, 57.6, 32.0), "wipe", 5),
]
CLASSES = ["wipe", "talk"]


@pytest.fixture(scope="module")
def library(
    tmp_path_factory: pytest.TempPathFactory, make_video: Callable
) -> VideoLibrary:
    root = tmp_path_factory.mktemp("importers")
    make_video(root / "in/kitchen.mp4", count=10)
    return VideoLibrary(root / "in", root / "out")


@pytest.fixture
def imported(library: VideoLibrary, tmp_path: Path) -> Callable[..., Imported]:
    """Import, write and read again."""

    def run(form: str, source: Path, **options: object) -> Imported:
        made = ImportOptions(**options)  # type: ignore[arg-type]
        annotation, notes = import_files(form, [source], library, made)
        write_annotation(annotation, tmp_path / "out/annotations.csv")
        return read_annotation(tmp_path / "out/annotations.csv"), notes

    return run


def _check(result: Imported, sparse: bool = True) -> None:
    annotation, _ = result
    assert list(annotation.videos) == ["kitchen"]
    known = annotation.videos["kitchen"].labelled
    assert known == (((3, 4),) if sparse else None)
    found = {
        (int(frame), annotation.classes[action - 1], int(person), *np.round(box, 4))
        for frame, action, person, box in zip(
            annotation.rows.frames,
            (annotation.rows.labels + 1),
            annotation.rows.person_ids,
            annotation.rows.boxes * [96, 64, 96, 64],
            strict=True,
        )
    }
    assert found == {
        (frame, action, person, *box) for frame, box, action, person in ROWS
    }


def _cvat_box(frame: int, outside: int, left: float, talk: bool) -> str:
    corners = f'xtl="{left}" ytl="6.4" xbr="{left + 38.4:.1f}" ybr="32.0"'
    return (
        f'<box frame="{frame}" outside="{outside}" occluded="0" {corners}>'
        '<attribute name="action">wipe</attribute>'
        f'<attribute name="talk">{str(talk).lower()}</attribute></box>'
    )


def test_cvat_video(imported: Callable, tmp_path: Path) -> None:
    boxes = [(2, 0, 9.6, True), (3, 0, 19.2, False), (4, 1, 28.8, False)]
    body = "".join(_cvat_box(*box) for box in boxes)
    path = tmp_path / "a.xml"
    path.write_text(
        "<annotations><meta><task><id>1</id><name>x</name><size>10</size>"
        "<original_size><width>96</width><height>64</height></original_size>"
        "<source>kitchen.mp4</source></task></meta>"
        f'<track id="5" label="person">{body}</track></annotations>'
    )
    rule = ActionRule(("action", "talk"))
    _check(imported("cvat", path, rule=rule), sparse=False)


def test_cvat_images(imported: Callable, tmp_path: Path) -> None:
    def image(number: int, *actions: str) -> str:
        left = 9.6 * (number - 1)
        boxes = "".join(
            f'<box label="{a}" xtl="{left:.1f}" ytl="6.4" xbr="{left + 38.4:.1f}" '
            'ybr="32.0"><attribute name="who">5</attribute></box>'
            for a in actions
        )
        name = f"frame_{number:06d}"
        return f'<image name="{name}" width="96" height="64">{boxes}</image>'

    meta = "<meta><task><id>1</id><source>kitchen.mp4</source></task></meta>"
    path = tmp_path / "a.xml"
    images = image(2, *CLASSES) + image(3, "wipe")
    path.write_text(f"<annotations>{meta}{images}</annotations>")
    _check(imported("cvat", path, rule=ActionRule(track="who")))


def test_voc(imported: Callable, tmp_path: Path) -> None:
    names = ("xmin", "ymin", "xmax", "ymax")
    for frame in {row[0] for row in ROWS}:
        objects = "".join(
            f"<object><name>{action}</name><trackid>{person}</trackid><bndbox>"
            + "".join(f"<{k}>{v}</{k}>" for k, v in zip(names, box, strict=True))
            + "</bndbox></object>"
            for number, box, action, person in ROWS
            if number == frame
        )
        size = "<size><width>96</width><height>64</height></size>"
        path = tmp_path / f"voc/kitchen/{frame:06d}.xml"
        path.parent.mkdir(parents=True, exist_ok=True)
        name = f"<filename>{frame:06d}.jpg</filename>"
        path.write_text(f"<annotation>{name}{size}{objects}</annotation>")
    _check(imported("voc", tmp_path / "voc"))


def test_coco(imported: Callable, tmp_path: Path) -> None:
    data = {
        "videos": [{"id": 1, "name": "kitchen"}],
        "categories": [{"id": i, "name": n} for i, n in enumerate(CLASSES)],
        "images": [
            {"id": f, "video_id": 1, "frame_id": f - 1, "width": 96, "height": 64}
            for f in (3, 4)
        ],
        "annotations": [
            {
                "image_id": frame,
                "category_id": CLASSES.index(action),
                "bbox": [x1, y1, x2 - x1, y2 - y1],
                "track_id": person,
            }
            for frame, (x1, y1, x2, y2), action, person in ROWS
        ],
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps(data))
    _check(imported("coco", path))


def test_via(imported: Callable, tmp_path: Path) -> None:
    options = dict(enumerate(CLASSES))
    items = {}
    for frame, (x1, y1, x2, y2), ids in (
        (3, ROWS[0][1], "0,1"),
        (4, ROWS[2][1], "0"),
    ):
        items[f"1_{frame}"] = {
            "vid": "1",
            "z": [round((frame - 1) / 25, 3)],
            "xy": [2, x1, y1, x2 - x1, y2 - y1],
            "av": {"1": ids, "2": "5"},
        }
    data = {
        "attribute": {
            "1": {"aname": "action", "type": 2, "options": options},
            "2": {"aname": "who", "type": 1, "options": {}},
        },
        "file": {"1": {"fid": "1", "fname": "kitchen.mp4", "type": 4}},
        "view": {"1": {"fid_list": ["1"]}},
        "metadata": items,
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps(data))
    _check(imported("via", path, rule=ActionRule(track="who")))


@pytest.mark.parametrize("unit", ["seconds", "frames"])
def test_ava(imported: Callable, tmp_path: Path, unit: str) -> None:
    labels = tmp_path / "labels.pbtxt"
    labels.write_text(
        "".join(f'item {{ name: "{n}" id: {i + 7} }}\n' for i, n in enumerate(CLASSES))
    )
    lines = []
    for frame, box, action, person in ROWS:
        corners = np.array(box) / [96, 64, 96, 64]
        time = 900 + (frame - 1) / 25 if unit == "seconds" else frame
        cells = ["kitchen", f"{time:g}", *(f"{c:.4f}" for c in corners)]
        lines.append(",".join([*cells, str(CLASSES.index(action) + 7), str(person)]))
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines))
    start = 900.0 if unit == "seconds" else 0.0
    result = imported("ava", path, labels=labels, unit=unit, start=start)
    _check(result, sparse=unit == "seconds")


def test_ava_frames_read_as_seconds_are_an_error(
    imported: Callable, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("kitchen,9,0.1,0.1,0.5,0.5,1\n")
    with pytest.raises(
        ValueError, match=r"second 9 is frame 226 .* has 10(.|\n)*--unit"
    ):
        imported("ava", path)


@pytest.mark.parametrize(("name", "stops"), [("frame", True), ("timestamp", False)])
def test_what_the_header_of_an_ava_csv_says(
    imported: Callable, tmp_path: Path, name: str, stops: bool
) -> None:
    """Second 0 is frame 1; as frames they are 1 and 10."""
    path = tmp_path / "a.csv"
    row = "0.1,0.1,0.5,0.5,1,7\n"
    path.write_text(f"video_id,{name},x1,y1,x2,y2,action_id,person_id\nkitchen,0,{row}")
    if stops:
        with pytest.raises(ValueError, match="--unit frames or --unit seconds"):
            imported("ava", path)
    else:
        annotation, notes = imported("ava", path)
        assert annotation.rows.frames.tolist() == [1]
        assert "1 whole timestamps, taken as seconds (if they are" in notes[0]
    assert imported("ava", path, unit="frames")[0].rows.frames.tolist() == [1]


def test_ava_times_of_a_video_of_another_rate(
    imported: Callable, tmp_path: Path
) -> None:
    """12 labels at 30 per second on 10 frames at 25 per second."""
    path = tmp_path / "a.csv"
    lines = [f"kitchen,{i / 30:.3f},0.1,0.1,0.5,0.5,1,7\n" for i in range(12)]
    path.write_text("".join(lines))
    with pytest.raises(ValueError, match="2 of 12 times fall on the frame of an"):
        imported("ava", path)
    with pytest.raises(ValueError, match="--step has no effect: the file has seconds"):
        imported("ava", path, unit="seconds", step=2)
    annotation, _ = imported("ava", path, unit="seconds")
    assert set(annotation.rows.frames.tolist()) == set(range(1, 11))


def test_ucf24_text_and_mat(library: VideoLibrary, tmp_path: Path) -> None:
    for frame, left in ((3, 9.6), (4, 19.2)):
        file = tmp_path / f"labels/wipe/kitchen/{frame:05d}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"1 {left} 6.4 {left + 38.4} 32\n")
    tube = np.zeros((1, 1), [(n, object) for n in ("ef", "sf", "class", "boxes")])
    boxes = np.array([[9.6, 6.4, 38.4, 25.6], [19.2, 6.4, 38.4, 25.6]])
    tube[0, 0] = (4, 3, 1, boxes)
    annot = np.zeros((1, 1), [(n, object) for n in ("num_imgs", "name", "tubes")])
    annot[0, 0] = (10, "wipe/kitchen", tube)
    savemat(str(tmp_path / "annots.mat"), {"annot": annot})
    for source in (tmp_path / "labels", tmp_path / "annots.mat"):
        options = ImportOptions(size=(96, 64))
        annotation, _ = import_files("ucf24", [source], library, options)
        assert annotation.classes == ["wipe"]
        assert annotation.rows.frames.tolist() == [3, 4]
        np.testing.assert_allclose(
            annotation.rows.boxes[1], [0.2, 0.1, 0.6, 0.5], atol=1e-9
        )
        assert (annotation.rows.person_ids == (-1 if source.is_dir() else 0)).all()
    with pytest.raises(ValueError, match="320x240 pixels, the video shows 96x64"):
        import_files("ucf24", [tmp_path / "labels"], library, ImportOptions())
    annot[0, 0]["num_imgs"] = 12
    savemat(str(tmp_path / "annots.mat"), {"annot": annot})
    with pytest.raises(ValueError, match="wipe/kitchen: the file counts 12 frames"):
        import_files("ucf24", [tmp_path / "annots.mat"], library, options)


def test_labelme(imported: Callable, tmp_path: Path) -> None:
    for frame in (3, 4):
        shapes = [
            {"label": action, "points": [box[:2], box[2:]], "group_id": person}
            for number, box, action, person in ROWS
            if number == frame
        ]
        data = {"shapes": shapes, "imageWidth": 96, "imageHeight": 64}
        file = tmp_path / f"in/kitchen/{frame:05d}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(data))
    _check(imported("labelme", tmp_path / "in"))


_KEYS = (
    *("images", "annotations", "categories", "videos", "id", "name", "image_id"),
    *("bbox", "video_id", "frame_id", "category_id", "attribute", "file", "view"),
    *("metadata", "vid", "z", "xy", "av", "fid_list", "aname", "shapes", "points"),
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=5)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("form", ["coco", "via", "labelme"])
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=_json)
def test_any_json_is_imported_or_explained(
    form: str, data: object, library: VideoLibrary, tmp_path: Path
) -> None:
    path = tmp_path / "kitchen_1.json"
    path.write_text(json.dumps(data))
    source = tmp_path if form == "labelme" else path
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        import_files(form, [source], library, ImportOptions())
    assert _explains(caught.value, source)


def _explains(error: Exception, source: Path) -> bool:
    """Whether an error names the file (or the video that is missing) and says more."""
    text = str(error)
    named = source.name in text or isinstance(error, FileNotFoundError)
    return named and len(text) > len(source.name) + 10


_WORDS = (
    *("kitchen,1,0.1,0.2,0.3,0.4,1", ",", "\n", "2", "1.5", "nan", "-1", "9e999", '"'),
    *(
        "<annotations>",
        "</annotations>",
        "<meta>",
        "<track",
        "<image",
        "<box",
        "</box>",
    ),
    *('id="1"', 'name="frame_1"', ">", "/", "x"),
)
_word = st.sampled_from(_WORDS)


@pytest.mark.parametrize("form", ["cvat", "ava", "ucf24", "tubes"])
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(words=st.lists(_word, max_size=12), junk=st.text(max_size=8))
def test_any_text_is_imported_or_explained(
    form: str, words: list[str], junk: str, library: VideoLibrary, tmp_path: Path
) -> None:
    folder = tmp_path / "labels/wipe/kitchen"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "00001.txt"
    path.write_bytes((" ".join(words) + junk).encode("utf-8", "replace"))
    source = tmp_path / "labels" if form == "ucf24" else path
    fault: Exception | None = None
    try:
        annotation, _ = import_files(form, [source], library, ImportOptions())
    except (ValueError, FileNotFoundError) as error:
        fault = error
    assert len(annotation) > 0 if fault is None else _explains(fault, source)


_attribute = st.sampled_from(["", "1", "-1", "x", "nan", "1e999", "9" * 30, "5", "0.5"])
_NAMES = ("frame", "outside", "occluded", "xtl", "ytl", "xbr", "ybr", "rotation", "id")


@pytest.mark.parametrize("kind", ["track", "image"])
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    box=st.dictionaries(st.sampled_from(_NAMES), _attribute),
    size=_attribute,
    stop=_attribute,
)
def test_any_attribute_of_cvat_is_imported_or_explained(
    kind: str, box: dict, size: str, stop: str, library: VideoLibrary, tmp_path: Path
) -> None:
    corners = {"xtl": "1", "ytl": "1", "xbr": "9", "ybr": "9", "frame": "2"}
    text = " ".join(f'{key}="{value}"' for key, value in {**corners, **box}.items())
    head = {
        "track": '<track id="1" label="a">',
        "image": f'<image name="frame_{size}3" width="{size}" height="64">',
    }[kind]
    path = tmp_path / "a.xml"
    path.write_text(
        f"<annotations><meta><task><id>1</id><size>{size}</size><stop_frame>{stop}"
        f"</stop_frame><source>kitchen.mp4</source></task></meta>{head}"
        f'<box label="a" {text}></box></{kind}></annotations>'
    )
    fault: Exception | None = None
    try:
        annotation, _ = import_files("cvat", [path], library, ImportOptions())
    except (ValueError, FileNotFoundError) as error:
        fault = error
    assert len(annotation) > 0 if fault is None else _explains(fault, path)


_value = st.recursive(
    st.none() | st.integers(-2, 3) | st.floats() | st.sampled_from(["kitchen", "a"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.sampled_from(["kitchen", 0, 1]), inner, max_size=2)
        | st.just(np.array([[1, 0, 0, 9, 9]]))
        | st.just(np.array([[np.inf, 0, 0, 9, 9]]))
    ),
    max_leaves=6,
)
_PICKLE = {
    "labels": ["a", "b"],
    "gttubes": {"kitchen": {0: [np.array([[1.0, 0, 0, 9, 9]])]}},
    "nframes": {"kitchen": 10},
    "train_videos": [["kitchen"]],
    "test_videos": [[]],
    "resolution": {"kitchen": (64, 96)},
}


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.dictionaries(st.sampled_from(sorted(_PICKLE)), _value, max_size=2))
def test_any_pickle_is_imported_or_explained(
    data: dict, library: VideoLibrary, tmp_path: Path
) -> None:
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps({**_PICKLE, **data}, 2))
    fault: Exception | None = None
    try:
        import_files("tubes", [path], library, ImportOptions())
    except (ValueError, FileNotFoundError) as error:
        fault = error
    assert fault is None or _explains(fault, path)


_number = st.sampled_from([1, 3.0, np.nan, np.inf, -5, "x", 1e300, [], [1, 2]])


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    tube=st.dictionaries(st.sampled_from(["sf", "class", "boxes", "ef"]), _number),
    name=_number | st.just("wipe/kitchen"),
)
def test_any_mat_is_imported_or_explained(
    tube: dict, name: object, library: VideoLibrary, tmp_path: Path
) -> None:
    good = {"sf": 3, "class": 1, "boxes": np.array([[1.0, 1, 9, 9]])}
    content = {"name": name, "tubes": {**good, **tube}}
    path = tmp_path / "a.mat"
    savemat(str(path), {"annot": content})
    fault: Exception | None = None
    try:
        import_files("ucf24", [path], library, ImportOptions(size=(96, 64)))
    except (ValueError, FileNotFoundError) as error:
        fault = error
    assert fault is None or _explains(fault, path)


@pytest.mark.parametrize("name", ["../kitchen", "a/../../kitchen.mp4", "/x/kitchen"])
def test_names_of_videos_stay_in_the_folder(
    imported: Callable, tmp_path: Path, name: str
) -> None:
    (tmp_path / "a.csv").write_text(f"{name},0.08,0.1,0.1,0.5,0.5,1,5\n")
    annotation, _ = imported("ava", tmp_path / "a.csv")
    (video, info), *_ = annotation.videos.items()
    assert info.file.endswith("in/kitchen.mp4")  # the one of that name below it
    assert not video.startswith("/")
    assert ".." not in video


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "../../etc/passwd"])
def test_no_video_is_looked_for_elsewhere(
    imported: Callable, library: VideoLibrary, tmp_path: Path, name: str
) -> None:
    (library.folder.parent / "secret.mp4").write_bytes(b"")
    (tmp_path / "a.csv").write_text(f"{name},0.08,0.1,0.1,0.5,0.5,1,5\n")
    with pytest.raises(FileNotFoundError, match="there is no video"):
        imported("ava", tmp_path / "a.csv")


@pytest.mark.parametrize("label", ["a\nb", "a\x00b", "a" * 1000])
def test_names_of_classes(imported: Callable, tmp_path: Path, label: str) -> None:
    path = tmp_path / "in/kitchen/00003.json"
    path.parent.mkdir(parents=True)
    shape = {"label": label, "points": [[9, 6], [48, 32]], "shape_type": "rectangle"}
    path.write_text(json.dumps({"shapes": [shape]}))
    with pytest.raises(ValueError, match=r"class 'a.*has (control|1000)") as caught:
        imported("labelme", tmp_path / "in", frame_base=1)
    assert len(str(caught.value)) < 1500


@pytest.mark.parametrize("form", ["coco", "via", "labelme"])
def test_a_key_twice_is_refused(imported: Callable, tmp_path: Path, form: str) -> None:
    path = tmp_path / "in/kitchen/00003.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"shapes": [], "shapes": []}')
    source = tmp_path / "in" if form == "labelme" else path
    with pytest.raises(ValueError, match=r"00003\.json .*'shapes'\] are there twice"):
        imported(form, source)


def test_whole_times_of_an_ava_csv(
    library: VideoLibrary, tmp_path: Path, make_video: Callable
) -> None:
    """Of 5 seconds: 1 and 2 may be frames, second 2 alone is taken at its word."""
    make_video(tmp_path / "in/long.mp4", count=125)
    long = VideoLibrary(tmp_path / "in", tmp_path / "out")
    path = tmp_path / "a.csv"
    lines = [f"long,{time},0.1,0.1,0.5,0.5,1,7\n" for time in (1, 2)]
    path.write_text("".join(lines))
    with pytest.raises(
        ValueError, match=r"2 in a row .*--unit seconds or --unit frames"
    ):
        import_files("ava", [path], long, ImportOptions())
    for unit, frames in (("seconds", [26, 51]), ("frames", [1, 2])):
        annotation, _ = import_files("ava", [path], long, ImportOptions(unit=unit))
        assert annotation.rows.frames.tolist() == frames
    path.write_text(lines[1])
    annotation, notes = import_files("ava", [path], long, ImportOptions())
    assert annotation.rows.frames.tolist() == [51]
    assert "1 whole timestamps, taken as seconds (if they are" in notes[0]
    header = "video_id,seconds,x1,y1,x2,y2,action_id,person_id\n"
    path.write_text(header + "".join(lines))
    annotation, _ = import_files("ava", [path], long, ImportOptions())
    assert annotation.rows.frames.tolist() == [26, 51]
