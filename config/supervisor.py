"""Runs the product's processes side by side: the first that ends stops all the others."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import FrameType

from config.paths import ROOT
from config.processes import dies_with_parent

PATIENCE = 8.0  # seconds a process gets to end by itself


@dataclass(frozen=True)
class Program:
    name: str
    command: list[str]
    env: dict[str, str]


class Running:
    """Programs that run; start and stop from the main thread."""

    def __init__(self, programs: Sequence[Program], *, quiet: bool = False) -> None:
        self.lines: list[str] = []  # what they said last, for a test that wants to know
        self.quiet = quiet
        self.readers: list[threading.Thread] = []
        self.programs = {program.name: program for program in programs}
        self.children = {program.name: self._start(program) for program in programs}

    def _start(self, program: Program) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            program.command,
            env=program.env,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=dies_with_parent(signal.SIGTERM),
            start_new_session=True,  # Ctrl-C reaches us alone; we stop them in order
        )
        reader = threading.Thread(target=self._relay, args=(program.name, child), daemon=True)
        reader.start()
        self.readers.append(reader)
        return child

    def _relay(self, name: str, child: subprocess.Popen[bytes]) -> None:
        assert child.stdout is not None
        with child.stdout as output:
            for raw in output:
                line = f"{name:8}| {raw.decode(errors='replace').rstrip()}"
                self.lines = [*self.lines[-400:], line]
                if not self.quiet:
                    sys.stdout.write(line + "\n")
                    sys.stdout.flush()

    def start_again(self, name: str) -> None:
        """A program that has ended; from the main thread."""
        self.children[name] = self._start(self.programs[name])

    def ended(self) -> str | None:
        """The name of a program that has ended, if one has."""
        for name, child in self.children.items():
            if child.poll() is not None:
                return name
        return None

    def stop(self) -> None:
        """Ask all to end, then insist."""
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        until = time.monotonic() + PATIENCE
        for child in self.children.values():
            try:
                child.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        for reader in self.readers:
            reader.join(1)  # what they said last is still shown


class Asked(Exception):
    """Somebody asked us to stop (Ctrl-C, SIGTERM, the terminal closed)."""


def listen_for_stop() -> None:
    """Turn the signals that end a program into `Asked`, once."""

    def ask(number: int, _frame: FrameType | None) -> None:
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, signal.SIG_IGN)  # stopping is not interrupted
        raise Asked(signal.Signals(number).name)

    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, ask)


def supervise(running: Running) -> int:
    """Wait until one ends or somebody asks; stop all. Returns the exit status."""
    try:
        while (name := running.ended()) is None:
            time.sleep(0.2)
        print(f"{name} ended with {running.children[name].returncode}: stopping all.", flush=True)
        return 1
    except Asked:
        return 0
    finally:
        running.stop()
