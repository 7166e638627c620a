"""The small checks of .ci/run: `check.py locks | pth | coverage FILE | dist WHEEL SDIST`."""

from __future__ import annotations

import json
import re
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Every .pth file runs at each start of Python, so each is known by name.
KNOWN_PTH = {
    "distutils-precedence.pth": "setuptools, which venv itself installs on Python 3.11",
    "a1_coverage.pth": "coverage",
    "_editable_impl_abstractllm_lite.pth": "the project, installed from the checkout",
}
FOREIGN = re.compile(r"://|^-|\s-(?!-hash)|@|(^|\s)[./~]", re.MULTILINE)
SDIST = {"abstractllm_lite", "cassettes", "docs", "examples", "tests"}
SDIST_FILES = {".gitignore", "CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml"}


def locks() -> list[str]:
    """Locks name no host and no path, and hash every requirement."""
    faults = []
    for lock in sorted(ROOT.glob(".ci/*.txt")):
        text = lock.read_text().replace("\\\n", " ")
        faults += [f"{lock.name}: {match[0]!r} in it" for match in FOREIGN.finditer(text)]
        faults += [
            f"{lock.name}: no exact version with a hash: {line}"
            for line in text.splitlines()
            if not re.match(r"[a-z0-9.-]+==\S+ .*--hash=sha256:", line)
        ]
    return faults


def pth() -> list[str]:
    """No dependency brought a .pth file."""
    folders = {Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")}
    found = {path.name for folder in folders for path in folder.glob("*.pth")}
    return [f"unknown: {name}" for name in sorted(found - KNOWN_PTH.keys())]


def coverage(report: str) -> list[str]:
    """Statements and branches are each covered to 95 %."""
    totals = json.loads(Path(report).read_text())["totals"]
    shares = {
        "statements": totals["covered_lines"] / totals["num_statements"],
        "branches": totals["covered_branches"] / max(1, totals["num_branches"]),
    }
    print(*(f"{name} {share:.1%}" for name, share in shares.items()), sep=", ")
    return [f"{name} below 95 %" for name, share in shares.items() if share < 0.95]


def dist(wheel: str, sdist: str) -> list[str]:
    """The wheel holds the package alone; the sdist what a packager needs to test it."""
    in_wheel = set(zipfile.ZipFile(wheel).namelist())
    with tarfile.open(sdist) as archive:
        in_sdist = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    stray = {n for n in in_wheel if not re.match(r"abstractllm_lite(-[\d.]+\.dist-info)?/", n)}
    stray |= {n for n in in_sdist if n.split("/")[0] not in SDIST | SDIST_FILES}
    stray |= {n for n in in_wheel | in_sdist if re.search(r"node_modules|__pycache__|\.pyc$", n)}
    missing = {"abstractllm_lite/py.typed", "abstractllm_lite/__init__.py"} - in_wheel
    print(f"wheel: {len(in_wheel)} files, sdist: {len(in_sdist)} files")
    return [f"stray: {n}" for n in sorted(stray)] + [f"missing: {n}" for n in sorted(missing)]


def main() -> None:
    checks = {"locks": locks, "pth": pth, "coverage": coverage, "dist": dist}
    name, *arguments = sys.argv[1:]
    if faults := checks[name](*arguments):
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
