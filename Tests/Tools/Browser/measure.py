"""Measures first loads, and how fast a trail of 100,000 locations is scrubbed. Times depend on the machine, so no test compares them."""

import contextlib
import json
import math
import statistics
from datetime import datetime, timedelta

from loading import LAPTOP, PAGES, PHONE, SLOWER, first_load

ROUNDS = 3
POINTS = 100_000

# Moves the cursor of the time line in each frame of some seconds, through the whole line. Returns frames per second and the longest frame.
SCRUB = """() => new Promise((resolve) => {
  const slider = document.querySelector("[role=slider]");
  const { left, width, top, height } = slider.getBoundingClientRect();
  const at = (part) => ({ bubbles: true, button: 0, pointerId: 1, clientX: left + part * width, clientY: top + height / 2 });
  slider.setPointerCapture = () => {};
  slider.hasPointerCapture = () => true;
  const times = [];
  const frame = (now) => {
    times.push(now);
    const part = (now - times[0]) / 4000;
    if (part < 1) {
      slider.dispatchEvent(new PointerEvent("pointermove", at(part)));
      return requestAnimationFrame(frame);
    }
    const steps = times.slice(1).map((time, index) => time - times[index]);
    resolve([steps.length / (times.at(-1) - times[0]) * 1000, Math.max(...steps)]);
  };
  requestAnimationFrame(frame);
})"""


def loads(browser, url, person):
    print(f"{'first load':34} {'at':>7} {'kB':>5} {'layout shift':>12} {'first content':>14}   (median of {ROUNDS})")
    for path in PAGES:
        for label, size, is_slow in (("1440 px", LAPTOP, False), ("390 px", PHONE, False), ("slow 4G", PHONE, True)):
            found = []
            for _ in range(ROUNDS):
                with first_load(browser, url, path, person, size, is_slow) as load:
                    found.append((load.content, load.bytes, load.shift))
            content, transferred, shift = (statistics.median(column) for column in zip(*found))
            print(f"{path:34} {label:>7} {transferred / 1000:5.0f} {shift:12.3f} {content / 1000:12.2f} s", flush=True)


def trail(start):
    """A walk of 100,000 locations over eight hours."""
    return json.dumps([{
        "latitude": f"{37.6 + math.sin(index / 50) / 1000:.6f}", "longitude": f"{-122.3 + math.cos(index / 333) / 1000:.6f}",
        "creation_time": (start + timedelta(milliseconds=288 * index)).isoformat(), "accuracy": 5} for index in range(POINTS)])


def scrubbing(browser, url, person):
    body = trail(datetime(2025, 6, 5, 16))
    for rate in (1, SLOWER):
        with contextlib.closing(browser.new_context(timezone_id="UTC", viewport=LAPTOP, service_workers="block")) as context:
            page = context.new_page()
            page.set_default_timeout(120_000)
            page.route("**/locations", lambda route: route.fulfill(content_type="application/json", body=body))
            page.goto(f"{url}/people/{person}")
            page.locator("text=100,000 locations").wait_for()
            page.locator(".map-canvas").wait_for()
            context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": rate})
            page.wait_for_timeout(1_000)
            frames, longest = page.evaluate(SCRUB)
            print(f"scrubbing {POINTS} locations, CPU {rate} times slower: {frames:.0f} frames/s, the longest frame {longest:.0f} ms", flush=True)


def measure(suite, browser, person):
    loads(browser, suite.url, person)
    scrubbing(browser, suite.url, person)
