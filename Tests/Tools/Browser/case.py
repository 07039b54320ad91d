"""A test case with a browser page of its own, in a suite that all cases share."""

import re
import unittest
from datetime import datetime, timedelta

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

# The machine may be busy.
expect.set_options(timeout=20_000)
# The success criteria of WCAG 2.2, A and AA, that a program can check.
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


class PageCase(unittest.TestCase):
    # Set before the tests run: the suite, its true meetings, and the browser.
    suite = truth = browser = None

    def setUp(self):
        self.wrong = []
        self.expected = []
        # A service worker would hide requests from `route`.
        self.context = self.browser.new_context(timezone_id="UTC", locale="en-GB", accept_downloads=True, service_workers="block")
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.page.on("console", lambda message: self.note(message.type in ("error", "warning"), message.text))
        self.page.on("pageerror", lambda error: self.note(True, str(error)))
        self.page.on("request", lambda request: self.note(
            not request.url.startswith((self.suite.url, "blob:" + self.suite.url, "data:")), f"off the origin: {request.url}"))

    def note(self, is_wrong, text):
        allowed = [*self.expected, "Service Worker registration blocked by Playwright"]
        if is_wrong and not any(re.search(pattern, text) for pattern in allowed):
            self.wrong.append(text)

    def tearDown(self):
        self.context.close()
        self.assertEqual(self.wrong, [], "the console must be clean, without requests to other origins")

    def go(self, path):
        self.page.goto(self.suite.url + path)

    def name_of(self, person):
        details = self.suite.request("GET", f"/api/persons/{person}")
        return f"{details['first_name']} {details['last_name']}"

    def longest_true_meeting(self):
        return max(self.truth, key=lambda meeting: int(meeting["duration_s"]))

    def assets(self):
        """The path of the files of this release."""
        return re.search(r"/assets/[0-9a-f]+", self.page.content()).group(0)

    def meet(self, *persons):
        """Posts fixes of persons who stand at one place for five minutes, away from other persons."""
        start = datetime.fromisoformat(self.truth[0]["start"])
        for seconds in range(0, 301, 30):
            for person in persons:
                self.suite.request("POST", "/api/locations", {
                    "person_id": person, "latitude": "37.60", "longitude": "-122.30", "accuracy": 1,
                    "creation_time": (start + timedelta(seconds=seconds)).isoformat()})

    def expect_no_barrier(self, page, scheme):
        with self.subTest(f"{page}, {scheme}"):
            results = Axe().run(self.page, options={"runOnly": WCAG, "resultTypes": ["violations"]})
            self.assertEqual(results.violations_count, 0, results.generate_report())
