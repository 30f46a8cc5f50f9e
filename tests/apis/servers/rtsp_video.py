"""Serve a moving test picture, or an mp4 file, over RTSP: rtsp_video.py PORT [MP4].

Needs GStreamer's RTSP server with its Python bindings, for instance Debian's packages
gir1.2-gst-rtsp-server-1.0, python3-gi and gstreamer1.0-plugins-good.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(sys.argv[1])
factory = GstRtspServer.RTSPMediaFactory()
ball = (
    "videotestsrc is-live=true pattern=ball "
    "! video/x-raw,format=I420,width=96,height=64,framerate=25/1 "
    "! jpegenc ! rtpjpegpay name=pay0"
)
file = 'filesrc location="{}" ! qtdemux ! rtph264pay config-interval=-1 name=pay0'
launch = file.format(sys.argv[2]) if len(sys.argv) > 2 else ball
factory.set_launch(f"( {launch} )")
factory.set_shared(True)
server.get_mount_points().add_factory("/ball", factory)
server.attach(None)
sys.stdout.write(f"{server.get_bound_port()}\n")
sys.stdout.flush()
GLib.MainLoop().run()
