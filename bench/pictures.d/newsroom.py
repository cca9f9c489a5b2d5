"""The corpus with one picture a story, in the form of each generator, and what is made of each picture."""
import os, pathlib, re, shutil, sys, tomllib

from harness import ROOT
import sites

SLOTS = ROOT / "themes/newsroom/theme.toml"
SIZE = (6000, 4000)
QUALITY = {"webp": 78, "jpeg": 80}  # as in generator/pictures/src/lab/encode.rs


def window(crop):
    """The largest part of a picture of the shape, from the middle: x, y, width, height."""
    width, height = SIZE
    across, down = crop
    fitting, tall = round(height * across / down), round(width * down / across)
    part = (fitting, height) if fitting < width else (width, tall)
    return ((width - part[0]) // 2, (height - part[1]) // 2, *part)


def shapes():
    """What the slots of the default theme make of the picture of a story, the largest first, each once."""
    theme = tomllib.loads(SLOTS.read_text())
    found = {}
    for slot in theme["slots"].values():
        if "main" not in slot.get("of", ["main"]):
            continue
        crop = tuple(map(int, slot["crop"].split(":"))) if "crop" in slot else SIZE
        for width in slot["widths"]:
            shape = (width, round(width * crop[1] / crop[0]), window(crop))
            found.setdefault(shape, set()).update(slot.get("formats", theme["formats"]))
    return [{"width": width, "height": height, "window": part, "formats": {name: QUALITY[name] for name in sorted(formats)}}
            for (width, height, part), formats in sorted(found.items(), reverse=True)]


def give_pictures(site, originals, folder, line):
    """Puts a picture beside each story or into `folder`, and a line about it into its front matter."""
    stories = [pathlib.Path(where, name) for where, _, names in os.walk(site.root / "content/news")
               for name in names if name.endswith(".md") and name != "_index.md"]
    site.pictures = []
    for story, original in zip(sorted(stories), originals, strict=True):
        target = (folder or story.parent) / original.name
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(original, target)
        site.pictures.append(target)
        story.write_text(re.sub(r"^(title = .*)$", rf"\1\n{line.replace('NAME', original.name)}", story.read_text(), count=1, flags=re.MULTILINE))


def replace(picture, other):
    """Another picture in its place, also on disk, so that hard links of the former one stay."""
    part = picture.with_suffix(".part")
    shutil.copyfile(other, part)
    os.replace(part, picture)


class Dateline(sites.Dateline):
    """`originals`: of each story one; none for the same newsroom without pictures."""

    def __init__(self, n, root, originals):
        super().__init__(n, root, 0)
        self.shows = bool(originals)
        if not originals:
            return
        shutil.copyfile(SLOTS, root / "themes/bench/theme.toml")
        article = root / "themes/bench/templates/article.html"
        shown = "".join(
            f'{{% set p = picture_for(image=article.image, slot="{slot}") %}}<picture>{{% for s in p.sources %}}<source type="{{{{ s.type }}}}" '
            f'srcset="{{{{ s.srcset }}}}">{{% endfor %}}<img src="{{{{ p.src }}}}" srcset="{{{{ p.srcset }}}}" alt=""></picture>\n'
            for slot in ("lead", "card", "wide", "social"))
        article.write_text(article.read_text().replace("{{ article.body }}", shown + "{{ article.body }}"))
        give_pictures(self, originals, None, 'image = { src = "NAME", alt = "A picture", credit = "Bench" }')


class Hugo(sites.Hugo):
    def __init__(self, n, root, originals):
        super().__init__(n, root, 0)
        page = root / "layouts/page.html"
        steps = ['{{ with resources.Get (printf "pictures/%s" .Params.picture) }}<a href="{{ .RelPermalink }}">Original</a>']
        for shape in shapes():
            whole = tuple(shape["window"][2:]) == SIZE
            order = f"{'resize' if whole else 'fill'} {shape['width']}x{shape['height']}" + ("" if whole else " center")
            for name, quality in shape["formats"].items():
                steps.append(f'{{{{ with .Process "{order} {name} q{quality}" }}}}<img src="{{{{ .RelPermalink }}}}" alt="">{{{{ end }}}}')
        page.write_text(page.read_text().replace("{{ .Content }}", "\n".join([*steps, "{{ end }}", "{{ .Content }}"])))
        give_pictures(self, originals, root / "assets/pictures", 'picture = "NAME"')
