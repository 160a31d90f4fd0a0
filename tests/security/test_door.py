"""The browser is led in by a private file: what is started with the token in it, the whole machine can read."""

from __future__ import annotations

import html
import os
import re
import signal
import stat
import subprocess
import sys
import time
import webbrowser
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, url2pathname, urlopen

import psutil
import pytest

import trasluz as tl
from trasluz.io import handover
from trasluz.io.handover import Handover
from trasluz.io.workspace import Workspace
from trasluz.server.door import Door

URL = "http://127.0.0.1:8765/the-token-of-this-run/"
TELLS = """#!{python}
import os, pathlib, sys, time
pathlib.Path({told!r}).write_text(" ".join(sys.argv[1:]))
time.sleep(30)
"""
"""A browser that writes down what it was started with, and stays."""


def until(condition, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_the_file_is_its_owners_alone_and_leads_to_the_address(tmp_path: Path) -> None:
    file = Handover(URL + "?a=1&b=\"'<script>", tmp_path)
    if os.name != "nt":
        assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700
    text = file.path.read_text(encoding="utf-8")
    assert "<script>" not in text and "no-referrer" in text
    found = re.search(r'content="0; url=([^"]*)"', text)
    assert found and html.unescape(found[1]) == URL + "?a=1&b=\"'<script>"
    assert file.url.startswith("file:///") and URL not in file.url
    assert Path(url2pathname(urlsplit(file.url).path)) == file.path.resolve()
    file.close()
    file.close()
    assert list(tmp_path.iterdir()) == []


def test_nothing_that_is_there_is_followed_or_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody knew the names: a folder or a link of theirs is passed over, and a file in ours is none of theirs."""
    names = iter(["one", "two", "three"])
    monkeypatch.setattr("tempfile._get_candidate_names", lambda: names)
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (tmp_path / "trasluz-studio-one").symlink_to(theirs)
    (tmp_path / "trasluz-studio-two").mkdir(mode=0o777)
    file = Handover(URL, tmp_path)
    assert file.path.parent.name == "trasluz-studio-three" and list(theirs.iterdir()) == []
    file.close()
    monkeypatch.setattr("tempfile.mkdtemp", lambda **_: str(theirs))
    (theirs / "open.html").symlink_to(tmp_path / "elsewhere.html")
    with pytest.raises(FileExistsError):
        Handover(URL, tmp_path)
    assert not (tmp_path / "elsewhere.html").exists()


def test_where_browsers_come_as_snaps_it_lies_where_they_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They see neither the temporary files of others nor what is hidden in the home folder."""
    home, snaps = tmp_path / "home", tmp_path / "snaps"
    home.mkdir()
    snaps.mkdir()
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setattr(handover, "SNAPS", snaps)
    usual = Handover(URL)
    assert home not in usual.path.parents
    usual.close()
    (snaps / "firefox").touch()
    visible = Handover(URL)
    assert visible.path.parent.parent == home and not visible.path.parent.name.startswith(".")
    visible.close()
    assert list(home.iterdir()) == []


def test_what_does_not_work_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "no-such-folder"))
    monkeypatch.setattr(handover, "SNAPS", tmp_path)
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: bool(opened.append(url)))
    Door(URL, 5).open(told.append)
    assert opened == [] and "cannot be written" in told[0] and "Open the address yourself" in told[0]
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    Door(URL, 5).open(told.append)
    assert len(opened) == 1 and "no browser to open" in told[1] and list(tmp_path.iterdir()) == []
    monkeypatch.setattr(webbrowser, "open", lambda url: True)
    late, come = Door(URL, 0.05), Door(URL, 0.05)
    come.open(told.append)
    come.entered()
    late.open(told.append)
    until(lambda: len(told) == 3)
    assert "No browser has come in yet" in told[2] and "token" not in str(told)
    late.close()
    time.sleep(0.1)
    assert len(told) == 3 and list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="the browser here is a script")
@pytest.mark.parametrize("end", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.long)])
def test_no_process_and_no_environment_shows_the_token(tmp_path: Path, end: int) -> None:
    told, browser = tmp_path / "told", tmp_path / "browser"
    browser.write_text(TELLS.format(python=sys.executable, told=str(told)))
    browser.chmod(0o755)
    (tmp_path / "temporary").mkdir()
    given = {"BROWSER": f"{browser} %s &", "TMPDIR": str(tmp_path / "temporary"), "OMP_NUM_THREADS": "1"}
    words = [sys.executable, "-m", "trasluz", "studio", "faces-vae", "--workspace", str(tmp_path / "w")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={**os.environ, **given}) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            token = url.split("/")[-2]
            until(lambda: told.exists() and told.read_text())
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            assert len(family) > 1
            for one in family:
                assert token not in str(one.cmdline()) and token not in str(one.environ())
            file = Path(url2pathname(urlsplit(told.read_text()).path))
            assert url in html.unescape(file.read_text(encoding="utf-8"))
            if end == signal.SIGINT:  # a browser comes in, and nothing has to lead it there any more
                request = Request(url, headers={"Accept": "text/html"})
                with pytest.raises(OSError, match="401"):  # it keeps no cookies, and so is shown no page
                    urlopen(request)
                until(lambda: not file.parent.exists())
        finally:
            for one in psutil.Process(process.pid).children(recursive=True):
                one.kill()
            process.send_signal(end)
            error = process.communicate(timeout=30)[1]
            process.kill()
    assert token not in error and list((tmp_path / "temporary").glob("trasluz-studio-*")) == []


def test_with_the_address_it_would(tmp_path: Path) -> None:
    """What the test above looks at does show what a program is started with."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)", URL])
    try:
        for _ in range(100):  # between its making and its beginning it has none
            if psutil.Process(process.pid).cmdline():
                break
            time.sleep(0.05)
        assert URL in psutil.Process(process.pid).cmdline()
    finally:
        process.kill()
        process.wait()


def test_from_python_too(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(handover, "SNAPS", tmp_path)
    monkeypatch.setattr(webbrowser, "open", lambda url: not opened.append(url))
    with tl.studio(workspace=workspace) as running:
        assert opened[0].startswith("file:") and running.url.split("/")[-2] not in opened[0]
        assert running.url in Path(url2pathname(urlsplit(opened[0]).path)).read_text(encoding="utf-8")
    assert list(tmp_path.glob("trasluz-studio-*")) == []
