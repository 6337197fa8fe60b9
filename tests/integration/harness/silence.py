"""A daemon that is not there, and a daemon that never answers."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def refused_socket(path: Path) -> Path:
    """Leave a socket file that nobody listens on, as a daemon that died does."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
    return path


@dataclass(slots=True)
class HangingServer:
    """Accepts every connection on a Unix socket and never says a word."""

    path: Path
    accepted: list[socket.socket] = field(default_factory=list)
    _listener: socket.socket = field(default_factory=lambda: socket.socket(socket.AF_UNIX))

    def start(self) -> HangingServer:
        """Listen, and accept in the background."""
        self._listener.bind(str(self.path))
        self.path.chmod(0o666)
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closed
                return
            self.accepted.append(connection)  # kept open, or it would be a refusal

    def stop(self) -> None:
        """Hang up on everybody."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self.accepted:
            connection.close()
