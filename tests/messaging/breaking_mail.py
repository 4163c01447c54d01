"""A mail server that hangs up in the middle."""

from __future__ import annotations

import socketserver
import threading
from dataclasses import dataclass, field


@dataclass
class Breaking:
    """A mail server that hangs up at one word, the n-th time it is said."""

    at: str
    nth: int = 1
    after: bool = False  # only after it has read the whole text
    banner: bytes = b"220 here\r\n"
    heard: list[str] = field(default_factory=list)
    letters: int = 0
    connections: int = 0

    def __enter__(self) -> Breaking:
        broken = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                broken.connections += 1
                self.wfile.write(broken.banner)
                while line := self.rfile.readline():
                    word = line.split(None, 1)[0].decode().upper() if line.strip() else ""
                    broken.heard.append(word)
                    counts = broken.heard.count(word) == broken.nth
                    if word == broken.at and counts and not broken.after:
                        return
                    if word == "QUIT":
                        self.wfile.write(b"221 bye\r\n")
                        return
                    if word != "DATA":
                        self.wfile.write(b"250 ok\r\n")
                        continue
                    self.wfile.write(b"354 go\r\n")
                    while self.rfile.readline().rstrip() != b".":
                        pass
                    if counts and broken.at == "DATA":
                        return
                    broken.letters += 1
                    self.wfile.write(b"250 taken\r\n")

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
