// node pages.mjs SOURCE EDITION SITE OUT: the site's pages in Doxygen's Markdown.
// SITE has labs/, where they were built.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { readCourse, readJson } from "./course.mjs";
import { Fault } from "./fault.mjs";
import { lessonPage, title } from "./lesson_page.mjs";
import { bold, formulas, headings, lessonNumbers, links, pictures, withoutComments } from "./markdown.mjs";

const [root, edition, site, out] = process.argv.slice(2);
const course = readCourse(root, edition);

// Pages beside the lessons, in their order; the student edition has none for instructors.
const forAll = [["docs/notation.md", "notation"], ["docs/verify.md", "verify"], ["docs/speed.md", "speed"]];
const forInstructors = [["docs/instructors.md", "instructors"], ["docs/grading_a_class.md", "grading_a_class"],
  ["docs/student_edition.md", "student_edition"],
  ["CONTRIBUTING.md", "contributing"]];
const chapters = [...forAll, ...(edition === "instructor" ? forInstructors : [])].filter(([file]) => course.has(file));
const decisions = readdirSync(join(root, "docs/decisions")).sort().map((file) =>
  [`docs/decisions/${file}`, `decision_${file.slice(0, 4)}`]);

const ids = new Map([
  ["README.md", "index"], ["lessons", "lessons"], ["docs/decisions", "decisions"], ...chapters, ...decisions,
  ...course.lessons.flatMap((one) => [[`lessons/${one.folder}/README.md`, `lesson_${one.name}`],
    [`lessons/${one.folder}`, `lesson_${one.name}`]]),
]);
const known = { pageOf: (file) => ids.get(file), has: course.has };

// doxygen keeps silent about undocumented functions of a file that has no comment of its own.
for (const folder of ["exercises", "reference", "reference/core", "tests/support", "benchmarks/support", "docs"]) {
  for (const name of readdirSync(join(root, folder)).filter((one) => /\.h(pp)?$/.test(one)))
    if (!course.file(folder, name).includes("@file")) throw new Fault(`${folder}/${name} has no comment with @file`);
}

mkdirSync(out, { recursive: true });
const write = (id, text) => writeFileSync(join(out, `${id}.md`), text);

function plainPage(file, id) {
  let page = withoutComments(pictures(course.page(file), "no-lesson"));
  page = lessonNumbers(page, course.lessons, "");
  page = headings(links(page, file, known), id);
  return formulas(bold(page)).replace(/^(# .+)$/m, "$1\n\n[TOC]\n");
}

const list = (entries) => entries.map((id) => `- @subpage ${id}\n`).join("");

const kGraph = '@htmlonly[block]\n<div class="graph"><!-- graph --></div>\n@endhtmlonly\n';

const accuracy = readJson(join(root, "docs/accuracy.json")), speed = readJson(join(root, "docs/speed.json"));
const hasLabs = existsSync(join(site, "labs"));
for (const lesson of course.lessons)
  write(`lesson_${lesson.name}`, lessonPage(course, lesson, { edition, accuracy, speed, known, hasLabs }));
for (const [file, id] of [...chapters, ...decisions]) write(id, plainPage(file, id));

const tasks = (lesson) => lesson.tasks.map((task) => `\`${task.task}\``).join(", ");
write("lessons", "# Lessons {#lessons}\n\nAn arrow leads from a lesson to those that build on it.\n\n" +
  `${kGraph}\n${course.lessons.map((one) => `${Number(one.number)}. @subpage lesson_${one.name} — ` +
    `${tasks(one)}\n`).join("")}\n` +
  '[All lessons on one page](course.html), to print them.\n');
write("decisions", "# Decisions {#decisions}\n\nWhy things are as they are, with what was measured.\n\n" +
  list(decisions.map(([, id]) => id)));
// In the tree of pages, the first page's parts would stand before the lessons: they are no sections.
const front = plainPage("README.md", "mainpage").replace("[TOC]", "")
  .replace(/^## (.+) \{#(.+)\}$/gm, '@htmlonly[block]<h1 id="$2">$1</h1>@endhtmlonly');
write("index", `${front}\n@htmlonly[block]\n<div hidden>\n@endhtmlonly\n\n` +
  `${list(["lessons", ...chapters.map(([, id]) => id), "decisions"])}\n@htmlonly[block]\n</div>\n@endhtmlonly\n`);

// The graph of lessons, for dot.
const node = (one) => `  ${one.name} [label="${one.number} ${title(one).replace(/"/g, "'")}", ` +
  `URL="lesson_${one.name}.html"];`;
const edges = course.lessons.flatMap((one) => one.buildsOn.map((name) => `  ${name} -> ${one.name};`));
writeFileSync(join(out, "lessons.dot"), `digraph lessons {\n  ${[
  'rankdir=LR', 'bgcolor="transparent"', 'node [shape=box, style=rounded, fontname="sans-serif", fontsize=13]',
  "edge [arrowsize=0.7]"].join(";\n  ")};\n${[...course.lessons.map(node), ...edges].join("\n")}\n}\n`);
