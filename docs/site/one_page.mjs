// All lessons on one page, to be printed.

const part = (html, begin, end) => html.slice(html.indexOf(begin), html.indexOf(end));
const titleOf = (html) => html.match(/<h1 class="title">[^]*?<\/h1>/)[0];

// Links between lessons stay on the page.
const inner = (html, lessons) => html.replace(/href="([^"#]+)\.html(?:#([^"]+))?"/g, (whole, page, anchor) =>
  (lessons.includes(page) ? `href="#${anchor ?? `all_${page}`}"` : whole));

// lessons: the names of their pages; the page of all lessons gives the frame.
export function onePage(pages, lessons) {
  const frame = pages.get("lessons.html"), contents = part(frame, '<div class="contents">', "</div><!-- contents -->");
  const sections = lessons.map((name) => {
    const html = pages.get(`${name}.html`);
    const text = part(html, '<div class="contents">', "</div><!-- contents -->")
      .replace('<div class="contents">', "").replace(/<div class="toc">[^]*?<div class="textblock">/, '<div class="textblock">')
      .replace(/<nav class="neighbours"[^]*?<\/nav>/, "");
    return `<section class="lesson" id="all_${name}">\n${titleOf(html)}\n${inner(text, lessons)}</section>\n`;
  });
  const list = inner(contents, lessons);
  return inner(frame, lessons).replace(list, () => `${list}${sections.join("")}`)
    .replace("<title>qkoan: Lessons</title>", "<title>qkoan</title>")
    .replace(titleOf(frame), '<h1 class="title">How attention knows where tokens are</h1>');
}
