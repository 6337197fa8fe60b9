"""One observation of the JSON report."""

from __future__ import annotations

from typing import Any

from isoscope.inventory.observation import Party
from isoscope.reports.json_host import unknown_as_json
from isoscope.reports.plain import without_surrogates
from isoscope.reports.report import NumberedObservation
from isoscope.reports.values import value_as_json
from isoscope.reports.words import moment


def observation_as_json(item: NumberedObservation) -> dict[str, Any]:
    """An observation with where it was read, under its number."""
    observation = item.observation
    evidence = observation.evidence
    first = evidence[0] if evidence else None
    document: dict[str, Any] = {
        "id": item.id,
        "subject": without_surrogates(observation.subject),
        "key": observation.key,
        "value": value_as_json(observation.value),
        "source": without_surrogates(first.source) if first else "",
        "raw": without_surrogates(first.excerpt) if first else "",
        "parties": in_order(observation.parties),
        "privilege": without_surrogates(first.privilege) if first else "",
        "at": moment(first.at) if first else None,
    }
    if observation.unknown is not None:
        document["unknown"] = unknown_as_json(observation.unknown)
    if len(evidence) > 1:
        document["further_evidence"] = [
            {
                "source": without_surrogates(piece.source),
                "raw": without_surrogates(piece.excerpt),
                "privilege": without_surrogates(piece.privilege),
                "at": moment(piece.at),
            }
            for piece in evidence[1:]
        ]
    return document


def in_order(parties: frozenset[Party]) -> list[str]:
    """Parties as JSON, always in the same order."""
    return [party.value for party in Party if party in parties]
