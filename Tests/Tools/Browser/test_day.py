"""My day, the sheet of a person, signing in, me, and the phones, as an attendee uses them."""

import re
from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from case import PageCase
from loading import LAPTOP, PHONE, SHIFT

# How many rows are wholly visible, and their heights.
VISIBLE = """() => [...document.querySelectorAll(".row")].map((row) => row.getBoundingClientRect())
  .filter(({ top, bottom }) => top >= 0 && bottom <= innerHeight).map(({ height }) => height)"""


class DayCase(PageCase):
    def choose(self, person):
        """Chooses a person, as the page of the open mode does."""
        self.context.add_init_script(f"localStorage.getItem('person') ?? localStorage.setItem('person', {int(person)})")

    def day_of(self, person, path="/", size=LAPTOP):
        self.page.set_viewport_size(size)
        self.choose(person)
        self.go(path)
        expect(self.page.locator(".row").first).to_be_visible()

    def busy_person(self):
        """The person who met the most others for ten minutes or longer."""
        long = [meeting for meeting in self.truth if int(meeting["duration_s"]) >= 600]
        return Counter(meeting[side] for meeting in long for side in ("person_a", "person_b")).most_common(1)[0][0]

    def people(self, person, question=""):
        return self.suite.request("GET", f"/api/persons/{person}/people?{question}")


class DayTests(DayCase):
    def test_a_person_is_chosen_once_and_sees_the_people_they_talked_with(self):
        person = self.busy_person()
        name = self.name_of(person)
        self.go("/")
        self.page.get_by_role("searchbox", name="Your name or company").fill(name)
        self.page.get_by_role("button", name=name).first.click()
        expect(self.page.locator(".headline")).to_contain_text("ou talked with")
        self.page.reload()
        expect(self.page.locator(".self")).to_contain_text(name)
        talked = self.page.locator(".group[data-key=talked]")
        shown = talked.locator(".row").count()
        expect(talked.locator(".count")).to_have_text(str(shown))
        certain = {row["person"]["id"] for row in self.people(person) if row["together"] >= 300 and row["probability"] >= 0.5}
        keys = {int(row.get_attribute("data-key")) for row in talked.locator(".row").all()}
        self.assertTrue(keys and keys <= certain)
        passed = self.page.locator(".group[data-key=passed]")
        expect(passed).to_be_visible()
        expect(passed.locator(".row")).to_have_count(0)

    def test_each_person_is_in_one_group_and_own_company_is_folded(self):
        person = self.busy_person()
        company = self.suite.request("GET", f"/api/persons/{person}")["company_name"]
        self.day_of(person)
        for group in ("passed", "colleagues"):
            folded = self.page.locator(f".group[data-key={group}] > summary")
            if folded.count():
                folded.click()
                expect(self.page.locator(f".group[data-key={group}] .row").first).to_be_visible()
        keys = self.page.locator(".row").evaluate_all("rows => rows.map((row) => row.dataset.key)")
        self.assertEqual(len(keys), len(set(keys)))
        elsewhere = self.page.locator(".group:not([data-key=colleagues]) .about").all_inner_texts()
        self.assertFalse([about for about in elsewhere if about.split(" · ")[0] == company])

    def test_many_people_fit_the_first_screen_and_nothing_jumps(self):
        for size, least in ((LAPTOP, 12), (PHONE, 7)):
            with self.subTest(size):
                self.day_of(self.busy_person(), size=size)
                expect(self.page.locator(".group[data-key=passed]")).to_be_visible()
                heights = self.page.evaluate(VISIBLE)
                self.assertGreaterEqual(len(heights), least)
                self.assertTrue(all(44 <= height <= 56 for height in heights), heights)
                self.assertLessEqual(self.page.evaluate(SHIFT), 0.1)
                self.assertEqual(self.page.evaluate("document.documentElement.scrollWidth"), size["width"])

    def test_a_day_is_printed_on_a_few_pages_with_the_answer_first(self):
        person = self.busy_person()
        self.day_of(person)
        expect(self.page.locator(".group[data-key=passed]")).to_be_visible()
        self.page.emulate_media(media="print")
        for control in (".day-tools", ".exports", "header.bar", "footer"):
            expect(self.page.locator(control).first).to_be_hidden()
        expect(self.page.locator(".headline")).to_be_visible()
        self.assertEqual(self.page.locator(".share > span").first.evaluate("bar => getComputedStyle(bar).printColorAdjust"), "exact")
        pages = len(re.findall(rb"/Type ?/Page\b", self.page.pdf(format="A4")))
        self.assertTrue(1 <= pages <= 3, pages)
        self.go(f"/people/{person}")
        expect(self.page.locator(".met").first).to_be_visible()
        expect(self.page.locator(".filters")).to_be_hidden()
        self.assertEqual(self.page.locator(".dot.own").evaluate("dot => getComputedStyle(dot).printColorAdjust"), "exact")

    def test_the_calendar_of_a_day_has_its_talks(self):
        person = self.busy_person()
        self.day_of(person)
        rows = self.page.locator(".group[data-key=talked] .row")
        talked = {int(row.get_attribute("data-key")) for row in rows.all()}
        with self.page.expect_download() as started:
            self.page.get_by_role("button", name="Calendar (ICS)").click()
        with open(started.value.path(), encoding="utf-8", newline="") as file:
            calendar = file.read()
        met = [meeting for meeting in self.suite.request("GET", f"/api/persons/{person}/encounters?distance=2&least=300")
               if meeting["person"]["id"] in talked]
        self.assertEqual(calendar.count("BEGIN:VEVENT\r\n"), len(met))
        self.assertEqual({int(other) for other in re.findall(rf"UID:{person}-(\d+)-", calendar)}, {meeting["person"]["id"] for meeting in met})

    def test_people_are_found_by_name_company_place_and_time_of_day(self):
        person = self.busy_person()
        self.day_of(person)
        meetings = self.suite.request("GET", f"/api/persons/{person}/encounters?distance=5")
        placed = next(meeting for meeting in meetings if meeting.get("zones"))
        other, zone = placed["person"], placed["zones"][0]["name"]
        search = self.page.get_by_role("searchbox")
        for words in (f"{other['last_name']} {other['company_name']}".upper(), f"{other['first_name']} by the {zone}"):
            search.fill(words)
            expect(self.page.locator(".found")).to_contain_text("found")
            expect(self.page.locator(f".row[data-key='{other['id']}']")).to_be_visible()
        expect(self.page).to_have_url(re.compile(r"\?q="))
        first = min(datetime.fromisoformat(f"{meeting['start']}+00:00") for meeting in meetings)
        # Times of day are those of the event.
        search.fill(f"before {first.astimezone(ZoneInfo('America/Los_Angeles')):%H:%M}")
        expect(self.page.locator(".row")).to_have_count(0)
        expect(self.page.get_by_text("No one fits this search")).to_be_visible()

    def test_words_about_time_are_read(self):
        self.go("/licences")
        read = self.page.evaluate("""async (assets) => {
          const { searchOf } = await import(`${assets}/groups.js`);
          return ["USDA before lunch", "someone by the café after 3pm", "around 10:30", "morning", "Öykü after lunch before 15:00"]
            .map(searchOf).map(({ words, window }) => [words, window]);
        }""", self.assets())
        self.assertEqual(read, [
            [["usda"], [0, 720]], [["cafe"], [900, 1440]], [[], [600, 660]], [[], [0, 720]], [["oyku"], [810, 900]]])

    def test_the_sheet_explains_a_meeting_and_back_closes_it(self):
        self.day_of(self.busy_person())
        row = self.page.locator(".row > a").nth(2)
        name = row.locator("strong").inner_text()
        row.click()
        sheet = self.page.get_by_role("dialog", name=name)
        expect(sheet.locator(".because")).to_contain_text("readings of both phones")
        expect(sheet.get_by_role("img", name=re.compile("readings"))).to_be_visible()
        expect(sheet.locator(".map canvas.map-canvas")).to_be_visible()
        expect(self.page).to_have_url(re.compile("with="))
        self.page.go_back()
        expect(self.page.locator("dialog.sheet[open]")).to_have_count(0)
        row.focus()
        self.page.keyboard.press("Enter")
        expect(sheet).to_be_visible()
        self.page.keyboard.press("Escape")
        expect(sheet).to_have_count(0)
        expect(row).to_be_focused()

    def test_a_tapped_person_is_seen_at_once_on_a_phone(self):
        self.day_of(self.busy_person(), size=PHONE)
        self.page.locator(".row > a").nth(5).click()
        sheet = self.page.locator("dialog.sheet")
        expect(sheet.locator(".chips button[aria-pressed=true]")).to_be_in_viewport()
        self.assertTrue(sheet.evaluate("element => element.matches(':modal')"))
        self.assertEqual(self.page.evaluate("document.documentElement.scrollWidth"), 390)

    def test_links_to_a_meeting_and_to_a_person_who_was_not_met_hold(self):
        person = self.busy_person()
        meeting = self.suite.request("GET", f"/api/persons/{person}/encounters")[-1]
        other = meeting["person"]
        self.day_of(person, f"/?with={other['id']}&at={meeting['start']}")
        sheet = self.page.locator("dialog.sheet")
        expect(sheet.get_by_role("heading", level=2)).to_have_text(f"{other['first_name']} {other['last_name']}")
        expect(sheet.locator(".chips button[aria-pressed=true]")).to_have_count(1)
        lone = self.suite.request("POST", "/api/persons", {
            "first_name": "Never", "last_name": "Seen", "company_name": "Nowhere"})
        self.go(f"/?with={lone['id']}")
        expect(sheet).to_contain_text("There are no locations of Never Seen.")

    def test_long_and_right_to_left_names_stay_in_their_rows(self):
        first, second = (self.suite.request("POST", "/api/persons", {
            "first_name": name, "last_name": "Zeta", "company_name": "لين الشركة"})["id"]
            for name in ("W" * 250, "ليلى"))
        self.page.set_viewport_size({"width": 320, "height": 640})
        self.choose(first)
        self.go("/")
        expect(self.page.get_by_text("No meetings yet")).to_be_visible()
        self.assertEqual(self.page.evaluate("document.documentElement.scrollWidth"), 320)
        self.go(f"/?with={second}")
        expect(self.page.locator("dialog.sheet bdi").first).to_have_text("ليلى Zeta")
        self.assertEqual(self.page.evaluate("document.documentElement.scrollWidth"), 320)
        for path, content in (("/me", "[role=switch]"), (f"/people/{first}", ".state")):
            self.go(path)
            expect(self.page.locator(content).first).to_be_visible()
            self.assertEqual(self.page.evaluate("document.documentElement.scrollWidth"), 320, path)

    def test_back_returns_to_the_place_in_a_list_and_through_its_pages(self):
        self.go("/people")
        self.page.get_by_role("button", name="Next page").click()
        expect(self.page).to_have_url(re.compile("after="))
        card = self.page.locator(".card").nth(40)
        card.scroll_into_view_if_needed()
        top = self.page.evaluate("scrollY")
        self.assertGreater(top, 0)
        card.click()
        expect(self.page.get_by_role("heading", level=1)).not_to_have_text("People")
        self.page.go_back()
        expect(self.page.locator(".card").nth(40)).to_be_in_viewport()
        self.page.go_back()
        expect(self.page).not_to_have_url(re.compile("after="))
        expect(self.page.get_by_role("button", name="First page")).to_have_count(0)

    def test_a_note_a_star_and_a_wrong_meeting_are_kept(self):
        person = self.busy_person()
        self.day_of(person)
        row = self.page.locator(".group[data-key=talked] .row > a").first
        other = int(row.locator("..").get_attribute("data-key"))
        row.click()
        sheet = self.page.locator("dialog.sheet")
        with self.page.expect_response(lambda response: "/notes/" in response.url):
            sheet.get_by_role("button", name="Star").click()
        with self.page.expect_response(lambda response: "/notes/" in response.url):
            sheet.get_by_label("Your note").fill("Wants our tangerine catalogue")
        self.page.reload()
        expect(sheet.get_by_label("Your note")).to_have_value("Wants our tangerine catalogue")
        expect(self.page.locator(".row .starred")).to_have_count(1)
        self.page.locator("#q").fill("tangerine")
        expect(self.page.locator(".row")).to_have_count(1)
        self.page.locator("#q").fill("")
        sheet.get_by_label("We did not meet").check()
        expect(self.page.locator(f".group[data-key=dismissed] .row[data-key='{other}']")).to_have_count(1)
        note, = self.suite.request("GET", f"/api/persons/{person}/notes")
        self.assertEqual((note["person_id"], note["starred"], note["not_met"]), (other, True, True))
        sheet.get_by_label("We did not meet").uncheck()
        sheet.get_by_label("Your note").fill("")
        sheet.get_by_role("button", name="Star").click()
        expect(sheet.locator(".note [role=status]")).to_have_text("Saved")
        expect(self.page.locator(".row .starred")).to_have_count(0)


class PersonalTests(DayCase):
    def enforce(self, session):
        """Answers as a deployment that requires signing in: `session` is the answer about the session."""
        self.page.route("**/api/login?*", lambda route: route.fulfill(status=404, json={"status": 404}))
        self.page.route("**/api/session", session)

    def test_signing_in_by_a_link_leads_to_the_own_day(self):
        self.expected = ["status of 401", "status of 404", "status of 422"]
        person = int(self.busy_person())
        me = {"subject": f"person:{person}", "roles": ["attendee"], "person_id": person, "events": [], "scopes": [], "expires_at": "2099-01-01T00:00:00"}
        state = {"in": False, "codes": []}

        def session(route):
            if route.request.method == "POST":
                state["codes"].append(route.request.post_data_json["code"])
                state["in"] = state["codes"][-1] == "good"
                return route.fulfill(json=me) if state["in"] else route.fulfill(
                    status=422, json={"status": 422, "detail": "The code is unknown, expired or already used: ask for a new one."})
            if route.request.method == "DELETE":
                state["in"] = False
                return route.fulfill(status=204)
            return route.fulfill(json=me) if state["in"] else route.fulfill(status=401, json={"status": 401})

        self.enforce(session)
        self.page.route("**/api/me/audit?*", lambda route: route.fulfill(json=[
            {"time": "2026-11-30T01:00:00", "role": "organiser", "operation": "readTrail", "purpose": "lost child", "count": 2}]))
        self.go("/")
        expect(self.page).to_have_url(re.compile("/sign-in"))
        self.page.get_by_label("Your code").fill("wrong")
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("alert")).to_contain_text("ask for a new one")
        self.go("/sign-in?return=/me#good")
        self.page.reload()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.name_of(person))
        self.assertEqual(state["codes"][-1], "good")
        self.assertNotIn("good", self.page.url)
        expect(self.page.get_by_role("region", name="Who looked", exact=True)).to_contain_text("lost child")
        self.page.get_by_role("button", name="Sign out", exact=True).click()
        expect(self.page.get_by_label("Your code")).to_be_visible()

    def test_consents_are_given_and_withdrawn_by_keyboard(self):
        person = self.suite.request("POST", "/api/persons", {"first_name": "Clara", "last_name": "Consent", "company_name": "Tests"})["id"]
        self.choose(person)
        self.go("/me")
        meet = self.page.get_by_role("switch", name="Show meetings with me")
        meet.focus()
        for given in (True, False):
            with self.page.expect_response(lambda response: response.request.method == "PUT"):
                self.page.keyboard.press("Space")
            expect(meet).to_be_checked(checked=given)
            expect(meet).to_be_focused()
            self.assertEqual(self.suite.request("GET", f"/api/persons/{person}/consents")["meet"]["given"], given)

    def test_two_persons_exchange_their_contact_details(self):
        people = [self.suite.request("POST", "/api/persons", {"first_name": name, "last_name": "Contact", "company_name": "Tests"})["id"]
                  for name in ("Alma", "Bela")]
        self.suite.request("PUT", f"/api/persons/{people[0]}/contact", {"email": "alma@example.org"})
        self.suite.request("PUT", f"/api/persons/{people[0]}/contacts/{people[1]}", {})
        self.choose(people[1])
        self.go("/me")
        self.page.get_by_label("Phone number").fill("+1 555 0100")
        with self.page.expect_response(lambda response: response.request.method == "PUT"):
            self.page.get_by_role("button", name="Save").click()
        self.assertEqual(self.suite.request("GET", f"/api/persons/{people[1]}/contact")["phone"], "+1 555 0100")
        self.go("/")
        self.page.get_by_role("link", name="Alma Contact").click()
        sheet = self.page.locator("dialog.sheet")
        sheet.get_by_role("button", name="Accept").click()
        expect(sheet.get_by_role("link", name="alma@example.org")).to_be_visible()
        with self.page.expect_download() as started:
            sheet.get_by_role("button", name="Save the contact").click()
        with open(started.value.path(), encoding="utf-8") as file:
            self.assertIn("alma@example.org", file.read())

    def test_a_pause_begins_and_ends(self):
        person = self.suite.request("POST", "/api/persons", {"first_name": "Pia", "last_name": "Pause", "company_name": "Tests"})["id"]
        self.choose(person)
        self.go("/me")
        self.page.get_by_role("button", name="Pause for 60 min").click()
        expect(self.page.get_by_text("You are paused until")).to_be_visible()
        self.assertTrue(self.suite.request("GET", f"/api/persons/{person}/pause")["paused"])
        self.page.get_by_role("button", name="Resume").click()
        expect(self.page.get_by_text("You are not paused.")).to_be_visible()
        self.page.get_by_role("button", name="Forget the last 15 min").click()
        expect(self.page.get_by_text("0 locations were removed.")).to_be_visible()
        self.assertFalse(self.suite.request("GET", f"/api/persons/{person}/pause")["paused"])

    def test_a_phone_is_connected_by_a_code_that_the_api_made(self):
        person = self.suite.request("POST", "/api/persons", {"first_name": "Paula", "last_name": "Phone", "company_name": "Tests"})["id"]
        self.choose(person)
        self.go("/phone")
        expect(self.page.get_by_text("No phone is connected")).to_be_visible()
        self.page.get_by_label("Name of the phone").fill("Paula's phone")
        self.page.get_by_role("button", name="Connect a phone").click()
        expect(self.page.get_by_role("img", name="QR code that sets up OwnTracks")).to_be_visible()
        self.assertGreater(self.page.locator("img.qr").evaluate("image => image.decode().then(() => image.naturalWidth)"), 0)
        self.assertTrue(self.page.get_by_role("link", name="Open in OwnTracks").get_attribute("href").startswith("owntracks:"))
        expect(self.page.locator(".phones")).to_contain_text("Not yet")
        self.page.get_by_role("button", name="Remove: Paula's phone").click()
        expect(self.page.get_by_text("No phone is connected")).to_be_visible()
        self.assertEqual(self.suite.request("GET", f"/api/persons/{person}/devices"), [])

    def test_a_person_erases_themselves(self):
        person = self.suite.request("POST", "/api/persons", {"first_name": "Erik", "last_name": "Erased", "company_name": "Tests"})["id"]
        self.choose(person)
        self.go("/me")
        self.page.get_by_text("Erase everything").click()
        self.page.get_by_role("button", name="Erase", exact=True).click()
        expect(self.page.get_by_text("Tick the box first.")).to_be_visible()
        self.page.get_by_label("I want to erase all my data").check()
        self.page.get_by_role("button", name="Erase", exact=True).click()
        expect(self.page.get_by_role("heading", name="Who are you?")).to_be_visible()
        with self.assertRaisesRegex(RuntimeError, "404"):
            self.suite.request("GET", f"/api/persons/{person}")

    def test_wcag_is_kept_on_the_pages_of_a_person(self):
        person = self.busy_person()
        self.choose(person)
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            self.go("/")
            self.page.locator(".row > a").first.click()
            expect(self.page.locator(".distance-chart")).to_be_visible()
            self.expect_no_barrier("my day", scheme)
            self.go("/me")
            expect(self.page.get_by_role("switch")).to_have_count(7)
            self.expect_no_barrier("me", scheme)
            self.go("/phone")
            expect(self.page.get_by_text("No phone is connected")).to_be_visible()
            self.expect_no_barrier("phone", scheme)
            self.go("/sign-in")
            expect(self.page.get_by_label("Your code")).to_be_visible()
            self.expect_no_barrier("sign in", scheme)
