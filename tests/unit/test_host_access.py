"""Host access: this machine and captured trees, honest and hostile."""

import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from probes.host import captured as captured_module
from probes.host.access import HostAccess, NoAnswerError
from probes.host.captured import CapturedTree
from probes.host.files import names_in
from probes.host.local import LocalHost

SOURCE = Source(Channel.KERNEL, "/dev/kvm", "KVM_CHECK_EXTENSION")


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[CapturedTree]:
    """A captured tree below ``tmp_path / "root"``, with a secret beside it."""
    root = tmp_path / "root"
    (root / "proc/1").mkdir(parents=True)
    (root / "proc/1/status").write_bytes(b"Name:\tinit\n")
    (tmp_path / "secret").write_text("of the machine that looks")
    captured = CapturedTree(root)
    yield captured
    captured.close()


@pytest.fixture
def root(tmp_path: Path, tree: CapturedTree) -> Path:
    return tmp_path / "root"


def content(reading: Reading) -> bytes:
    assert reading.gap is None, f"{reading.gap}: {reading.detail}"
    assert reading.content is not None
    return reading.content


def open_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


class TestWhatATreeHolds:
    def test_a_file_is_read_exactly(self, tree: CapturedTree) -> None:
        assert content(tree.file("/proc/1/status")) == b"Name:\tinit\n"

    def test_a_directory_lists_sorted_names(self, tree: CapturedTree, root: Path) -> None:
        for name in ("b", "a\udcff", "Z"):
            (root / "proc" / name).touch()
        assert tree.directory("/proc").names() == ["1", "Z", "a\udcff", "b"]

    def test_the_root_is_a_directory(self, tree: CapturedTree) -> None:
        assert tree.directory("/").names() == ["proc"]
        assert tree.status("/").gap is None

    def test_what_is_not_there_is_absent(self, tree: CapturedTree) -> None:
        assert tree.file("/proc/2/status").gap is Gap.ABSENT
        assert tree.directory("/sys").gap is Gap.ABSENT
        assert tree.link("/var/run").gap is Gap.ABSENT
        assert tree.status("/dev/kvm").gap is Gap.ABSENT
        assert tree.file("/proc/1/status/deeper").gap is Gap.ABSENT

    def test_a_link_is_told_but_not_followed(self, tree: CapturedTree, root: Path) -> None:
        (root / "proc/1/ns").symlink_to("net:[4026531840]")
        assert tree.link("/proc/1/ns").text() == "net:[4026531840]"

    def test_status_is_that_of_the_file(self, tree: CapturedTree, root: Path) -> None:
        found = (root / "proc/1/status").stat()
        assert f'"ino": {found.st_ino}'.encode() in content(tree.status("/proc/1/status"))

    def test_nothing_live_is_asked(self, tree: CapturedTree) -> None:
        def question() -> bytes:
            pytest.fail("a captured tree asked this machine")

        assert tree.ask(SOURCE, question).gap is Gap.UNSUPPORTED
        assert not tree.live

    def test_nobodys_privilege_is_known(self, tree: CapturedTree) -> None:
        assert tree.collector().uid is None
        assert tree.collector().capabilities is None

    def test_its_path_on_this_machine_is_nowhere(self, tree: CapturedTree, tmp_path: Path) -> None:
        readings = [tree.file("/proc/9"), tree.directory("/proc/1/status"), tree.file("/proc")]
        assert not any(str(tmp_path) in f"{r.source} {r.detail}" for r in readings)

    def test_a_root_that_is_none_is_refused_in_words(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        for wrong in (tmp_path / "file", tmp_path / "missing"):
            with pytest.raises(NotADirectoryError, match="--root takes the directory"):
                CapturedTree(wrong)


class TestLinks:
    def test_a_relative_link_is_followed(self, tree: CapturedTree, root: Path) -> None:
        (root / "proc/self").symlink_to("1")
        assert content(tree.file("/proc/self/status")) == b"Name:\tinit\n"

    def test_an_absolute_link_starts_again_at_the_root(
        self, tree: CapturedTree, root: Path
    ) -> None:
        (root / "var").mkdir()
        (root / "var/lib").symlink_to("/proc")
        assert content(tree.file("/var/lib/1/status")) == b"Name:\tinit\n"

    def test_an_absolute_link_to_a_path_of_this_machine_finds_the_trees(
        self, tree: CapturedTree, root: Path, tmp_path: Path
    ) -> None:
        (root / "leak").symlink_to(tmp_path / "secret")
        assert tree.file("/leak").gap is Gap.ABSENT

    @pytest.mark.parametrize(
        "target", ["../secret", "../../../../../../etc/passwd", "/../secret", "proc/../../secret"]
    )
    def test_a_link_out_of_the_tree_is_refused(
        self, tree: CapturedTree, root: Path, target: str
    ) -> None:
        (root / "leak").symlink_to(target)
        for reading in (tree.file("/leak"), tree.directory("/leak"), tree.status("/leak")):
            assert reading.gap is Gap.LEADS_OUT
        assert tree.link("/leak").text() == target

    def test_a_directory_linked_out_of_the_tree_is_refused(
        self, tree: CapturedTree, root: Path
    ) -> None:
        (root / "sys").symlink_to("..")
        assert tree.file("/sys/secret").gap is Gap.LEADS_OUT
        assert tree.link("/sys/secret").gap is Gap.LEADS_OUT

    def test_a_path_out_of_the_tree_is_refused(self, tree: CapturedTree) -> None:
        assert tree.file("/../secret").gap is Gap.LEADS_OUT
        assert tree.file("/proc/../../secret").gap is Gap.LEADS_OUT

    def test_dots_that_stay_inside_are_no_harm(self, tree: CapturedTree, root: Path) -> None:
        (root / "proc/one").symlink_to("../proc/./1")
        assert content(tree.file("/proc/one/../1/status")) == b"Name:\tinit\n"
        assert tree.directory("/proc/one/..").names() == ["1", "one"]

    def test_loops_end(self, tree: CapturedTree, root: Path) -> None:
        (root / "a").symlink_to("b")
        (root / "b").symlink_to("/a/x")
        assert tree.file("/a").gap is Gap.FAILED
        assert tree.directory("/a/b/c").gap is Gap.FAILED

    def test_as_many_links_as_the_kernel_follows(self, tree: CapturedTree, root: Path) -> None:
        (root / "l0").symlink_to("proc/1/status")
        for number in range(1, 50):
            (root / f"l{number}").symlink_to(f"l{number - 1}")
        assert tree.file("/l39").gap is None
        assert tree.file("/l40").gap is Gap.FAILED


class TestWhatIsNoFile:
    def test_a_pipe_does_not_hang(self, tree: CapturedTree, root: Path) -> None:
        os.mkfifo(root / "proc/uptime")
        assert tree.file("/proc/uptime").gap is Gap.UNSUPPORTED
        assert tree.directory("/proc/uptime").gap is Gap.ABSENT

    def test_a_directory_is_no_file(self, tree: CapturedTree) -> None:
        assert tree.file("/proc").gap is Gap.UNSUPPORTED

    def test_a_socket_is_there_and_is_no_file(self, tree: CapturedTree, root: Path) -> None:
        with socket.socket(socket.AF_UNIX) as listening:
            here = Path.cwd()
            os.chdir(root)
            try:
                listening.bind("sock")
            finally:
                os.chdir(here)
            assert tree.file("/sock").gap is Gap.UNSUPPORTED

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
    def test_a_device_is_not_opened(
        self, tree: CapturedTree, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        try:
            os.mknod(root / "zero", stat.S_IFCHR | 0o666, os.makedev(1, 5))
        except PermissionError:
            pytest.skip("this root may not make devices")
        opened: list[object] = []
        really = os.open

        def watched(path: str, flags: int, *, dir_fd: int | None = None) -> int:
            if not flags & os.O_PATH:
                opened.append(path)
            return really(path, flags, dir_fd=dir_fd)

        monkeypatch.setattr(os, "open", watched)
        assert tree.file("/zero").gap is Gap.UNSUPPORTED
        assert LocalHost().file(str(root / "zero")).gap is Gap.UNSUPPORTED
        assert opened == []

    def test_more_than_is_kept_is_too_large(self, tree: CapturedTree, root: Path) -> None:
        (root / "small").write_bytes(b"x" * 10)
        assert tree.file("/small", limit=10).gap is None
        assert tree.file("/small", limit=9).gap is Gap.TOO_LARGE

    def test_a_huge_file_is_not_read_to_its_end(self, tree: CapturedTree, root: Path) -> None:
        with (root / "huge").open("wb") as huge:
            huge.truncate(1 << 40)
        assert tree.file("/huge").gap is Gap.TOO_LARGE

    def test_a_huge_directory_is_too_large(
        self, tree: CapturedTree, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(100):
            (root / f"{number:0250}").touch()
        assert tree.directory("/").gap is None
        monkeypatch.setattr(captured_module, "names_in", lambda found: names_in(found, 20_000))
        assert tree.directory("/").gap is Gap.TOO_LARGE

    @pytest.mark.parametrize("path", ["/proc/\0", "/proc/a\0b/status", "/proc/\ud800"])
    def test_a_name_that_no_file_can_have_fails(self, tree: CapturedTree, path: str) -> None:
        for host in (tree, LocalHost()):
            assert host.file(path).gap is Gap.FAILED
            assert host.directory(path).gap is Gap.FAILED
            assert host.link(path).gap is Gap.FAILED
            assert host.status(path).gap is Gap.FAILED

    def test_a_name_that_is_too_long_fails(self, tree: CapturedTree) -> None:
        assert tree.file("/" + "x" * 300).gap is Gap.FAILED


class TestSwaps:
    """Somebody writes in the tree while it is looked at."""

    def swapped_after_stat(
        self, monkeypatch: pytest.MonkeyPatch, name: str, swap: Callable[[], None]
    ) -> None:
        really = os.stat
        done: list[bool] = []

        def stat_then_swap(
            path: str, *, dir_fd: int | None = None, follow_symlinks: bool = True
        ) -> os.stat_result:
            found = really(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks)
            if path == name and not done:
                done.append(True)
                swap()
            return found

        monkeypatch.setattr(os, "stat", stat_then_swap)

    def test_a_directory_swapped_for_a_link_out_is_not_followed(
        self, tree: CapturedTree, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside/status").write_text("of the machine that looks")

        def swap() -> None:
            (root / "proc/1").rename(root / "proc/aside")
            (root / "proc/1").symlink_to(tmp_path / "outside")

        self.swapped_after_stat(monkeypatch, "1", swap)
        reading = tree.file("/proc/1/status")
        assert reading.content is None
        assert reading.gap is Gap.FAILED, "an exchange must not read as if nothing were there"

    def test_a_file_swapped_for_a_link_out_is_not_followed(
        self, tree: CapturedTree, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def swap() -> None:
            (root / "proc/1/status").unlink()
            (root / "proc/1/status").symlink_to(tmp_path / "secret")

        self.swapped_after_stat(monkeypatch, "status", swap)
        assert tree.file("/proc/1/status").gap is Gap.FAILED

    def test_a_file_swapped_for_a_pipe_does_not_hang(
        self, tree: CapturedTree, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def swap() -> None:
            (root / "proc/1/status").unlink()
            os.mkfifo(root / "proc/1/status")

        self.swapped_after_stat(monkeypatch, "status", swap)
        assert tree.file("/proc/1/status").gap is Gap.UNSUPPORTED

    def test_a_missing_proc_does_not_read_as_a_missing_file(
        self, tree: CapturedTree, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        really = os.open

        def without_proc(path: str, flags: int, *, dir_fd: int | None = None) -> int:
            if str(path).startswith("/proc/self/fd"):
                raise FileNotFoundError(2, "No such file or directory")
            return really(path, flags, dir_fd=dir_fd)

        monkeypatch.setattr(os, "open", without_proc)
        assert tree.file("/proc/1/status").gap is Gap.FAILED


def test_descriptors_are_given_back(tree: CapturedTree, root: Path, tmp_path: Path) -> None:
    (root / "out").symlink_to("..")
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "pipe")
    before = open_descriptors()
    for host in (tree, LocalHost()):
        for path in ("/proc/1/status", "/out/x", "/loop/x", "/pipe", "/missing/x", "/", "/../x"):
            host.file(path, limit=3)
            host.directory(path)
            host.link(path)
            host.status(path)
    assert open_descriptors() == before


class TestThisMachine:
    def test_it_reads_what_the_kernel_shows(self) -> None:
        host = LocalHost()
        assert host.live
        assert b"Pid:" in content(host.file("/proc/self/status"))
        assert str(os.getpid()) in host.directory("/proc").names()
        assert host.link("/proc/self/ns/pid").text().startswith("pid:[")

    def test_it_says_with_which_privilege(self) -> None:
        host = LocalHost()
        uid = os.geteuid()
        assert host.file("/proc/self/status").privilege == ("root" if uid == 0 else f"uid {uid}")
        assert host.collector().uid == uid
        assert host.collector().capabilities is not None

    def test_errors_stay_apart(self) -> None:
        def raising(error: Exception) -> Callable[[], bytes]:
            def question() -> bytes:
                raise error

            return question

        host = LocalHost()
        assert host.ask(SOURCE, lambda: b"1").content == b"1"
        gaps = {
            Gap.ABSENT: FileNotFoundError(2, "No such file"),
            Gap.DENIED: PermissionError(13, "Permission denied"),
            Gap.GONE: ProcessLookupError(3, "No such process"),
            Gap.REFUSED: ConnectionRefusedError(111, "refused"),
            Gap.TIMED_OUT: TimeoutError("slow"),
            Gap.UNSUPPORTED: OSError(22, "Invalid argument"),
            Gap.TOO_LARGE: NoAnswerError(Gap.TOO_LARGE, "more than 3 bytes"),
            Gap.FAILED: OSError(5, "Input/output error"),
        }
        for gap, error in gaps.items():
            reading = host.ask(SOURCE, raising(error))
            assert reading.gap is gap
            assert reading.detail

    def test_a_pipe_does_not_hang(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        assert LocalHost().file(str(tmp_path / "pipe")).gap is Gap.UNSUPPORTED

    def test_an_endless_file_ends(self) -> None:
        assert LocalHost().file("/proc/self/maps", limit=1000).gap is Gap.TOO_LARGE


def test_both_are_host_access(tree: CapturedTree) -> None:
    hosts: list[HostAccess] = [tree, LocalHost()]
    assert [host.live for host in hosts] == [False, True]
