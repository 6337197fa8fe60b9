"""What a token states, by field."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from isoscope.attestation.cca.token import Platform, Realm, Token

_NAME = re.compile("[A-Za-z][A-Za-z0-9_]{0,31}")


def claims_of(token: Token) -> Mapping[str, str]:
    """Every field of both documents, as text: hexadecimal for bytes, numbers in hexadecimal too."""
    return _of_realm(token.realm) | _of_platform(token.platform)


def _of_realm(realm: Realm) -> dict[str, str]:
    claims = {
        "realm_profile": realm.profile,
        "challenge": realm.challenge.hex(),
        "personalization_value": realm.personalization.hex(),
        "realm_hash_algorithm": realm.algorithm,
        "rim": realm.initial.hex(),
        "realm_public_key": realm.public_key.hex(),
        "realm_public_key_hash_algorithm": realm.key_algorithm,
    }
    claims |= {f"rem{index}": value.hex() for index, value in enumerate(realm.extensible)}
    return {name: value for name, value in claims.items() if value}


def _of_platform(platform: Platform) -> dict[str, str]:
    claims = {
        "platform_profile": platform.profile,
        "platform_challenge": platform.challenge.hex(),
        "implementation_id": platform.implementation.hex(),
        "instance_id": platform.instance.hex(),
        "platform_config": platform.configuration.hex(),
        "lifecycle": f"{platform.lifecycle:#06x}",
        "platform_hash_algorithm": platform.algorithm,
        "verification_service": platform.service,
    }
    for name, component in zip(software_names(platform), platform.components, strict=True):
        claims[name] = component.measurement.hex()
        claims[f"{name}_signer"] = component.signer.hex()
        claims[f"{name}_version"] = component.version
    return {name: value for name, value in claims.items() if value}


def software_names(platform: Platform) -> tuple[str, ...]:
    """The claims of the measurements of the platform's components, in their order.

    A component is named by its kind, such as ``software_RMM``, where that is a name and no other
    component's; else by its place.
    """
    kinds = Counter(component.kind for component in platform.components)
    return tuple(
        f"software_{component.kind if _is_name(component.kind, kinds) else place}"
        for place, component in enumerate(platform.components)
    )


def _is_name(kind: str, kinds: Mapping[str, int]) -> bool:
    """Whether no other claim can be called so."""
    return (
        kinds[kind] == 1
        and _NAME.fullmatch(kind) is not None
        and not kind.endswith(("_signer", "_version"))
    )
