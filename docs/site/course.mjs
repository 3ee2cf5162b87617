// The course as the site sees it: lessons in their order, and what is known of them.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { Fault } from "./fault.mjs";

export const read = (path) => readFileSync(path, "utf8");
export const readJson = (path) => JSON.parse(read(path));

// What stands between marks, or in a line with one, is for instructors (docs/student_edition.md).
const forStudents = (text) => text
  .replace(/^<!-- instructor only -->\n[^]*?^<!-- end of instructor only -->\n/gm, "")
  .replace(/^.*<!-- instructor only -->.*\n/gm, "");

function lesson(root, folder, readPage) {
  const [, number, name] = folder.match(/^(\d\d)-(.+)$/);
  const tasks = readJson(join(root, "lessons", folder, "tasks.json"));
  return {
    number,
    name,
    folder,
    title: tasks.title,
    tasks: tasks.tasks,
    buildsOn: tasks.builds_on ?? [],
    page: readPage("lessons", folder, "README.md"),
  };
}

// Lessons build on lessons that exist, and come earlier.
function expectOrder(lessons) {
  const numbers = new Map(lessons.map((one) => [one.name, one.number]));
  for (const one of lessons) {
    for (const name of one.buildsOn) {
      if (!(numbers.get(name) < one.number)) {
        throw new Fault(`lessons/${one.folder}/tasks.json: "builds_on" names "${name}", ` +
          (numbers.has(name) ? "which comes later" : "which is no lesson"));
      }
    }
  }
}

export function readCourse(root, edition) {
  const file = (...path) => read(join(root, ...path));
  const page = (...path) => (edition === "student" ? forStudents(file(...path)) : file(...path));
  const lessons = readdirSync(join(root, "lessons")).filter((folder) => /^\d\d-./.test(folder)).sort()
    .map((folder) => lesson(root, folder, page));
  expectOrder(lessons);
  return {
    root,
    lessons,
    file,
    page,
    has: (...path) => existsSync(join(root, ...path)),
  };
}
