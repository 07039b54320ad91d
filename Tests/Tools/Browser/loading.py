"""First loads of each page: what they transfer, when their first content is there, and how far it moves."""

import contextlib

LAPTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}

# Each page with what is there once it is complete. A map is loaded once it comes into view.
PAGES = {
    "/": [".group[data-key=passed]", ".visit, .where .state"],
    "/people": [".card"],
    "/people/{person}": [".met"],
    "/people/{person}?view=meetings": [".meeting:visible"],
    "/event": [".room", ".chart:nth-child(3)", ".map-canvas"],
    "/me": ["[role=switch] >> nth=6", "#card-email"],
    "/phone": ["main .state"],
    "/sign-in": ["#code"],
    "/licences": ["main h1"],
}
# Slow 4G as WebPageTest and Lighthouse define it, in bytes per second and milliseconds, with a CPU that is 4 times slower.
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
SLOWER = 4

# The first time at which an answer was on the page, in milliseconds from the start of the navigation, as the page has marked it.
FIRST_CONTENT = "() => performance.getEntriesByName('interactive')[0]?.startTime ?? performance.getEntriesByName('first-contentful-paint')[0].startTime"
# The layout shift of the page so far; more than 0.1 is noticed.
SHIFT = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value; })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 100);
})"""


class Load:
    """The first load of a page: `bytes` transferred, including headers; `content` in milliseconds; `shift`."""

    def __init__(self, page, address, complete, is_slow=False):
        self.page, self.address, self.complete = page, address, complete
        self.sizes, self.open = {}, set()
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self.begin)
        session.on("Network.loadingFinished", lambda event: self.end(event["requestId"], event["encodedDataLength"]))
        session.on("Network.loadingFailed", lambda event: self.end(event["requestId"], 0))
        if is_slow:
            session.send("Network.emulateNetworkConditions", SLOW_4G)
            session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})

    def begin(self, event):
        # A stream does not end.
        if event.get("type") != "EventSource":
            self.open.add(event["requestId"])

    def end(self, request, size):
        self.open.discard(request)
        self.sizes[request] = size

    def run(self):
        self.page.goto(self.address)
        for selector in self.complete:
            self.page.locator(selector).first.wait_for()
        while self.open:
            self.page.wait_for_timeout(50)
        self.bytes = sum(self.sizes.values())
        self.content = self.page.evaluate(FIRST_CONTENT)
        self.shift = self.page.evaluate(SHIFT)
        return self


@contextlib.contextmanager
def first_load(browser, url, path, person, size, is_slow=False):
    """Loads a page for a person in a browser that knows nothing yet. Yields the load."""
    context = browser.new_context(timezone_id="UTC", locale="en-GB", viewport=size, service_workers="block")
    with contextlib.closing(context):
        context.add_init_script(f"localStorage.setItem('person', {int(person)})")
        page = context.new_page()
        page.set_default_timeout(60_000)
        complete = PAGES[path] + ([".map-canvas", "text=/[0-9] locations/"] if "{person}" in path and size == LAPTOP else [])
        yield Load(page, url + path.format(person=person), complete, is_slow).run()
