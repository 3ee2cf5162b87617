// Full-text search. The index is loaded when somebody first turns to the search field.
(() => {
  const box = document.getElementById("site-search");
  const input = box.querySelector("input"), list = box.querySelector("ul");
  const kMost = 20;
  let loading;

  const script = (file) => new Promise((done, failed) => {
    const element = document.createElement("script");
    element.src = file;
    element.onload = done;
    element.onerror = failed;
    document.head.append(element);
  });

  const load = () => loading ??= Promise.all([script("lunr.min.js"), script("search_index.js")])
    .then(() => lunr.Index.load(window.courseIndex));

  // Every word must occur, in any form, or as the beginning of one.
  const find = (index, words) => index.query((query) => {
    const meant = lunr.tokenizer(words).filter(lunr.stopWordFilter);
    for (const token of index.pipeline.run(meant)) {
      const { REQUIRED } = lunr.Query.presence, { TRAILING } = lunr.Query.wildcard;
      query.term(token.toString(), { usePipeline: false, boost: 5 });
      query.term(token.toString(), { usePipeline: false, wildcard: TRAILING, presence: REQUIRED });
    }
  });

  // What is called just that comes first.
  const exactFirst = (found, words) => {
    const exact = ({ ref }) => window.courseEntries[ref][0].toLowerCase().replace("()", "") === words.toLowerCase();
    return [...found.filter(exact), ...found.filter((one) => !exact(one))];
  };

  const entry = ([title, url, text]) => {
    const item = document.createElement("li"), link = document.createElement("a"), detail = document.createElement("span");
    link.href = url;
    link.textContent = title;
    detail.textContent = text;
    link.append(detail);
    item.append(link);
    return item;
  };

  const show = async () => {
    const words = input.value.trim();
    if (!words) return void (list.hidden = true);
    const found = exactFirst(find(await load(), words), words).slice(0, kMost);
    if (words !== input.value.trim()) return;
    list.replaceChildren(...found.map(({ ref }) => entry(window.courseEntries[ref])));
    if (found.length === 0) list.textContent = "Nothing found.";
    list.dataset.words = words;
    list.hidden = false;
  };

  const links = () => [...list.querySelectorAll("a")];
  box.addEventListener("keydown", (event) => {
    const all = links(), at = all.indexOf(document.activeElement);
    if (event.key === "ArrowDown") (all[at + 1] ?? all[0])?.focus();
    else if (event.key === "ArrowUp") (at > 0 ? all[at - 1] : input).focus();
    else if (event.key === "Escape") list.hidden = true;
    else if (event.key === "Enter" && at < 0) all[0]?.click();
    else return;
    event.preventDefault();
  });
  input.addEventListener("focus", load);
  input.addEventListener("input", show);
  document.addEventListener("click", (event) => {
    if (!box.contains(event.target)) list.hidden = true;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      input.focus();
      event.preventDefault();
    }
  });
})();
