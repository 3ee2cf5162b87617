// A lesson's page: what its README.md says, and what is made of its other files.

import { Fault } from "./fault.mjs";
import { bold, folded, formulas, headings, lessonNumbers, links, pictures, table, withoutComments }
  from "./markdown.mjs";

export const title = (lesson) => lesson.page.match(/^# (.+)$/m)[1];
export const link = (lesson) => `[${title(lesson)}](@ref lesson_${lesson.name})`;
const html = (text) => `@htmlonly[block]\n${text}\n@endhtmlonly\n`;

// Inserts text before the first of the headings that the page has.
function before(page, titles, text) {
  const at = titles.map((one) => page.indexOf(`\n## ${one}\n`)).find((place) => place >= 0);
  if (at === undefined) throw new Fault(`a page without a heading of: ${titles.join(", ")}`);
  return `${page.slice(0, at)}\n${text}${page.slice(at)}`;
}

const kAfterTasks = ["What the numbers say", "What real libraries got wrong"];

// Where the lesson stands, and where its files are.
function beginning(course, lesson) {
  const parts = [`Lesson ${lesson.number} of ${course.lessons.length}`];
  const basics = lesson.buildsOn.map((name) => course.lessons.find((one) => one.name === name));
  if (basics.length > 0) parts.push(`builds on ${basics.map(link).join(", ")}`);
  const files = [["contract", `exercises/${lesson.name}.hpp`], ["exact definition", `reference/${lesson.name}.hpp`]];
  for (const [what, file] of files) {
    if (course.has(file)) parts.push(`[${what}](@ref ${file})`);
  }
  return `${html('<div class="lesson-place">')}\n${parts.join(" · ")}\n\n${html("</div>")}\n[TOC]\n`;
}

// The suite of each task, as it is compiled; all of them where a macro makes them.
function tests(course, lesson) {
  const suite = course.file(`tests/${lesson.name}_test.cpp`);
  const parts = lesson.tasks.map((task, i) => {
    const begin = suite.search(new RegExp(`^BOOST_AUTO_TEST_SUITE\\(${task.task}[,)]`, "m"));
    if (begin < 0) return undefined;
    const code = suite.slice(begin, suite.indexOf("BOOST_AUTO_TEST_SUITE_END()", begin));
    const checks = code.match(/BOOST_AUTO_TEST_CASE\(/g).length;
    return folded(`Task ${i + 1}, <code>${task.task}</code>: ${checks} checks`, code);
  });
  const all = parts.every((part) => part) ? parts
    : [folded("All tasks", suite.slice(suite.indexOf("namespace suite {")))];
  const stub = folded("The exercise, as it is handed out", course.file(`tests/stubs/${lesson.name}.cpp`));
  return `${stub}\n### The tests\n\nThis is how each task is judged.\n\n${all.join("\n")}`;
}

const digits = (x, n = 3) => (x >= 1000 ? String(Math.round(x)) : String(Number(x.toPrecision(n))));

function duration(seconds) {
  const [factor, unit] = [[1e9, "ns"], [1e6, "µs"], [1e3, "ms"], [1, "s"]]
    .find(([scale]) => seconds * scale < 1000) ?? [1, "s"];
  return `${digits(seconds * factor)} ${unit}`;
}

function accuracyTable(accuracy, lesson) {
  const tasks = accuracy.find((one) => one.lesson === lesson.name)?.tasks ?? [];
  const rows = tasks.filter((task) => task.worst).map((task) =>
    [`\`${task.task}\``, task.cases, digits(task.worst), task.ulps === null ? "" : digits(task.ulps)]);
  if (rows.length === 0) return "";
  return "Largest errors of our solution, in parts of what is allowed, and in ulp (many where numbers cancel, which is " +
    "no fault):\n\n" +
    `${table(["task", "cases", "of the bound", "ulp"], rows, ["---", "---:", "---:", "---:"])}\n`;
}

const sizes = (race) => Object.entries(race.sizes).map(([name, size]) => `${name} ${size}`).join(", ") +
  (race.about ? ` (${race.about})` : "");

function nearLimit(own) {
  if (own.share_of_peak) return `${digits(100 * own.share_of_peak.median)} % of peak`;
  return own.cycles_per_element ? `${digits(own.cycles_per_element.median)} cycles for an element` : "";
}

function speedTable(speed, lesson) {
  const races = speed.lessons.find((one) => one.lesson === lesson.name)?.races ?? [];
  const rows = races.filter((race) => !race.compares).map((race) => {
    const [own, ...others] = race.contenders;
    const scalar = others.find((one) => one.name === "scalar");
    return [`\`${race.function}\``, sizes(race), duration(own.seconds.median), nearLimit(own),
      scalar?.conclusive ? `${digits(scalar.ratio.median)} ×` : ""];
  });
  if (rows.length === 0) return "";
  const machine = speed.lessons[0].machine.processor;
  return `Its speed on one thread (${machine}); [other libraries beside it](@ref speed):\n\n` +
    `${table(["function", "sizes", "time", "near the limit", "as fast as scalar"], rows,
      ["---", "---", "---:", "---:", "---:"])}\n`;
}

function solution(course, lesson, edition) {
  if (edition !== "instructor") return "";
  return folded("The solution", course.file(`solutions/${lesson.name}.cpp`));
}

// In the table of tasks, names of functions lead to their documentation.
const taskLinks = (page) => page.replace(/^\| (\d+) `(\w+)` \|/gm, "| $1 [$2](@ref $2) |");

function neighbours(course, lesson) {
  const at = course.lessons.indexOf(lesson);
  const [previous, next] = [course.lessons[at - 1], course.lessons[at + 1]];
  const parts = [previous && `← ${link(previous)}`, `[All lessons](@ref lessons)`, next && `${link(next)} →`];
  return `\n${html('<nav class="neighbours" aria-label="lessons">')}\n${parts.filter(Boolean).join(" · ")}\n\n` +
    html("</nav>");
}

// A lab is shown by its script, and by its picture where there is none.
function labs(page, lesson, hasLabs) {
  return page.replace(/<!-- lab: (\w+)\n([^]*?)-->/g, (_, name, text) => (hasLabs
    ? `${html(`<div class="lab" data-lab="${lesson.name}-${name}">`)}\n${text.trim()}\n\n${html("</div>")}`
    : ""));
}

export function lessonPage(course, lesson, { edition, accuracy, speed, known, hasLabs }) {
  const id = `lesson_${lesson.name}`;
  let page = before(lesson.page, kAfterTasks, tests(course, lesson));
  page = before(page, kAfterTasks.slice(1), "## How exact, how fast\n\n" + accuracyTable(accuracy, lesson) +
    speedTable(speed, lesson) + solution(course, lesson, edition));
  page = withoutComments(pictures(labs(page, lesson, hasLabs), lesson.name));
  page = taskLinks(page);
  page = lessonNumbers(page, course.lessons, lesson.name);
  page = links(page, `lessons/${lesson.folder}/README.md`, known);
  page = headings(page, id).replace(/^(# .+)$/m, `$1\n\n${beginning(course, lesson)}`);
  return formulas(bold(page)) + neighbours(course, lesson);
}
