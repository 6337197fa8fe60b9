"""What a server of Incus or LXD answers, worded as LXD 5.0.2 words it."""

import json
from collections.abc import Mapping
from typing import Any

from isoscope.snapshot.manager_places import LIST_INSTANCE_NETWORKS, LIST_INSTANCES, SERVER
from isoscope.snapshot.reading import Channel, Reading
from tests.unit.engine_snapshots import reading

URL = "unix:///var/lib/incus/unix.socket"


def answer(metadata: object) -> dict[str, object]:
    """The frame of every answer."""
    return {
        "type": "sync",
        "status": "Success",
        "status_code": 200,
        "operation": "",
        "error_code": 0,
        "error": "",
        "metadata": metadata,
    }


def a_server(engine: str = "incus", **environment: object) -> dict[str, object]:
    """``GET /1.0``."""
    return answer(
        {
            "api_extensions": ["projects", "instance_all_projects"],
            "environment": {
                "server": engine,
                "server_version": "6.0.1",
                "server_name": "h1",
                "server_clustered": False,
            }
            | environment,
        }
    )


def an_instance(
    name: str = "web",
    config: Mapping[str, object] | None = None,
    devices: Mapping[str, Mapping[str, str]] | None = None,
    **fields: object,
) -> dict[str, Any]:
    """One entry of the list of instances."""
    root = {"root": {"path": "/", "pool": "default", "type": "disk"}}
    return {
        "name": name,
        "type": "container",
        "status": "Running",
        "project": "default",
        "location": "none",
        "expanded_config": dict(config or {}),
        "expanded_devices": root | dict(devices or {}),
    } | fields


def an_incus(
    *instances: object,
    url: str = URL,
    server: object = None,
    networks: object = (),
    listing: object = None,
) -> list[Reading]:
    """All that the probe reads of a server with these instances."""
    listed = answer(list(instances)) if listing is None else listing
    said = {
        SERVER: a_server() if server is None else server,
        LIST_INSTANCES: listed,
        LIST_INSTANCE_NETWORKS: answer(list(networks)) if isinstance(networks, tuple) else networks,
    }
    return [reading(Channel.ENGINE, url, request, content) for request, content in said.items()]


def as_text(document: object) -> bytes:
    """A document as it comes over the socket."""
    return json.dumps(document).encode()
