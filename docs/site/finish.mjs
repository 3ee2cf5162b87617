// node finish.mjs SOURCE EDITION SITE KATEX AWESOME: doxygen's pages become the site. Formulas are rendered, headings get
// their levels, search and theme come in; what is dead, broken or outside ends the build with a list.
// EDITION has raw/ and gets html/; SITE has pictures/ and, where they were built, labs/.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { onePage } from "./one_page.mjs";
import { indexOf } from "./search_index.mjs";

const [root, edition, site, katexFiles, awesome] = process.argv.slice(2);
const kDebian = "/usr/share/nodejs/";
const require = createRequire(kDebian);
const katex = require(`${kDebian}katex`), lunr = require(`${kDebian}lunr`);
const here = dirname(fileURLToPath(import.meta.url));

const raw = join(edition, "raw"), out = join(edition, "html");
const errors = [];
const unescape = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"')
  .replace(/&#39;/g, "'").replace(/&amp;/g, "&");

const rendered = new Map();
function formula(tex, displayMode, page) {
  const key = `${displayMode}${tex}`;
  if (!rendered.has(key)) {
    try {
      rendered.set(key, katex.renderToString(unescape(tex), { displayMode, strict: "error" }));
    } catch (error) {
      errors.push(`${page}: ${error.message}`);
      rendered.set(key, "");
    }
  }
  return rendered.get(key);
}

const kCode = /(<div class="fragment">[^]*?<!-- fragment -->|<code>[^]*?<\/code>|<pre[^]*?<\/pre>)/;
const formulas = (html, page) => html.split(kCode).map((part, i) => (i % 2 ? part : part
  .replace(/\\\[([^]+?)\\\]/g, (_, tex) => formula(tex, true, page))
  .replace(/\\\(([^]+?)\\\)/g, (_, tex) => formula(tex, false, page)))).join("");

// The title of a page is its only heading of the first level. Pages of Markdown have others, those of code not.
const levels = (html) => (/<h1\b/.test(html)
  ? html.replace(/<(\/?)h([1-5])\b/g, (_, slash, level) => `<${slash}h${Number(level) + 1}`) : html)
  .replace(/<div class="title">([^]*?)<\/div>/, '<h1 class="title">$1</h1>');

const graph = readFileSync(join(edition, "pages/lessons.svg"), "utf8").replace(/^[^]*?(?=<svg)/, "");

function head(html) {
  const labs = [...html.matchAll(/data-lab="([^"]+)"/g)].map(([, name]) => `labs/${name}.js`);
  const scripts = ["search.js", "site.js", ...(labs.length ? [...labs, "lab.js"] : [])]
    .map((file) => `<script defer src="${file}"></script>\n`).join("");
  const look = labs.length ? '<link href="lab.css" rel="stylesheet"/>\n' : "";
  return `<link href="katex/katex.min.css" rel="stylesheet"/>\n${look}<link rel="icon" href="data:,"/>\n` +
    `<script src="theme.js"></script>\n${scripts}</head>`;
}

const kSearchBox = '<div class="search-row"><div id="site-search" role="search"><input type="search" placeholder="Search" ' +
  'aria-label="Search the course" autocomplete="off"/><ul hidden></ul></div>\n' +
  '<button id="theme" type="button" aria-label="Dark or light"></button></div>\n';

const markdown = new Set(readdirSync(join(edition, "pages")).map((file) => file.replace(/\.md$/, ".html")));

function expectNoMarkdown(html, page) {
  for (const part of html.split(kCode).filter((_, i) => i % 2 === 0)) {
    const [left] = part.match(/(\*\*|\| ?&mdash;|\|---)[^<]{0,40}/) ?? [];
    if (left) errors.push(`${page}: Markdown is left over: ${left}`);
  }
}

function finished(html, page) {
  const text = levels(html)
    .replace(/^<!DOCTYPE[^>]*>\n<html[^>]*>/m, '<!DOCTYPE html>\n<html lang="en">')
    .replace(/<script type="text\/x-mathjax-config">[^]*?<\/script>\n/, "")
    .replace(/<script[^>]*src="https?:[^>]*><\/script>\n/g, "")
    .replace(/<meta http-equiv="X-UA-Compatible"[^>]*>\n/, "")
    .replace("<!-- graph -->", () => graph)
    .replace(/<a href="#nested-classes">Classes<\/a> &#124;\n/, "")  // doxygen's, also where all are private
    .replace(/<\/head>/, () => head(html))
    .replace(/<!-- end header part -->/, () => `${kSearchBox}<!-- end header part -->`);
  if (markdown.has(page)) expectNoMarkdown(text, page);
  return formulas(text, page);
}

// Whatever a page loads or leads to must be there.
function check(pages, files) {
  const ids = new Map([...pages].map(([page, html]) =>
    [page, new Set([...html.matchAll(/\b(?:id|name)="([^"]+)"/g)].map(([, id]) => id))]));
  for (const [page, html] of pages) {
    for (const [, attribute, target] of html.matchAll(/\b(src|href)="([^"]*)"/g)) {
      const [file, anchor] = target.split("#");
      if (/^(https?|mailto):/.test(target)) {
        if (attribute === "src") errors.push(`${page}: loads ${target}`);
      } else if (!/^(data:|javascript:|#?$)/.test(target)) {
        if (file && !files.has(file)) errors.push(`${page}: there is no ${target}`);
        else if (anchor && ids.has(file || page) && !ids.get(file || page).has(unescape(anchor)))
          errors.push(`${page}: ${target} leads nowhere`);
      }
    }
    for (const [link] of html.matchAll(/<link [^>]*href="https?:[^>]*>/g)) errors.push(`${page}: loads ${link}`);
  }
}

function everyFile(folder, prefix = "") {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => (entry.isDirectory()
    ? everyFile(folder, `${prefix}${entry.name}/`) : [`${prefix}${entry.name}`]));
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
cpSync(raw, out, { recursive: true });
for (const file of ["theme.js", "site.js", "search.js", "lab.js", "lab.css"])
  cpSync(join(here, file), join(out, file));
for (const file of ["katex.min.css", "fonts"]) cpSync(join(katexFiles, file), join(out, "katex", file), { recursive: true, dereference: true });
for (const file of ["doxygen-awesome-fragment-copy-button.js", "doxygen-awesome-interactive-toc.js"])
  cpSync(join(awesome, file), join(out, file));
for (const folder of [join(root, "docs/pictures"), join(site, "pictures"), join(site, "labs")])
  if (existsSync(folder)) cpSync(folder, join(out, basename(folder)), { recursive: true });

const pages = new Map(everyFile(raw).filter((file) => file.endsWith(".html")).map((file) =>
  [file, finished(readFileSync(join(raw, file), "utf8"), file)]));
writeFileSync(join(out, "search_index.js"), indexOf(pages, lunr));
cpSync("/usr/share/javascript/lunr/lunr.min.js", join(out, "lunr.min.js"), { dereference: true });
// The order of lessons is that of their list.
const lessons = [...pages.get("lessons.html").matchAll(/<li><a class="el" href="(lesson_\w+)\.html">/g)].map(([, name]) => name);
pages.set("course.html", onePage(pages, lessons));
for (const [page, html] of pages) writeFileSync(join(out, page), html);
check(pages, new Set(everyFile(out)));
if (errors.length > 0) {
  console.error(errors.join("\n"));
  process.exit(1);
}
