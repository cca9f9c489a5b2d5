"""The corpus in the form of each generator, and edits that are the same in both."""
import os, pathlib, random, re, shutil, sys

from harness import CouldNotMeasure, run

BENCH = pathlib.Path(__file__).resolve().parent.parent
SITE = """name = "The Daily Bench"
description = "Synthetic newsroom"
base_url = "https://news.example"
theme = "bench"
default_language = "en"
[languages.en]
name = "English"
[sections.news]
title = "News"
"""
# Later than the newest of the corpus.
ADDED = "2026-01-02"


class Site:
    """A corpus of `n` articles for one generator. `old` are as many old articles as are asked for, each to
    be edited once. An edit is known by its mark, a text that occurs nowhere else."""

    def __init__(self, n, root, old):
        if old > n // 4:
            raise CouldNotMeasure(f"{n} articles are too few: of {old} old ones each is edited once, and old are a quarter")
        run(sys.executable, BENCH / "corpus.py", "--form", self.form, "--n", n, "--out", root)
        self.root = root
        self.theme()
        chosen = random.Random(1).sample(range(n // 4), old)
        found = {}
        for folder, _, names in os.walk(root / "content/news"):
            for name in names:
                # Its number is at the end of its name, the oldest's is 0; `_index.md` has none.
                number = name.removesuffix(".md").rpartition("-")[2]
                if number.isdigit() and int(number) in chosen:
                    found[int(number)] = pathlib.Path(folder, name)
        self.old = [found[i] for i in chosen]

    def address(self, source):
        """Where the page of an article is, as a browser asks for it."""
        return f"{self.prefix}/{source.relative_to(self.root / 'content').with_suffix('')}/"

    def page(self, address):
        return self.output / address.strip("/") / "index.html"

    def body(self, source, mark):
        return source.read_text() + f"\n{mark}.\n"

    def title(self, source, mark):
        return re.sub(r'^title = ".*"$', f'title = "{mark}"', source.read_text(), count=1, flags=re.MULTILINE)

    # Each edit gives the addresses of pages that must hold the mark.

    def edit_body(self, source, mark):
        source.write_text(self.body(source, mark))
        return [self.address(source)]

    def edit_title(self, source, mark):
        source.write_text(self.title(source, mark))
        return [self.address(source)]

    def add(self, source, mark):
        """A new article, the newest, otherwise like an old one."""
        folder = self.root / "content/news" / ADDED.replace("-", "/")
        folder = folder if self.by_day else folder.parent
        folder.mkdir(parents=True, exist_ok=True)
        number = int(re.search(r"\d+", mark)[0])
        moment = f"{ADDED}T{number // 60:02}:{number % 60:02}:00Z"
        new = folder / f"added-{number}.md"
        new.write_text(re.sub(r"^date = .*$", f"date = {moment}", self.title(source, mark), count=1, flags=re.MULTILINE))
        return [self.address(new), self.home]

    def edit_template(self, source, mark):
        """A word in the template around every page."""
        text = self.template.read_text()
        self.template.write_text(re.sub(r"Corrections and complaints[^:]*:", f"Corrections and complaints ({mark}):", text))
        return [self.address(source), self.home]

    def must_hold(self, addresses, mark):
        for address in addresses:
            page = self.page(address)
            if not page.exists() or mark not in page.read_text():
                raise CouldNotMeasure(f"{page} does not hold “{mark}”")


class Dateline(Site):
    name, form, prefix, home, by_day = "Dateline", "dateline", "/en", "/en/", True

    def theme(self):
        self.output = self.root.with_name("out") / "site"
        self.template = self.root / "themes/bench/templates/base.html"
        (self.root / "content/site.toml").write_text(SITE)
        shutil.copytree(BENCH / "theme", self.root / "themes/bench")


class Hugo(Site):
    name, form, prefix, home, by_day = "Hugo", "hugo", "", "/", False

    def theme(self):
        self.output = self.root / "public"
        self.template = self.root / "layouts/baseof.html"
        shutil.copytree(BENCH / "hugo", self.root, dirs_exist_ok=True)
