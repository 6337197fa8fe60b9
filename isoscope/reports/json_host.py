"""The host in types of JSON."""

from __future__ import annotations

from typing import Any

from isoscope.inventory.host import Selinux
from isoscope.inventory.observation import Unknown
from isoscope.reports.plain import without_surrogates
from isoscope.reports.report import Report, TeeReport
from isoscope.reports.values import value_as_json


def host_as_json(report: Report) -> dict[str, Any]:
    """The host's facts."""
    host = report.host
    document: dict[str, Any] = {
        "name": value_as_json(host.name.value),
        "observed_at": report.observed_at,
        "is_guest": host.is_guest.value,
        "operating_system": value_as_json(host.operating_system.value),
        "kernel": value_as_json(host.kernel.value),
        "architecture": value_as_json(host.architecture.value),
        "lsms": value_as_json(host.lsms.value),
        "apparmor": value_as_json(host.apparmor.value),
        "guest_signs": [value_as_json(sign) for sign in host.guest_signs],
        "cpu_flaws": {
            without_surrogates(name): value_as_json(flaw.value)
            for name, flaw in host.cpu_flaws.items()
        },
        "observations": dict(report.host_observations),
    }
    unknown = {
        name: unknown_as_json(fact.unknown)
        for name, fact in (
            ("name", host.name),
            ("is_guest", host.is_guest),
            ("operating_system", host.operating_system),
            ("kernel", host.kernel),
            ("architecture", host.architecture),
            ("lsms", host.lsms),
            ("apparmor", host.apparmor),
        )
        if fact.unknown is not None
    }
    return document | ({"unknown": unknown} if unknown else {})


def selinux_as_json(report: Report) -> dict[str, Any]:
    """SELinux's state, in the contract's words."""
    observation = report.host.selinux
    known: dict[str, Any] = {"observation": report.host_observations.get(observation.key)}
    if observation.unknown is not None:
        return {
            "state": "unknown",
            "policy": None,
            "mls": None,
            "reason": without_surrogates(observation.unknown.explanation),
            "settled_by": without_surrogates(observation.unknown.settled_by),
            **known,
        }
    value = observation.value
    assert isinstance(value, Selinux)  # noqa: S101 - an observation has a value or is unknown
    return {
        "state": value.state.value,
        "policy": without_surrogates(value.policy) or None,
        "mls": value.mls,
        **known,
    }


def tee_as_json(tee: TeeReport) -> dict[str, Any]:
    """One technology with its stages."""
    return {
        "technology": tee.technology.value,
        "available": tee.available,
        "nature": tee.technology.nature.value,
        "summary": without_surrogates(tee.summary),
        "stages": [
            {
                "stage": stage.name.value,
                "state": stage.state.value,
                "says": without_surrogates(stage.says),
                "observations": list(stage.observations),
            }
            for stage in tee.stages
        ],
    }


def unknown_as_json(unknown: Unknown) -> dict[str, str]:
    """Why something is unknown, and what would settle it."""
    return {
        "reason": unknown.reason.value,
        "explanation": without_surrogates(unknown.explanation),
        "settled_by": without_surrogates(unknown.settled_by),
    }
