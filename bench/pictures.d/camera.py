"""camera.py FOLDER COUNT: pictures as a camera makes them, 6000 × 4000 pixels, the same for the same number.

Smooth light, edges, and the noise of a sensor, so that each has 8 to 13 MB. ExifTool writes into them what agencies and
cameras do: IPTC, XMP, and where it was. What is there stays.
"""
import multiprocessing, os, pathlib, subprocess, sys

import numpy as np
from PIL import Image, ImageDraw

SIZE = (6000, 4000)
TAGS = ["-IPTC:By-line=A. Photographer", "-IPTC:Credit=Bench", "-IPTC:CopyrightNotice=© Bench", "-IPTC:Caption-Abstract=A picture",
        "-XMP-dc:Creator=A. Photographer", "-XMP-photoshop:Credit=Bench", "-XMP-dc:Rights=© Bench",
        "-XMP-xmpRights:WebStatement=https://news.example/terms", "-EXIF:Make=Bench", "-EXIF:SerialNumber=4711",
        "-GPSLatitude=51.2", "-GPSLatitudeRef=N", "-GPSLongitude=2.9", "-GPSLongitudeRef=E"]


def make(job):
    target, seed = job
    rng = np.random.default_rng(seed)
    light = Image.fromarray(rng.integers(30, 226, (8, 12, 3), np.uint8)).resize(SIZE, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(light)
    for _ in range(60):
        x, y, r = int(rng.integers(0, SIZE[0])), int(rng.integers(0, SIZE[1])), int(rng.integers(30, 500))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=tuple(int(c) for c in rng.integers(20, 236, 3)))
    noise = rng.integers(-16, 17, (SIZE[1], SIZE[0], 1), np.int16)
    pixels = np.clip(np.asarray(light, np.int16) + noise, 0, 255).astype(np.uint8)
    part = target.with_suffix(".part.jpg")
    Image.fromarray(pixels).save(part, "JPEG", quality=90)
    subprocess.run(["exiftool", "-q", "-overwrite_original", "-codedcharacterset=utf8", *TAGS, part], check=True)
    os.replace(part, target)


def main():
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(folder / f"{i:04}.jpg", i) for i in range(count)]
    with multiprocessing.Pool(os.cpu_count()) as pool:
        pool.map(make, [job for job in jobs if not job[0].exists()], chunksize=1)


if __name__ == "__main__":
    main()
