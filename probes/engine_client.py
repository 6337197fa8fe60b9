"""Asks one container engine: through its Unix socket, or through the docker library.

A Unix socket is spoken to directly: on 50 containers that took a quarter of the time that the
library takes, whose import alone takes longer than all answers. What the library is for remains its
own: contexts, TLS and ssh.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import math
import os
import socket
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from isoscope.snapshot.reading import Gap, gap_of_error
from probes.host.access import DOCUMENT_LIMIT, NoAnswerError

if TYPE_CHECKING:
    import docker
    import requests

LIST_LIMIT = 64 * 1024 * 1024
"""Bytes of a list that names every workload; about 1.5 KB each in Docker's."""
_PIECE = 256 * 1024
_ERROR_LIMIT = 4096
_FULL_BACKLOG_PAUSE = 0.02


class EngineClient(Protocol):
    """Answers ``GET`` requests of one engine until its deadline; from several threads at once."""

    def get(self, path: str, limit: int = DOCUMENT_LIMIT) -> bytes:
        """The body of the answer.

        Raises:
            OSError: the connection failed.
            NoAnswerError: the answer was an error, not HTTP, or longer than ``limit``.
        """

    def abort(self) -> None:
        """Ends every request that still waits."""

    def close(self) -> None:
        """Gives the connections back; nothing is asked any more."""


class SocketClient:
    """An engine behind a Unix socket. Each thread that asks keeps a connection of its own."""

    def __init__(self, path: str, deadline: float) -> None:
        """``deadline`` is a ``time.monotonic()`` value in seconds."""
        self._path = path
        self._deadline = deadline
        self._of_thread = threading.local()
        self._lock = threading.Lock()
        self._open: list[_UnixConnection] = []
        self._aborted = False

    def get(self, path: str, limit: int = DOCUMENT_LIMIT) -> bytes:
        """See ``EngineClient``. A connection that the engine closed meanwhile is made anew once."""
        connection, used = self._connection()
        try:
            try:
                body = _ask(connection, path, limit, self._seconds_left)
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                connection.close()
                if not used:
                    raise
                body = _ask(connection, path, limit, self._seconds_left)
            self._seconds_left()  # what an abort cuts off can look like an answer
        except OSError as error:
            connection.close()
            self._seconds_left()  # after the deadline whatever broke the connection was the abort
            if isinstance(error, http.client.RemoteDisconnected):
                raise NoAnswerError(Gap.REFUSED, "closed without an answer") from error
            raise
        except http.client.HTTPException as error:
            connection.close()
            self._seconds_left()
            raise NoAnswerError(Gap.FAILED, f"no answer in HTTP: {_one_line(error)}") from error
        except NoAnswerError:
            connection.close()
            raise
        else:
            return body

    def abort(self) -> None:
        """See ``EngineClient``."""
        with self._lock:
            self._aborted = True
            for connection in self._open:
                connection.shut_down()

    def close(self) -> None:
        """See ``EngineClient``."""
        with self._lock:
            for connection in self._open:
                connection.close()

    def _connection(self) -> tuple[_UnixConnection, bool]:
        found: _UnixConnection | None = getattr(self._of_thread, "connection", None)
        if found is not None:
            return found, found.sock is not None
        made = _UnixConnection(self._path, self._seconds_left)
        with self._lock:
            self._open.append(made)
        self._of_thread.connection = made
        return made, False

    def _seconds_left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0 or self._aborted:
            raise TimeoutError("no answer in time")
        return left


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, seconds_left: _SecondsLeft) -> None:
        super().__init__("localhost")
        self._path = path
        self._seconds_left = seconds_left

    def connect(self) -> None:
        while True:
            made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
            try:
                made.settimeout(self._seconds_left())
                made.connect(self._path)
            except BlockingIOError:  # nobody accepts and the queue is full: unix(7), EAGAIN
                made.close()
                time.sleep(_FULL_BACKLOG_PAUSE)
            except BaseException:
                made.close()
                raise
            else:
                self.sock = made
                return

    def shut_down(self) -> None:
        """Wakes whoever waits on the socket."""
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


class _SecondsLeft(Protocol):
    def __call__(self) -> float: ...


def _ask(connection: _UnixConnection, path: str, limit: int, seconds_left: _SecondsLeft) -> bytes:
    if connection.sock is not None:
        connection.sock.settimeout(seconds_left())
    connection.request("GET", path, headers={"Accept": "application/json"})
    response = connection.getresponse()
    if response.status != http.HTTPStatus.OK:
        raise no_answer(response.status, response.read(_ERROR_LIMIT))

    def pieces() -> Iterator[bytes]:
        while piece := response.read(_PIECE):
            yield piece
            seconds_left()
        if response.length:
            raise http.client.IncompleteRead(b"", response.length)

    return bounded(pieces(), limit)


class LibraryClient:
    """An engine that the docker library reaches: TCP with or without TLS, and ssh."""

    def __init__(self, url: str, deadline: float, tls: docker.tls.TLSConfig | None = None) -> None:
        """Connects when first asked. ``tls`` None takes ``DOCKER_TLS_VERIFY`` and
        ``DOCKER_CERT_PATH`` of the environment, as the docker client does."""
        self._url = url
        self._deadline = deadline
        self._tls = tls
        self._lock = threading.Lock()
        self._client: docker.APIClient | None = None

    def get(self, path: str, limit: int = DOCUMENT_LIMIT) -> bytes:
        """See ``EngineClient``."""
        try:
            import docker
            import requests
        except ImportError as error:
            raise NoAnswerError(
                Gap.UNSUPPORTED, "without Python's docker package only unix:// can be asked"
            ) from error
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no answer in time")
        try:
            client = self._connected(left)
            with client.get(client.base_url + path, timeout=left, stream=True) as response:
                if response.status_code != http.HTTPStatus.OK:
                    raise no_answer(response.status_code, response.raw.read(_ERROR_LIMIT))
                return bounded(response.iter_content(_PIECE), limit)
        except requests.RequestException as error:
            raise _of_requests(error) from error
        except docker.errors.DockerException as error:
            raise NoAnswerError(Gap.FAILED, _one_line(error)) from error

    def abort(self) -> None:
        """See ``EngineClient``. ssh may go on waiting; nobody waits for it."""
        self.close()

    def close(self) -> None:
        """See ``EngineClient``."""
        if self._client is not None:
            self._client.close()

    def _connected(self, seconds: float) -> docker.APIClient:
        from docker import APIClient
        from docker.constants import DEFAULT_DOCKER_API_VERSION
        from docker.utils import kwargs_from_env

        with self._lock:
            if self._client is None:
                tls = self._tls or kwargs_from_env().get("tls") or False
                self._client = APIClient(
                    base_url=self._url,
                    version=DEFAULT_DOCKER_API_VERSION,  # "auto" costs a call
                    timeout=math.ceil(seconds),
                    tls=tls,
                    use_ssh_client=self._url.startswith("ssh://"),
                )
            return self._client


def bounded(pieces: Iterator[bytes], limit: int) -> bytes:
    """All pieces as one.

    Raises:
        NoAnswerError: they are more than ``limit`` bytes.
    """
    kept: list[bytes] = []
    total = 0
    for piece in pieces:
        kept.append(piece)
        total += len(piece)
        if total > limit:
            raise NoAnswerError(Gap.TOO_LARGE, f"more than {limit} bytes")
    return b"".join(kept)


def no_answer(status: int, body: bytes) -> NoAnswerError:
    """What an HTTP status other than 200 means, with the message of Docker's error object.

    404 is ``gone``: of a container that was listed it means that.
    """
    try:
        message = str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError, RecursionError):
        message = ""
    detail = f"HTTP {status}: {_one_line(message)}" if message else f"HTTP {status}"
    if status in (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN):
        return NoAnswerError(Gap.DENIED, detail)
    if status == http.HTTPStatus.NOT_FOUND:
        return NoAnswerError(Gap.GONE, detail)
    return NoAnswerError(Gap.REFUSED, detail)


def _of_requests(error: requests.RequestException) -> NoAnswerError:
    import requests

    if isinstance(error, requests.Timeout):
        return NoAnswerError(Gap.TIMED_OUT, "no answer in time")
    cause: BaseException | None = error
    for _ in range(10):  # requests wraps what urllib3 wraps
        if cause is None:
            break
        if isinstance(cause, OSError) and cause.errno is not None:
            return NoAnswerError(gap_of_error(cause), os.strerror(cause.errno))
        reason = getattr(cause, "reason", None)
        inner = reason if isinstance(reason, BaseException) else None
        cause = inner or cause.__cause__ or cause.__context__
    return NoAnswerError(Gap.FAILED, _one_line(error))


def _one_line(error: object) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
