"""Make a virtual environment with the locked dependencies and the project in it.

Needs only Python 3.11 or newer and its pip. Takes about a minute the first time and a moment when
nothing has changed since.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / ".ci" / "requirements.txt"
# Settings of the caller's shell that would send pip or Python elsewhere.
FOREIGN = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_TARGET", "PIP_PREFIX", "PIP_USER")


def main(arguments: list[str] | None = None) -> None:
    """Bring the environment up to date and say in one line what was done."""
    if sys.version_info < (3, 11):
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}")
    options = parse(arguments)
    start = time.monotonic()
    done = [*install_locks(options.venv, options.lock), *install_project(options)]
    spent = f" ({time.monotonic() - start:.0f} s)" if done else ""
    print(f"{options.venv}: {', '.join(done) or 'up to date'}{spent}", flush=True)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", help="default: .venv")
    parser.add_argument(
        "--lock",
        type=Path,
        action="append",
        help="requirements with hashes; again for one that is installed over the first",
    )
    parser.add_argument("--wheel", type=Path, help="install this wheel, not the checkout")
    options = parser.parse_args(arguments)
    options.venv = options.venv.absolute()
    options.lock = options.lock or [LOCK]
    return options


def install_locks(venv: Path, locks: list[Path]) -> list[str]:
    """Build the environment anew unless it holds exactly these locks for this Python."""
    stamp = venv / ".locks"
    wanted = digest(sys.version.encode(), *(lock.read_bytes() for lock in locks))
    if python_of(venv).exists() and is_current(stamp, wanted):
        return []
    run(sys.executable, "-I", "-m", "venv", "--clear", str(venv))
    for lock in locks:
        pip(venv, "--require-hashes", "--only-binary", ":all:", "-r", str(lock))
    stamp.write_text(wanted)
    return ["new", *(f"installed {lock.name}" for lock in locks)]


def install_project(options: argparse.Namespace) -> list[str]:
    """Install the checkout (editable) or the given wheel."""
    names = ("pyproject.toml", "abstractllm_lite/__init__.py")
    sources = [options.wheel] if options.wheel else [ROOT / name for name in names]
    stamp = options.venv / ".project"
    wanted = digest(str(ROOT).encode(), *(source.read_bytes() for source in sources))
    if is_current(stamp, wanted):
        return []
    if options.wheel:
        pip(options.venv, "--no-index", "--force-reinstall", str(options.wheel))
    else:
        pip(options.venv, "--no-build-isolation", "--editable", str(ROOT))
    stamp.write_text(wanted)
    return [f"installed {options.wheel.name if options.wheel else 'the checkout'}"]


def pip(venv: Path, *arguments: str) -> None:
    """Install exactly what is named: what it needs is in the lock."""
    quiet = ("-qq", "--disable-pip-version-check", "--no-input", "--no-deps")
    run(str(python_of(venv)), "-I", "-m", "pip", "install", *quiet, *arguments)


def run(*command: str) -> None:
    """Run a command away from the caller's Python settings; stop with its code when it fails."""
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    code = subprocess.run(command, env=environment, check=False).returncode
    if code:
        sys.exit(f"failed ({code}): {' '.join(command)}")


def python_of(venv: Path) -> Path:
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def is_current(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text() == wanted


def digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


if __name__ == "__main__":
    main()
