"""Logs in at an OpenID Connect provider in a real browser: by TLS, through the entrance, with ACCESS=enforce."""

import contextlib
import pathlib
import re
import sys
import unittest
import zipfile

from playwright.sync_api import expect

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "Access"))
from enforcing import Enforcing, free_port, provider  # noqa: E402
from suite import browser  # noqa: E402

# What the page itself gets for a request, with its cookies.
FETCH = """async ([method, path, body]) => {
    const answer = await fetch(path, {method, body: body && JSON.stringify(body), headers: body ? {"Content-Type": "application/json"} : {}})
    return [answer.status, answer.status === 204 ? null : await answer.json()]
}"""


class LoginTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = Enforcing(sys.argv[1], tls=True)
        cls.suite.more["access-service"] = cls.enterClassContext(provider(free_port(), f"{cls.suite.url}/api/login/callback"))
        cls.enterClassContext(cls.suite)
        cls.suite.people("Alice", "Bob", "Carol")
        cls.browser = cls.enterClassContext(browser())

    def setUp(self):
        self.context = self.browser.new_context(ignore_https_errors=True)
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)

    def tearDown(self):
        self.context.close()

    def fetch(self, method, path, body=None):
        return self.page.evaluate(FETCH, [method, path, body])

    def log_in(self, name, question=""):
        """Logs in at the provider's page, unless the provider still knows the browser."""
        self.page.goto(f"{self.suite.url}/api/login?return=/api/session{question}")
        if self.page.locator("#id_username").count():
            self.prove(name)
        expect(self.page).to_have_url(f"{self.suite.url}/api/session")

    def prove(self, name):
        """Fills in the provider's form."""
        self.page.locator("#id_username").fill(name)
        self.page.locator("#id_password").fill(f"password of {name}")
        self.page.get_by_role("button", name="Log in").click()

    def cookies(self):
        """The browser's cookies of the suite."""
        return {cookie["name"]: cookie for cookie in self.context.cookies(self.suite.url) if cookie["name"].startswith(("uda", "__Host-"))}

    def test_a_person_logs_in_sees_only_their_own_data_and_logs_out(self):
        self.log_in("alice")
        cookies = self.cookies()
        # The cookie of the begun login has gone.
        self.assertEqual(list(cookies), ["__Host-uda"])
        cookie = cookies["__Host-uda"]
        self.assertEqual((cookie["httpOnly"], cookie["secure"], cookie["sameSite"], cookie["path"], cookie["domain"]),
                         (True, True, "Lax", "/", "127.0.0.1"))
        # Pages cannot read it; other cookies are the provider's, because cookies know no ports.
        self.assertNotIn("uda", self.page.evaluate("document.cookie"))
        self.assertEqual(self.page.evaluate("localStorage.length + sessionStorage.length"), 0)
        # The provider knows alice, but only a claim makes her a person of ours.
        status, session = self.fetch("GET", "/api/session")
        self.assertEqual((status, session["roles"], session.get("person_id")), (200, [], None))
        self.assertRegex(session["subject"], "^identity:")
        self.assertEqual(self.fetch("GET", "/api/persons/1")[0], 401)
        # The pages ask for the code.
        self.page.goto(f"{self.suite.url}/")
        expect(self.page).to_have_url(f"{self.suite.url}/sign-in")
        expect(self.page.get_by_text("You are signed in at your organisation.")).to_be_visible()
        self.page.locator("#code").fill(self.suite.command("claims", "create", 1)["code"])
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page).to_have_url(f"{self.suite.url}/")
        self.assertEqual(self.fetch("GET", "/api/session")[1]["person_id"], 1)
        self.assertEqual(self.fetch("GET", "/api/persons/1")[1]["first_name"], "Alice")
        self.assertEqual([self.fetch("GET", f"/api/persons/{person}")[0] for person in (2, 99)], [404, 404])
        # Without the claim: the provider leads to the person from now on.
        old = self.cookies()["__Host-uda"]["value"]
        self.log_in("alice")
        status, session = self.fetch("GET", "/api/session")
        self.assertEqual((status, session["person_id"], session["roles"]), (200, 1, ["attendee"]))
        new = self.cookies()["__Host-uda"]["value"]
        self.assertNotEqual(old, new)
        self.assertEqual(self.fetch("DELETE", "/api/session")[0], 204)
        self.assertEqual(self.cookies(), {})
        self.assertEqual(self.fetch("GET", "/api/persons/1")[0], 401)
        # A copy of the cookie is of no use any more.
        self.assertEqual(self.suite.ask("GET", "/api/persons/1", {"Cookie": f"__Host-uda={new}"}).status, 401)

    def test_the_pages_lead_through_the_login_and_to_a_fresh_one(self):
        wrong = []
        self.page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: wrong.append(str(error)))
        self.page.goto(self.suite.url)
        expect(self.page).to_have_url(f"{self.suite.url}/sign-in")
        self.page.get_by_role("link", name="Sign in with your organisation").click()
        self.prove("carol")
        # The provider knows carol, but the pages need the code of a claim once.
        expect(self.page.get_by_label("Your code")).to_be_visible()
        code = self.suite.command("claims", "create", 3)["code"]
        self.page.goto(f"{self.suite.url}/sign-in#{code}")
        expect(self.page.locator(".self")).to_contain_text("Carol L")
        expect(self.page.get_by_text("No meetings yet")).to_be_visible()
        self.page.get_by_role("link", name="Me", exact=True).click()
        expect(self.page.get_by_role("switch")).to_have_count(7)
        self.suite.query("UPDATE access_session SET authenticated_at = authenticated_at - interval '6 minutes'")
        self.page.get_by_role("button", name="Download a copy").click()
        self.page.get_by_role("link", name="Sign in again").click()
        # The provider asks again, although it knows the browser.
        self.prove("carol")
        expect(self.page).to_have_url(f"{self.suite.url}/me")
        with self.page.expect_download() as started:
            self.page.get_by_role("button", name="Download a copy").click()
        with zipfile.ZipFile(started.value.path()) as archive:
            self.assertIsNone(archive.testzip())
        self.page.get_by_role("button", name="Sign out", exact=True).click()
        expect(self.page.get_by_label("Your code")).to_be_visible()
        self.assertEqual(self.fetch("GET", "/api/persons/3")[0], 401)
        # Browsers install no service worker from a host whose certificate signs itself. There is no key for push messages.
        self.assertEqual([text for text in wrong if not re.search("status of (401|403|404)|SSL certificate error", text)], [])

    def test_a_wrong_password_and_a_foreign_answer_are_refused(self):
        self.page.goto(f"{self.suite.url}/api/login")
        self.page.locator("#id_username").fill("bob")
        self.page.locator("#id_password").fill("password of alice")
        self.page.get_by_role("button", name="Log in").click()
        expect(self.page.locator(".errorlist")).to_be_visible()
        self.assertNotIn("__Host-uda", self.cookies())
        # The answer to another browser's login, with a code that has not been used because that browser lost its cookie.
        with contextlib.closing(self.browser.new_context(ignore_https_errors=True)) as other:
            page, addresses = other.new_page(), []
            page.on("request", lambda request: addresses.append(request.url) if "/api/login/callback?" in request.url else None)
            page.goto(f"{self.suite.url}/api/login")
            page.locator("#id_username").fill("bob")
            page.locator("#id_password").fill("password of bob")
            other.clear_cookies(name="__Host-uda-login")
            page.get_by_role("button", name="Log in").click()
            expect(page).to_have_url(f"{self.suite.url}/sign-in?login=failed")
        self.assertEqual(len(addresses), 1)
        self.page.goto(addresses[0])
        expect(self.page).to_have_url(f"{self.suite.url}/sign-in?login=failed")
        expect(self.page.get_by_role("alert")).to_contain_text("did not succeed")
        self.assertNotIn("__Host-uda", self.cookies())
        self.assertEqual(self.fetch("GET", "/api/session")[0], 401)

    def test_dangerous_acts_need_a_login_of_the_last_minutes(self):
        self.log_in("bob", "&fresh=true")
        self.page.goto(f"{self.suite.url}/api/login?fresh=true&return=/api/session")
        # The provider asks again, although it knows the browser.
        expect(self.page.locator("#id_password")).to_be_visible()
