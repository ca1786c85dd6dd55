"""Serves one MP4 (H.264, or H.265 where the second argument is h265) by RTSP over TCP and UDP on a free port, again and again; prints the port. Debian's own python3."""
import sys
import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstRtspServer', '1.0')
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address('127.0.0.1')
server.set_service('0')
factory = GstRtspServer.RTSPMediaFactory()
codec = sys.argv[2] if len(sys.argv) > 2 else 'h264'
factory.set_launch(f'( filesrc location="{sys.argv[1]}" ! qtdemux ! {codec}parse ! rtp{codec}pay name=pay0 pt=96 config-interval=1 )')
server.get_mount_points().add_factory('/live', factory)
server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
