"use strict";
// Draws what is pushed. Every name comes from outside, so text is set as text and never as markup.

const find = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
const page = {
  lang: asked.get("lang") || document.documentElement.lang,
  queue: asked.get("queue") || "",
  sort: asked.get("sort") || "",
  queues: null,
  everyS: 1,
  heardMs: Date.now(),
  words: {},
  day: null,
  source: null,
};

function element(tag, text = "", tone = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (tone) made.className = tone;
  return made;
}

function set(node, text, classes) {
  if (node.textContent !== text) node.textContent = text;
  if (classes !== undefined && node.className !== classes) node.className = classes;
}

// Rows and cells are kept and written over: what has the focus or the pointer stays.
function grow(parent, tag, count) {
  while (parent.children.length < count) parent.append(document.createElement(tag));
  while (parent.children.length > count) parent.lastChild.remove();
  return [...parent.children];
}

function body(table, heads, right, means = []) {
  if (!table.tHead) {
    table.createTHead().append(document.createElement("tr"));
    table.createTBody();
  }
  grow(table.tHead.rows[0], "th", heads.length).forEach((th, at) => {
    th.scope = "col";
    set(th, heads[at], right[at] ? "right" : "");
    th.title = means[at] || "";
  });
  return table.tBodies[0];
}

function write(row, cells, right, beside = 0) {
  const tds = grow(row, "td", cells.length + beside);
  cells.forEach(({ text, tone }, at) => {
    set(tds[at], text, [tone, right[at] ? "right" : ""].filter(Boolean).join(" "));
  });
  return tds.slice(cells.length);
}

const cell = ([text, tone]) => ({ text, tone });

function table(id, told) {
  const panel = find(`${id}-panel`);
  if (panel) panel.hidden = !told;
  if (!told) return;
  const [heads, right, rows, means] = told;
  const into = body(find(id), heads, right, means);
  grow(into, "tr", rows.length).forEach((row, at) => write(row, rows[at].map(cell), right));
}

function figures(told) {
  grow(find("figures"), "article", told.length).forEach((article, at) => {
    const one = told[at];
    if (!article.children.length) article.append(element("h3"), element("b"), element("p"));
    const [label, value, note] = article.children;
    article.dataset.key = one.key;
    set(label, one.label);
    set(value, one.text, one.tone);
    set(note, one.note, one.tone);
    note.title = one.note;
    const classes = `figure ${one.tone}`;
    if (article.className !== classes) article.className = classes;
  });
}

// Which row stands where: as told, the worst first, or by a column. Totals stay at the end.
function order(told) {
  const places = told.table[2].map((_, at) => at);
  const by = told.sorts.find(({ key }) => key === page.sort.replace("-", ""));
  if (!by) return places;
  const down = page.sort.startsWith("-") ? -1 : 1;
  const one = (a, b) => (typeof a === "string" ? a.localeCompare(b) : a - b);
  const queues = places.slice(0, told.keys.length).sort((a, b) => {
    const [left, right] = [by.of[a], by.of[b]];
    if (left === null || right === null) return (left === null) - (right === null);
    return down * one(left, right);
  });
  return [...queues, ...places.slice(told.keys.length)];
}

function headings(told) {
  const by = told.sorts.findIndex(({ key }) => key === page.sort.replace("-", ""));
  told.sorts.forEach(({ key }, at) => {
    const th = find("queues").tHead.rows[0].cells[at];
    if (!th.firstElementChild) th.replaceChildren(element("button", th.textContent));
    th.firstElementChild.type = "button";
    th.firstElementChild.setAttribute("aria-label", `${page.words.sort} ${told.table[0][at]}`);
    th.dataset.sort = key;
    th.setAttribute("aria-sort", at !== by ? "none" : page.sort.startsWith("-") ? "descending" : "ascending");
  });
  const title = by < 0 ? page.words.queues : `${page.words.queues_by} ${told.table[0][by]}`;
  set(find("queues-title"), title);
}

// As its first click says, then the other way round, then the worst first again.
function sortBy(key) {
  const { first } = page.queues.sorts.find((one) => one.key === key);
  const turns = first === "ascending" ? [key, `-${key}`, ""] : [`-${key}`, key, ""];
  page.sort = turns[turns.indexOf(page.sort) + 1] ?? turns[0];
  remember();
  queues(page.queues);
}

function queues(told) {
  page.queues = told;
  const [heads, right, rows, means] = told.table;
  const into = body(find("queues"), [...heads, page.words.attainment], [...right, false], [...means, page.words.attainment_is]);
  const focused = document.activeElement?.dataset?.queue;
  const all = grow(into, "tr", rows.length);
  const places = order(told);
  headings(told);
  all.forEach((row, place) => {
    const at = places[place];
    const key = told.keys[at];
    const [last] = write(row, rows[at].map(cell), right, 1);
    marks(last, told.marks[at] || []);
    row.className = key ? "" : "total";
    row.title = key || "";
    if (key) row.dataset.queue = key;
    else delete row.dataset.queue;
  });
  if (focused) all.find((row) => row.dataset.queue === focused)?.focus();
  chosen();
}

function marks(td, told) {
  if (td.firstElementChild?.className !== "marks") td.replaceChildren(element("div", "", "marks"));
  grow(td.firstElementChild, "i", told.length).forEach((one, at) => {
    const [mark, tone, said] = told[at];
    set(one, mark, tone);
    one.title = said;
  });
}

function chosen() {
  const rows = [...find("queues").querySelectorAll("tbody tr[data-queue]")];
  const reached = rows.find((row) => row === document.activeElement);
  const shown = page.day?.key || page.queue;
  for (const row of rows) row.setAttribute("aria-selected", String(row.dataset.queue === shown));
  const first = reached || rows.find((row) => row.dataset.queue === shown) || rows[0];
  for (const row of find("queues").querySelectorAll("tbody tr")) row.tabIndex = row === first ? 0 : -1;
}

function states(told) {
  const named = new Map();
  grow(find("states"), "li", told.length).forEach((item, at) => {
    const { name, known, counts } = told[at];
    if (!item.children.length) item.append(element("span"), element("div"), element("b"));
    const [head, bar, sum] = item.children;
    set(head, name);
    set(sum, known ? "" : String(counts.reduce((all, { staff }) => all + staff, 0)));
    if (known) return set(bar, `-- ${known}`, "unknown");
    if (bar.className !== "bar") set(bar, "", "bar");
    grow(bar, "i", counts.length).forEach((part, place) => {
      const { state, word, staff } = counts[place];
      const tone = state === "unknown" ? "state-unknown" : state;
      named.set(tone, word);
      set(part, String(staff), tone);
      part.style.flexGrow = staff;
      part.title = `${word} ${staff}`;
    });
  });
  const keys = [...named];
  grow(find("state-legend"), "li", keys.length).forEach((key, at) => {
    const [tone, word] = keys[at];
    if (!key.children.length) key.append(element("i"), element("span"));
    key.firstChild.className = tone;
    set(key.lastChild, word);
  });
}

function attention(told, noStaff) {
  const { heads, rows } = told;
  const into = body(find("attention"), heads, heads.map(() => false));
  const none = rows.length ? rows : [[noStaff || page.words.nobody]];
  grow(into, "tr", none.length).forEach((row, at) => write(row, none[at].map((text) => ({ text })), []));
  const said = find("names");
  const link = said.querySelector("a");
  set(said.firstChild, told.reason);
  set(link, page.words.names_log_in);
  link.hidden = !told.log_in;
}

function alerts(told) {
  set(find("firing"), ...told.head);
  set(find("alerts-count"), told.rows.length ? `▼ ${told.rows.length}` : "");
  set(find("alerts-said"), told.said, told.known ? "good" : "unknown");
  grow(find("alerts"), "li", told.rows.length).forEach((item, at) => {
    const one = told.rows[at];
    if (!item.children.length) item.append(element("b"), " ", element("span"), " ", element("p"));
    const [name, where, summary] = item.children;
    set(name, `${one.severity}: ${one.name}`, one.tone);
    set(where, one.where);
    set(summary, `${one.ago} ${one.summary}`.trim());
  });
}

function moment(told) {
  page.words = told.words;
  page.everyS = told.every_s;
  heard();
  for (const node of document.querySelectorAll("[data-word]")) set(node, told.words[node.dataset.word] || "");
  set(find("moment"), told.moment);
  set(find("note"), told.note);
  set(find("legend"), told.legend);
  document.title = `${told.figures[0].text} ▼ Floorwatch`;
  figures(told.figures);
  queues(told.queues);
  for (const id of ["plan", "staff", "chat", "bots", "backlog", "campaigns", "feeds"]) table(id, told[id]);
  grow(find("left-out"), "li", told.left_out.length).forEach((item, at) => set(item, told.left_out[at]));
  set(find("standing"), told.standing[0], told.standing[1]);
  set(find("no-states"), told.no_staff);
  for (const node of document.querySelectorAll("[data-staff]")) node.hidden = Boolean(told.no_staff);
  states(told.states);
  attention(told.attention, told.no_staff);
  alerts(told.alerts);
  const speaks = find("columns-said").lang !== page.lang;
  find("columns-said").lang = page.lang;
  if (speaks && find("columns").open) columns();
  if (page.day) day(page.day);
}

function day(told) {
  page.day = told;
  set(find("day-queue"), told.queue);
  const behind = told.curves && told.known_s != null && page.words.known_to;
  set(find("day-known"), behind ? `? ${page.words.known_to} ${Curves.clock(told.known_s, told.zone)}` : "");
  find("no-day").hidden = Boolean(told.curves);
  find("curves").hidden = !told.curves;
  chosen();
  if (told.curves && page.words.time) Curves.show(told, page.words, page.lang);
}

function heard() {
  page.heardMs = Date.now();
  document.body.className = "";
  set(find("banner"), "");
  set(find("status"), `● ${page.words.connected || ""}`, "");
}

// What the columns say, for whoever has no pointer to hold over them.
function columns() {
  const told = [];
  for (const table of document.querySelectorAll("main table")) {
    const said = [...(table.tHead?.rows[0]?.cells || [])].filter((th) => th.title);
    if (!said.length || !table.getClientRects().length) continue;
    const list = element("dl");
    for (const th of said) list.append(element("dt", th.textContent), element("dd", th.title));
    const heads = [...table.closest(".panel").querySelectorAll("h2")];
    const above = heads.filter((h2) => h2.compareDocumentPosition(table) & Node.DOCUMENT_POSITION_FOLLOWING).at(-1);
    told.push(element("h3", (above.querySelector("span") || above).textContent), list);
  }
  find("columns-said").replaceChildren(...told);
}

function lost(why) {
  if (document.body.className === "waiting" && !why) return;
  document.body.className = "lost";
  const since = new Date(page.heardMs).toLocaleTimeString("en-GB");
  set(find("banner"), why || `${page.words.lost || "?"} ${since}`);
  set(find("status"), `? ${page.words.unknown_state || ""}`, "unknown");
}

function connect() {
  page.source?.close();
  const query = new URLSearchParams({ lang: page.lang, queue: page.queue });
  const source = new EventSource(`/events?${query}`);
  page.source = source;
  source.addEventListener("moment", (event) => moment(JSON.parse(event.data)));
  source.addEventListener("day", (event) => day(JSON.parse(event.data)));
  source.addEventListener("unknown", (event) => {
    page.heardMs = Date.now();
    lost(JSON.parse(event.data).why);
  });
  source.addEventListener("error", () => {
    lost();
    if (source.readyState === EventSource.CLOSED) setTimeout(() => source === page.source && connect(), 5000);
  });
}

// Where somebody looks is in the address, so that a wall screen can be bookmarked.
function remember() {
  const query = new URLSearchParams({ lang: page.lang });
  for (const name of ["queue", "sort"]) if (page[name]) query.set(name, page[name]);
  history.replaceState(null, "", `?${query}`);
}

function go(change) {
  Object.assign(page, change);
  remember();
  document.documentElement.lang = page.lang;
  for (const button of document.querySelectorAll("nav button"))
    button.setAttribute("aria-pressed", String(button.dataset.lang === page.lang));
  connect();
}

find("queues").addEventListener("click", (event) => {
  const th = event.target.closest("th[data-sort]");
  if (th) sortBy(th.dataset.sort);
  const row = event.target.closest("tr[data-queue]");
  if (row) choose(row);
});
find("queues").addEventListener("keydown", (event) => {
  const row = event.target.closest("tr[data-queue]");
  if (!row) return;
  const next = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
  if (next?.dataset.queue) next.focus();
  else if (event.key === "Enter" || event.key === " ") choose(row);
  else if (!event.key.startsWith("Arrow")) return;
  event.preventDefault();
});
function choose(row) {
  page.day = null;
  row.focus();
  go({ queue: row.dataset.queue });
}
find("columns").addEventListener("toggle", () => find("columns").open && columns());
for (const button of document.querySelectorAll("nav button"))
  button.addEventListener("click", () => go({ lang: button.dataset.lang }));
addEventListener("resize", () => page.day && day(page.day));
setInterval(() => Date.now() - page.heardMs > Math.max(10, 3 * page.everyS) * 1000 && lost(), 1000);
go({});
