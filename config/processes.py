"""Child processes that never outlive us, also as root inside a user namespace."""

from __future__ import annotations

import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def dies_with_parent(sign: int, *, namespace: bool = False) -> Callable[[], None]:
    """A `preexec_fn`: the kernel sends `sign` to the child when its parent's thread ends.

    Spawn from the main thread only. `namespace` enters a user namespace where root is uid 1000
    (PostgreSQL refuses uid 0); the signal is asked for afterwards because the kernel forgets it
    when credentials change.
    """
    parent = os.getpid()

    def prepare() -> None:
        libc = _libc()
        if namespace:
            if libc.unshare(CLONE_NEWUSER):
                os._exit(71)
            for name, text in (
                ("uid_map", "1000 0 1"),
                ("setgroups", "deny"),
                ("gid_map", "1000 0 1"),
            ):
                with open(f"/proc/self/{name}", "w") as target:
                    target.write(text)
        if sys.platform == "linux":
            libc.prctl(PR_SET_PDEATHSIG, int(sign), 0, 0, 0)
            if os.getppid() != parent:  # it died before we could ask
                os._exit(72)

    return prepare


@cache
def may_unshare() -> bool:
    """Can a child enter a user namespace here? Some containers forbid it."""
    try:
        probe = subprocess.run(
            ["true"],
            preexec_fn=dies_with_parent(signal.SIGKILL, namespace=True),
            stderr=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return probe.returncode == 0


def free_port() -> int:
    """A port nobody listens on now, and hardly anybody will be given before we use it.

    Drawn below 32768: above, the system gives ports to outgoing connections, and asking it for
    a free one twice may name the same one twice.
    """
    while True:
        port = 15_000 + secrets.randbelow(17_000)
        if port_is_free(port):
            return port


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def becomes_free(port: int, patience: float = 10) -> bool:
    """Is the port free, or within moments? What a killed start left is still ending then."""
    until = time.monotonic() + patience
    while not port_is_free(port):
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    return True


def alive(pid: int, word: str) -> bool:
    """Does this process run, and is it the one we mean (its command line holds `word`)?"""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as source:
            return word.encode() in source.read()
    except OSError:
        return False
