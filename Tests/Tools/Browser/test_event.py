"""Tests of the event's page, maps, time lines and languages."""

import contextlib
import csv
import re
import time

from playwright.sync_api import expect

from case import PageCase

# Draws a trail of 100,000 locations by the module of the map, and counts the lines of each frame.
COUNT_LINES = """async (assets) => {
  const { drawTrail, trailOf, windowAround } = await import(`${assets}/trails.js`);
  const { TimeScale } = await import(`${assets}/time-scale.js`);
  const start = Date.parse("2025-06-05T16:00:00Z");
  const locations = Array.from({ length: 100000 }, (_, index) => ({
    latitude: String(37.5 + Math.sin(index / 50) / 1000), longitude: String(-122.3 + index / 1e8), creation_time: start + index * 288, accuracy: 5 }));
  locations[500].latitude = locations[500].longitude = "0";
  const trail = trailOf(locations, (time) => time);
  let lines = 0;
  const nothing = () => {};
  const context = { beginPath: nothing, stroke: nothing, fill: nothing, rect: nothing, moveTo: nothing, lineTo: () => (lines += 1) };
  const view = { width: 1e9, height: 1e9, x: (x) => x * 2 ** 20, y: (y) => y * 2 ** 20 };
  const looked = drawTrail(context, view, trail, ...windowAround(trail, start + 4 * 3600000));
  const night = new TimeScale([[0, 3600000], [86400000, 90000000]], 218);
  return { looked, lines, outliers: trail.isFar.reduce((sum, flag) => sum + flag, 0), isOutlier: trail.isFar[500],
           middle: night.time(109), first: night.x(3600000), second: night.x(86400000) };
}"""

# Draws places by the module of the map on a canvas that notes the colours of its discs.
DRAW_PLACES = """async (assets) => {
  const { drawPlaces, grouped } = await import(`${assets}/places.js`);
  const places = [[0, 0, 9], [0.1, 0, 5], [0, 0.1, 1], [100, 100, 1]].map(([x, y, weight]) => ({ x, y, weight }));
  const groups = grouped(places, 1, places[1]);
  const discs = [];
  const nothing = () => {};
  const context = { beginPath: nothing, arc: nothing, stroke: nothing, fillText: nothing, fill() { discs.push(this.fillStyle); } };
  drawPlaces(context, { width: 200, height: 200, x: (x) => x, y: (y) => y }, groups, places[1], (name) => name);
  return { sizes: groups.map((group) => group.places.length), discs };
}"""

# Keys of the English texts that a catalogue does not have, by language.
MISSING_KEYS = """async (assets) => {
  const { missingKeys } = await import(`${assets}/catalogue.js`);
  const { languages } = await import(`${assets}/language.js`);
  const { strings } = await import(`${assets}/strings.js`);
  const missing = {};
  for (const language of Object.keys(languages).filter((name) => name !== "en")) {
    const answer = await fetch(`${assets}/strings.${language}.json`);
    missing[language] = missingKeys(strings, await answer.json());
  }
  return missing;
}"""


class EventTests(PageCase):
    def open_event(self, path="/event"):
        self.go(path)
        expect(self.page.locator(".room").first).to_be_visible()
        return self.page.get_by_role("slider")

    def test_a_frame_draws_only_the_minutes_around_its_moment(self):
        self.go("/licences")
        counts = self.page.evaluate(COUNT_LINES, self.assets())
        self.assertLessEqual(counts["looked"], 301)
        self.assertLessEqual(counts["lines"], counts["looked"])
        self.assertEqual((counts["outliers"], counts["isOutlier"]), (1, 1))
        # A night takes the width of a cut: 18 of 218 pixels.
        self.assertEqual((counts["first"], counts["second"]), (100, 118))
        self.assertEqual(counts["middle"], 3_600_000)

    def test_the_selected_meeting_is_on_top_of_joined_ones(self):
        self.go("/licences")
        places = self.page.evaluate(DRAW_PLACES, self.assets())
        self.assertEqual(places["sizes"], [2, 1])
        self.assertEqual(places["discs"], ["--meeting", "--meeting", "--selected"])

    def test_the_time_of_the_event_is_a_slider_for_keys(self):
        slider = self.open_event()
        slider.focus()
        self.page.keyboard.press("Home")
        first = slider.get_attribute("aria-valuetext")
        before = int(slider.get_attribute("aria-valuenow"))
        for key, seconds in (("ArrowRight", 60), ("PageUp", 900), ("PageDown", -900), ("ArrowLeft", -60)):
            self.page.keyboard.press(key)
            after = int(slider.get_attribute("aria-valuenow"))
            self.assertEqual(after - before, seconds, key)
            before = after
        self.assertEqual(slider.get_attribute("aria-valuetext"), first)
        expect(self.page.get_by_role("button", name="Replay")).to_have_attribute("aria-pressed", "true")
        for _ in range(3):
            self.page.keyboard.press("PageUp")
        told = slider.get_attribute("aria-valuetext")
        expect(self.page).to_have_url(re.compile("at=2025-06-05T16%3A45"))
        self.page.reload()
        expect(self.page.get_by_role("slider")).to_have_attribute("aria-valuetext", told)

    def test_rooms_keep_the_focus_while_the_time_moves(self):
        slider = self.open_event()
        room = self.page.locator(".room").first
        name = room.locator("bdi").inner_text()
        room.focus()
        shown = slider.get_attribute("aria-valuenow")
        slider.evaluate("slider => slider.dispatchEvent(new KeyboardEvent('keydown', { key: 'PageUp' }))")
        expect(slider).not_to_have_attribute("aria-valuenow", shown)
        expect(self.page.locator(".room:focus")).to_contain_text(name)

    def test_figures_of_the_event_are_those_of_the_statistics(self):
        slider = self.open_event()
        event = self.suite.request("GET", "/api/events")[-1]["id"]
        day = self.suite.request("GET", f"/api/events/{event}/occupancy?day=2025-06-05")
        rooms = {row["zone"]["name"]: row["persons"] for row in day if row["zone"]["kind"] != "building"}
        # 16:30 UTC, half an hour after the doors open.
        for _ in range(2):
            slider.focus()
            self.page.keyboard.press("Home")
        at = int(slider.get_attribute("aria-valuenow")) % 86_400 // 900
        shown = [row.split("\n") for row in self.page.locator(".room").all_inner_texts()]
        self.assertEqual({name: int(number) for name, number in shown}, dict(sorted(
            ((name, persons[at]) for name, persons in rooms.items() if persons[at]), key=lambda room: -room[1])[:12]))
        names = " ".join(f"{person['first_name']} {person['last_name']}" for person in self.suite.request("GET", "/api/persons?limit=1"))
        self.assertNotIn(names, self.page.locator("main").inner_text())

    def test_organisers_find_the_daily_reports(self):
        event = self.suite.request("GET", "/api/events")[-1]["id"]
        # A report is stored after two looks, a minute apart.
        deadline = time.monotonic() + 300
        while not (reports := self.suite.request("GET", f"/api/events/{event}/reports")):
            self.assertLess(time.monotonic(), deadline, "there is no report")
            time.sleep(1)
        self.assertEqual([report["day"] for report in reports], ["2025-06-05"])
        figures = self.suite.request("GET", f"/api/events/{event}/reports/2025-06-05")["figures"]
        self.open_event()
        listed = self.page.locator(".reports")
        with self.page.expect_download() as download:
            listed.get_by_role("button", name="CSV of Thu, 5 Jun 2025").click()
        with open(download.value.path(), newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["value"] for row in rows if row["section"] == "event"], [str(figures["visitors"])])
        self.assertEqual(len({row["code"] for row in rows if row["section"] == "zone"}), len(figures["zones"]))
        with self.context.expect_page() as opened:
            listed.get_by_role("link", name="Thu, 5 Jun 2025").click()
        self.page = opened.value
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()
        expect(self.page.get_by_role("table", name="Rooms").get_by_role("row")).to_have_count(len(figures["zones"]) + 1)
        # The policy lets the style of the page through.
        expect(self.page.locator("svg rect").first).to_have_css("fill", "rgb(11, 87, 208)")
        self.expect_no_barrier("report", "light")

    def test_old_locations_are_said_to_be_old(self):
        self.open_event()
        expect(self.page.locator(".freshness")).to_contain_text("The last location is of Thu, 5 Jun 2025")
        expect(self.page.get_by_role("button", name="Live", exact=True)).to_be_disabled()

    def test_the_page_scrolls_over_the_map_and_the_focus_is_visible(self):
        self.open_event()
        self.page.set_viewport_size({"width": 1000, "height": 500})
        self.page.locator(".map").hover()
        scale = self.page.locator(".leaflet-control-scale-line").inner_text()
        self.page.mouse.wheel(0, 200)
        self.page.wait_for_function("scrollY > 0")
        self.assertEqual(self.page.locator(".leaflet-control-scale-line").inner_text(), scale)
        self.page.keyboard.down("Control")
        self.page.mouse.wheel(0, -480)
        self.page.keyboard.up("Control")
        expect(self.page.locator(".leaflet-control-scale-line")).not_to_have_text(scale)
        self.page.locator(".map").focus()
        for control in (".leaflet-control-zoom-in", ".leaflet-control-zoom-out", ".map-fit"):
            self.page.keyboard.press("Tab")
            expect(self.page.locator(control)).to_be_focused()
            expect(self.page.locator(control)).to_have_css("outline-style", "solid")

    def test_what_arrives_leaves_the_map_where_it_is(self):
        first = self.suite.request("POST", "/api/persons", {"first_name": "Mara", "last_name": "Still", "company_name": "Tests"})["id"]
        self.meet(first)
        self.go(f"/people/{first}")
        expect(self.page.get_by_text("11 locations", exact=True)).to_be_visible()
        scale = self.page.locator(".leaflet-control-scale-line")
        before = scale.inner_text()
        for _ in range(4):
            self.page.locator(".leaflet-control-zoom-out").click()
        expect(scale).not_to_have_text(before)
        zoomed = scale.inner_text()
        self.suite.request("POST", "/api/locations", {
            "person_id": first, "latitude": "37.61", "longitude": "-122.31", "creation_time": self.truth[0]["start"]})
        expect(self.page.get_by_text("12 locations", exact=True)).to_be_visible()
        self.assertEqual(scale.inner_text(), zoomed)

    def test_a_page_whose_module_is_gone_loads_the_document_again(self):
        self.expected = ["ERR_", "Failed to fetch"]
        self.go("/licences")
        self.page.route("**/event.js", lambda route: route.abort(), times=1)
        self.page.get_by_role("link", name="Event").click()
        expect(self.page.locator(".room").first).to_be_visible()
        # If that does not help, the page says so.
        self.page.route("**/event.js", lambda route: route.abort())
        self.go("/event")
        expect(self.page.locator(".state.error")).to_contain_text("A new release may have replaced it")

    def test_times_are_those_of_the_event_in_its_own_zone(self):
        with contextlib.closing(self.browser.new_context(timezone_id="Asia/Tokyo", locale="en-GB", service_workers="block")) as context:
            page = context.new_page()
            page.goto(self.suite.url + "/event")
            expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", re.compile("5 Jun 2025"))
            expect(page.locator("footer")).to_contain_text("Los Angeles Time")
            page.get_by_label("Times").select_option("device")
            expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", re.compile("6 Jun 2025"))

    def test_pages_and_answers_are_there_without_a_network_until_the_sign_out(self):
        with contextlib.closing(self.browser.new_context(timezone_id="UTC", locale="en-GB")) as context:
            page = context.new_page()
            page.goto(self.suite.url + "/event")
            expect(page.locator(".room").first).to_be_visible()
            # The worker answers pages from the next load on.
            page.evaluate("navigator.serviceWorker.ready")
            page.wait_for_function("navigator.serviceWorker.controller !== null")
            page.reload()
            expect(page.locator(".chart")).to_have_count(3)
            page.wait_for_function("caches.open('answers').then((cache) => cache.keys()).then((keys) => keys.length >= 7)")
            context.set_offline(True)
            page.reload()
            expect(page.locator(".room").first).to_be_visible()
            expect(page.locator("#banner")).to_contain_text("Offline, as of ")
            context.set_offline(False)
            page.evaluate("fetch('/api/session', { method: 'DELETE' }).catch(() => {})")
            page.wait_for_function("caches.has('answers').then((isThere) => !isThere)")

    def test_every_text_is_there_in_every_language(self):
        self.go("/licences")
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()
        self.assertEqual(self.page.evaluate(MISSING_KEYS, self.assets()), {"es": [], "de": [], "ar": []})

    def test_the_pages_speak_the_language_of_the_browser_and_of_the_reader(self):
        with contextlib.closing(self.browser.new_context(timezone_id="UTC", locale="ar", service_workers="block")) as context:
            page = context.new_page()
            page.set_viewport_size({"width": 390, "height": 844})
            page.goto(self.suite.url + "/event")
            expect(page.locator(".room").first).to_be_visible()
            self.assertEqual(page.evaluate("[document.documentElement.lang, document.documentElement.dir]"), ["ar", "rtl"])
            expect(page.get_by_role("link", name="الفعالية")).to_be_visible()
            self.assertEqual(page.evaluate("document.documentElement.scrollWidth"), 390)
            page.get_by_label("اللغة").select_option("de")
            expect(page.get_by_role("link", name="Veranstaltung", exact=True)).to_be_visible()
            expect(page.locator(".chart").first).to_contain_text("Wie lange Personen bleiben")
