from stal_plugin.apis.sources.backoff import Backoff


def test_waits_double_up_to_the_longest() -> None:
    backoff = Backoff(first=0.5, longest=3.0)
    assert [backoff.wait(k) for k in range(6)] == [0.0, 0.5, 1.0, 2.0, 3.0, 3.0]
    assert backoff.wait(10**9) == 3.0
