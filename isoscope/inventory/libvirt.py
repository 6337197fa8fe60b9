"""A libvirt domain: what the VM manager says of a virtual machine, in observations.

Source: https://libvirt.org/formatdomain.html.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from isoscope.inventory import libvirt_machine as machine
from isoscope.inventory.declared import Program
from isoscope.inventory.engines.description import doubt_of, misunderstood
from isoscope.inventory.libvirt_launch import read_launch_security
from isoscope.inventory.libvirt_makeup import read_parts
from isoscope.inventory.libvirt_networks import LibvirtNetwork, read_networks
from isoscope.inventory.makeup import MachineMakeup
from isoscope.inventory.observation import VM_MANAGER, Observation, Unknown, known, unknown
from isoscope.inventory.workload import DeclaredMachine
from isoscope.inventory.xml_elements import Element, parse_xml
from isoscope.snapshot.reading import Reading

T = TypeVar("T")

TENANT_NAMESPACE = "https://isoscope.dev/libvirt"
"""Namespace of the element ``tenant`` in a domain's metadata."""


@dataclass(frozen=True, slots=True)
class Domain:
    """The document of one domain, or why there is none."""

    subject: str
    reading: Reading
    document: Element | Unknown
    """Its root element, or why there is none."""
    networks: Mapping[str, LibvirtNetwork] = field(default_factory=dict)
    """The networks of its connection, as far as known."""

    @classmethod
    def of(cls, subject: str, reading: Reading, networks: Mapping[str, LibvirtNetwork]) -> Domain:
        """The domain in a reading of ``virDomainGetXMLDesc``."""
        doubt = doubt_of(reading)
        if doubt is not None:
            return cls(subject, reading, doubt)
        try:
            root = parse_xml(reading.content or b"")
            if root.name != "domain":
                raise ValueError(f"a <{root.name[:40]}> is no domain")  # noqa: TRY301
        except ValueError as error:
            return cls(subject, reading, misunderstood(reading, error))
        return cls(subject, reading, root, networks)

    def observe(
        self, key: str, read: Callable[[Element], T], *quoted: tuple[str, ...]
    ) -> Observation[T]:
        """What ``read`` makes of it; its ``ValueError`` is an unknown. ``quoted`` are the paths of
        the elements that are the evidence."""
        if isinstance(self.document, Unknown):
            return self._unknown(key, self.document)
        try:
            value = read(self.document)
        except ValueError as error:
            return self._unknown(key, misunderstood(self.reading, error))
        found = [each.quote() for path in quoted for each in self.document.all(*path)]
        excerpt = " ".join(found) or f"no <{'>, <'.join(path[-1] for path in quoted)}>"
        return known(self.subject, key, value, self.reading, parties=VM_MANAGER, excerpt=excerpt)

    def _unknown(self, key: str, doubt: Unknown) -> Observation[T]:
        return unknown(
            self.subject,
            key,
            doubt.reason,
            doubt.explanation,
            doubt.settled_by,
            parties=VM_MANAGER,
        )

    @property
    def root(self) -> Element | None:
        """Its root element; None where there is no document."""
        return None if isinstance(self.document, Unknown) else self.document

    @property
    def doubt(self) -> Unknown | None:
        """Why there is no document; None where there is."""
        return self.document if isinstance(self.document, Unknown) else None

    def text(self, *path: str) -> str:
        """The text of an element; empty where there is none."""
        found = self.root.find(*path) if self.root is not None else None
        return found.text if found is not None else ""

    def attribute(self, name: str) -> str:
        """An attribute of ``<domain>``."""
        return self.root.get(name) if self.root is not None else ""

    def machine(self, program: Observation[Program]) -> DeclaredMachine:
        """The virtual machine, which this VMM runs."""
        devices = ("devices",)
        return DeclaredMachine(
            launch_security=self.observe(
                "launch-security",
                read_launch_security,
                ("launchSecurity",),
                ("commandline", "arg"),
            ),
            disks=self.observe(
                "disks",
                machine.read_disks,
                (*devices, "disk", "source"),
                (*devices, "disk", "target"),
                (*devices, "filesystem", "source"),
            ),
            networks=self.observe(
                "networks",
                lambda root: read_networks(root, self.networks),
                (*devices, "interface", "source"),
            ),
            passed_through=self.observe(
                "passed-through", machine.read_passed_through, (*devices, "hostdev")
            ),
            shared_memory=self.observe(
                "shared-memory", machine.read_shared_memory, (*devices, "shmem")
            ),
            may_merge_pages=self.observe(
                "may-merge-pages", machine.read_may_merge_pages, ("memoryBacking", "nosharepages")
            ),
            memory=self.observe("machine-memory", machine.read_memory, ("memory",)),
            cpu=self.observe("machine-cpus", machine.read_cpus, ("vcpu",)),
            makeup=MachineMakeup(
                self.observe(
                    "machine-parts",
                    read_parts,
                    *((*devices, name) for name in ("graphics", "filesystem", "tpm", "sound")),
                    (*devices, "channel", "target"),
                    (*devices, "interface", "model"),
                    ("os", "loader"),
                    ("os", "kernel"),
                    ("cpu",),
                ),
                program=program,
            ),
        )

    def tenant(self) -> str:
        """The tenant that its metadata names; empty where none."""
        metadata = self.root.find("metadata") if self.root is not None else None
        for element in metadata.descendants() if metadata is not None else ():
            named = element.namespace == TENANT_NAMESPACE or element.prefix == "isoscope"
            if element.text and (
                (named and element.name == "tenant") or element.name == "isoscope.tenant"
            ):
                return element.text[:255]
        return ""

    def security_labels(self) -> Observation[tuple[str, ...]]:
        """The labels that it says its process has: ``selinux LABEL``."""
        return self.observe("declared-labels", machine.read_security_labels, ("seclabel",))
