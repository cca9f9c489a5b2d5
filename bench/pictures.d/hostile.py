"""Files that are no pictures, or would be too large ones: each must become a diagnostic, soon and in little memory."""
import io, shutil, struct, zipfile, zlib

from harness import CouldNotMeasure
from tools import clean, measured, table

SITE = """name = "Hostile"
description = "One bad picture"
base_url = "https://news.example"
theme = "bench"
default_language = "en"
[languages.en]
name = "English"
[sections.news]
title = "News"
"""


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height):
    """Black, 8 bits for each of red, green and blue. A bomb is a thousandth of what it becomes."""
    pack, row, out = zlib.compressobj(1), bytes(1 + 3 * width), io.BytesIO()
    out.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)))
    data = b"".join(filter(None, (pack.compress(row) for _ in range(height)))) + pack.flush()
    out.write(chunk(b"IDAT", data) + chunk(b"IEND", b""))
    return out.getvalue()


def a_zip():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("picture.txt", "no picture" * 1000)
    return out.getvalue()


def files(camera):
    """Name and bytes; `camera` is a picture of 24 megapixels."""
    photo, small = camera.read_bytes(), png(640, 400)
    yield "a PNG of 30000 × 30000", "bomb.png", png(30_000, 30_000)
    yield "a JPEG that ends in the middle", "half.jpg", photo[: len(photo) // 2]
    yield "a JPEG that ends in its head", "head.jpg", photo[:2000]
    yield "a PNG that ends in the middle", "half.png", small[: len(small) // 2]
    yield "a PNG called .jpg", "png.jpg", small
    yield "a JPEG called .png", "jpeg.png", photo
    yield "text called .webp", "text.webp", b"no picture\n" * 1000
    yield "a zip called .jpg", "zip.jpg", a_zip()


def measure(work, dateline_bin, camera, theme, rounds):
    """Prints a table of each file's figures. Fails if some were too high or a diagnostic is missing."""
    rows, good = [], True
    for what, name, data in files(camera):
        root = work / "hostile"
        clean(root)
        folder = root / "content/news/2026/01/01"
        folder.mkdir(parents=True)
        shutil.copytree(theme, root / "themes/bench")
        (root / "content/site.toml").write_text(SITE)
        (folder / name).write_bytes(data)
        (folder / "story.md").write_text('+++\ntitle = "Story"\ndate = 2026-01-01T00:00:00Z\n[image]\n'
                                         f'src = "{name}"\nalt = "A picture"\ncredit = "Bench"\n[extra]\nauthor = "A"\n+++\nText.\n')
        row, said = [what], ""
        for words in (["check"], ["build", "--out", root / "out"]):
            every = [measured(dateline_bin, *words, "--root", root, may_fail=True) for _ in range(rounds)]
            figures = min(every, key=lambda figures: figures["seconds"])
            low = figures["seconds"] <= 1 and figures["peak"] <= 200
            row += [f"{figures['seconds']:.3f}", f"{figures['cpu']:.3f}", f"{figures['peak']:.0f}"]
            lines = [line for line in figures["errors"].splitlines() if line.startswith(("error", "warning"))]
            good = good and low and bool(lines)
            said = lines[0] if lines else "**no diagnostic**"
        rows.append([*row, said])
        clean(root)
    print("\n### Files that are no good\n\nEach alone in a newsroom of one story; at most 1 s and 200 MiB. "
          f"The quickest of {rounds} runs.")
    table(["file", "check s", "CPU s", "MiB", "build s", "CPU s", "MiB", "it says"], rows)
    if not good:
        raise CouldNotMeasure("a file has no diagnostic, or took too long or too much")
