// The repository's Markdown, as it reads on GitHub, becomes the Markdown of Doxygen.

import { posix } from "node:path";

import { Fault } from "./fault.mjs";

const everyOther = (parts, f) => parts.map((part, i) => (i % 2 ? part : f(part))).join("");

// Applies f to what lies between blocks of code, and to what lies between `code` within lines.
const outsideBlocks = (text, f) => everyOther(text.split(/^((?:```|@code)[^]*?^(?:```|@endcode)$)/m), f);
const outsideCode = (text, f) => outsideBlocks(text, (part) => everyOther(part.split(/(`[^`]+`)/), f));

// Doxygen does not see **bold** text that begins with code, or has a formula in it.
export const bold = (text) => outsideBlocks(text, (part) => part
  .replace(/\*\*([^*]+)\*\*/g, (whole, words) => (/[$`]/.test(words) ? `<b>${words}</b>` : whole)));

export const formulas = (text) => outsideCode(text, (part) => part
  .replace(/\$\$([^$]+)\$\$/g, (_, tex) => `\\f[${tex}\\f]`)
  .replace(/\$([^$]+)\$/g, (_, tex) => `\\f$${tex}\\f$`));

// "**Why tiles?**" and "Why tiles" become why_tiles.
export const slug = (title) => title.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_|_$/g, "");

// Every heading can be linked to: the page by its id, parts of it by id and heading.
export function headings(text, id) {
  return outsideBlocks(text, (part) => part
    .replace(/^# (.+)$/m, `# $1 {#${id}}`)
    .replace(/^(##+) (.+)$/gm, (_, level, title) => `${level} ${title} {#${id}_${slug(title)}}`));
}

// Links to files become links to their pages; to what has no page, code.
export function links(text, path, { pageOf, has }) {
  return outsideBlocks(text, (part) => part.replace(/\[([^\]]+)\]\(([^)]+)\)/g, (whole, label, target) => {
    if (/^([a-z]+:|@ref )/.test(target)) return whole;
    const file = posix.join(posix.dirname(path), target.replace(/#.*/, ""));
    const page = pageOf(file.replace(/\/$/, ""));
    if (!page && !has(file)) throw new Fault(`${path}: a link leads to ${file}, which is not there`);
    return page ? `[${label}](@ref ${page})` : `\`${file}\``;
  }));
}

// "lesson 03", "lessons 05 and 06": the numbers become links.
export function lessonNumbers(text, lessons, self) {
  const known = new Map(lessons.map((one) => [one.number, one.name]));
  const link = (number) => {
    const name = known.get(number);
    return name && name !== self ? `[${number}](@ref lesson_${name})` : number;
  };
  return outsideCode(text, (plain) => plain
    .replace(/\b[Ll]essons? \d\d(?:(?:, | and |, and | or |–)\d\d)*/g,
      (words) => words.replace(/\d\d/g, link)));
}

const attribute = (text) => text.replace(/[`*$\\]/g, "").replace(/\s+/g, " ").replace(/"/g, "&quot;").trim();

// Two pictures, of which the theme shows one.
export function figure(picture, alternative, caption = "") {
  const images = ["light", "dark"].map((theme) => `<img class="for-${theme}" ` +
    `src="pictures/${picture}-${theme}.svg" alt="${attribute(alternative)}" loading="lazy"/>`);
  return `@htmlonly[block]\n<figure>${images.join("")}<figcaption>\n@endhtmlonly\n${caption}\n` +
    "@htmlonly[block]\n</figcaption></figure>\n@endhtmlonly\n";
}

// <!-- picture: NAME, caption -->, and the form with which pages on GitHub follow its theme.
export const pictures = (text, prefix) => text
  .replace(/<!-- picture: (\w+)\n([^]*?)-->/g,
    (_, name, caption) => figure(`${prefix}-${name}`, `picture: ${name.replace(/_/g, " ")}`, caption.trim()))
  .replace(/<picture>[^]*?<img alt="([^"]*)" src="(?:[^"]*\/)?([^"\/]+)-light\.svg"[^]*?<\/picture>/g,
    (_, alternative, name) => figure(name, alternative));

// Remaining comments say where numbers stand.
export const withoutComments = (text) => text.replace(/^<!--[^]*?-->\n/gm, "");

export const folded = (summary, code) =>
  `@htmlonly[block]\n<details><summary>${summary}</summary>\n@endhtmlonly\n@code{.cpp}\n${code.trimEnd()}\n` +
  "@endcode\n@htmlonly[block]\n</details>\n@endhtmlonly\n";

export function table(header, rows, alignment) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(header), line(alignment), ...rows.map(line)].join("\n") + "\n";
}
