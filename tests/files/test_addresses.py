import pytest

from stal_plugin.engine.checkpoints.safe_load import cached_file
from stal_plugin.files.addresses import without_passwords

SECRET = "SEC"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://chef:SEC@cam/1", "rtsp://chef:***@cam/1"),
        ("rtsp://:SEC@10.0.0.1/1", "rtsp://:***@10.0.0.1/1"),
        ("rtsp://SEC@cam/1", "rtsp://***@cam/1"),
        ("RTSP://chef:SEC@CAM:554/1", "RTSP://chef:***@CAM:554/1"),
        ("rtsp://a:S/SEC/T@127.0.0.1:9/s", "rtsp://a:***@127.0.0.1:9/s"),
        ("rtsp://a:1/SEC@127.0.0.1:9/s", "rtsp://a:***@127.0.0.1:9/s"),
        ("rtsp://SEC/RET@127.0.0.1:9/s", "rtsp://***@127.0.0.1:9/s"),
        ("rtsp://a:S@SEC@cam:9/s", "rtsp://a:***@cam:9/s"),
        ("rtsp://a:S@SEC/T@cam/s", "rtsp://a:***@cam/s"),
        ("rtsp://a:S#SEC@cam/s", "rtsp://a:***@cam/s"),
        ("rtsp://a:S?SEC@cam/s", "rtsp://a:***@cam/s"),
        ("rtsp://a:SEC:x@[::1]:9/s", "rtsp://a:***@[::1]:9/s"),
        ("http://h:9/v.cgi?user=a&pwd=SEC", "http://h:9/v.cgi?user=a&pwd=***"),
        ("http://h/v?PASSWORD=SEC&x=1", "http://h/v?PASSWORD=***&x=1"),
        ("http://h/v?pass=S/SEC@T&x=1", "http://h/v?pass=***&x=1"),
        ("http://h/v?access_token=SEC", "http://h/v?access_token=***"),
        ("http://h/v?X-Amz-Signature=SEC", "http://h/v?X-Amz-Signature=***"),
        (
            "rtsp://h:554/user=admin_password=SEC_channel=1_stream=0.sdp",
            "rtsp://h:554/user=admin_password=***_channel=1_stream=0.sdp",
        ),
        (
            "rtsp://h:9/user=admin&password=SEC&channel=1",
            "rtsp://h:9/user=admin&password=***&channel=1",
        ),
    ],
)
def test_a_password_in_any_form(address, shown):
    assert without_passwords(address) == shown
    text = f"Error opening '{address}': refused, {address} is lost"
    assert SECRET not in without_passwords(text)
    assert without_passwords(text).count(shown) == 2


@pytest.mark.parametrize(
    "plain",
    [
        "http://127.0.0.1:8080/x",
        "rtsp://cam/a:b@c",
        "rtsp://[::1]:554/a@b",
        "rtsp://127.0.0.1:554/ball?fps=25&user=a",
        "no address: pwd=1, a:b@c",
        "C:\\videos\\a@b.mp4",
    ],
)
def test_the_rest_stays(plain):
    assert without_passwords(plain) == plain


def test_an_at_sign_after_the_host_stays():
    url = "rtsp://chef:s3cret:@x@127.0.0.1:1/kitchen?a=b@c:d"
    assert without_passwords(url) == "rtsp://chef:***@127.0.0.1:1/kitchen?a=b@c:d"


def test_the_name_of_a_cached_file_has_no_password():
    address = "https://host/w.pth?token=SEC"
    assert SECRET not in str(cached_file(address))
    assert cached_file(address) != cached_file(address.replace("SEC", "OTHER"))
