"""The files of Debian packages: downloaded, read out of the archive, never installed."""

from __future__ import annotations

import gzip
import io
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path


def package_files(package: str, folder: Path, suffixes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """(path, content) of the files of a package whose names end so, compressed ones and those in archives of sources
    (`src.zip`, `.tar.xz`) too. The download is kept in `folder`.

    Raises `FileNotFoundError` where the package cannot be had.
    """
    reader = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", _downloaded(package, folder)], stdout=subprocess.PIPE)
    with reader, tarfile.open(fileobj=reader.stdout, mode="r|") as archive:
        for name, data in _tar_members(archive, suffixes):
            yield from _within(name, data, suffixes)
        reader.stdout.read()  # what pads the archive
    if reader.returncode:
        raise OSError(f"{package}: dpkg-deb cannot read it; remove the download and run again")


def _downloaded(package: str, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if not (found := sorted(folder.glob(f"{package}_*.deb"))):
        try:
            subprocess.run(["apt-get", "download", package], cwd=folder, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise FileNotFoundError(f"{package}: no such package here; is this Debian with a list of packages?") from error
        found = sorted(folder.glob(f"{package}_*.deb"))
    return found[-1]


def _tar_members(archive: tarfile.TarFile, suffixes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    for member in archive:
        if member.isfile() and member.name.endswith((*suffixes, *(f"{s}.gz" for s in suffixes), "/src.zip", ".tar.xz")):
            yield member.name.removeprefix("./"), archive.extractfile(member).read()


def _within(name: str, data: bytes, suffixes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    if name.endswith("/src.zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from ((f"{name}/{n}", archive.read(n)) for n in archive.namelist() if n.endswith(suffixes))
    elif name.endswith(".tar.xz"):
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            yield from ((f"{name}/{n}", content) for n, content in _tar_members(archive, suffixes))
    elif name.endswith(".gz"):
        yield name.removesuffix(".gz"), gzip.decompress(data)
    else:
        yield name, data
