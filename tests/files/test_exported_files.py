from pathlib import Path

from stal_plugin.files.exported_files import files_of, people_path


def test_the_person_detector_lies_beside() -> None:
    assert people_path("work/m.v2.onnx") == Path("work/m.v2.people.onnx")


def test_files_that_are_read() -> None:
    assert files_of("a/m.onnx") == [
        *("a/m.onnx", "a/m.people.onnx"),
        *("a/m_int8-dynamic.onnx", "a/m_int8-static.onnx", "a/m_int8-nncf.onnx"),
    ]
    assert files_of("m.pth") == ["m.pth"]
    assert files_of("https://x/m.pth") == ["https://x/m.pth"]
    assert files_of(None) == []
