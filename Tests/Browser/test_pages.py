"""What an attendee does on the pages, in a real browser, with the real services."""

import contextlib
import csv
import io
import json
import re
import sys
import time
import unittest
from datetime import datetime, timedelta

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from suite import Suite, browser

BINARIES = sys.argv[1]
# The machine may be busy.
expect.set_options(timeout=20_000)
# Some 200,000 locations. Without traits, every long true meeting can be found.
SEED = ["--persons", "500", "--hours", "1.5", "--traits", "none"]
LARGEST_LOAD = 300_000
# The success criteria of WCAG 2.2, A and AA, that a program can check.
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


class PageTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = cls.enterClassContext(Suite(BINARIES))
        cls.truth = cls.suite.seed(*SEED)
        cls.browser = cls.enterClassContext(browser())

    def setUp(self):
        self.wrong = []
        self.expected = []
        self.context = self.browser.new_context(timezone_id="UTC", accept_downloads=True)
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.page.on("console", lambda message: self.note(message.type in ("error", "warning"), message.text))
        self.page.on("pageerror", lambda error: self.note(True, str(error)))
        self.page.on("request", lambda request: self.note(
            not request.url.startswith((self.suite.url, "blob:" + self.suite.url, "data:")), f"off the origin: {request.url}"))

    def note(self, is_wrong, text):
        if is_wrong and not any(re.search(pattern, text) for pattern in self.expected):
            self.wrong.append(text)

    def tearDown(self):
        self.context.close()
        self.assertEqual(self.wrong, [], "the console is to be clean, and nothing asked for elsewhere")

    def go(self, path):
        self.page.goto(self.suite.url + path)

    def name_of(self, person):
        details = self.suite.request("GET", f"/api/persons/{person}")
        return f"{details['first_name']} {details['last_name']}"

    def longest_true_meeting(self):
        return max(self.truth, key=lambda meeting: int(meeting["duration_s"]))

    def test_from_search_to_a_true_meeting_and_its_evidence(self):
        meeting = self.longest_true_meeting()
        own, other = self.name_of(meeting["person_a"]), self.name_of(meeting["person_b"])
        self.go("/")
        self.page.get_by_role("searchbox").fill(own)
        self.page.get_by_role("link", name=own).first.click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(own)
        start = datetime.fromisoformat(meeting["start"])
        item = self.page.locator(".meeting").filter(has_text=other).first
        expect(item).to_contain_text(start.strftime("%-d %b"))
        item.get_by_role("button", name=other).first.click()
        expect(self.page).to_have_url(re.compile(f"with={meeting['person_b']}"))
        item.get_by_role("button", name="Why is this a meeting?").click()
        dialog = self.page.get_by_role("dialog")
        expect(dialog.get_by_role("row").nth(1)).to_be_visible()
        expect(dialog).to_contain_text("near enough")
        self.page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)

    def test_every_true_meeting_of_a_person_is_in_the_list(self):
        person = self.longest_true_meeting()["person_a"]
        self.go(f"/people/{person}")
        expect(self.page.locator(".meeting").first).to_be_visible()
        while self.page.get_by_role("button", name="Show more").count():
            shown = self.page.locator(".meeting").count()
            self.page.get_by_role("button", name="Show more").click()
            expect(self.page.locator(".meeting")).not_to_have_count(shown)
        text = self.page.locator(".meetings").inner_text()
        others = {meeting["person_b"] if meeting["person_a"] == person else meeting["person_a"]
                  for meeting in self.truth if person in (meeting["person_a"], meeting["person_b"])
                  and int(meeting["duration_s"]) >= 600}
        self.assertTrue(others)
        for other in others:
            self.assertIn(self.name_of(other), text)

    def test_exports_can_be_read(self):
        person = self.longest_true_meeting()["person_a"]
        encounters = self.suite.request("GET", f"/api/persons/{person}/encounters")
        count = len(encounters)
        self.go(f"/people/{person}")
        expect(self.page.locator(".meeting").first).to_be_visible()

        def download(label):
            with self.page.expect_download() as started:
                self.page.get_by_role("button", name=label, exact=True).click()
            with open(started.value.path(), encoding="utf-8", newline="") as file:
                return file.read()

        self.assertEqual(len(list(csv.DictReader(io.StringIO(download("CSV"))))), count)
        self.assertEqual(len(json.loads(download("GeoJSON"))["features"]), count)
        company = encounters[0]["person"]["company_name"]
        self.page.locator("#company").select_option(company)
        companies = [row["company_name"] for row in csv.DictReader(io.StringIO(download("CSV")))]
        self.assertEqual(companies, [company] * len(companies))
        self.assertEqual(len(companies), sum(e["person"]["company_name"] == company for e in encounters))
        self.page.locator("#company").select_option("")
        calendar = download("Calendar (ICS)")
        self.assertEqual(calendar.count("BEGIN:VEVENT\r\n"), count)
        cards = download("vCard")
        self.assertEqual(cards.count("BEGIN:VCARD\r\n"), cards.count("\r\nFN:"))
        for text in (calendar, cards):
            self.assertTrue(all(len(line.encode()) <= 75 for line in text.split("\r\n")))

    def test_what_happens_is_shown_while_the_page_is_open(self):
        first, second = (self.suite.request("POST", "/api/persons", {
            "first_name": name, "last_name": "Live", "company_name": "Tests"})["id"] for name in ("Anna", "Bert"))
        self.go(f"/people/{first}")
        expect(self.page.get_by_text("No meetings, so far")).to_be_visible()
        expect(self.page.locator(".live")).to_have_text("Live")
        start = datetime.fromisoformat(self.truth[0]["start"])
        for person, seconds in ((first, 0), (second, 5), (first, 60), (second, 65)):
            self.suite.request("POST", "/api/locations", {
                "person_id": person, "latitude": "37.60", "longitude": "-122.30",
                "creation_time": (start + timedelta(seconds=seconds)).isoformat()})
        posted = time.monotonic()
        expect(self.page.get_by_text("2 locations", exact=True)).to_be_visible()
        expect(self.page.locator(".meeting").filter(has_text="Bert Live")).to_be_visible()
        elapsed = time.monotonic() - posted
        print(f"\na location posted is on the page after {elapsed:.2f} s", flush=True)
        self.assertLess(elapsed, 2)

    def test_a_service_that_is_down_is_said_and_comes_back_without_a_reload(self):
        self.expected = [r"status of 50\d", "ERR_", "EventSource", "aborted"]
        person = self.longest_true_meeting()["person_a"]
        self.suite.stop("connection-service")
        try:
            self.go(f"/people/{person}")
            expect(self.page.locator(".state.error").first).to_be_visible()
            expect(self.page.locator("#banner")).to_be_visible()
        finally:
            self.suite.start("connection-service")
            self.suite.wait("connection-service")
        expect(self.page.locator(".meeting").first).to_be_visible()
        expect(self.page.locator("#banner")).to_be_hidden()

    def test_a_stream_that_breaks_goes_on(self):
        self.expected = [r"status of 50\d", "ERR_", "EventSource"]
        self.go(f"/people/{self.longest_true_meeting()['person_a']}")
        expect(self.page.locator(".live")).to_have_text("Live")
        self.suite.stop("connection-service")
        expect(self.page.locator(".live")).not_to_have_text("Live")
        self.suite.start("connection-service")
        self.suite.wait("connection-service")
        expect(self.page.locator(".live")).to_have_text("Live")

    def test_somebody_is_added_by_keyboard_alone(self):
        self.go("/people")
        expect(self.page.locator(".card").first).to_be_visible()
        self.page.get_by_role("button", name="Add a person").focus()
        self.page.keyboard.press("Enter")
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_text("Please fill this in.").first).to_be_visible()
        for text in ("Zaphod", "Beeblebrox", "Heart of Gold"):
            self.page.keyboard.type(text)
            self.page.keyboard.press("Tab")
        self.page.keyboard.press("Tab")
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Zaphod Beeblebrox")

    def test_filters_are_in_the_address(self):
        person = self.longest_true_meeting()["person_a"]
        self.go(f"/people/{person}?distance=0.01&within=1")
        expect(self.page.locator("#distance")).to_have_value("0.01")
        self.page.locator("#distance").fill("20")
        self.page.get_by_role("button", name="Apply").click()
        expect(self.page).to_have_url(re.compile("distance=20"))
        expect(self.page.locator(".meeting").first).to_be_visible()

    def test_a_question_that_is_too_wide_is_refused_in_words_and_not_repeated(self):
        person = self.longest_true_meeting()["person_a"]
        self.expected = ["status of 422"]
        asked = []

        def refuse(route):
            asked.append(route.request.url)
            route.fulfill(status=422, content_type="application/problem+json", json={
                "status": 422, "title": "Unprocessable Content", "detail": "The question is too wide.",
                "errors": [{"parameter": "distance", "detail": "Expected a smaller distance than 10000 m."}]})

        self.page.route("**/api/persons/*/encounters?**", refuse)
        self.go(f"/people/{person}?distance=10000&within=3600")
        expect(self.page.get_by_text("Expected a smaller distance than 10000 m.")).to_be_visible()
        self.page.wait_for_timeout(3_000)
        self.assertEqual(len(asked), 1)
        self.assertEqual(self.page.locator("#distance").get_attribute("max"), "50")
        self.assertEqual(self.page.locator("#within").get_attribute("max"), "300")

    def test_who_was_not_met_is_explained(self):
        person = self.longest_true_meeting()["person_a"]
        lone = self.suite.request("POST", "/api/persons", {
            "first_name": "Lone", "last_name": "Wolf", "company_name": "Nowhere"})
        self.go(f"/people/{person}")
        self.page.get_by_role("button", name="Why not somebody else?").click()
        with self.page.expect_response(re.compile("/api/persons\\?q=Lone")):
            self.page.get_by_role("combobox", name="Person").fill("Lone Wolf")
        expect(self.page.locator("#persons option")).to_have_count(1)
        self.page.get_by_role("button", name="Explain").click()
        expect(self.page.get_by_role("dialog")).to_contain_text("never near each other")

    def test_the_event_shows_figures_heat_and_meetings(self):
        self.go("/event")
        expect(self.page.locator(".figure")).to_have_count(4)
        expect(self.page.locator(".meeting").first).to_be_visible()
        event = self.suite.request("GET", "/api/event")
        self.assertTrue(all(cell["persons"] >= 5 for cell in event["heat"]))
        self.assertGreater(event["persons_seen"], 0)

    def test_what_does_not_exist_is_said(self):
        self.expected = ["status of 404"]
        self.go("/nowhere")
        expect(self.page.get_by_text("There is no such page.")).to_be_visible()
        self.go("/people/2147483647")
        expect(self.page.locator(".state.error")).to_be_visible()

    def test_landmarks_and_the_way_to_the_content(self):
        for path in ("/people", f"/people/{self.longest_true_meeting()['person_a']}", "/event"):
            with self.subTest(path):
                self.go(path)
                expect(self.page.locator(".card, .meeting").first).to_be_visible()
                self.assertEqual(self.page.locator("h1").count(), 1)
                for role in ("main", "navigation", "banner"):
                    self.assertGreaterEqual(self.page.get_by_role(role).count(), 1, role)
                self.page.keyboard.press("Tab")
                self.assertEqual(self.page.evaluate("document.activeElement.className"), "skip")

    def test_wcag_is_kept_in_both_schemes(self):
        meeting = self.longest_true_meeting()
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            self.go("/people")
            expect(self.page.locator(".card").first).to_be_visible()
            self.expect_no_barrier("people", scheme)
            self.go(f"/people/{meeting['person_a']}")
            self.page.locator(".meeting-head").first.click()
            expect(self.page.locator(".meeting.selected")).to_be_visible()
            self.expect_no_barrier("person", scheme)
            self.page.locator(".meeting.selected").get_by_role("button", name="Why is this a meeting?").click()
            expect(self.page.get_by_role("dialog").get_by_role("row").nth(1)).to_be_visible()
            self.expect_no_barrier("evidence", scheme)
            self.go("/event")
            expect(self.page.locator(".meeting").first).to_be_visible()
            self.expect_no_barrier("event", scheme)

    def expect_no_barrier(self, page, scheme):
        with self.subTest(f"{page}, {scheme}"):
            results = Axe().run(self.page, options={"runOnly": WCAG, "resultTypes": ["violations"]})
            self.assertEqual(results.violations_count, 0, results.generate_report())

    def test_the_first_load_is_small_and_quick(self):
        for path in ("/people", f"/people/{self.longest_true_meeting()['person_a']}", "/event"):
            with self.subTest(path), contextlib.closing(self.browser.new_context()) as context:
                page = context.new_page()
                loaded = []
                session = context.new_cdp_session(page)
                session.send("Network.enable")
                session.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
                page.goto(self.suite.url + path)
                expect(page.locator(".card, .meeting").first).to_be_visible()
                # What the browser itself says, from the beginning of the navigation.
                seconds = page.evaluate(FIRST_CONTENT) / 1000
                print(f"\nfirst load of {path}: {sum(loaded) / 1000:.0f} kB, interactive after {seconds:.2f} s", flush=True)
                self.assertLess(sum(loaded), LARGEST_LOAD)


# When the list was there, in milliseconds: the page marks it.
FIRST_CONTENT = """() => performance.getEntriesByName("interactive")[0].startTime"""

if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
