"""Asks one libvirt connection by libvirt-python; what every way of asking answers."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from isoscope.snapshot.reading import Gap, gap_of_error
from probes.host.access import NoAnswerError

T = TypeVar("T")

# include/libvirt/virterror.h
_NO_SUPPORT, _NO_CONNECT, _OPERATION_DENIED, _SYSTEM_ERROR = 3, 5, 29, 38
_NO_DOMAIN, _NO_NETWORK, _AUTH_FAILED, _CONFIG_UNSUPPORTED = 42, 43, 45, 67
_AUTH_CANCELLED, _ACCESS_DENIED, _AUTH_UNAVAILABLE = 79, 88, 94
_GAP_OF_CODE = {
    _NO_SUPPORT: Gap.UNSUPPORTED,
    _NO_CONNECT: Gap.ABSENT,  # "no connection driver available": this daemon has no such guests
    _CONFIG_UNSUPPORTED: Gap.ABSENT,  # "libvirt was built without the driver"
    _OPERATION_DENIED: Gap.DENIED,
    _AUTH_FAILED: Gap.DENIED,
    _AUTH_CANCELLED: Gap.DENIED,
    _AUTH_UNAVAILABLE: Gap.DENIED,
    _ACCESS_DENIED: Gap.DENIED,
    _NO_DOMAIN: Gap.GONE,
    _NO_NETWORK: Gap.GONE,
}


class LibvirtClient(Protocol):
    """Answers about one connection. Every method may raise ``OSError`` or ``NoAnswerError``."""

    def open(self, *, read_write: bool) -> bytes:
        """Opens it, read-write only if wanted and granted; says as JSON which it became."""

    def version(self) -> bytes:
        """Version of the hypervisor, as JSON; ``virConnectGetVersion``."""

    def library_version(self) -> bytes:
        """Version of the daemon's libvirt, as JSON."""

    def capabilities(self) -> bytes:
        """XML of the host's capabilities."""

    def domain_capabilities(self) -> bytes:
        """XML of what guests can have; needs a read-write connection."""

    def domains(self) -> tuple[bytes, list[str]]:
        """All domains as JSON, and of each its UUID and name in one string."""

    def domain(self, uuid: str) -> bytes:
        """XML of one domain, without its secrets."""

    def networks(self) -> tuple[bytes, list[str]]:
        """All networks as JSON, and of each its UUID."""

    def network(self, uuid: str) -> bytes:
        """XML of one network."""

    def close(self) -> None:
        """Gives the connection back."""


class PythonClient:
    """libvirt-python. Its calls have no time limit: whoever calls must be able to walk away."""

    def __init__(self, library: Any, uri: str) -> None:  # noqa: ANN401 - the module has no types
        self._library = library
        self._uri = uri
        self._connection: Any = None

    @classmethod
    def if_installed(cls, uri: str) -> PythonClient | None:
        """A client, or None where libvirt-python cannot be imported."""
        # Without it the library would start the daemon of a session whose socket is stale.
        os.environ["LIBVIRT_AUTOSTART"] = "0"
        try:
            import libvirt
        except ImportError:
            return None
        libvirt.registerErrorHandler(_say_nothing, None)  # the default prints on standard error
        return cls(libvirt, uri)

    def open(self, *, read_write: bool) -> bytes:
        """See ``LibvirtClient``."""
        read_only = not read_write
        if read_write:
            try:
                self._connection = self._call(lambda: self._library.open(self._uri))
            except NoAnswerError as error:
                if error.gap is not Gap.DENIED:
                    raise
                read_only = True
        if read_only:
            self._connection = self._call(lambda: self._library.openReadOnly(self._uri))
        return json.dumps({"read_only": read_only}).encode()

    def version(self) -> bytes:
        """See ``LibvirtClient``."""
        found = self._call(self._connection.getVersion)
        return json.dumps({"type": self._call(self._connection.getType), "version": found}).encode()

    def library_version(self) -> bytes:
        """See ``LibvirtClient``."""
        return json.dumps({"version": self._call(self._connection.getLibVersion)}).encode()

    def capabilities(self) -> bytes:
        """See ``LibvirtClient``."""
        return _bytes(self._call(self._connection.getCapabilities))

    def domain_capabilities(self) -> bytes:
        """See ``LibvirtClient``."""
        return _bytes(self._call(self._connection.getDomainCapabilities))

    def domains(self) -> tuple[bytes, list[str]]:
        """See ``LibvirtClient``."""
        listed = []
        for domain in self._call(self._connection.listAllDomains):
            try:
                state: int | None = self._call(domain.state)[0]
            except NoAnswerError as error:
                if error.gap is Gap.GONE:
                    continue
                state = None
            listed.append(
                {
                    "uuid": domain.UUIDString(),
                    "name": domain.name(),
                    "id": domain.ID(),
                    "state": state,
                }
            )
        return json.dumps(listed).encode(), [f"{each['uuid']} {each['name']}" for each in listed]

    def domain(self, uuid: str) -> bytes:
        """See ``LibvirtClient``."""
        return _bytes(self._call(lambda: self._connection.lookupByUUIDString(uuid).XMLDesc(0)))

    def networks(self) -> tuple[bytes, list[str]]:
        """See ``LibvirtClient``."""
        listed = [
            {"uuid": network.UUIDString(), "name": network.name()}
            for network in self._call(self._connection.listAllNetworks)
        ]
        return json.dumps(listed).encode(), [each["uuid"] for each in listed]

    def network(self, uuid: str) -> bytes:
        """See ``LibvirtClient``."""
        return _bytes(
            self._call(lambda: self._connection.networkLookupByUUIDString(uuid).XMLDesc(0))
        )

    def close(self) -> None:
        """See ``LibvirtClient``."""
        self._call(self._connection.close)

    def _call(self, function: Callable[[], T]) -> T:
        try:
            return function()
        except self._library.libvirtError as error:
            code = error.get_error_code()
            detail = " ".join(str(error).split())[:300]
            if code == _SYSTEM_ERROR and error.get_int1():
                gap = gap_of_error(OSError(error.get_int1(), ""))
            else:
                gap = _GAP_OF_CODE.get(code, Gap.REFUSED)
            raise NoAnswerError(gap, detail) from error


def _say_nothing(_context: object, _error: object) -> None:
    """Takes the place of libvirt's own handler, which prints."""


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
