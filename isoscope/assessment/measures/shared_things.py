"""Things that a workload has together with other tenants' workloads."""

from __future__ import annotations

from isoscope.assessment.declaration import Declaration, exposure, measure
from isoscope.assessment.measures.cgroup_files import DEVICES
from isoscope.assessment.measures.neighbours import surveyed

DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "shared-memory-region",
        "A memory region shared with another tenant",
        what="A region of shared memory that a guest has (ivshmem), or a file in which its own "
        "memory is, such as on hugetlbfs, is given to a guest of another tenant too, or mounted "
        "into another tenant's container.",
        why="Whatever one writes there the other reads and changes, past every network rule.",
        by_hand="virsh dumpxml NAME | grep -A3 '<shmem'; tr '\\0' '\\n' < /proc/PID/cmdline | grep "
        "-e ivshmem -e mem-path",
        remedy="Take the device away, or give each tenant a region of its own.",
        references=(
            "https://libvirt.org/formatdomain.html#shared-memory-device",
            "QEMU: docs/system/devices/ivshmem.rst",
        ),
        judge=surveyed("shared-memory-region"),
    ),
    exposure(
        "shared-device",
        "A device shared with another tenant",
        what="Another tenant's workload may use the same device of the host: a GPU, a USB device, "
        "a disk, or a function that is passed through.",
        why="What one leaves in the device, or makes it do, the other meets there; few devices "
        "keep their users apart.",
        by_hand=DEVICES + "; docker inspect -f '{{.HostConfig.Devices}}' NAME; ls -l /proc/PID/fd",
        remedy="Give each tenant a device, or a partition that the hardware makes (SR-IOV, MIG), "
        "of its own.",
        references=(
            "Documentation/admin-guide/cgroup-v1/devices.rst",
            "Documentation/PCI/pci-iov-howto.rst",
        ),
        judge=surveyed("shared-device"),
    ),
    exposure(
        "shared-iommu-group",
        "An IOMMU group shared with another tenant",
        what="A device that is passed through to this guest is in one IOMMU group with a device "
        "of another tenant's guest.",
        why="Devices of one group may reach each other's memory past the IOMMU, and with it both "
        "guests.",
        by_hand="ls /sys/bus/pci/devices/ADDRESS/iommu_group/devices",
        remedy="Pass the whole group to one guest, or use a slot with access control (ACS).",
        references=("Documentation/driver-api/vfio.rst: groups, devices and IOMMUs",),
        judge=surveyed("shared-iommu-group"),
    ),
    exposure(
        "published-to-neighbours",
        "A port published to neighbours",
        what="The engine leads who connects to a port of the host into this workload, and a "
        "workload of another tenant is on a network from which the host is reached.",
        why="Networks of their own keep the two apart no longer on that port: the neighbour goes "
        "by the host's address. One of 0.0.0.0 is open to everybody who reaches the host.",
        by_hand="docker port NAME || podman port NAME; ss -ltnup",
        remedy="Publish on the address that is meant (-p 127.0.0.1:8080:80), or not at all where "
        "only workloads on the same network connect.",
        references=(
            "https://docs.docker.com/engine/network/port-publishing/",
            "podman-run(1): --publish",
        ),
        judge=surveyed("published-to-neighbours"),
    ),
    exposure(
        "neighbour-forges-addresses",
        "A neighbour may send under its address",
        what="Another tenant's workload on the same bridge may send any frame: a container with "
        "NET_RAW, or a guest whose interface has no filter against forged addresses.",
        why="By answering for another's address (ARP, neighbour discovery) it puts itself between "
        "two who talk, though a firewall keeps them from talking to it.",
        by_hand="grep Cap /proc/OTHER_PID/status; virsh dumpxml OTHER_NAME | grep filterref; "
        "bridge link",
        remedy="Run containers with --cap-drop=NET_RAW, give guests <filterref "
        "filter='clean-traffic'/>, or each tenant a network of its own.",
        references=("packet(7)", "arp(7)", "https://libvirt.org/formatnwfilter.html"),
        judge=surveyed("neighbour-forges-addresses"),
    ),
    exposure(
        "shared-file-pages",
        "Pages of files that another tenant reads too",
        what="This workload and another tenant's read the same files: layers of a common image, a "
        "common base image of disks, or a directory that both only read.",
        why="Such pages are in memory once. How fast one is read tells that the other used it "
        "(Flush+Reload), which has told keys of libraries that compute by their data.",
        by_hand="grep -o 'lowerdir=[^,]*' /proc/PID/mountinfo; qemu-img info --backing-chain IMAGE",
        remedy="Where that matters, give a tenant images of its own, or VMs whose disks are opened "
        "with cache=none.",
        references=(
            "Documentation/filesystems/overlayfs.rst",
            "Yarom, Falkner: Flush+Reload, USENIX Security 2014",
        ),
        judge=surveyed("shared-file-pages"),
    ),
    exposure(
        "shared-user-quotas",
        "Quotas of the kernel shared with another tenant",
        what="Processes of another tenant run as the same user of the host. The kernel counts "
        "keys, inotify instances, pending signals, processes and message queues for each user.",
        why="A neighbour that uses them up leaves none: containers then fail to start, and "
        "programs to watch files, though nobody reached a limit of its own.",
        by_hand="cat /proc/key-users /proc/sys/fs/inotify/max_user_instances; grep -e Uid -e SigQ "
        "/proc/PID/status",
        remedy="Give each tenant users of its own: --userns=auto, --user, or a rootless engine "
        "for each.",
        references=("keyrings(7): /proc/key-users", "inotify(7)", "getrlimit(2)", "mq_overview(7)"),
        judge=surveyed("shared-user-quotas"),
    ),
    measure(
        "sibling-threads-apart",
        "No neighbour on another thread of its cores",
        what="No other tenant's workload may run on another thread of a core at the time when this "
        "one runs there: SMT is off, their CPUs are of different cores, or core scheduling keeps "
        "the two apart.",
        why="Threads of one core have caches and buffers in common, which a flaw of the CPU, or "
        "patience with a clock, lets one read of the other.",
        by_hand="cat /sys/devices/system/cpu/smt/active "
        "/sys/devices/system/cpu/cpu*/topology/thread_siblings_list; grep Cpus_allowed_list "
        "/proc/PID/status",
        remedy="Give each tenant whole cores (--cpuset-cpus, <vcpupin>), let libvirt tag guests "
        "(sched_core of qemu.conf), or boot with nosmt.",
        references=(
            "Documentation/admin-guide/hw-vuln/core-scheduling.rst",
            "Documentation/ABI/stable/sysfs-devices-system-cpu",
            "prctl(2): PR_SCHED_CORE",
        ),
        judge=surveyed("sibling-threads-apart"),
    ),
)
