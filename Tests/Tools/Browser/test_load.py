"""The first load of each page is small, keeps its layout, and asks each question once."""

import re

from case import PageCase
from loading import LAPTOP, PAGES, PHONE, first_load

LARGEST_LOAD = 200_000

# Questions that were asked early, and that the page did not use.
UNUSED = """async (assets) => [...(await import(`${assets}/early.js`)).early.keys()]"""


class LoadTests(PageCase):
    def test_each_page_is_small_and_keeps_its_layout(self):
        person = self.longest_true_meeting()["person_a"]
        for path in PAGES:
            for size in (LAPTOP, PHONE):
                with self.subTest(f"{path}, {size['width']} px"), first_load(self.browser, self.suite.url, path, person, size) as load:
                    print(f"\n{path} at {size['width']} px: {load.bytes / 1000:.0f} kB, layout shift {load.shift:.3f}", flush=True)
                    self.assertLessEqual(load.bytes, LARGEST_LOAD)
                    self.assertLessEqual(load.shift, 0.1)
                    assets = re.search(r"/assets/[0-9a-f]+", load.page.content()).group(0)
                    self.assertEqual(load.page.evaluate(UNUSED, assets), [])

    def test_a_phone_loads_no_map_and_no_trail_before_they_are_in_view(self):
        person = self.longest_true_meeting()["person_a"]
        self.page.set_viewport_size(PHONE)
        asked = []
        self.page.on("request", lambda request: asked.append(request.url))
        self.go(f"/people/{person}")
        self.page.locator(".met > button").first.click()
        on_map = self.page.locator(".opened").get_by_role("button", name="Show on the map").first
        on_map.wait_for()
        late = [url for url in asked if re.search("leaflet|/map.js|/locations", url)]
        self.assertEqual(late, [])
        on_map.click()
        self.page.locator(".map-canvas").wait_for()
        self.assertTrue(any(url.endswith("/leaflet.esm.min.js") for url in asked))
