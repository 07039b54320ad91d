"""Pictures of each page: light, dark, and as wide as a phone."""

import pathlib
import sys

from playwright.sync_api import expect

from suite import Suite, browser

LOOKS = {"light": ("light", 1280, 860), "dark": ("dark", 1280, 860), "phone": ("light", 390, 844)}


def pictures(page, folder, look):
    def take(name):
        # Canvases are drawn in the next frame.
        page.wait_for_timeout(500)
        page.screenshot(path=folder / f"{name}-{look}.png")
        print(folder / f"{name}-{look}.png", flush=True)

    page.goto("/people")
    expect(page.locator(".card").first).to_be_visible()
    take("people")
    page.locator(".card").nth(3).click()
    expect(page.locator(".meeting").first).to_be_visible()
    take("person")
    page.locator(".meeting-head").nth(1).click()
    expect(page.locator(".meeting.selected")).to_be_visible()
    take("meeting")
    page.locator(".meeting.selected").get_by_role("button", name="Why is this a meeting?").click()
    expect(page.get_by_role("dialog").get_by_role("row").nth(1)).to_be_visible()
    take("evidence")
    page.goto("/event")
    expect(page.locator(".meeting").first).to_be_visible()
    take("event")


def main(binaries, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with Suite(binaries) as suite, browser() as chromium:
        suite.seed("--persons", "300", "--hours", "3")
        for look, (scheme, width, height) in LOOKS.items():
            context = chromium.new_context(
                base_url=suite.url, color_scheme=scheme, timezone_id="UTC", viewport={"width": width, "height": height})
            pictures(context.new_page(), folder, look)
            context.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
