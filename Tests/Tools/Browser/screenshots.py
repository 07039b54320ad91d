"""Screenshots of each page: light, dark, and at the width of a phone."""

import pathlib
import sys

from playwright.sync_api import expect

from suite import Suite, browser

LOOKS = {"light": ("light", 1280, 860), "dark": ("dark", 1280, 860), "phone": ("light", 390, 844)}


def busiest_person(suite):
    """The number of the person who met the most people."""
    persons = [person["id"] for person in suite.request("GET", "/api/persons")]
    return max(persons, key=lambda person: len(suite.request("GET", f"/api/persons/{person}/people")))


def pictures(page, person, folder, look):
    def take(name):
        # Canvases are drawn in the next frame.
        page.wait_for_timeout(500)
        page.screenshot(path=folder / f"{name}-{look}.png")
        print(folder / f"{name}-{look}.png", flush=True)

    page.goto("/")
    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()
    expect(page.locator(".row").first).to_be_visible()
    take("pick")
    page.evaluate("id => localStorage.setItem('person', id)", person)
    page.goto("/")
    expect(page.locator(".group[data-key=passed]")).to_be_visible()
    take("day")
    page.locator(".row > a").first.click()
    expect(page.locator(".distance-chart")).to_be_visible()
    take("sheet")
    page.goto("/me")
    expect(page.get_by_role("switch")).to_have_count(6)
    take("me")
    page.goto("/phone")
    page.get_by_role("button", name="Connect a phone").click()
    expect(page.locator("img.qr")).to_be_visible()
    take("phone")
    page.goto("/sign-in")
    expect(page.get_by_label("Your code")).to_be_visible()
    take("sign-in")
    page.goto("/people")
    expect(page.locator(".card").first).to_be_visible()
    take("people")
    page.goto(f"/people/{person}")
    expect(page.locator(".met").first).to_be_visible()
    take("person")
    page.locator(".met > button").first.click()
    page.locator(".opened .meeting > button").first.click()
    expect(page.locator(".opened .meeting.selected")).to_be_visible()
    take("meeting")
    page.locator(".met.selected").get_by_role("button", name="Why?").click()
    expect(page.get_by_role("dialog").locator(".overlap").first).to_be_visible()
    take("evidence")
    page.goto(f"/people/{person}?view=meetings")
    expect(page.locator(".meeting:visible").first).to_be_visible()
    take("meetings")
    page.goto("/event")
    expect(page.locator(".room").first).to_be_visible()
    expect(page.locator(".chart")).to_have_count(3)
    take("event")


def main(binaries, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with Suite(binaries) as suite, browser() as chromium:
        suite.seed("--persons", "300", "--hours", "3")
        person = busiest_person(suite)
        for look, (scheme, width, height) in LOOKS.items():
            context = chromium.new_context(
                base_url=suite.url, color_scheme=scheme, timezone_id="UTC", locale="en-GB", viewport={"width": width, "height": height})
            pictures(context.new_page(), person, folder, look)
            context.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
