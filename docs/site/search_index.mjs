// What the search knows: a section of a page is a result of its own, and so is a function of a contract.

const plain = (html) => html.replace(/<img[^>]* alt="([^"]*)"[^>]*>/g, " $1 ").replace(/<annotation[^]*?<\/annotation>/g, " ").replace(/<script[^]*?<\/script>/g, " ")
  .replace(/<[^>]+>/g, " ").replace(/&#?\w+;/g, (entity) => ({ "&lt;": "<", "&gt;": ">", "&amp;": "&" })[entity] ?? " ")
  .replace(/\s+/g, " ").trim();

const titleOf = (html) => plain(html.match(/<h1 class="title">([^]*?)<\/h1>/)?.[1] ?? "");

function sectionsOf(page, html) {
  const title = titleOf(html), body = html.match(/<div class="contents">([^]*)<!-- contents -->/)?.[1] ?? "";
  return body.split(/(?=<h2><a class="anchor" id=)/).map((part) => {
    const [, id, heading] = part.match(/^<h2><a class="anchor" id="([^"]+)"><\/a>([^]*?)<\/h2>/) ?? [];
    return { title: heading ? `${title}: ${plain(heading)}` : title, url: id ? `${page}#${id}` : page, text: plain(part) };
  });
}

// Functions and types of a file, with what is said of them.
function membersOf(page, html) {
  return html.split(/(?=<h2 class="memtitle">)/).slice(1).map((part) => {
    const name = plain(part.match(/<h2 class="memtitle">[^]*?<\/span>([^]*?)(?:<span|<\/h2>)/)?.[1] ?? "");
    const id = html.slice(0, html.indexOf(part)).match(/<a id="([^"]+)"[^>]*><\/a>\s*$/)?.[1];
    return { title: name, url: id ? `${page}#${id}` : page, text: plain(part).slice(0, 2000) };
  });
}

// Lessons come before their parts, and pages before code.
const kBoosts = { page: 4, section: 2, code: 1 };

function entriesOf(page, html) {
  if (/_source\.html$|-members\.html$|^dir_|^globals|^files\.html$|^course\.html$/.test(page)) return [];
  if (/_8h(pp)?\.html$/.test(page)) {
    const file = { title: titleOf(html), url: page, text: titleOf(html) };
    return [file, ...membersOf(page, html)].map((one) => ({ ...one, boost: kBoosts.code }));
  }
  return sectionsOf(page, html).map((one, i) => ({ ...one, boost: i === 0 ? kBoosts.page : kBoosts.section }));
}

// A script, since a page from disk may load nothing else.
export function indexOf(pages, lunr) {
  const entries = [...pages].flatMap(([page, html]) => entriesOf(page, html)).filter((one) => one.title);
  const index = lunr(function () {
    this.ref("at");
    this.field("title", { boost: 10 });
    this.field("text");
    entries.forEach(({ title, text, boost }, at) =>
      this.add({ at, title: `${title.replace(/_/g, " ")} ${title}`, text }, { boost }));
  });
  const shown = entries.map(({ title, url, text }) => [title, url, text.slice(0, 160)]);
  return `window.courseIndex = ${JSON.stringify(index)};\nwindow.courseEntries = ${JSON.stringify(shown)};\n`;
}
