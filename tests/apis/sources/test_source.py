from pathlib import Path

from stal_plugin.apis.sources import FileSource, Source


def test_sources_have_all_parts_of_the_protocol(video: Path) -> None:
    source: Source = FileSource(video)
    assert set(Source.__annotations__) == {"name", "live", "fps", "num_frames"}
    assert all(hasattr(source, name) for name in Source.__annotations__)
    assert next(iter(source)).number == 1
    source.close()
