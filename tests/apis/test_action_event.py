from stal_plugin.apis import ActionEvent


def test_text_and_json() -> None:
    event = ActionEvent("end", 2, 5, "squirt sauce", 12.4, 15.0, 0.81234)
    assert str(event) == "person 2: squirt sauce, 12.4-15.0 s"
    assert event.to_dict() == {
        "event": "end",
        "track_id": 2,
        "label": 5,
        "name": "squirt sauce",
        "start": 12.4,
        "end": 15.0,
        "score": 0.8123,
    }
    begun = ActionEvent("start", 2, 5, "squirt sauce", 12.4, 12.7, 0.8)
    assert str(begun) == "person 2: squirt sauce, since 12.4 s"
