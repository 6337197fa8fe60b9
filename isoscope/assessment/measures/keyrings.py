"""Keys that the kernel keeps, which no namespace keeps apart."""

from __future__ import annotations

from isoscope.assessment.declaration import Declaration, Subject, exposure, measure
from isoscope.assessment.judgement import Judgement, holding, not_applicable, undecided
from isoscope.assessment.measures.neighbours import surveyed
from isoscope.inventory.observation import Doubt, Unknown

_NOT_SEEN = Unknown(
    Doubt.NOT_SAID,
    "no session keyring with its id is shown to whoever looked; its permissions may hide one",
    "cat /proc/keys as the user that it runs as, or keyctl show in it",
)
_NOT_LOOKED = Unknown(Doubt.NOT_SAID, "nobody looked for it", "scan again")


def _own_session(subject: Subject) -> Judgement:
    if subject.workload.behind_own_kernel:
        return not_applicable("its kernel has keyrings of its own", subject.kind)
    keyrings = subject.inventory.host.session_keyrings
    if keyrings is None:
        return undecided(_NOT_LOOKED)
    if keyrings.value is None:
        return undecided(keyrings.doubt, keyrings)
    if subject.workload.id.rpartition(":")[2].rpartition("/")[2] in keyrings.value:
        return holding("its runtime gave it a session keyring of its own", keyrings)
    return undecided(_NOT_SEEN, keyrings)


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "shared-keyring",
        "Keyrings that another tenant reaches",
        what="A workload of another tenant runs as the same user in the same user namespace, or "
        "may become that user, and no seccomp filter keeps either from the kernel's keyrings.",
        why="There is no namespace of keys: what one puts into the keyring of its user, such as "
        "keys of encrypted file systems or tickets of Kerberos, the other reads there.",
        by_hand="cat /proc/keys; grep -e Uid -e Seccomp: /proc/PID/status; readlink "
        "/proc/PID/ns/user",
        remedy="Leave Docker's own seccomp filter on, take add_key, keyctl and request_key out of "
        "the filter, or give each tenant a user namespace of its own (--userns=auto).",
        references=("keyrings(7)", "user-keyring(7)", "keyctl(2)"),
        judge=surveyed("shared-keyring"),
    ),
    measure(
        "own-session-keyring",
        "A session keyring of its own",
        what="The runtime made a session keyring for this container: _ses. and its id.",
        why="A container without one has the session keyring of whoever started it, and all "
        "others that he started so.",
        by_hand="grep _ses. /proc/keys",
        remedy="Run it by a runtime that makes one: runc does, unless told --no-new-keyring.",
        references=("session-keyring(7)", "runc-run(8): --no-new-keyring"),
        judge=_own_session,
    ),
)
