"""Runs a program under the restrictions of a systemd unit, as far as a process can put them on itself.

    python3 confined.py UNIT PROGRAM [ARGUMENT...]

Applied are: another user without capabilities (as root), UMask, LimitNOFILE, NoNewPrivileges, MemoryDenyWriteExecute,
SystemCallFilter and RestrictAddressFamilies. Mount namespaces need more rights than tests have everywhere.
"""
import ctypes
import os
import re
import resource
import socket
import struct
import subprocess
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, PR_SET_MDWE = 22, 38, 65
SECCOMP_MODE_FILTER = 2
ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, 0x80000000
LOAD, JUMP_IF, RETURN = 0x20, 0x15, 0x06
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
NOBODY = 65534


def service(unit):
    """The values of each key of a unit's section [Service], in order."""
    found, section = {}, None
    for line in open(unit, encoding="utf-8"):
        line = line.strip()
        if line.startswith("["):
            section = line
        elif section == "[Service]" and line and line[0] not in "#;":
            key, value = line.split("=", 1)
            found.setdefault(key, []).append(value)
    return found


def members(name):
    """The system calls that a name in a filter means, by systemd's own lists."""
    if not name.startswith("@"):
        return {name}
    text = subprocess.run(["systemd-analyze", "syscall-filter", name], check=True, capture_output=True, text=True)
    lines = [line.strip() for line in text.stdout.splitlines()[1:]]
    return set().union(*(members(line) for line in lines if line and not line.startswith("#")))


def allowed(filters):
    # systemd always allows these.
    calls = members("@default") | {"execve"}
    for value in filters:
        names = set().union(*(members(name) for name in value.lstrip("~").split()))
        calls = calls - names if value.startswith("~") else calls | names
    return calls


def numbers():
    """The number of each system call here, as the C compiler knows them."""
    source = "#include <sys/syscall.h>\n"
    text = subprocess.run(["cc", "-E", "-dM", "-"], input=source, check=True, capture_output=True, text=True)
    return {name: int(number) for name, number in re.findall(r"#define __NR_(\w+) (\d+)$", text.stdout, re.M)}


def program(calls, families, errno):
    """The filter in the kernel's language: a call that is not listed fails with `errno`."""
    known = numbers()
    steps = [(LOAD, 0, 0, 4), (JUMP_IF, 1, 0, ARCHITECTURES[os.uname().machine]), (RETURN, 0, 0, KILL)]
    listed = sorted(known[name] for name in calls if name in known and name != "socket")
    sockets = [(LOAD, 0, 0, 16)]
    for family in families:
        sockets += [(JUMP_IF, 0, 1, family), (RETURN, 0, 0, ALLOW)]
    sockets.append((RETURN, 0, 0, ERRNO | 97))
    steps += [(LOAD, 0, 0, 0), (JUMP_IF, 0, len(sockets), known["socket"])] + sockets
    for number in listed:
        steps += [(JUMP_IF, 0, 1, number), (RETURN, 0, 0, ALLOW)]
    steps.append((RETURN, 0, 0, ERRNO | errno))
    return b"".join(struct.pack("HBBI", *step) for step in steps)


def prctl(option, *values):
    values = [ctypes.c_ulong(value) for value in values] + [ctypes.c_ulong(0)] * (4 - len(values))
    if LIBC.prctl(option, *values) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")


def main(unit, *command):
    asked = service(unit)
    last = lambda key: asked[key][-1]
    families = [getattr(socket, name) for name in last("RestrictAddressFamilies").split()]
    errno = {"EPERM": 1}[last("SystemCallErrorNumber")]
    steps = program(allowed(asked["SystemCallFilter"]), families, errno)

    os.umask(int(last("UMask"), 8))
    limit = int(last("LimitNOFILE"))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard == resource.RLIM_INFINITY or hard >= limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    assert last("NoNewPrivileges") == "yes" and last("MemoryDenyWriteExecute") == "yes"
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    try:
        prctl(PR_SET_MDWE, 1)
    except OSError as error:
        # Linux before 6.3.
        print(f"not applied: MemoryDenyWriteExecute ({error})", file=sys.stderr)
    buffer = ctypes.create_string_buffer(steps, len(steps))
    head = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps) // 8, ctypes.addressof(buffer)), 16)
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(head))
    os.execv(command[0], command)


main(*sys.argv[1:])
