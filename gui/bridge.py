"""The one bridge between plain worker threads and the GUI thread."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Hashable

from PySide6.QtCore import QObject, Qt, QTimer, Signal

INTERVAL = 0.05
"""Least seconds between two deliveries: about 20 a second, whatever the workers do."""


class Bridge(QObject):
    """Carries deliveries from any thread to the GUI thread, in bundles.

    A delivery is a callable that the GUI thread calls. What waits when a bundle is due is called
    in the order in which it was posted.
    """

    _woken = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._waiting: dict[Hashable, Callable[[], None]] = {}
        self._closed = False
        self._delivered_at = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._deliver)
        self._woken.connect(self._on_woken, Qt.ConnectionType.QueuedConnection)

    def post(self, delivery: Callable[[], None], *, instead_of: Hashable | None = None) -> None:
        """Has the GUI thread call ``delivery`` soon. May be called from any thread.

        Args:
            delivery: what to call.
            instead_of: a key; a delivery that waits under the same key is dropped for this one.
        """
        with self._lock:
            if self._closed:
                return
            key = object() if instead_of is None else instead_of
            wake = not self._waiting
            self._waiting.pop(key, None)
            self._waiting[key] = delivery
            if wake:  # under the lock, so that close() cannot come between
                self._woken.emit()

    def close(self) -> None:
        """Drops what waits and everything that is posted from now on."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
        self._timer.stop()

    def _on_woken(self) -> None:
        wait = self._delivered_at + INTERVAL - time.monotonic()
        if wait <= 0:
            self._deliver()
        else:
            self._timer.start(math.ceil(wait * 1000))

    def _deliver(self) -> None:
        self._delivered_at = time.monotonic()
        with self._lock:
            deliveries = list(self._waiting.values())
            self._waiting.clear()
        for delivery in deliveries:
            delivery()
