#!/usr/bin/env python3
"""check_pages.py PAGE...: what pages of reports must be; exit code 1 if one is not.

Elements and attributes are those that we write, and closed in order; nothing is fetched or executed; links lead
to files that are there; text has a contrast of 4.5 (WCAG 2.1 AA) in both colour schemes.
"""
import html.parser
import os
import re
import sys

ELEMENTS = set("html head meta title style body main h1 h2 h3 p ul li b a div span table caption thead tbody tr th td "
               "pre svg rect text details summary".split())
ATTRIBUTES = set("lang charset name content http-equiv class role aria-label tabindex scope href viewBox width height "
                 "x y text-anchor".lower().split())
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.path, self.open, self.wrong, self.policy, self.style = path, [], [], None, ""
        with open(path, encoding="utf-8") as file:
            self.feed(file.read())
        if self.open:
            self.wrong.append(f"not closed: {self.open}")
        if self.policy != POLICY:
            self.wrong.append(f"policy {self.policy}")

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag not in ELEMENTS:
            self.wrong.append(f"element {tag}")
        for name in set(given) - ATTRIBUTES:
            self.wrong.append(f"attribute {name}")
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]
        if "href" in given:
            self.check_link(given["href"])
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"closes {tag} out of order")

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.style += data

    def check_link(self, target):
        if not re.fullmatch(r"students/[0-9a-z_]+\.html", target):
            self.wrong.append(f"link {target}")
        elif not os.path.exists(os.path.join(os.path.dirname(self.path), target)):
            self.wrong.append(f"link to nothing: {target}")


def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def check_colours(style):
    light = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", style.split("@media (prefers-color-scheme: dark)")[0]))
    dark = {**light, **dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", style.split("@media (prefers-color-scheme: dark)")[1]))}
    for name, scheme in ("light", light), ("dark", dark):
        for text in "text", "faint", "link", "good", "bad", "warn":
            for background in "page", "soft":
                value = contrast(scheme[text], scheme[background])
                if value < 4.5:
                    yield f"{name}: --{text} on --{background} has a contrast of {value:.2f}"
        if contrast(scheme["bar"], scheme["page"]) < 3:
            yield f"{name}: bars have too little contrast"
    if "url(" in style or "@import" in style:
        yield "the style fetches something"


wrong = 0
for name in sys.argv[1:]:
    page = Page(name)
    for one in page.wrong + list(check_colours(page.style)):
        print(f"{name}: {one}")
        wrong += 1
sys.exit(1 if wrong else 0)
