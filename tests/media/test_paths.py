"""Only regular files are opened, and with a root only those inside it."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from abstractllm_lite.exceptions import FileProcessingError, InvalidParameterError
from abstractllm_lite.media import MediaFactory, paths
from tests.media import samples


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a file in it, and a secret beside it."""
    inside = tmp_path / "root"
    (inside / "deep").mkdir(parents=True)
    (inside / "deep" / "a.txt").write_text("inside")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "root-of-another").mkdir()
    (tmp_path / "root-of-another" / "b.txt").write_text("secret")
    return inside


def read(source: Any, **access: Any) -> str:
    """The text of a file."""
    content: str = MediaFactory.from_source(source, **access).get_content()  # type: ignore[attr-defined]
    return content


def test_a_relative_path_starts_at_the_root(root: Path) -> None:
    assert read("deep/a.txt", root=root) == "inside"
    assert read("deep/../deep/./a.txt", root=str(root)) == "inside"
    assert read(root / "deep" / "a.txt", root=root) == "inside"


def test_a_link_within_the_root_is_followed(root: Path) -> None:
    (root / "link.txt").symlink_to("deep/a.txt")
    (root / "folder").symlink_to(root / "deep")

    assert read("link.txt", root=root) == "inside"
    assert read("folder/a.txt", root=root) == "inside"


def test_a_root_that_is_a_link_is_where_it_leads(root: Path, tmp_path: Path) -> None:
    (tmp_path / "door").symlink_to(root)

    assert read("deep/a.txt", root=tmp_path / "door") == "inside"


@pytest.mark.parametrize(
    "name", ["../secret.txt", "deep/../../secret.txt", "../root-of-another/b.txt", "absolute"]
)
def test_nothing_outside_the_root_is_read(name: str, root: Path) -> None:
    path = str(root.parent / "secret.txt") if name == "absolute" else name
    with pytest.raises(FileProcessingError, match=r"outside root="):
        read(path, root=root)


def test_no_link_leads_out_of_the_root(root: Path) -> None:
    (root / "link.txt").symlink_to(root.parent / "secret.txt")
    (root / "folder").symlink_to(root.parent)

    for name in ("link.txt", "folder/secret.txt", "folder/missing.txt"):
        with pytest.raises(FileProcessingError, match=r"outside root="):
            read(name, root=root)


def test_a_link_that_comes_in_after_the_look_is_not_followed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the check and the opening somebody puts a link in the file's or a folder's place."""
    look, swaps = paths._inside, [("deep/a.txt", "secret.txt"), ("deep", "root-of-another")]
    (root.parent / "root-of-another" / "a.txt").write_text("secret")
    for place, target in swaps:

        def swapping(path: Path, top: Path, place: str = place, target: str = target) -> Path:
            real = look(path, top)
            (root / place).rename(root / "moved")
            (root / place).symlink_to(root.parent / target)
            return real

        monkeypatch.setattr(paths, "_inside", swapping)
        with pytest.raises(FileProcessingError, match="became a link"):
            read("deep/a.txt", root=root)
        (root / place).unlink()
        (root / "moved").rename(root / place)


def test_without_the_means_to_walk_the_name_itself_is_no_link(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "supports_dir_fd", set())

    assert read("deep/a.txt", root=root) == "inside"


@pytest.mark.parametrize("with_root", [True, False])
@pytest.mark.parametrize("kind", ["folder", "pipe", "socket", "device"])
def test_what_is_no_regular_file_is_not_opened(
    kind: str, with_root: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's name must be short
    path = tmp_path / kind
    said = "is a directory" if kind == "folder" else "not a regular file"
    options: dict[str, Any] = {"root": tmp_path} if with_root else {}
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(kind)
    elif with_root:
        path.symlink_to("/dev/zero")
        said = "outside root="
    else:
        path = Path("/dev/zero")

    with pytest.raises(FileProcessingError, match=said):
        MediaFactory.from_source(path, **options)


@pytest.mark.parametrize("name", ["a\0b.txt", "x" * 5000, "\udcff/\0"])
def test_a_name_that_no_file_can_have_is_an_error_of_ours(name: str, tmp_path: Path) -> None:
    for options in ({}, {"root": tmp_path}):
        with pytest.raises(FileProcessingError, match="cannot be read"):
            MediaFactory.from_source(Path(name), **options)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser reads everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "a.txt").chmod(0)
    with pytest.raises(FileProcessingError, match="Permission denied"):
        MediaFactory.from_source(tmp_path / "a.txt")


def test_a_root_must_be_a_folder(root: Path) -> None:
    for wrong in (root / "missing", root / "deep" / "a.txt"):
        with pytest.raises(InvalidParameterError, match="'root' must be an existing folder"):
            MediaFactory.from_source("a.txt", root=wrong)


def test_a_file_beyond_the_size_is_given_up_on(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(samples.png(extra=bytes(3000)))

    assert MediaFactory.from_source(tmp_path / "a.png", max_file_size=4000)
    with pytest.raises(FileProcessingError, match=r"a\.png' is larger than 1,000 bytes"):
        MediaFactory.from_source(tmp_path / "a.png", max_file_size=1000)


def test_what_takes_a_files_place_after_the_look_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("x")
    opened: list[int] = []
    real = os.open

    def opening(path: Any, flags: int, **more: Any) -> int:
        (tmp_path / "a.txt").unlink()
        os.mkfifo(tmp_path / "a.txt")
        opened.append(real(path, flags, **more))
        return opened[-1]

    monkeypatch.setattr(os, "open", opening)
    with pytest.raises(FileProcessingError, match="not a regular file"):
        MediaFactory.from_source(tmp_path / "a.txt")
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(opened[0])


def test_a_file_that_goes_after_the_look_is_an_error_of_ours(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        paths, "_require_regular", lambda _: (root / "deep" / "a.txt").unlink(missing_ok=True)
    )
    with pytest.raises(FileProcessingError, match="No such file"):
        read("deep/a.txt", root=root)
