"""measure.py COMMAND…: runs it, then prints a line of JSON: its status, seconds, seconds of processor and peak MiB.

A program of its own, since a new process is counted as if it had been as large as the one that started it.
So this one imports next to nothing, and nobody can be seen to be smaller than it is (about 8 MiB).
"""
import os, sys, time

begun = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
seconds = time.perf_counter() - begun
print(f'{{"status": {status}, "seconds": {seconds}, "cpu": {usage.ru_utime + usage.ru_stime}, "peak": {usage.ru_maxrss / 1024}}}')
