"""Confidential computing as NVIDIA's management library tells it: NVML API reference, "Confidential
Computing". It is asked only where the driver is loaded already: NVML would load it."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from typing import Any

from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from probes.host.access import HostAccess, NoAnswerError

STATE = "nvmlSystemGetConfComputeState"
CAPABILITIES = "nvmlSystemGetConfComputeCapabilities"
MEMORY = "nvmlDeviceGetConfComputeMemSizeInfo"

_TARGET = "nvml"
_DRIVER = "/proc/driver/nvidia/version"
_MOST_DEVICES = 64
_GAP_OF_ERROR = {
    3: Gap.UNSUPPORTED,  # NVML_ERROR_NOT_SUPPORTED
    4: Gap.DENIED,  # NVML_ERROR_NO_PERMISSION
    6: Gap.ABSENT,  # NVML_ERROR_NOT_FOUND
    9: Gap.ABSENT,  # NVML_ERROR_DRIVER_NOT_LOADED
    10: Gap.TIMED_OUT,  # NVML_ERROR_TIMEOUT
    12: Gap.ABSENT,  # NVML_ERROR_LIBRARY_NOT_FOUND
    13: Gap.UNSUPPORTED,  # NVML_ERROR_FUNCTION_NOT_FOUND
}


def nvml_source(request: str) -> Source:
    """The source of the answer to one call."""
    return Source(Channel.LIBRARY, _TARGET, request)


def nvml_readings(host: HostAccess) -> list[Reading]:
    """State, capabilities and, for each GPU, the sizes of protected memory: JSON objects with the
    fields of the library's structures."""
    driver = host.file(_DRIVER)

    def asked(request: str, question: Callable[[Any], object]) -> Reading:
        def answer() -> bytes:
            if driver.gap is not None:
                detail = "NVIDIA's driver is not loaded, so its library was not asked"
                raise NoAnswerError(driver.gap, detail)
            return json.dumps(_ask(question)).encode()

        return host.ask(nvml_source(request), answer)

    return [
        driver,
        asked(STATE, lambda nvml: _fields(nvml.nvmlSystemGetConfComputeState())),
        asked(CAPABILITIES, lambda nvml: _fields(nvml.nvmlSystemGetConfComputeCapabilities())),
        asked(MEMORY, _memory),
    ]


def _memory(nvml: Any) -> list[dict[str, int]]:  # noqa: ANN401 - the module has no types
    count = min(nvml.nvmlDeviceGetCount(), _MOST_DEVICES)
    handles = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(count)]
    return [_fields(nvml.nvmlDeviceGetConfComputeMemSizeInfo(handle)) for handle in handles]


def _fields(structure: Any) -> dict[str, int]:  # noqa: ANN401 - a ctypes structure of the module
    return {name: int(getattr(structure, name)) for name, *_ in structure._fields_}


def _ask(question: Callable[[Any], object]) -> object:
    """What a question to the initialised library answers.

    Raises:
        NoAnswerError: Python's binding or the library is not there, or it answers with an error.
    """
    try:
        nvml = importlib.import_module("pynvml")
    except ImportError as error:
        detail = "the Python package nvidia-ml-py is not installed"
        raise NoAnswerError(Gap.UNSUPPORTED, detail) from error
    try:
        nvml.nvmlInit()
        try:
            return question(nvml)
        finally:
            nvml.nvmlShutdown()
    except nvml.NVMLError as error:
        raise NoAnswerError(_GAP_OF_ERROR.get(error.value, Gap.FAILED), str(error)) from error
    except AttributeError as error:  # an older binding
        raise NoAnswerError(Gap.UNSUPPORTED, str(error)) from error
