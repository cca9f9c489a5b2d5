"""The file that is downloaded, and who serves it besides Dateline's sidecar: nginx, the floor, a bucket's store."""
import base64, hashlib, json, os, pathlib, shutil, sys, tempfile

from harness import ROOT, CouldNotMeasure, Service, run

NAME = "broadcast.mov"
# What opens the bucket.
BUCKET = {"AWS_ACCESS_KEY_ID": "DATELINEKEY", "AWS_SECRET_ACCESS_KEY": "a secret of benchmarks", "AWS_REGION": "", "AWS_SESSION_TOKEN": ""}

# What the design measures against: a session check for each request, then the file by its internal address.
# The check is answered by this same nginx without looking at anything, which no real peer could do faster.
# Buffers, sendfile and tcp_nopush are as Debian ships them; the log is off, as the sidecar's is.
NGINX = """
{user}
worker_processes auto;
daemon off;
pid {work}/nginx.pid;
error_log {work}/nginx.error.log warn;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    types {{ video/quicktime mov; }}
    client_body_temp_path {work}/nginx-temporary;
    proxy_temp_path {work}/nginx-temporary;
    fastcgi_temp_path {work}/nginx-temporary;
    uwsgi_temp_path {work}/nginx-temporary;
    scgi_temp_path {work}/nginx-temporary;
    upstream application {{ server unix:{work}/application.sock; keepalive 16; }}
    server {{
        listen unix:{work}/application.sock;
        location = /session {{ return 204; }}
        location / {{ add_header X-Accel-Redirect /granted/{key}; return 200; }}
    }}
    server {{
        listen 127.0.0.1:{{port}};
        location = /session {{
            internal;
            proxy_pass http://application;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
        location / {{
            auth_request /session;
            proxy_pass http://application;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
        location /granted/ {{ internal; alias {media}/; }}
    }}
}}
"""


class Original:
    """A file of `size` bytes under the key of its content, gone at the end. On a disk and in the page cache,
    as media are; what tmpfs would show is its own: it cannot say what is in memory (`RWF_NOWAIT`)."""

    def __init__(self, size, disk):
        if available() < size * 1.5:
            raise CouldNotMeasure(f"the page cache has no room for {size / 1e9:g} GB: take a smaller --size")
        self.size, self.folder = size, tempfile.TemporaryDirectory(dir=disk, prefix="media-")
        self.media = pathlib.Path(self.folder.name)

    def __enter__(self):
        """Writes it. The bytes are random, and no two blocks are the same."""
        part, digest, block = self.media / "part", hashlib.sha256(), bytearray(os.urandom(1 << 24))
        with open(part, "wb", buffering=0) as file:
            for at in range(0, self.size, len(block)):
                block[:8] = at.to_bytes(8)
                some = memoryview(block)[:self.size - at]
                digest.update(some)
                file.write(some)
            os.fsync(file)  # or the kernel would write it down while others are measured
        self.sha256 = digest.hexdigest()
        self.key = f"{self.sha256[:2]}/{self.sha256}/{NAME}"
        self.path = self.media / self.key
        self.path.parent.mkdir(parents=True)
        part.rename(self.path)
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def dossier(self, gated):
        """As the manifest describes it."""
        rendition = {"key": self.key, "modified": "2025-01-27T18:00:00Z", "file_name": NAME, "type": "video/quicktime",
                     "size": self.size, "sha256": self.sha256, "gated": gated}
        return {"original": {"editions": {"en": {"title": "Original"}}, "terms": None, "renditions": {"broadcast": rendition}}}


def available():
    """Bytes of memory that programs can still have."""
    return int(pathlib.Path("/proc/meminfo").read_text().split("MemAvailable:")[1].split()[0]) * 1024


def nginx(work, original):
    binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not binary:
        raise CouldNotMeasure("nginx is missing: install it (on Debian, apt-get install nginx-light)")
    (work / "nginx-temporary").mkdir()
    user = "user root;" if os.geteuid() == 0 else ""
    config = NGINX.format(work=work, user=user, key=original.key, media=original.media)
    words = [binary, "-p", work, "-e", work / "nginx.error.log", "-c", work / "nginx.conf"]
    return Service(words, work / "nginx.log", files={work / "nginx.conf": config})


def floor(work, original):
    return Service([sys.executable, pathlib.Path(__file__).with_name("floor.py"), "{port}", original.path], work / "floor.log")


def bucket(work, original):
    """The server of tests and benchmarks, with the file in its bucket `clips`."""
    program = run(ROOT / "scripts/s3-peer", "--release").strip().splitlines()[-1]
    root = work / "store"
    root.mkdir()
    (root / "clips").symlink_to(original.media)
    # Of an object without an entity tag, it would read all for each request.
    name = ".".join(f"{kind}-{base64.urlsafe_b64encode(text.encode()).decode().rstrip('=')}" for kind, text in (("bucket", "clips"), ("object", original.key)))
    (root / f".{name}.internal.json").write_text(json.dumps({"e_tag": original.sha256[:32]}))
    words = [program, "--host", "127.0.0.1", "--port", "{port}", "--access-key", BUCKET["AWS_ACCESS_KEY_ID"],
             "--secret-key", BUCKET["AWS_SECRET_ACCESS_KEY"], root]
    return Service(words, work / "store.log")
