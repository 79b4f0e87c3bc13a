"use strict";

// Text from stories goes into the page as text only: textContent and attributes, never HTML.

const element = (name, attributes, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null));
  return made;
};

const clock = (time) => {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : date.toLocaleTimeString([], { hour12: false });
};

const localTimes = (root) => {
  for (const time of root.querySelectorAll("td.time time")) {
    time.textContent = clock(time.getAttribute("datetime"));
    time.title = time.getAttribute("datetime");
  }
};

function row(record) {
  const { article, wire } = record.value;
  const headlines = article.headlines || [];
  const main = headlines.find((one) => one.role === "main") || headlines[0];
  const language = article.language || "";
  const link = "/story?id=" + encodeURIComponent(record.key) + "&at=" + record.partition + ":" + record.offset;
  const change = wire.change === "created" ? null
    : element("span", { class: "change " + wire.change }, wire.change);
  const time = element("time", { datetime: record.time, title: record.time }, clock(record.time));
  const headline = element("td", { class: "headline", lang: language });
  if (change) headline.append(change, " ");
  headline.append(element("a", { href: link }, main ? main.value : "(no headline)"));
  return element("tr", { class: "fresh" },
    element("td", { class: "time" }, time),
    headline,
    element("td", { class: "source" }, wire.source),
    element("td", { class: "language" }, language),
    element("td", { class: "number" }, String(wire.words)),
    element("td", { class: "number" }, String(wire.removed.length)));
}

function front(main) {
  const body = document.getElementById("records");
  const live = document.getElementById("live");
  const pause = document.getElementById("pause");
  const find = document.getElementById("find");
  const shown = Number(main.dataset.shown) || 60;
  const waiting = [];
  let paused = false;
  let count = 0;
  let connected = null;

  const say = () => {
    const state = connected === null ? "Connecting" : connected ? "Live" : "Connection lost, trying again";
    live.textContent = paused ? "Paused, " + waiting.length + " new records wait"
      : state + (count ? ", " + count + " new since this page was opened" : "");
  };
  const matches = (line) => {
    const wanted = find.value.trim().toLowerCase();
    return !wanted || line.textContent.toLowerCase().includes(wanted);
  };
  const show = (record) => {
    const line = row(record);
    line.hidden = !matches(line);
    body.prepend(line);
    while (body.rows.length > shown) body.rows[body.rows.length - 1].remove();
    document.getElementById("empty").hidden = true;
  };

  localTimes(body);
  document.getElementById("host").textContent = location.host;
  find.addEventListener("input", () => {
    for (const line of body.rows) line.hidden = !matches(line);
  });
  say();
  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = paused ? "Go on" : "Pause";
    if (!paused) while (waiting.length) show(waiting.shift());
    say();
  });

  const events = new EventSource("/v1/topics/" + main.dataset.topic + "/stream");
  events.addEventListener("open", () => { connected = true; say(); });
  events.addEventListener("error", () => { connected = false; say(); });
  events.addEventListener("record", (event) => {
    const record = JSON.parse(event.data);
    if (!record.value || !record.value.article) return;
    count += 1;
    if (paused) {
      waiting.push(record);
      if (waiting.length > shown) waiting.shift();
    } else {
      show(record);
    }
    say();
  });

  const services = document.getElementById("services");
  const refresh = async () => {
    try {
      const status = await (await fetch("/v1/status")).json();
      services.replaceChildren(...status.services.map((one) => {
        const line = element("li", { class: "service " + one.phase },
          element("strong", {}, one.name), " ",
          element("span", { class: "phase" }, one.phase), " ",
          element("span", { class: "counts" }, one.says));
        if (one.detail) line.append(element("span", { class: "detail" }, one.detail));
        return line;
      }));
    } catch {
      connected = false;
      say();
    }
  };
  setInterval(refresh, 2000);
}

const main = document.getElementById("main");
if (document.getElementById("records")) front(main);
const removed = document.getElementById("show-removed");
if (removed) {
  removed.addEventListener("change", () => {
    document.getElementById("text").classList.toggle("clean", !removed.checked);
  });
}
