"""Nudges in a real browser: a person is told who is near, with ACCESS=enforce and real services."""

import datetime
import pathlib
import re
import sys
import unittest
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "Access"))
from case import WCAG  # noqa: E402
from enforcing import Enforcing  # noqa: E402
from suite import browser  # noqa: E402

DAY = datetime.timedelta(days=1)
# A metre in degrees of latitude.
METRE = 1 / 111_195


class NudgeTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = cls.enterClassContext(Enforcing(sys.argv[1]))
        cls.key = cls.suite.people("Alice", "Bob", "Carol")
        cls.browser = cls.enterClassContext(browser())

    def ask(self, method, path, headers, body=None):
        answer = self.suite.ask(method, path, headers, body)
        self.assertLess(answer.status, 300, answer.body)
        return answer

    def send(self, fixes):
        """Sends fixes of persons: the number, the time and the metres to the north."""
        self.ask("POST", "/api/locations/batch", self.key, [
            {"person_id": person, "latitude": f"{48 + metres * METRE:.7f}", "longitude": "2", "accuracy": 4, "creation_time": moment.isoformat()}
            for person, moment, metres in fixes])

    def test_a_person_is_told_who_is_near_until_the_consent_ends(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        ring = [[1.99, 47.99], [2.01, 47.99], [2.01, 48.01], [1.99, 48.01], [1.99, 47.99]]
        self.ask("POST", "/api/events", self.key, {
            "name": "Fair", "opening_hours": [{"opens": (now - 2 * DAY).isoformat(), "closes": (now + DAY).isoformat()}],
            "venue": {"type": "Polygon", "coordinates": [ring]}})
        bob = self.suite.session(2)
        for person, session in ((1, self.suite.session(1)), (2, bob), (3, self.suite.session(3))):
            # Carol does not agree to nudges.
            self.ask("PUT", f"/api/persons/{person}/consents", session, {"locate": True, "meet": True, "identify": True, "nudge": person == 2})
        self.suite.query("UPDATE consent SET changed_at = changed_at - interval '2 days'")
        self.send((person, now - DAY + datetime.timedelta(seconds=second), 0) for second in range(0, 601, 30) for person in (1, 2, 3))
        context = self.browser.new_context(service_workers="block")
        self.addCleanup(context.close)
        page = context.new_page()
        page.set_default_timeout(20_000)
        wrong, refused = [], set()
        page.on("response", lambda response: refused.add((urlsplit(response.url).path, response.status)) if response.status >= 400 else None)
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{self.suite.url}/sign-in#{self.suite.command('claims', 'create', 1)['code']}")
        expect(page.locator(".row")).to_have_count(2, timeout=20_000)
        page.get_by_role("link", name="Me", exact=True).click()
        page.get_by_role("switch", name="Tell each other when near").check()
        expect(page.get_by_text("Saved")).to_be_attached()
        page.goto(f"{self.suite.url}/")
        expect(page.locator(".row")).to_have_count(2)
        nudge = page.get_by_role("status").locator(".nudge")
        expect(nudge).to_have_count(0)
        self.send((person, datetime.datetime.now(datetime.timezone.utc), metres) for person, metres in ((1, 0), (2, 20), (3, 10)))
        expect(nudge).to_have_count(1, timeout=30_000)
        expect(nudge).to_contain_text("Bob L is about 20 m away. You last met on")
        results = Axe().run(page, options={"runOnly": WCAG, "resultTypes": ["violations"]})
        self.assertEqual(results.violations_count, 0, results.generate_report())
        nudge.get_by_role("link", name="Open Bob L").click()
        expect(page.locator("dialog.sheet").get_by_role("heading", level=2)).to_have_text("Bob L")
        # Both were told, and only they.
        self.assertEqual(self.suite.query("SELECT person_id, other_id FROM nudge ORDER BY 1"), [["1", "2"], ["2", "1"]])
        self.ask("PUT", "/api/persons/2/consents", bob, {"nudge": False})
        expect(nudge).to_have_count(0)
        # Before the sign-in there is no session, and never an issuer or a key for push messages. A page may be left before it asks.
        expected = {("/api/session", 401), ("/api/events", 401), ("/api/login", 404), ("/api/push/key", 404)}
        self.assertEqual(refused - expected, set())
        self.assertEqual([text for text in wrong if not re.search("status of 40[14]", text)], [])
