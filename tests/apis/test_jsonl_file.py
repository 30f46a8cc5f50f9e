import json
from pathlib import Path

from stal_plugin.apis import JsonlFile


def test_lines_are_on_disk_at_once(tmp_path: Path) -> None:
    file = JsonlFile(tmp_path / "new" / "x.jsonl")
    file.write({"name": "Soße", "n": 1})
    text = (tmp_path / "new" / "x.jsonl").read_text(encoding="utf-8")
    assert text == '{"name": "Soße", "n": 1}\n'
    file.write({})
    file.close()
    lines = (tmp_path / "new" / "x.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [{"name": "Soße", "n": 1}, {}]
