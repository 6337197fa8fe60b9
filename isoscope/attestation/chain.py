"""A chain of certificates, from the key that signed the evidence to a root pinned by its key.

Walked by hand: RFC 5280's path validation, without what the vendors' certificates lack (subject
alternative names, key identifiers). Names only propose an issuer; its signature decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from isoscope.attestation.certificate import Certificate
from isoscope.attestation.checks import Check, failed, judged, not_possible, passed
from isoscope.attestation.fields import EvidenceError

_LONGEST = 8


@dataclass(frozen=True, slots=True)
class Chain:
    """How far the way from a leaf goes.

    Attributes:
        links: the leaf, then each issuer whose signature holds; the last is self-signed where the
            way is complete.
        missing: what was to come next and was not given; empty where it is complete or broken.
        broken: why no certificate given can be the next; empty where it is not.
    """

    links: Sequence[Certificate]
    missing: str = ""
    broken: str = ""

    @property
    def complete(self) -> bool:
        """Whether it ends in a certificate that signed itself."""
        return not self.missing and not self.broken


def walk(leaf: Certificate, pool: Iterable[Certificate]) -> Chain:
    """The way from a leaf to a self-signed certificate, through those of the pool.

    Args:
        leaf: the certificate of the key in question.
        pool: all that were given, in any order; strangers among them do not matter.
    """
    given = list(pool)
    links = [leaf]
    while len(links) <= _LONGEST:
        last = links[-1]
        if last.unexplained:
            text = f"{last.subject_name} has a critical extension that is not known here, "
            return Chain(links, broken=text + ", ".join(sorted(last.unexplained)))
        if last.issuer == last.subject and _signs(last, last):
            return Chain(links)
        named = [one for one in given if one.subject == last.issuer and one.raw != last.raw]
        signers = [one for one in named if _signs(one, last)]
        if not signers:
            return _stopped(links, last, named, given)
        found = next((one for one in signers if _may_issue(one, len(links) - 1)), None)
        if found is None:
            text = (
                f"{signers[0].subject_name} signed {last.subject_name}, and is no authority for it"
            )
            return Chain(links, broken=text)
        links.append(found)
    return Chain(links, broken=f"more than {_LONGEST} certificates, one above the other")


def without_strangers(
    pool: Sequence[Certificate], roots: Mapping[str, Mapping[str, str]], vendor: str
) -> Sequence[Certificate]:
    """Those of the pool that are not, by their names, below another vendor's pinned root.

    People give the chains of all their evidence together: a chain of another vendor's is no reason
    to say that somebody else signed. Names are enough, as nothing passes by being left out.

    Args:
        roots: per vendor, names of the pinned roots by the hash of their key.
    """
    own = roots.get(vendor, {})
    others = {key for name, table in roots.items() if name != vendor for key in table} - own.keys()
    strangers = {one.raw: one for one in pool if one.key_hash in others}
    for _ in range(_LONGEST):
        names = {one.subject for one in strangers.values()}
        strangers |= {one.raw: one for one in pool if one.issuer in names}
    return [one for one in pool if one.raw not in strangers]


def _stopped(
    links: list[Certificate],
    last: Certificate,
    named: list[Certificate],
    given: list[Certificate],
) -> Chain:
    if named:
        return Chain(
            links,
            broken=f"the signature of {last.subject_name} is not by {last.issuer_name}: "
            "somebody else signed it in that name",
        )
    if last.issuer == last.subject:
        return Chain(links, broken=f"{last.subject_name} names itself as issuer, and did not sign")
    # A root alone says nothing of whose chain was given: what stands below it may be missing.
    strangers = [one for one in given if one.is_authority and one.issuer != one.subject]
    authorities = sorted({one.subject_name for one in strangers})
    if authorities and len(links) == 1:
        return Chain(
            links,
            broken=f"{last.subject_name} was issued by {last.issuer_name}, and the certificates "
            f"given are of {', '.join(authorities)}",
        )
    return Chain(links, missing=f"the certificate of {last.issuer_name}, who issued it")


def _may_issue(issuer: Certificate, authorities_below: int) -> bool:
    limit = issuer.path_length
    return issuer.is_authority and (limit is None or authorities_below <= limit)


def _signs(issuer: Certificate, subject: Certificate) -> bool:
    try:
        return subject.signed_by(issuer)
    except EvidenceError:
        return False


def chain_checks(
    chain: Chain, roots: Mapping[str, str], moment: datetime, fetch: str
) -> list[Check]:
    """The checks ``chain``, ``root`` and ``validity`` of one way.

    Args:
        roots: names of the pinned roots by the SHA-256 of their SubjectPublicKeyInfo.
        moment: the time at which every certificate of the way has to be valid.
        fetch: where what is missing can be got, a sentence.
    """
    names = " ← ".join(link.subject_name for link in chain.links)
    if chain.broken:
        first = failed("chain", chain.broken)
    elif chain.missing:
        first = not_possible("chain", f"{chain.missing}, was not given. {fetch}")
    else:
        first = passed("chain", f"every signature holds: {names}")
    return [first, _root(chain, roots), _validity(chain, moment)]


def _root(chain: Chain, roots: Mapping[str, str]) -> Check:
    if not chain.complete:
        return not_possible("root", "the chain does not reach a root")
    last = chain.links[-1]
    known = roots.get(last.key_hash)
    return judged(
        "root",
        holds=known is not None,
        yes=f"{known} is pinned by its key, {last.key_hash[:16]}…",
        no=f"a root that calls itself {last.subject_name} has the key {last.key_hash[:16]}…, which "
        "is not the vendor's",
    )


def _validity(chain: Chain, moment: datetime) -> Check:
    wrong = [link for link in chain.links if not link.valid_at(moment)]
    first = min(link.not_after for link in chain.links)
    return judged(
        "validity",
        holds=not wrong,
        yes=f"all certificates are valid on {when(moment)}; the first ends on {when(first)}",
        no="; ".join(
            f"{link.subject_name} is valid from {when(link.not_before)} to "
            f"{when(link.not_after)}, and not on {when(moment)}"
            for link in wrong
        ),
    )


def when(moment: datetime) -> str:
    """To the minute: some certificates live hours."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
