"""Sounds in the studio: silence until somebody turns them on, one voice under the cursor, players in the lens, a path
that is heard, a microphone; and every way in which there is none."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

import sung
from shared import shared
from studio.conftest import ARGUMENTS, HINTS_READ, Watch, running
from studio.looking import Explore, pixels, soon
from studio.test_access import serious

LONG = pytest.mark.long
MEDIA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
"""A microphone that beeps, and nobody who has to allow it."""
EARS = """
window.heard = { made: 0, starts: [], level: () => 0 }
const Real = window.AudioContext
window.AudioContext = class extends Real {
  constructor(...given) { super(...given); heard.made++; heard.audio = this }
}
const start = AudioBufferSourceNode.prototype.start
AudioBufferSourceNode.prototype.start = function (at, from, ...more) {
  heard.starts.push({ at, from, loop: this.loop, now: performance.now() / 1000 })
  return start.call(this, at, from, ...more)
}
const connect = AudioNode.prototype.connect
AudioNode.prototype.connect = function (to, ...more) {
  if (to instanceof AudioDestinationNode) {
    const meter = this.context.createAnalyser()
    connect.call(this, meter)
    const wave = new Float32Array(meter.fftSize)
    heard.level = () => { meter.getFloatTimeDomainData(wave); return Math.max(...wave.map(Math.abs)) }
  }
  return connect.call(this, to, ...more)
}
"""
"""What comes out of the page is measured behind its last knob."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "args": [*ARGUMENTS, *MEDIA]}


@pytest.fixture(scope="module")
def choir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a studio with a model of sung vowels."""
    home = tmp_path_factory.mktemp("choir") / "workspace"
    shutil.copytree(shared(tmp_path_factory, "sung", sung.learned) / "workspace", home)
    with running(home) as (url, _):
        yield url


@pytest.fixture
def watch(context: BrowserContext, choir: str) -> Watch:
    return Watch(context, choir)


@pytest.fixture
def singer(watch: Watch, context: BrowserContext, page: Page, choir: str, tmp_path: Path) -> Iterator[Explore]:
    """A page with ears."""
    context.add_cookies([HINTS_READ])
    context.add_init_script(EARS)
    yield Explore(page, choir, tmp_path)
    assert watch.errors == [] and watch.outside == []


def turn_on(singer: Explore) -> None:
    singer.page.get_by_role("button", name="Turn sound on").click()
    expect(singer.page.get_by_role("button", name="Sound on")).to_have_attribute("aria-pressed", "true")


def level(singer: Explore) -> float:
    return float(singer.page.evaluate("heard.level()"))


def starts(singer: Explore) -> list[dict[str, float]]:
    return singer.page.evaluate("heard.starts")


def sent(page: Page) -> list[dict[str, Any]]:
    """Positions that the page sends from now on."""
    found: list[dict[str, Any]] = []
    page.on("websocket", lambda line: line.on("framesent", lambda data: found.append(json.loads(str(data)))))
    return found


def run_over(singer: Explore, steps: int = 30) -> None:
    """Move the cursor over the map, as fast as a hand does."""
    box = singer.box()
    for i in range(steps):
        singer.page.mouse.move(box["x"] + box["width"] * (0.3 + 0.3 * i / steps), box["y"] + box["height"] * 0.5)
        singer.page.wait_for_timeout(20)


def test_it_is_silent_until_somebody_turns_it_on_and_then_one_voice_is_heard(singer: Explore) -> None:
    page = singer.page
    positions = sent(page)
    singer.open("sung", None, map="pca")
    expect(page.get_by_role("button", name="Turn sound on")).to_be_visible()
    expect(page.get_by_role("slider", name="Volume")).to_be_visible()
    run_over(singer, 10)
    assert page.evaluate("heard.made") == 0, "no audio before a gesture"
    assert positions and not any("file" in one for one in positions), "whoever is silent fetches no sounds"

    turn_on(singer)
    for _ in range(6):  # on a busy machine fewer places are decoded on the way
        run_over(singer)
        if len(starts(singer)) > 2:
            break
    assert soon(lambda: len(starts(singer)) > 2)
    assert soon(lambda: level(singer) > 0.01) or starts(singer)
    run_over(singer, 60)
    at = np.diff([one["at"] for one in starts(singer)])
    assert (at > 0.1).all(), "grains never come in a burst"
    assert any(one.get("file") for one in positions)

    # The cursor rests: what lies there is heard to the end of a grain, and then it is still.
    page.wait_for_timeout(700)
    assert level(singer) < 1e-3
    page.get_by_role("button", name="Sound on").click()
    before = len(starts(singer))
    run_over(singer, 10)
    assert len(starts(singer)) == before


@LONG
def test_how_loud_it_is_outlives_the_page_and_that_it_was_on_does_not(singer: Explore) -> None:
    singer.open("sung", None, map="pca")
    turn_on(singer)
    volume = singer.page.get_by_role("slider", name="Volume")
    volume.fill("0.35")
    singer.page.reload()
    expect(singer.page.get_by_role("slider", name="Volume")).to_have_value("0.35")
    expect(singer.page.get_by_role("button", name="Turn sound on")).to_have_attribute("aria-pressed", "false")


def test_the_lens_plays_the_original_and_the_reconstruction_and_says_what_is_heard(singer: Explore) -> None:
    page, lens = singer.page, singer.lens
    singer.open("sung", None, map="pca", at="row:5", color="pitch")
    original = lens.get_by_role("button", name="Play the original")
    made = lens.get_by_role("button", name="Play what the model makes of it")
    expect(original).to_be_visible()
    card = next(near for near in singer.studio("lens", map=singer.studio.open("sung", None)["id"], at={"row": 5})
                ["seen"]["nearest"] if near["row"] == 5)["columns"]  # fmt: skip
    said = lens.locator(".said")
    expect(said).to_contain_text("The data say:")
    expect(said).to_contain_text(f"pitch {card['pitch']:g}")
    expect(said).to_contain_text(card["vowel"])
    for theme in ("dark", "light"):
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        page.wait_for_timeout(400)  # colours change by and by
        assert serious(singer) == []
    waves = lens.locator(".wave canvas")
    expect(waves).to_have_count(2)
    assert soon(lambda: all(pixels(waves.nth(i)).std() > 5 for i in range(2))), "seen before it is heard"

    # To press play is to turn the sound on.
    made.click()
    expect(page.get_by_role("button", name="Sound on")).to_be_visible()
    expect(lens.get_by_role("button", name="Pause")).to_be_visible()
    assert soon(lambda: level(singer) > 0.01)
    expect(lens.get_by_text("Playing. The data say:")).to_be_attached()
    original.click()
    expect(lens.get_by_text("Playing the original. The data say:")).to_be_attached()
    expect(lens.get_by_role("button", name="Pause")).to_have_count(1)
    expect(lens.get_by_role("button", name="Pause")).to_have_count(0)  # it has ended by itself

    with page.expect_download() as kept:
        lens.get_by_role("button", name="WAV").click()
    data = kept.value.path().read_bytes()
    assert data[:4] == b"RIFF" and kept.value.suggested_filename.endswith(".wav")
    lens.get_by_role("button", name="Other formats").click()
    with page.expect_download() as kept:
        lens.get_by_role("button", name="Download as FLAC").click()
    assert kept.value.path().read_bytes()[:4] == b"fLaC"


def test_keys_play_repeat_and_silence(singer: Explore) -> None:
    page = singer.page
    singer.open("sung", None, map="pca", at="row:5")
    expect(singer.lens.get_by_role("button", name="Play the original")).to_be_visible()
    singer.stage.focus()
    page.keyboard.press("r")
    expect(singer.lens.get_by_role("button", name="Repeat (R)")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press(" ")
    expect(singer.lens.get_by_role("button", name="Pause")).to_be_visible()
    page.wait_for_timeout(1500)
    expect(singer.lens.get_by_role("button", name="Pause")).to_be_visible()
    assert starts(singer)[-1]["loop"]
    page.keyboard.press(" ")
    expect(singer.lens.get_by_role("button", name="Pause")).to_have_count(0)
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Turn sound on")).to_be_visible()


def test_a_path_is_heard_and_shows_where_it_is(singer: Explore) -> None:
    singer.open("sung", None, map="pca", pins="row:5~row:12", path="linear,6")
    expect(singer.strip).to_be_visible()
    singer.path.get_by_role("button", name="Listen").click()
    stop = singer.path.get_by_role("button", name="Stop")
    expect(stop).to_be_visible()
    assert soon(lambda: level(singer) > 0.01)
    frames = set[str]()

    def goes_on() -> bool:
        frames.add(singer.strip.get_attribute("aria-valuenow") or "")
        return len(frames) > 1

    assert soon(goes_on)
    stop.click()
    expect(singer.path.get_by_role("button", name="Listen")).to_be_visible()
    singer.page.wait_for_timeout(300)
    assert level(singer) < 1e-3


def test_a_recording_is_counted_down_to_and_placed(singer: Explore) -> None:
    page, lens = singer.page, singer.lens
    singer.open("sung", None, map="pca")
    lens.get_by_role("button", name="Record yourself").click()
    expect(lens.get_by_text("Get ready")).to_be_visible()
    expect(lens.get_by_text("Speak now")).to_be_visible()
    expect(lens.get_by_role("meter", name="Level")).to_be_visible()
    expect(lens.get_by_role("heading", name="recording.wav")).to_be_visible()
    expect(lens).to_contain_text("Your own sound")
    expect(lens.get_by_role("button", name="Play the original")).to_be_visible()
    # It lies on no disk: the command that reads it comes with the file.
    with page.expect_download() as kept:
        lens.get_by_role("button", name="Download the file").click()
    data = kept.value.path().read_bytes()
    rate = int.from_bytes(data[24:28], "little")
    assert data[:4] == b"RIFF" and abs(len(data) - 44 - 2 * rate) < 4, "one second"
    assert page.evaluate("heard.audio.state") == "suspended", "the sound was off, and is again"


@LONG
def test_a_recording_is_given_up(singer: Explore) -> None:
    singer.open("sung", None, map="pca")
    singer.lens.get_by_role("button", name="Record yourself").click()
    expect(singer.lens.get_by_text("Get ready")).to_be_visible()
    singer.lens.get_by_role("button", name="Cancel").click()
    expect(singer.lens.get_by_role("button", name="Record yourself")).to_be_focused()
    singer.page.wait_for_timeout(2500)
    expect(singer.lens.get_by_role("heading", name="recording.wav")).to_have_count(0)


def _refuses(name: str) -> str:
    return f"navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', '{name}'))"


@LONG
@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })", "Browsers allow it on https://"),
        (_refuses("NotAllowedError"), "The microphone was not allowed"),
        (_refuses("NotFoundError"), "No microphone was found"),
        (_refuses("NotReadableError"), "The microphone cannot be opened"),
        ("delete window.AudioWorkletNode", "This browser cannot record here"),
    ],
)
def test_why_there_is_no_microphone_is_said_and_what_to_do(
    context: BrowserContext, singer: Explore, script: str, told: str
) -> None:
    context.add_init_script(script)
    singer.open("sung", None, map="pca")
    singer.lens.get_by_role("button", name="Record yourself").click()
    expect(singer.lens.get_by_role("alert")).to_contain_text(told)
    expect(singer.lens.get_by_role("alert")).to_contain_text("file")
    expect(singer.lens.get_by_role("button", name="Record yourself")).to_be_enabled()


@LONG
def test_a_page_that_may_not_sound_yet_asks_for_a_press(context: BrowserContext, singer: Explore) -> None:
    context.add_init_script(
        "let allowed = false; const resume = AudioContext.prototype.resume;"
        "const state = Object.getOwnPropertyDescriptor(BaseAudioContext.prototype, 'state').get;"
        "AudioContext.prototype.resume = function () { return allowed ? resume.call(this) : new Promise(() => {}) };"
        "Object.defineProperty(AudioContext.prototype, 'state',"
        " { get() { return allowed ? state.call(this) : 'suspended' } });"
        "window.allow = () => { allowed = true }"
    )
    singer.open("sung", None, map="pca")
    singer.page.get_by_role("button", name="Turn sound on").click()
    press = singer.page.get_by_role("button", name="Press to hear")
    expect(press).to_be_visible()
    singer.page.evaluate("allow()")
    press.click()
    expect(press).to_have_count(0)
    expect(singer.page.get_by_role("button", name="Sound on")).to_be_visible()


@LONG
def test_a_browser_without_a_way_out_for_sound_says_so_and_the_rest_works(
    context: BrowserContext, singer: Explore
) -> None:
    context.add_init_script("window.AudioContext = class { constructor() { throw new DOMException('no') } }")
    singer.open("sung", None, map="pca", at="row:5")
    singer.page.get_by_role("button", name="Turn sound on").click()
    expect(singer.page.get_by_role("group", name="Sound")).to_contain_text("No sound here")
    expect(singer.page.locator(".messages")).to_contain_text("Plug in or turn on a loudspeaker")
    expect(singer.lens.get_by_role("button", name="Play the original")).to_be_visible()


@LONG
def test_of_pictures_nothing_is_played_and_nothing_of_it_is_fetched(singer: Explore) -> None:
    fetched: list[str] = []
    singer.page.on("request", lambda request: fetched.append(request.url))
    singer.open("pets-vae", "pets:300", at="row:5")
    expect(singer.lens.get_by_role("heading", name="Nearest real items")).to_be_visible()
    expect(singer.page.get_by_role("slider", name="Volume")).to_have_count(0)
    expect(singer.lens.get_by_role("button", name="Record yourself")).to_have_count(0)
    assert not any("/player" in url for url in fetched)


@LONG
def test_sounds_are_dropped_and_pictures_are_none_of_them(singer: Explore) -> None:
    drop = """([name, type, text]) => {
      const data = Uint8Array.from(atob(text), (one) => one.charCodeAt(0))
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([data], name, { type }))
      const target = document.querySelector('.stage')
      target.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
    }"""
    singer.open("sung", None, map="pca")
    accept = singer.page.locator("input[type=file]").first.get_attribute("accept") or ""
    assert {".wav", ".flac", ".mp3", ".ogg"} <= set(accept.split(",")) and ".png" not in accept
    singer.page.evaluate(drop, ["me.png", "image/png", "AAAA"])
    expect(singer.page.get_by_text("That was not a sound file")).to_be_visible()
    mine = base64.b64encode(sung.wav("ee", 130, 0.6)).decode()
    singer.page.evaluate(drop, ["mine.wav", "audio/wav", mine])
    expect(singer.lens.get_by_role("heading", name="mine.wav")).to_be_visible()
    expect(singer.lens.get_by_role("button", name="Play the original")).to_be_visible()


@LONG
def test_samples_of_a_model_are_played_from_its_card(singer: Explore) -> None:
    page = singer.page
    page.goto(singer.url)
    page.get_by_role("article").filter(has_text="sung").locator("button.card").click()
    samples = page.get_by_role("list", name="Samples to listen to")
    expect(samples.get_by_role("listitem")).to_have_count(4)
    samples.get_by_role("button", name="Play sample 2").click()
    expect(samples.get_by_role("button", name="Pause")).to_be_visible()
    assert soon(lambda: level(singer) > 0.005)
    page.get_by_role("dialog").get_by_role("button", name="Close").first.click()
    page.wait_for_timeout(200)
    assert level(singer) < 1e-3


def test_what_arrives_once_its_card_is_closed_is_neither_heard_nor_looked_for(singer: Explore) -> None:
    page = singer.page
    held: list[Route] = []
    page.route("**/samples/2*", lambda route: held.append(route))  # noqa: PLW0108
    page.goto(singer.url)
    page.get_by_role("article").filter(has_text="sung").locator("button.card").click()
    samples = page.get_by_role("list", name="Samples to listen to")
    samples.get_by_role("button", name="Play sample 3").click()
    assert soon(lambda: len(held) > 0)
    page.get_by_role("dialog").get_by_role("button", name="Close").first.click()
    expect(samples).to_have_count(0)
    for one in held:
        one.continue_()
    page.wait_for_timeout(400)
    assert level(singer) < 1e-3
