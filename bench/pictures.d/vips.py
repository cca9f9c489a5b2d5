"""vips.py ORIGINALS SHAPES OUT: what Dateline makes of pictures, made by libvips: decoded once, halved and resized in
linear light, and stored in the same formats. SHAPES is a file of JSON (pictures.d/newsroom.py). One process for each
processor, each with one thread, which takes the least processor time.
"""
import json, multiprocessing, os, pathlib, sys

os.environ["VIPS_CONCURRENCY"] = "1"
import pyvips

pyvips.cache_set_max(0)
SAVE = {"webp": lambda image, path, quality: image.webpsave(path, Q=quality, strip=True),
        "jpeg": lambda image, path, quality: image.jpegsave(path, Q=quality, strip=True, optimize_coding=True, interlace=True)}


def make(job):
    source, shapes, out = job
    whole = pyvips.Image.new_from_file(str(source), access="sequential").colourspace("srgb")
    levels = [whole.colourspace("scrgb").shrink(2, 2).copy_memory()]
    while levels[-1].width > 1000:
        levels.append(levels[-1].shrink(2, 2).copy_memory())
    for n, shape in enumerate(shapes):
        x, y, width, height = shape["window"]
        # The smallest level that is still twice as large, or the first.
        fitting = [level for level in levels if level.width * width / 6000 >= 2 * shape["width"]]
        level = fitting[-1] if fitting else levels[0]
        k = level.width / 6000
        part = level.crop(round(x * k), round(y * k), min(round(width * k), level.width), min(round(height * k), level.height))
        image = part.resize(shape["width"] / part.width, vscale=shape["height"] / part.height, kernel="lanczos3")
        image = image.colourspace("srgb").copy_memory()
        for name, quality in shape["formats"].items():
            SAVE[name](image, str(out / f"{source.stem}-{n}.{name}"), quality)


def main():
    originals, shapes, out = pathlib.Path(sys.argv[1]), json.loads(pathlib.Path(sys.argv[2]).read_text()), pathlib.Path(sys.argv[3])
    out.mkdir(parents=True)
    with multiprocessing.Pool(os.cpu_count()) as pool:
        pool.map(make, [(path, shapes, out) for path in sorted(originals.glob("*.jpg"))], chunksize=1)


if __name__ == "__main__":
    main()
