"""Push messages from the database to a notification: with ACCESS=enforce, webhook-sender, a push service of ours, and a real browser.

Browsers reach no push service here, so the page's subscription is one of ours; what the push service has decrypted is delivered to the
browser's service worker by the Chrome DevTools Protocol."""

import contextlib
import json
import pathlib
import queue
import subprocess
import sys
import threading
import time
import unittest

from playwright.sync_api import expect

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "Access"))
from enforcing import Enforcing  # noqa: E402
from suite import ROOT, browser, push_settings  # noqa: E402

FOLDER = ROOT / "Tests/Tools/Push"
# In the place of the browser's own push service.
SUBSCRIBE = """({ endpoint, p256dh, auth }) => {
    let own = null
    PushManager.prototype.getSubscription = async () => own
    PushManager.prototype.subscribe = async (options) => own = {
        options: { applicationServerKey: options.applicationServerKey.buffer },
        toJSON: () => ({ endpoint, expirationTime: null, keys: { p256dh, auth } }),
        unsubscribe: async () => { own = null; return true },
    }
}"""
SHOWN = """navigator.serviceWorker.ready.then((registration) => registration.getNotifications()).then((all) =>
    all.map(({ title, body, tag, lang, dir, data }) => ({ title, body, tag, lang, dir, path: data.path })))"""
# The event of a service worker by a script; only the browser itself may call its waitUntil.
DISPATCH = """async (event) => {
    let done
    event.waitUntil = (promise) => { done = promise }
    self.dispatchEvent(event)
    await done
}"""
# Which subscription the browser knows to be the server's.
KNOWN = "caches.match('/subscription').then((answer) => answer?.json() ?? null)"
# A busy machine takes seconds; in seconds.
PATIENCE = 60
NUDGE = {"kind": "nudge", "person_id": 2, "about_metres": 20, "last_met": "2026-11-29"}


class PushTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = Enforcing(sys.argv[1])
        cls.suite.more["webhook-sender"] = push_settings() | {"WEBHOOK_ALLOW_PRIVATE": "yes", "WEBHOOK_RETRY_BASE": "200ms"}
        cls.enterClassContext(cls.suite)
        cls.suite.people("Alice", "Bob")
        cls.browser = cls.enterClassContext(browser())

    def setUp(self):
        self.service = subprocess.Popen([ROOT / "scripts/python", FOLDER / "requirements.txt", FOLDER / "service.py"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end_service)
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=lambda: [self.lines.put(json.loads(line)) for line in self.service.stdout], daemon=True)
        self.reader.start()
        self.own = self.received()
        self.suite.query("DELETE FROM push_subscription")

    def end_service(self):
        self.service.stdin.close()
        self.service.wait(10)
        self.reader.join(10)
        self.service.stdout.close()

    def queue(self, payload, person=1, seconds=600):
        """Queues a message as connection-service does. Returns how many browsers get it."""
        return int(self.suite.query(f"""SELECT queue_push({person}, '{json.dumps(payload)}'::jsonb,
            now() + {seconds} * interval '1 second')""")[0][0])

    def received(self):
        """The next line of the push service: a request, or first what the browser's subscription has."""
        return self.lines.get(timeout=PATIENCE)

    def register(self, headers, path=""):
        answer = self.suite.ask("POST", "/api/me/push", headers, {**self.own, "endpoint": self.own["endpoint"] + path})
        self.assertEqual(answer.status, 201, answer.body)
        return answer.json()["id"]

    def sign_in(self, context):
        """The page "Me" of the first person, in which subscriptions are ours."""
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.add_init_script(f"({SUBSCRIBE})({json.dumps(self.own)})")
        page.goto(f"{self.suite.url}/sign-in?return=/me#{self.suite.command('claims', 'create', 1)['code']}")
        page.wait_for_url("**/me")
        return page

    def wait_until(self, sql, expected):
        deadline = time.monotonic() + PATIENCE
        while self.suite.query(sql)[0][0] != expected:
            self.assertLess(time.monotonic(), deadline, sql)

    def test_others_can_decrypt_and_verify_what_is_sent(self):
        alice = self.suite.session(1)
        key = self.suite.ask("GET", "/api/push/key").json()["key"]
        self.register(alice)
        self.assertEqual(self.queue(NUDGE), 1)
        line = self.received()
        self.assertNotIn("error", line)
        self.assertEqual(json.loads(line["payload"]), NUDGE)
        self.assertEqual((line["key"], line["sub"], line["urgency"]), (key, "mailto:ops@example.org", "high"))
        self.assertTrue(0 < line["ttl"] <= 600)
        # A message about the same pair has the same topic, a message about another one has not.
        self.queue(NUDGE | {"about_metres": 30})
        self.assertEqual(self.received()["topic"], line["topic"])
        self.queue(NUDGE | {"person_id": 3, "last_met": "\u2603"})
        other = self.received()
        self.assertNotEqual(other["topic"], line["topic"])
        self.assertEqual(json.loads(other["payload"])["last_met"], "\u2603")

    def test_a_browser_ends_with_its_session_and_with_the_answer_of_the_push_service(self):
        alice, bob = self.suite.session(1), self.suite.session(2)
        self.register(alice)
        self.assertEqual(self.suite.ask("DELETE", "/api/session", alice).status, 204)
        self.assertEqual(self.queue(NUDGE), 0)
        alice = self.suite.session(1)
        self.register(alice, "/410")
        self.assertEqual(self.queue(NUDGE), 1)
        self.received()
        self.wait_until("SELECT count(*) FROM push_subscription", "0")
        # The same browser with another person.
        self.register(alice)
        identity = self.register(bob)
        self.assertEqual(self.suite.ask("GET", "/api/me/push", alice).json(), [])
        self.assertEqual(self.suite.ask("DELETE", f"/api/me/push/{identity}", alice).status, 404)
        self.assertEqual(self.suite.ask("DELETE", f"/api/me/push/{identity}", bob).status, 204)

    def test_the_page_asks_for_messages_and_the_worker_shows_them(self):
        context = self.enterContext(contextlib.closing(self.browser.new_context(timezone_id="UTC", locale="de-DE")))
        context.grant_permissions(["notifications"], origin=self.suite.url)
        page = self.sign_in(context)
        control = page.get_by_role("switch", name="Auf diesem Gerät benachrichtigen")
        expect(control).not_to_be_checked()
        control.check()
        expect(page.locator("#announcer")).to_have_text("Dieses Gerät bekommt Nachrichten.")
        self.assertEqual(self.queue(NUDGE), 1)
        payload = self.received()["payload"]
        # What the push service would send to the browser.
        session = context.new_cdp_session(page)
        workers = []
        session.on("ServiceWorker.workerRegistrationUpdated", lambda event: workers.extend(event["registrations"]))
        session.send("ServiceWorker.enable")
        while not workers:
            page.evaluate("navigator.serviceWorker.ready.then(() => 0)")

        def deliver(data):
            session.send("ServiceWorker.deliverPushMessage",
                         {"origin": self.suite.url, "registrationId": workers[0]["registrationId"], "data": data})

        deliver(payload)
        page.wait_for_function(f"{SHOWN}.then((all) => all.length === 1)")
        expected = {"title": "Eine Person, die Sie getroffen haben, ist etwa 20 m entfernt", "body": "Zuletzt trafen Sie sich am 29. November.", "tag": "nudge:2",
                    "lang": "de", "dir": "ltr", "path": "/"}
        self.assertEqual(page.evaluate(SHOWN), [expected])
        # The same pair replaces it; a message of another kind has a notification, too.
        deliver(json.dumps(NUDGE | {"about_metres": 30}))
        page.wait_for_function(f"{SHOWN}.then((all) => all[0].title.includes('30'))")
        deliver("not JSON")
        page.wait_for_function(f"{SHOWN}.then((all) => all.some(({{ title }}) => title === 'UdaConnect'))")
        control.uncheck()
        expect(page.locator("#announcer")).to_have_text("Dieses Gerät bekommt keine Nachrichten mehr.")
        self.assertEqual(self.queue(NUDGE), 0)
        control.check()
        expect(page.locator("#announcer")).to_have_text("Dieses Gerät bekommt Nachrichten.")
        page.get_by_role("button", name="Abmelden", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Anmelden")
        self.assertEqual(self.queue(NUDGE), 0)

    def test_the_worker_subscribes_again_for_the_same_person(self):
        context = self.enterContext(contextlib.closing(self.browser.new_context(locale="en-GB")))
        context.grant_permissions(["notifications"], origin=self.suite.url)
        page = self.sign_in(context)
        page.get_by_role("switch", name="Tell me on this device").check()
        expect(page.locator("#announcer")).to_have_text("This device gets messages.")
        [worker] = context.service_workers
        worker.evaluate(f"({SUBSCRIBE})({json.dumps(self.own | {'endpoint': self.own['endpoint'] + '/renewed'})})")
        renew = f"({DISPATCH})(new ExtendableEvent('pushsubscriptionchange'))"
        worker.evaluate(renew)
        # The old one is gone, so one message comes.
        self.assertEqual(self.queue(NUDGE), 1)
        self.assertTrue(self.received()["path"].endswith("/renewed"))
        self.assertEqual(page.evaluate(KNOWN), {"id": self.suite.query("SELECT id FROM push_subscription")[0][0], "person": 1})
        # Another person signs in without opening the page "Me".
        bob = self.suite.session(2)["Cookie"].partition("=")
        context.add_cookies([{"name": bob[0], "value": bob[2], "url": self.suite.url}])
        worker.evaluate(renew)
        self.assertEqual(self.queue(NUDGE, person=2), 0)
        self.assertIsNone(page.evaluate(KNOWN))

    def test_a_click_on_a_notification_shows_my_day(self):
        context = self.enterContext(contextlib.closing(self.browser.new_context(locale="en-GB")))
        context.grant_permissions(["notifications"], origin=self.suite.url)
        page = self.sign_in(context)
        page.get_by_role("switch", name="Tell me on this device").check()
        expect(page.locator("#announcer")).to_have_text("This device gets messages.")
        [worker] = context.service_workers
        # Browsers let a worker focus or open a window only after the click of a person.
        worker.evaluate("""() => {
            WindowClient.prototype.focus = async function () { return this }
            self.opened = []
            clients.openWindow = async (path) => { opened.push(path) }
        }""")
        click = f"""async () => {{
            await registration.showNotification("A", {{ data: {{ path: "/" }} }})
            const [notification] = await registration.getNotifications()
            await ({DISPATCH})(new NotificationEvent("notificationclick", {{ notification }}))
        }}"""
        worker.evaluate(click)
        page.wait_for_url(f"{self.suite.url}/")
        page.wait_for_function(f"{SHOWN}.then((all) => all.length === 0)")
        self.assertEqual(worker.evaluate("opened"), [])
        page.close()
        worker.evaluate(click)
        self.assertEqual(worker.evaluate("opened"), ["/"])

    def test_a_browser_that_refuses_is_told_how_to_change_it(self):
        context = self.enterContext(contextlib.closing(self.browser.new_context(locale="en-GB")))
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(f"{self.suite.url}/sign-in?return=/me#{self.suite.command('claims', 'create', 1)['code']}")
        page.wait_for_url("**/me")
        control = page.get_by_role("switch", name="Tell me on this device")
        control.click()
        expect(page.get_by_role("alert").filter(has_text="does not allow messages")).to_be_visible()
        expect(control).not_to_be_checked()
