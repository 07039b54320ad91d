"""Screenshots of each page and its states: light, dark, on a phone and a tablet, from right to left, and on paper."""

import pathlib
import sys

from playwright.sync_api import expect

from loading import LAPTOP, PHONE
from suite import Suite, browser

# The machine may be busy.
expect.set_options(timeout=20_000)
LOOKS = {
    "light": {"viewport": LAPTOP},
    "dark": {"viewport": LAPTOP, "color_scheme": "dark"},
    "phone": {"viewport": PHONE},
    "tablet": {"viewport": {"width": 820, "height": 1180}},
    "rtl": {"viewport": LAPTOP, "locale": "ar"},
    "rtl-phone": {"viewport": PHONE, "locale": "ar"},
}
# The width of the text of an A4 page, with margins of 14 mm.
PAPER = {"width": 688, "height": 1017}


def busiest_person(suite):
    """The number of a person who talked with many people and was in many places."""
    def busyness(person):
        meetings = suite.request("GET", f"/api/persons/{person}/encounters?least=300")
        talks = {meeting["person"]["id"] for meeting in meetings if not meeting.get("sessions")}
        return len(talks) * len(suite.request("GET", f"/api/persons/{person}/visits"))

    return max((person["id"] for person in suite.request("GET", "/api/persons")), key=busyness)


class Pictures:
    """Takes the pictures of one look."""

    def __init__(self, context, person, lonely, folder, look):
        self.context, self.person, self.lonely, self.folder, self.look = context, person, lonely, folder, look
        self.page = context.new_page()

    def take(self, name, is_whole=False):
        # Canvases are drawn in the next frame.
        self.page.wait_for_timeout(500)
        path = self.folder / f"{name}-{self.look}.png"
        self.page.screenshot(path=path, full_page=is_whole)
        print(path, flush=True)

    def open(self, path, *complete):
        self.page.goto(path)
        for selector in complete:
            expect(self.page.locator(selector).first).to_be_visible()

    def choose(self, person):
        self.page.evaluate("id => localStorage.setItem('person', id)", person)

    def my_day(self):
        page = self.page
        self.open("/", ".narrow .row")
        self.take("pick")
        self.choose(self.lonely)
        self.open("/", ".state")
        self.take("day-empty")
        self.choose(self.person)
        self.open("/", ".group[data-key=passed]", ".visit")
        self.take("day")
        page.locator("#q").fill("nothing has this name")
        expect(page.locator(".state").first).to_be_visible()
        self.take("day-none-found")
        self.open("/", ".group[data-key=passed]")
        page.locator(".row > a").first.click()
        expect(page.locator(".distance-chart")).to_be_visible()
        expect(page.locator(".sheet .map-canvas")).to_be_visible()
        self.take("sheet")
        page.locator(".sheet .note").scroll_into_view_if_needed()
        self.take("sheet-end")
        self.open(f"/?with={self.lonely}", ".sheet .verdict")
        self.take("sheet-not-met")

    def own_pages(self):
        page = self.page
        self.open("/me", "[role=switch] >> nth=6", "#card-email")
        self.take("me", is_whole=True)
        self.choose(self.lonely)
        self.open("/phone", "main .state")
        page.locator(".stack button").click()
        expect(page.locator("img.qr")).to_be_visible()
        self.take("phone", is_whole=True)
        page.locator(".phones button.plain").click()
        expect(page.locator("main .state")).to_be_visible()
        self.choose(self.person)
        page.route("**/api/session", lambda route: route.fulfill(status=401, json={"status": 401}))
        self.open("/sign-in?login=failed", "#code")
        self.take("sign-in")
        page.unroute("**/api/session")

    def people(self):
        page = self.page
        self.open("/people", ".card")
        self.take("people")
        page.locator("main .head button").click()
        self.take("add")
        self.open(f"/people/{self.person}", ".met")
        self.take("person")
        page.locator(".met > button").first.click()
        page.locator(".opened .meeting > button").first.click()
        expect(page.locator(".opened .meeting.selected")).to_be_visible()
        page.locator(".map").scroll_into_view_if_needed()
        expect(page.locator(".map-canvas")).to_be_visible()
        self.take("meeting")
        page.locator(".met.selected .actions button").first.click()
        expect(page.get_by_role("dialog").locator(".overlap").first).to_be_visible()
        self.take("evidence")
        self.open(f"/people/{self.person}?view=meetings", ".meeting:visible")
        self.take("meetings")
        self.open(f"/people/{self.lonely}", ".state")
        self.take("person-empty")

    def event(self):
        page = self.page
        self.open("/event", ".room", ".chart:nth-child(3)")
        page.locator(".map").scroll_into_view_if_needed()
        expect(page.locator(".map-canvas")).to_be_visible()
        page.evaluate("scrollTo(0, 0)")
        self.take("event", is_whole=True)
        page.get_by_role("slider").focus()
        page.keyboard.press("Home")
        for _ in range(5):
            page.keyboard.press("PageUp")
        page.locator(".room").first.click()
        self.take("event-replay")

    def failures(self):
        self.open("/nowhere", ".state")
        self.take("no-such-page")
        self.page.route("**/api/persons/*/people?**", lambda route: route.abort())
        self.open(f"/people/{self.person}", ".state.error")
        self.take("no-answer")

    def on_paper(self):
        self.page.set_viewport_size(PAPER)
        for name, path, complete in (("day", "/", [".group[data-key=passed]", ".visit"]), ("person", f"/people/{self.person}", [".met"]),
                                     ("event", "/event", [".room", ".chart:nth-child(3)"])):
            self.open(path, *complete)
            if self.page.locator(".map:visible").count():
                self.page.locator(".map").scroll_into_view_if_needed()
                expect(self.page.locator(".map-canvas")).to_be_visible()
            self.page.emulate_media(media="print")
            self.take(name, is_whole=True)
            self.page.emulate_media(media="screen")


def main(binaries, folder, *looks):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with Suite(binaries) as suite, browser() as chromium:
        suite.seed("--persons", "300", "--hours", "6", "--traits", "none")
        person = busiest_person(suite)
        lonely = suite.request("POST", "/api/persons", {"first_name": "Lone", "last_name": "Wolf", "company_name": "Nowhere"})["id"]

        def pictures(look, options):
            context = chromium.new_context(**{"base_url": suite.url, "timezone_id": "UTC", "locale": "en-GB", "service_workers": "block", **options})
            return Pictures(context, person, lonely, folder, look)

        for look, options in LOOKS.items():
            if looks and look not in looks:
                continue
            found = pictures(look, options)
            for part in (found.my_day, found.own_pages, found.people, found.event, found.failures):
                part()
            found.context.close()
        if looks and "paper" not in looks:
            return
        paper = pictures("paper", {"viewport": LAPTOP})
        paper.open("/", ".row")
        paper.choose(person)
        paper.on_paper()


if __name__ == "__main__":
    main(*sys.argv[1:])
