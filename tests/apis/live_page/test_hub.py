import asyncio
from threading import Thread

import pytest

from stal_plugin.apis.live_page.hub import Hub, Mailbox, Message, TooManyClients


def _event(number: int) -> Message:
    return Message("event", lambda: {"number": number})


def _take(mailbox: Mailbox, timeout: float = 0.0) -> list[bytes]:
    return [m.sse for m in asyncio.run(mailbox.take(timeout))]


def test_the_form_of_server_sent_events():
    message = Message("event", lambda: {"name": "line\nbreak \u2028 ü"})
    expected = b'event: event\ndata: {"name": "line\\nbreak \\u2028 \\u00fc"}\n\n'
    assert message.sse == expected


def test_a_message_is_written_out_once_and_only_if_it_is_read():
    calls = []
    hub = Hub()
    boxes = [hub.join() for _ in range(3)]
    hub.publish(Message("status", lambda: calls.append(1), "status"))
    hub.publish(Message("status", lambda: calls.append(2), "status"))
    assert calls == []
    assert [len(_take(box)) for box in boxes] == [1, 1, 1]
    assert calls == [2]


def test_of_what_is_replaced_only_the_newest_waits():
    mailbox = Mailbox()
    for n in range(1000):
        mailbox.put(Message("status", lambda n=n: n, "status"))
    mailbox.put(_event(1))
    assert _take(mailbox) == [_event(1).sse, b"event: status\ndata: 999\n\n"]
    assert mailbox.num_dropped == 0


def test_events_are_bounded_oldest_dropped_and_counted():
    mailbox = Mailbox(capacity=3)
    for n in range(5):
        mailbox.put(_event(n))
    missed = b'event: missed\ndata: {"events": 2}\n\n'
    assert _take(mailbox) == [missed, *(_event(n).sse for n in (2, 3, 4))]
    mailbox.put(_event(5))
    assert _take(mailbox) == [_event(5).sse]  # told once
    assert mailbox.num_dropped == 2


def test_results_come_to_those_who_want_them():
    result = Message("result", lambda: 1, "result 0")
    for wanted in (True, False):
        mailbox = Mailbox(results=wanted)
        mailbox.put(result)
        assert len(_take(mailbox)) == wanted


def test_another_thread_wakes_the_reader():
    mailbox = Mailbox()

    async def read() -> list[Message]:
        waiting = asyncio.ensure_future(mailbox.take(60))
        await asyncio.sleep(0.01)
        Thread(target=mailbox.put, args=(_event(7),)).start()
        return await waiting

    assert [m.sse for m in asyncio.run(read())] == [_event(7).sse]


def test_closing_wakes_the_reader():
    hub = Hub()
    mailbox = hub.join()

    async def read() -> list[Message]:
        waiting = asyncio.ensure_future(mailbox.take(60))
        await asyncio.sleep(0.01)
        Thread(target=hub.close).start()
        return await waiting

    assert asyncio.run(read()) == []
    assert mailbox.closed


def test_a_reader_whose_loop_has_ended_disturbs_nobody():
    mailbox = Mailbox()

    async def begin() -> None:
        asyncio.ensure_future(mailbox.take(60))  # noqa: RUF006  (is cancelled)
        await asyncio.sleep(0.01)

    asyncio.run(begin())
    mailbox.put(_event(1))
    assert _take(mailbox) == [_event(1).sse]


def test_the_number_of_clients_is_bounded():
    hub = Hub(most=2)
    first, second = hub.join(), hub.join()
    with pytest.raises(TooManyClients):
        hub.join()
    hub.leave(first)
    hub.leave(first)  # at the end of its answer, whatever happened before
    assert len(hub) == 1
    hub.join()
    for n in range(300):
        hub.publish(_event(n))
    assert second.num_dropped == 300 - 256
    hub.leave(second)
    assert hub.num_dropped == 2 * (300 - 256)  # of those who left too
