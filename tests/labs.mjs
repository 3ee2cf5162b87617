// node labs.mjs SCRIPTS PROGRAMS LESSONS: every lab computes on its page what it computes as a program, bit by
// bit, and describes it in the same words: each slider over its whole range, then all of them anywhere. Each
// has its place on its lesson's page, and each place a lab.

import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const kAnywhere = 200;
const [scripts, programs, lessons] = process.argv.slice(2);

async function browserLab(name) {
  const window = {};
  new Function("window", readFileSync(join(scripts, `${name}.js`), "utf8"))(window);
  const module = new WebAssembly.Module(Buffer.from(window.qkoanLabs[name], "base64"));
  const wasi_snapshot_preview1 = { proc_exit: (code) => { throw new Error(`the lab ended with ${code}`); } };
  const lab = new WebAssembly.Instance(module, { wasi_snapshot_preview1 }).exports;
  lab._initialize();
  return (positions) => {
    new Int32Array(lab.memory.buffer, lab.lab_positions(), positions.length).set(positions);
    const bytes = Buffer.from(lab.memory.buffer), at = lab.lab_update();
    const description = bytes.toString("utf8", at, bytes.indexOf(0, at));
    return { description, numbers: new Int32Array(lab.memory.buffer, lab.lab_numbers(), lab.lab_numbers_size()).slice() };
  };
}

function* answers(name, cases) {
  const input = cases.map((positions) => `${positions.join(" ")}\n`).join("");
  const { stdout, status, stderr } = spawnSync(join(programs, name), { input, maxBuffer: 2 ** 31 });
  if (status !== 0) throw new Error(`the program ended with ${status}: ${stderr}`);
  for (let at = 0; at < stdout.length;) {
    const words = stdout.readInt32LE(at), end = at + 4 + words, count = stdout.readInt32LE(end);
    const numbers = new Int32Array(count);
    Buffer.from(numbers.buffer).set(stdout.subarray(end + 4, end + 4 + 4 * count));
    yield { description: stdout.toString("utf8", at + 4, end), numbers };
    at = end + 4 + 4 * count;
  }
}

function settings({ sliders }) {
  const start = sliders.map((slider) => slider.position), cases = [start];
  sliders.forEach((slider, n) => {
    for (let position = 0; position <= slider.last; ++position) cases.push(start.map((at, other) => (other === n ? position : at)));
  });
  let random = 1;  // Park and Miller's generator: the same cases in every run
  const draw = (last) => (random = (random * 48271) % 2147483647) % (last + 1);
  for (let n = 0; n < kAnywhere; ++n) cases.push(sliders.map((slider) => draw(slider.last)));
  return cases;
}

// "lesson-NAME" for each file lab_NAME.cpp, or for each mark on a page.
const named = (each) => readdirSync(lessons).flatMap((folder) =>
  each(join(lessons, folder)).map((name) => `${folder.slice(3)}-${name}`)).sort();
const labs = named((folder) => readdirSync(folder).flatMap((file) => file.match(/^lab_(\w+)\.cpp$/)?.slice(1) ?? []));
const places = named((folder) => [...readFileSync(join(folder, "README.md"), "utf8").matchAll(/^<!-- lab: (\w+)$/gm)]
  .map(([, name]) => name));

let wrong = 0;
if (labs.length === 0) throw new Error(`${lessons} has no labs`);
if (labs.join() !== places.join()) {
  ++wrong;
  console.log(`lessons have the labs ${labs.join(", ")},\nbut their pages show ${places.join(", ")}`);
}
for (const name of labs) {
  const lab = await browserLab(name);
  const cases = settings(JSON.parse(lab([]).description));
  let compared = 0, different = 0, first = "", n = 0;
  for (const native of answers(name, cases)) {
    const browser = lab(cases[n]);
    const numbers = browser.numbers.filter((number, i) => number !== native.numbers[i]).length;
    if (browser.description !== native.description || numbers > 0 || browser.numbers.length !== native.numbers.length) {
      ++different;
      first ||= `first at the positions ${cases[n].join(" ")}, where ${numbers} numbers differ`;
    }
    compared += browser.numbers.length;
    ++n;
  }
  if (n !== cases.length) throw new Error(`${name}: ${cases.length} cases, ${n} answers`);
  wrong += different;
  console.log(`${name}: ${n} settings, ${compared} numbers, ` +
    (different ? `${different} settings differ, ${first}` : "equal to the bit"));
}
process.exit(wrong ? 1 : 0);
