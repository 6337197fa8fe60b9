"""Containers of LXC's, which those of Incus and LXD are too, and what watches them."""

from tests.fakes.host import HOST_NAMESPACES, Link, Tree, a_container, a_process


def a_monitor(pid: int, name: str, path: str, uids: tuple[int, ...] = (0, 0, 0, 0)) -> Tree:
    """The process that watches a container, in the host's own mount namespace."""
    tree = a_process(pid, cgroup=f"/lxc.monitor.{name}", name="lxc-start", uids=uids)
    return tree | {
        f"/proc/{pid}/cmdline": f"[lxc monitor] {path} {name}\0",
        f"/proc/{pid}/ns/mnt": Link(f"mnt:[{HOST_NAMESPACES['mnt']}]"),
    }


def an_lxc_container(pid: int, name: str, path: str) -> Tree:
    """A container with all that is read of its one process, and its monitor, whose process id is
    the one before."""
    tree = a_container(pid, cgroup=f"/lxc.payload.{name}")
    status = str(tree[f"/proc/{pid}/status"])
    tree[f"/proc/{pid}/status"] = status.replace("PPid:\t2\n", f"PPid:\t{pid - 1}\n")
    return tree | a_monitor(pid - 1, name, path)
