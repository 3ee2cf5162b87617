"""The site in a browser: /usr/bin/python3 site_test.py BUILD, where the site for instructors is built.

Every page loads from disk without an error or a request to anywhere else, formulas and pictures are there,
the search finds what the course is about, and pages can be read on a phone, in the dark, and by keyboard.
"""

import html
import json
import pathlib
import re
import struct
import subprocess
import sys
import unittest

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

BUILD = pathlib.Path(sys.argv.pop() if len(sys.argv) > 1 else "build").resolve()
HTML = BUILD / "site" / "instructor" / "html"
SOURCE = pathlib.Path(__file__).resolve().parents[2]
PHONE = (390, 844)

# What a reader might type, and a page that must be among the results.
TERMS = {
    "softmax": "lesson_attention_weights", "log-sum-exp": "lesson_attention_weights",
    "causal": "lesson_causal_mask", "sliding window": "lesson_causal_mask", "buckets": "lesson_t5_buckets",
    "linear biases": "lesson_alibi", "slopes": "lesson_alibi", "kernel logarithm": "lesson_kerple",
    "sinusoid": "lesson_sandwich", "rotary": "lesson_rope", "interleaved": "lesson_rope", "YaRN": "lesson_rope_scaling",
    "Llama": "lesson_rope_scaling", "flash attention": "lesson_attention", "cache": "lesson_kv_cache",
    "gradient": "lesson_bias_gradients", "retrofit": "lesson_long_context", "ulp": "notation", "roofline": "speed",
    "oneDNN": "verify", "planted": "contributing", "Google Benchmark": "decision_0014",
}


def lesson_names():
    return [folder.name[3:] for folder in sorted((SOURCE / "lessons").iterdir()) if folder.name[:2].isdigit()]


def pages():
    """Pages that somebody reads; not the listings of code and of members that doxygen adds."""
    skip = re.compile(r"(_source|-members)$|^(dir_|globals|graph_legend)")
    return [page for page in sorted(HTML.glob("*.html")) if not skip.search(page.stem)]


def computed(lab, positions):
    """The values of a lab as its program computes them, with sliders at these positions."""
    command, line = BUILD / "labs" / lab, " ".join(map(str, positions)) + "\n"
    output = subprocess.run([command], input=line.encode(), capture_output=True, check=True).stdout
    end = 4 + struct.unpack_from("<i", output)[0]
    count = struct.unpack_from("<i", output, end)[0]
    numbers = struct.unpack_from(f"<{count}f", output, end + 4)
    return [numbers[value["at"]] for value in json.loads(output[4:end])["values"]]


def number(text):
    return float(text.replace("−", "-").replace(",", "").replace("∞", "inf"))


CONTRAST = """
  const channel = (x) => (x /= 255) <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const background = (e) => {
    for (; e; e = e.parentElement) {
      const color = numbers(getComputedStyle(e).backgroundColor);
      if (color[3] === undefined || color[3] > 0.5) return color;
    }
    return document.documentElement.classList.contains("dark-mode") ? [28, 29, 31] : [255, 255, 255];
  };
  const poor = new Set();
  for (const e of document.querySelectorAll("p, li, td, th, h1, h2, h3, a, code, figcaption, summary, .line, .katex")) {
    if (!e.innerText?.trim() || !e.offsetParent || e.closest(".katex-mathml")) continue;
    const [a, b] = [light(numbers(getComputedStyle(e).color)), light(background(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.add(`${e.tagName}.${e.className}: ${ratio.toFixed(2)}`);
  }
  return [...poor];
"""


class Site(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                         "--disable-component-update", "--no-first-run", "--disable-sync"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        cls.browser = webdriver.Chrome(options=options)
        cls.browser.set_window_size(1300, 1000)

    @classmethod
    def tearDownClass(cls):
        cls.browser.quit()

    def open(self, page):
        self.browser.get((HTML / page).as_uri())

    def width(self, size):
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                     {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False})

    def theme(self, name):
        self.browser.execute_script("localStorage.setItem('theme', arguments[0])", name)
        self.browser.refresh()

    def requests(self):
        events = (json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance"))
        return [event["params"]["request"]["url"] for event in events
                if event["method"] == "Network.requestWillBeSent"]

    def test_pages_load_without_errors_and_without_the_network(self):
        self.assertGreater(len(pages()), 50)
        for page in pages():
            with self.subTest(page=page.name):
                self.browser.get_log("browser")
                self.open(page.name)
                self.assertEqual([entry["message"] for entry in self.browser.get_log("browser")], [])
                self.assertEqual([url for url in self.requests() if not re.match("(file|data|blob):", url)], [])
                missing = self.browser.execute_script(
                    "return [...document.images].filter((i) => i.offsetParent && i.complete && !i.naturalWidth)"
                    ".map((i) => i.src)")
                self.assertEqual(missing, [])

    def test_formulas_are_rendered(self):
        for name in lesson_names():
            with self.subTest(lesson=name):
                self.open(f"lesson_{name}.html")
                text = self.browser.execute_script(
                    "const copy = document.querySelector('.contents').cloneNode(true);"
                    "for (const e of copy.querySelectorAll('.katex, .fragment, code, pre')) e.remove();"
                    "return copy.textContent")
                self.assertNotRegex(text, r"\\[(\[a-z]|\$")
                self.assertGreater(len(self.browser.find_elements(By.CSS_SELECTOR, ".katex")), 3)
                self.assertEqual(self.browser.find_elements(By.CSS_SELECTOR, ".katex-error"), [])

    def sliders(self):
        return self.browser.find_elements(By.CSS_SELECTOR, ".lab input")

    def open_lab(self, page):
        """Opens a page, and returns what its lab is called, None if it has none."""
        self.open(page)
        boxes = self.browser.find_elements(By.CSS_SELECTOR, ".lab")
        if not boxes:
            return None
        WebDriverWait(self.browser, 10).until(lambda b: b.find_elements(By.CSS_SELECTOR, ".lab[data-ready]"))
        return boxes[0].get_attribute("data-lab")

    def check_values(self, lab):
        """Values are shown with three digits at least, and are those of the lab's program."""
        shown = [number(value.text) for value in self.browser.find_elements(By.CSS_SELECTOR, ".lab dd")]
        right = computed(lab, [slider.get_property("value") for slider in self.sliders()])
        self.assertEqual(len(shown), len(right))
        for one, other in zip(shown, right):
            self.assertTrue(one == other or abs(one - other) <= 5e-3 * abs(other), f"{shown}, computed: {right}")

    def check_slider(self, lab, n):
        """At one end of a slider, if not at both, charts are others than at its start."""
        charts = ("return [...document.querySelectorAll('.lab canvas')]"
                  ".map((c) => c.getAttribute('aria-label') + c.toDataURL()).join()")
        seen = {self.browser.execute_script(charts)}
        for key in (Keys.HOME, Keys.END):
            self.sliders()[n].send_keys(key)
            self.browser.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0]))")
            self.check_values(lab)
            seen.add(self.browser.execute_script(charts))
        self.assertGreater(len(seen), 1)

    def test_sliders_move_charts_and_values(self):
        labs = 0
        for name in lesson_names():
            lab = self.open_lab(f"lesson_{name}.html")
            labs += lab is not None
            for n in range(len(self.sliders())):
                with self.subTest(lab=lab, slider=n):
                    self.check_slider(self.open_lab(f"lesson_{name}.html"), n)
        self.assertEqual(labs > 0, (BUILD / "site" / "labs").exists())

    def test_pages_are_built_for_everybody(self):
        for page in pages():
            with self.subTest(page=page.name):
                text = page.read_text()
                self.assertIn('<html lang="en">', text)
                self.assertEqual(len(re.findall(r"<h1\b", text)), 1 if page.name != "course.html" else text.count("<h1"))
                self.assertEqual([tag for tag in re.findall(r"<img\b[^>]*>", text) if 'alt="' not in tag], [])

    def test_student_edition_keeps_solutions_back(self):
        def lines(*patterns):
            files = (file for pattern in patterns for file in SOURCE.glob(pattern))
            return {line.strip() for file in files for line in file.read_text().splitlines() if len(line.strip()) > 24}
        secret = lines("solutions/*.cpp", "tests/mutants/*.cpp") - lines(
            "exercises/*.?pp", "reference/*.hpp", "tests/*.cpp", "tests/support/*", "lessons/*/*.md", "docs/decisions/*")
        self.assertGreater(len(secret), 1000)

        def told(edition):
            pages = (page.read_text() for page in (BUILD / "site" / edition / "html").glob("*.html"))
            return {line.strip() for page in pages for line in html.unescape(re.sub("<[^>]+>", "", page)).splitlines()}
        self.assertGreater(len(secret & told("instructor")), 500)  # where they are shown
        self.assertEqual(secret & told("student"), set())

    def search(self, words):
        field = self.browser.find_element(By.CSS_SELECTOR, "#site-search input")
        field.clear()
        field.send_keys(words)
        shown = "#site-search ul:not([hidden])"
        WebDriverWait(self.browser, 10).until(lambda b: b.find_elements(By.CSS_SELECTOR, shown))
        WebDriverWait(self.browser, 10).until(
            lambda b: b.execute_script("return document.querySelector('#site-search ul').dataset.words") == words)
        return [link.get_attribute("href").rsplit("/", 1)[1]
                for link in self.browser.find_elements(By.CSS_SELECTOR, f"{shown} a")]

    def test_search_finds_terms(self):
        self.open("index.html")
        for words, page in TERMS.items():
            with self.subTest(words=words):
                self.assertIn(page, " ".join(self.search(words)))
        self.assertEqual(self.search("xyzzy"), [])

    def test_search_finds_lessons_and_functions(self):
        self.open("index.html")
        for name in lesson_names():
            folder = next((SOURCE / "lessons").glob(f"??-{name}"))
            title = re.search("^# (.+)$", (folder / "README.md").read_text(), re.M).group(1)
            with self.subTest(lesson=title):
                self.assertEqual(self.search(title)[0].split("#")[0], f"lesson_{name}.html")
            for task in json.loads((folder / "tasks.json").read_text())["tasks"]:
                with self.subTest(function=task["task"]):
                    self.assertIn("_8hpp.html#", " ".join(self.search(task["task"])))

    def test_search_works_by_keyboard(self):
        self.open("lesson_alibi.html")
        self.browser.find_element(By.TAG_NAME, "body").send_keys("/")
        self.browser.switch_to.active_element.send_keys("KERPLE")
        WebDriverWait(self.browser, 10).until(lambda b: b.find_elements(By.CSS_SELECTOR, "#site-search li a"))
        self.browser.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
        self.browser.switch_to.active_element.send_keys(Keys.ENTER)
        WebDriverWait(self.browser, 10).until(lambda b: "lesson_kerple.html" in b.current_url)

    def test_texts_have_contrast(self):
        for theme in ("light", "dark"):
            for page in ("index.html", "lesson_alibi.html", "lesson_attention.html", "speed.html",
                         "exercises_2alibi_8hpp.html"):
                with self.subTest(page=page, theme=theme):
                    self.open(page)
                    self.theme(theme)
                    self.assertEqual(self.browser.execute_script(CONTRAST), [])

    def test_theme_is_kept_and_shows_its_pictures(self):
        self.open("speed.html")
        self.theme("light")
        self.browser.find_element(By.ID, "theme").click()
        self.open("speed.html")
        self.assertIn("dark-mode", self.browser.find_element(By.TAG_NAME, "html").get_attribute("class"))
        shown = [image.get_attribute("src") for image in self.browser.find_elements(By.CSS_SELECTOR, "figure img")
                 if image.is_displayed()]
        self.assertTrue(shown and all("-dark" in source for source in shown))
        self.theme("light")

    def test_phones_need_not_scroll_sideways(self):
        try:
            self.width(PHONE)
            for page in [f"lesson_{name}.html" for name in lesson_names()] + ["index.html", "lessons.html", "speed.html"]:
                with self.subTest(page=page):
                    self.open(page)
                    wide = self.browser.execute_script(
                        "const content = document.getElementById('doc-content');"
                        "return Math.max(document.documentElement.scrollWidth, content.scrollWidth)")
                    self.assertLessEqual(wide, PHONE[0])
        finally:
            self.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


if __name__ == "__main__":
    unittest.main()
