"""Rules that are written for the user: what they match on, and whom else they claim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from isoscope.assessment.rule_proposal import Proposal, propose
from isoscope.assessment.tenants import NO_RULES, TenantRules, claims, parse_tenant_rules
from isoscope.assessment.tenants_text import with_rules
from isoscope.inventory.workload import Attributes, Workload
from tests.fakes.workloads import UNREAD, a_container

ANY = st.text(min_size=1, max_size=30)


def container(
    name: str, labels: Mapping[str, str] | None = None, *, engine: str = "docker", **more: str
) -> Workload:
    """A container with attributes."""
    attributes = Attributes(labels=labels or {}, **more)
    return a_container(name, engine=engine, attributes=attributes)


def ways(
    host: list[Workload], *chosen: Workload, rules: TenantRules = NO_RULES
) -> tuple[Proposal, ...]:
    """The proposals to put some workloads in a tenant."""
    return propose(host, frozenset(w.id for w in chosen), "acme", rules).ways


def on(way: Proposal) -> list[dict[str, object]]:
    """What its rules match on."""
    return [{**rule.patterns, **rule.labels} for rule in way.rules]


def test_one_workload_is_claimed_by_its_name() -> None:
    web = container("web", {"team": "acme"})
    first, *others = ways([web, container("db")], web)
    assert on(first) == [{"name": "web"}]
    assert first.exact
    assert {"team": "acme"} in [on(way)[0] for way in others]
    assert on(others[-1]) == [{"id": "docker:web"}]


def test_of_two_with_one_name_the_engine_is_said_too() -> None:
    web, same = container("web"), container("web", engine="podman")
    assert on(ways([web, same], web)[0]) == [{"engine": "docker", "name": "web"}]


def test_a_shared_label_comes_before_names_if_nobody_else_has_it() -> None:
    web, db = container("web", {"team": "acme"}), container("db", {"team": "acme"})
    assert on(ways([web, db, container("x")], web, db)[0]) == [{"team": "acme"}]
    other = container("other", {"team": "acme"})
    first, *rest = ways([web, db, other], web, db)
    assert on(first) == [{"name": "web"}, {"name": "db"}]
    (wider,) = [way for way in rest if on(way) == [{"team": "acme"}]]
    assert wider.also == (other.id,)
    assert not wider.exact


def test_labels_that_describe_an_image_are_not_taken_for_a_tenants() -> None:
    labels = {"org.opencontainers.image.vendor": "Debian", "com.docker.compose.version": "2"}
    web, db = container("web", labels), container("db", labels)
    assert all("Debian" not in str(on(way)) for way in ways([web, db], web, db))


def test_what_is_shared_becomes_a_rule_each() -> None:
    more = {
        "compose_project": "shop",
        "kubernetes_namespace": "prod",
        "rootless_user": "uid 1000",
        "image": "nginx:1",
    }
    web = container("acme-web", {}, cgroup="/user.slice/user-1000.slice/a", **more)
    db = container("acme-db", {}, cgroup="/user.slice/user-1000.slice/b", **more)
    found = [on(way)[0] for way in ways([web, db], web, db)]
    assert found[:6] == [
        {"compose-project": "shop"},
        {"kubernetes-namespace": "prod"},
        {"host-user": "uid 1000"},
        {"name": "acme-*"},
        {"image": "nginx:1"},
        {"cgroup": "/user.slice/user-1000.slice/*"},
    ]


def test_what_stands_in_a_pattern_is_matched_as_it_is() -> None:
    web, wider = container("a*[b]?"), container("axxbx")
    first = ways([web, wider], web)[0]
    assert on(first) == [{"name": "a[*][[]b][?]"}]
    assert first.exact


def test_of_a_workload_whose_manager_is_silent_only_what_the_kernel_shows_is_used() -> None:
    web = a_container("web", attributes_unknown=UNREAD, attributes=Attributes(cgroup="/a/b"))
    assert [on(way)[0] for way in ways([web], web)] == [{"cgroup": "/a/b"}, {"id": "docker:web"}]


def test_a_rule_that_would_leave_another_workload_to_nobody_knows_whom_says_so() -> None:
    web = container("web")
    silent = a_container("x", attributes_unknown=UNREAD, attributes=Attributes(cgroup="/u/x"))
    text = '[[rule]]\ntenant = "globex"\nname = "web"\n[[rule]]\ntenant = "u"\ncgroup = "/u/*"'
    found = ways([web, silent], web, rules=parse_tenant_rules(text, "t"))
    assert found[0].exact
    by_name = next(way for way in found if on(way) == [{"name": "web"}])
    assert by_name.unsettled == ()  # the rule before it left it to nobody knows whom already
    text = '[[rule]]\ntenant = "u"\ncgroup = "/u/*"\n[[rule]]\ntenant = "globex"\nname = "web"'
    by_name = ways([web, silent], web, rules=parse_tenant_rules(text, "t"))[0]
    assert by_name.exact  # the new rule comes after the one that claims the silent one


def test_a_new_rule_comes_as_late_as_it_can() -> None:
    text = "".join(f'[[rule]]\ntenant = "t{n}"\nname = "{n}"\n' for n in range(3))
    rules = parse_tenant_rules(text, "t")
    host = [container(str(n)) for n in range(4)]
    places = [propose(host, frozenset({w.id}), "acme", rules).place for w in host]
    assert places == [0, 1, 2, 3]


def test_those_that_are_the_tenants_already_are_not_said_to_come() -> None:
    web, db = container("acme-web"), container("acme-db")
    old = container("acme-old", {"isoscope.tenant": "acme"})
    found = ways([web, db, old], web, db)
    assert on(found[0]) == [{"name": "acme-*"}]
    assert found[0].exact


def test_nothing_chosen_proposes_nothing() -> None:
    assert not ways([container("web")])


@given(
    st.lists(
        st.tuples(ANY, st.dictionaries(ANY, ANY, max_size=2), st.booleans()),
        min_size=1,
        max_size=5,
    ),
    st.integers(0, 2),
)
@settings(max_examples=150, deadline=None)
def test_what_is_written_claims_the_chosen_and_exactly_those_it_says(
    made: list[tuple[str, dict[str, str], bool]], count: int
) -> None:
    host = [
        replace(container(name, labels), id=f"docker:{number}")
        for number, (name, labels, _) in enumerate(made)
    ]
    chosen = frozenset(w.id for w, (_, _, wanted) in zip(host, made, strict=True) if wanted)
    text = "".join(f'[[rule]]\ntenant = "old"\nid = "docker:{number}"\n' for number in range(count))
    rules = parse_tenant_rules(text, "t")
    proposals = propose(host, chosen, "acme", rules)
    before = claims(host, rules)
    for way in proposals.ways:
        written = with_rules(text, way.rules, proposals.place)
        after = claims(host, parse_tenant_rules(written, "t"))
        came = {w.id for w in host if after[w.id].tenant == "acme" != before[w.id].tenant}
        assert came == chosen | set(way.also)
        assert all(
            after[w.id] == before[w.id]
            for w in host
            if w.id not in came | chosen and "rule" not in before[w.id].claimed_by
        )
    assert proposals.ways or not chosen
