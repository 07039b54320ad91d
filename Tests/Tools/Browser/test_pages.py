"""Uses the pages like an attendee, in a real browser with real services."""

import csv
import io
import json
import re
import time
from datetime import datetime, timedelta

from playwright.sync_api import expect

from case import PageCase


class PageTests(PageCase):
    def test_from_search_to_a_true_meeting_and_its_evidence(self):
        meeting = self.longest_true_meeting()
        own, other = self.name_of(meeting["person_a"]), self.name_of(meeting["person_b"])
        self.go("/people")
        self.page.get_by_role("searchbox").fill(own)
        self.page.get_by_role("link", name=own).first.click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(own)
        start = datetime.fromisoformat(meeting["start"])
        row = self.page.locator(".met").filter(has_text=other).first
        expect(row).to_contain_text(start.strftime("%-d %b"))
        row.get_by_role("button", name=other).first.click()
        expect(self.page).to_have_url(re.compile(f"with={meeting['person_b']}"))
        item = row.locator(".meeting").first
        item.get_by_role("button").first.click()
        expect(item.get_by_role("button", pressed=True)).to_be_visible()
        expect(self.page).to_have_url(re.compile("at=2"))
        expect(self.page.locator(".legend")).to_contain_text(other)
        row.get_by_role("button", name=f"Why? {other}").click()
        dialog = self.page.get_by_role("dialog")
        counted = dialog.locator(".overlap.counts").first
        # The time is that of the event, 7 hours behind UTC.
        local = start - timedelta(hours=7)
        expect(counted).to_contain_text(re.compile(f"{local:%-d %b %Y}, {local:%H}:.*: both "))
        expect(counted).to_contain_text("meeting 1")
        expect(counted).to_contain_text("sure of 2")
        self.page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)

    def test_every_long_true_meeting_of_a_person_is_in_the_list(self):
        person = self.longest_true_meeting()["person_a"]
        self.go(f"/people/{person}?probability=0")
        expect(self.page.locator("#probability")).to_have_value("0")
        expect(self.page.locator(".met").first).to_be_visible()
        self.show_all(".met")
        text = self.page.locator(".meetings:visible").inner_text()
        others = {meeting["person_b"] if meeting["person_a"] == person else meeting["person_a"]
                  for meeting in self.truth if person in (meeting["person_a"], meeting["person_b"])
                  and int(meeting["duration_s"]) >= 600}
        self.assertTrue(others)
        for other in others:
            self.assertIn(self.name_of(other), text)

    def show_all(self, rows):
        more = self.page.get_by_role("button", name="Show more")
        while more.count():
            shown = self.page.locator(rows).count()
            more.click()
            expect(self.page.locator(rows)).not_to_have_count(shown)

    def test_people_come_in_pages_and_all_of_them_are_shown(self):
        person = self.longest_true_meeting()["person_a"]
        people = self.suite.request("GET", f"/api/persons/{person}/people?probability=0&least=0&distance=10")
        self.assertGreater(len(people), 40)
        self.go(f"/people/{person}?probability=0&least=0&distance=10")
        expect(self.page.locator("#count")).to_have_text(f"20 of {len(people)} people met")
        expect(self.page.locator(".met")).to_have_count(20)
        self.show_all(".met")
        expect(self.page.locator("#count")).to_have_text(f"{len(people)} people met")
        shown = self.page.locator(".met > button strong").all_inner_texts()
        self.assertEqual(shown, ["{first_name} {last_name}".format(**row["person"]) for row in people])

    def test_people_are_found_by_name_and_company(self):
        person = self.longest_true_meeting()["person_a"]
        wanted = self.suite.request("GET", f"/api/persons/{person}/people")[-1]["person"]
        name = f"{wanted['first_name']} {wanted['last_name']}"
        self.go(f"/people/{person}")
        expect(self.page.locator(".met").first).to_be_visible()
        self.page.get_by_role("searchbox", name="Name").fill(name.lower())
        expect(self.page.locator(".met")).to_have_count(1)
        expect(self.page.locator(".met")).to_contain_text(name)
        expect(self.page).to_have_url(re.compile("name="))
        self.page.get_by_role("button", name="Meetings", exact=True).click()
        expect(self.page.locator(".meeting:visible").filter(has_not_text=name)).to_have_count(0)
        expect(self.page.locator(".meeting:visible").first).to_contain_text(name)
        self.page.get_by_role("button", name="People", exact=True).click()
        self.page.get_by_role("searchbox", name="Name").fill("")
        company = self.page.get_by_role("combobox", name="Company")
        company.fill(wanted["company_name"])
        company.press("Enter")
        expect(self.page).to_have_url(re.compile("company="))
        expect(self.page.locator(".met").first).to_contain_text(wanted["company_name"])
        expect(self.page.locator(".met").filter(has_not_text=wanted["company_name"])).to_have_count(0)
        company.fill("No such company")
        company.press("Enter")
        expect(self.page.get_by_text("No person who was met has this name").first).to_be_visible()

    def test_an_address_that_names_a_person_of_a_later_page_shows_them(self):
        person = self.longest_true_meeting()["person_a"]
        question = "probability=0&least=0&distance=10"
        last = self.suite.request("GET", f"/api/persons/{person}/people?{question}")[-1]["person"]
        self.go(f"/people/{person}?{question}&with={last['id']}")
        opened = self.page.locator(".met.selected")
        expect(opened).to_contain_text(f"{last['first_name']} {last['last_name']}")
        expect(opened.locator(".meeting").first).to_be_visible()

    def test_exports_can_be_read(self):
        person = self.longest_true_meeting()["person_a"]
        people = self.suite.request("GET", f"/api/persons/{person}/people")
        meetings = len(self.suite.request("GET", f"/api/persons/{person}/encounters"))
        self.go(f"/people/{person}")
        expect(self.page.locator(".met").first).to_be_visible()

        def download(label):
            with self.page.expect_download() as started:
                self.page.get_by_role("button", name=label, exact=True).click()
            with open(started.value.path(), encoding="utf-8", newline="") as file:
                return file.read()

        def rows(text):
            return list(csv.DictReader(io.StringIO(text)))

        self.assertEqual([int(row["person_id"]) for row in rows(download("CSV"))], [row["person"]["id"] for row in people])
        # Only who shares contact details is in the file.
        self.page.get_by_role("button", name="Contacts (vCard)").click()
        expect(self.page.get_by_text("No one shares contact details yet.")).to_be_visible()
        other = people[0]["person"]["id"]
        self.suite.request("PUT", f"/api/persons/{other}/contact", {"email": "met@example.org"})
        for one, two in ((person, other), (other, person)):
            self.suite.request("PUT", f"/api/persons/{one}/contacts/{two}", {})
        cards = download("Contacts (vCard)")
        self.assertEqual((cards.count("BEGIN:VCARD\r\n"), cards.count("EMAIL:met@example.org")), (1, 1))
        self.page.get_by_role("button", name="Meetings", exact=True).click()
        self.assertEqual(len(rows(download("CSV"))), meetings)
        self.assertEqual(len(json.loads(download("GeoJSON"))["features"]), meetings)
        calendar = download("Calendar (ICS)")
        long = self.suite.request("GET", f"/api/persons/{person}/encounters?least=300")
        self.assertLess(len(long), meetings)
        self.assertEqual(calendar.count("BEGIN:VEVENT\r\n"), len(long))
        self.assertTrue(all(len(line.encode()) <= 75 for line in calendar.split("\r\n")))
        self.page.get_by_role("button", name="People", exact=True).click()
        company = people[0]["person"]["company_name"]
        self.page.locator("#company").fill(company)
        self.page.locator("#company").press("Enter")
        expect(self.page).to_have_url(re.compile("company="))
        companies = [row["company_name"] for row in rows(download("CSV"))]
        self.assertEqual(companies, [company] * sum(row["person"]["company_name"] == company for row in people))

    def test_what_happens_is_shown_while_the_page_is_open(self):
        first, second = (self.suite.request("POST", "/api/persons", {
            "first_name": name, "last_name": "Live", "company_name": "Tests"})["id"] for name in ("Anna", "Bert"))
        self.go(f"/people/{first}")
        expect(self.page.get_by_text("No people met so far")).to_be_visible()
        expect(self.page.locator(".live")).to_have_text("Live")
        self.meet(first, second)
        posted = time.monotonic()
        expect(self.page.get_by_text("11 locations", exact=True)).to_be_visible()
        expect(self.page.locator(".met").filter(has_text="Bert Live")).to_be_visible()
        elapsed = time.monotonic() - posted
        print(f"\na meeting is on the page {elapsed:.2f} s after its last location", flush=True)
        # The service pauses between two maps of stays for twice the time of building one, and the machine may be busy.
        self.assertLess(elapsed, 5)
        # The keyboard's focus stays where it is while the list changes.
        third = self.suite.request("POST", "/api/persons", {
            "first_name": "Carl", "last_name": "Live", "company_name": "Tests"})["id"]
        bert = self.page.locator(".met").filter(has_text="Bert Live").get_by_role("link", name="Their page")
        bert.focus()
        self.meet(third)
        expect(self.page.locator(".met").filter(has_text="Carl Live")).to_contain_text("New")
        expect(bert).to_be_focused()

    def test_fixes_that_took_no_part_are_explained(self):
        first, second = (self.suite.request("POST", "/api/persons", {
            "first_name": name, "last_name": "Nofix", "company_name": "Tests"})["id"] for name in ("Cleo", "Dora"))
        self.meet(first, second)
        start = datetime.fromisoformat(self.truth[0]["start"])
        self.suite.request("POST", "/api/locations", {
            "person_id": second, "latitude": "0", "longitude": "0", "creation_time": (start + timedelta(seconds=45)).isoformat()})
        self.go(f"/people/{first}?with={second}")
        self.page.get_by_role("button", name="Why? Dora Nofix").click()
        dialog = self.page.get_by_role("dialog")
        expect(dialog).to_contain_text("The two met once.")
        dialog.get_by_text("1 ignored fix").click()
        expect(dialog.get_by_role("row").nth(1)).to_contain_text("Dora Nofix")
        expect(dialog.get_by_role("row").nth(1)).to_contain_text("The device had no fix.")

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
        expect(self.page.locator(".met").first).to_be_visible()
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

    def test_a_person_is_added_by_keyboard_alone(self):
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
        self.go(f"/people/{person}?distance=0.5&least=36000&probability=0.75")
        expect(self.page.get_by_text("No people met so far")).to_be_visible()
        for field, value in (("#distance", "0.5"), ("#least", "600"), ("#probability", "0.75")):
            expect(self.page.locator(field)).to_have_value(value)
        self.page.locator("#distance").fill("5")
        self.page.locator("#least").fill("2")
        self.page.locator("#probability").select_option("Almost certainly")
        with self.page.expect_request(re.compile("/people\\?distance=5&least=120&probability=0.9")):
            self.page.get_by_role("button", name="Apply").click()
        expect(self.page).to_have_url(re.compile("distance=5&least=120&probability=0.9"))
        self.page.get_by_role("button", name="Reset").click()
        expect(self.page).not_to_have_url(re.compile("distance"))
        expect(self.page.locator("#probability")).to_have_value("")
        expect(self.page.locator(".met").first).to_be_visible()

    def test_parameters_that_cannot_be_read_do_not_hide_the_person(self):
        self.go(f"/people/{self.longest_true_meeting()['person_a']}?from=abc&distance=far")
        expect(self.page.locator(".met").first).to_be_visible()
        expect(self.page.locator("#distance")).to_have_value("")

    def test_a_question_that_is_too_wide_is_refused_in_words_and_not_repeated(self):
        person = self.longest_true_meeting()["person_a"]
        self.expected = ["status of 422"]
        asked = []

        def refuse(route):
            asked.append(route.request.url)
            route.fulfill(status=422, content_type="application/problem+json", json={
                "status": 422, "title": "Unprocessable Content", "detail": "The question is too wide.",
                "errors": [{"parameter": "distance", "detail": "Expected at most 100 metres."}]})

        self.page.route("**/api/persons/*/people?**", refuse)
        self.go(f"/people/{person}?distance=101")
        expect(self.page.get_by_text("Expected at most 100 metres.").first).to_be_visible()
        self.page.wait_for_timeout(3_000)
        self.assertEqual(len(asked), 1)
        self.assertEqual(self.page.locator("#distance").get_attribute("max"), "100")

    def test_a_question_that_timed_out_is_not_repeated(self):
        self.expected = ["status of 504"]
        asked = []

        def give_up(route):
            asked.append(route.request.url)
            route.fulfill(status=504, content_type="application/problem+json", json={"status": 504, "detail": "The answer took too long."})

        self.page.route("**/api/persons/*/people?**", give_up)
        self.page.clock.install()
        self.go(f"/people/{self.longest_true_meeting()['person_a']}")
        expect(self.page.get_by_text("The answer took too long.").first).to_be_visible()
        self.page.clock.run_for(60_000)
        self.assertEqual(len(asked), 1)
        self.page.get_by_role("button", name="Try again").first.click()
        expect(self.page.get_by_text("The answer took too long.").first).to_be_visible()
        self.assertEqual(len(asked), 2)

    def test_a_day_that_is_over_is_not_called_live(self):
        self.go(f"/people/{self.longest_true_meeting()['person_a']}")
        expect(self.page.locator(".live")).to_have_text("Live")
        expect(self.page.locator(".live")).to_be_hidden()

    def test_who_was_not_met_is_explained(self):
        person = self.longest_true_meeting()["person_a"]
        self.suite.request("POST", "/api/persons", {
            "first_name": "Lone", "last_name": "Wolf", "company_name": "Nowhere"})
        self.go(f"/people/{person}")
        self.page.get_by_role("button", name="Why is a person missing?").click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_role("searchbox", name="Person").fill("Wolf")
        dialog.get_by_role("button", name="Lone Wolf").click()
        expect(dialog.locator(".verdict")).to_have_text("There are no locations of Lone Wolf.")

    def test_the_event_shows_figures_and_rooms(self):
        self.go("/event")
        expect(self.page.locator(".figure")).to_have_count(4)
        expect(self.page.locator(".room").first).to_be_visible()
        event = self.suite.request("GET", "/api/event")
        self.assertTrue(all(cell["persons"] >= 5 for cell in event["heat"]))
        self.assertGreater(event["persons_seen"], 0)

    def test_what_does_not_exist_is_said(self):
        self.expected = ["status of 404"]
        self.go("/nowhere")
        expect(self.page.get_by_text("There is no such page.")).to_be_visible()
        self.go("/people/2147483647")
        expect(self.page.locator(".state.error").get_by_role("link", name="See all people")).to_be_visible()

    def test_landmarks_and_the_way_to_the_content(self):
        for path in ("/people", f"/people/{self.longest_true_meeting()['person_a']}", "/event"):
            with self.subTest(path):
                self.go(path)
                expect(self.page.locator(".card, .met, .meeting, .room").first).to_be_visible()
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
            self.page.locator(".met > button").first.click()
            self.page.locator(".opened .meeting > button").first.click()
            expect(self.page.locator(".opened .meeting.selected")).to_be_visible()
            self.expect_no_barrier("person", scheme)
            self.page.get_by_role("button", name="Meetings", exact=True).click()
            expect(self.page.locator(".meeting:visible").first).to_be_visible()
            self.expect_no_barrier("meetings", scheme)
            self.page.locator(".meeting:visible").first.get_by_role("button", name="Why?").click()
            expect(self.page.get_by_role("dialog").locator(".overlap").first).to_be_visible()
            self.expect_no_barrier("evidence", scheme)
            self.go("/event")
            expect(self.page.locator(".room").first).to_be_visible()
            expect(self.page.locator(".chart")).to_have_count(3)
            self.expect_no_barrier("event", scheme)

    def test_pages_fit_a_phone(self):
        self.page.set_viewport_size({"width": 390, "height": 844})
        person = self.longest_true_meeting()["person_a"]
        for path in ("/people", f"/people/{person}", f"/people/{person}?view=meetings", "/event"):
            with self.subTest(path):
                self.go(path)
                expect(self.page.locator(".card, .met, .meeting, .room").locator("visible=true").first).to_be_visible()
                self.assertEqual(self.page.evaluate("document.documentElement.scrollWidth"), 390)
        self.go(f"/people/{person}")
        self.page.locator(".met > button").first.click()
        self.page.locator(".opened").get_by_role("button", name="Show on the map").first.click()
        expect(self.page.locator(".map")).to_be_in_viewport()
