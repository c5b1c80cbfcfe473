// Sends what the form holds to /v1/classify and shows what comes back. Texts from anywhere are only ever set as text.
"use strict";

const element = (id) => document.getElementById(id);
const form = element("question");
const answer = element("answer");
const file = element("video");
const drop = element("drop");
let running = null;

/** An element with children, which are elements or texts. */
function make(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** A category's number, with its name where the server knows one. */
const label = (number, name) => name === undefined ? number : `${number} ${name}`;

const percent = (part) => `${(part * 100).toFixed(1)} %`;

function bar(part, isAgainst) {
  const span = make("span", isAgainst ? { class: "against" } : {});
  span.style.width = `${Math.max(0, Math.min(1, part)) * 100}%`;
  return make("td", { class: "bar", "aria-hidden": "true" }, span);
}

function categories(video) {
  const rows = video.probabilities.map((row) =>
    make("tr", {}, make("th", { scope: "row" }, label(row.category_id, row.category_name)),
      make("td", { class: "n" }, percent(row.probability)), bar(row.probability, false)));
  return [make("h2", {}, "Categories"), make("table", {}, ...rows)];
}

const partNames = { title: "title", speech: "speech", "on-screen-text": "on-screen text", frames: "frames" };

function explanation(video) {
  const told = video.explanation;
  if (!told) return [];
  if (told.shares.length === 0) {
    return [make("h2", {}, "What it rests on"), make("p", { class: "facts" }, "Nothing was given: it is how frequent the categories are.")];
  }
  const widest = Math.max(0.01, ...told.shares.map((share) => Math.abs(share.value)));
  const rows = told.shares.map((share) => {
    const points = `${share.value < 0 ? "−" : "+"}${Math.abs(share.value * 100).toFixed(1)}`;
    return make("tr", {}, make("th", { scope: "row" }, partNames[share.part] ?? share.part),
      make("td", { class: "n" }, points), bar(Math.abs(share.value) / widest, share.value < 0));
  });
  return [make("h2", {}, "What it rests on"),
    make("p", { class: "facts" }, `Percentage points by which each part makes ${label(told.category_id, video.category_name)} more probable than the ${percent(told.without)} that it has without any.`),
    make("table", {}, ...rows)];
}

function frames(video) {
  if (!video.frames || video.frames.length === 0) return [];
  const shown = video.frames.map((frame, place) => {
    const caption = frame.time === undefined ? `frame ${place + 1}` : `${frame.time.toFixed(1)} s`;
    const picture = make("img", { alt: `frame at ${caption}`, width: frame.width, height: frame.height });
    if (/^data:image\/jpeg;base64,/.test(frame.picture)) picture.src = frame.picture;
    return make("figure", {}, picture, make("figcaption", {}, caption));
  });
  return [make("h2", {}, "Frames that the model saw"), make("div", { class: "strip" }, ...shown)];
}

const rests = { complete: "text and frames", "no-frames": "text alone", "no-text": "frames alone", prior: "nothing but how frequent the categories are" };

function facts(video) {
  const list = [["rests on", rests[video.status] ?? video.status]];
  if (video.video.status !== "none") list.push(["file", video.video.status]);
  if (video.video.duration !== undefined) list.push(["length", `${video.video.duration.toFixed(1)} s`]);
  const spent = video.timings;
  list.push(["read", `${spent.read.toFixed(2)} s`], ["computed", `${spent.compute.toFixed(2)} s`]);
  const entries = list.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  const detail = video.video.detail ? [make("p", { class: "reason" }, `The file: ${video.video.detail}`)] : [];
  return [...detail, make("dl", {}, ...entries)];
}

function show(video) {
  answer.replaceChildren(
    make("p", { class: "said" }, label(video.category_id, video.category_name), " ", make("span", {}, `${percent(video.probability)}, of ${label(video.level1, video.level1_name)} (${percent(video.level1_probability)})`)),
    ...facts(video), ...categories(video), ...explanation(video), ...frames(video));
}

function fail(text) {
  answer.replaceChildren(make("p", { class: "error", role: "alert" }, text));
}

function fields() {
  const data = new FormData();
  if (file.files.length > 0) data.append("video", file.files[0]);
  for (const name of ["title", "speech"]) {
    if (element(name).value.trim() !== "") data.append(name, element(name).value);
  }
  for (const line of element("on_screen_text").value.split("\n")) {
    if (line.trim() !== "") data.append("on_screen_text", line);
  }
  return data;
}

async function ask() {
  const data = fields();
  if (data.keys().next().done) {
    fail("Choose a video, or type a text.");
    return;
  }
  if (running) running.abort();
  running = new AbortController();
  const headers = element("token").value === "" ? {} : { Authorization: `Bearer ${element("token").value}` };
  element("ask").disabled = true;
  answer.setAttribute("aria-busy", "true");
  answer.replaceChildren(make("p", { class: "busy" }, "Looking at it …"));
  try {
    const response = await fetch(`v1/classify?frames=true&top=8&explain=${element("explain").checked}`,
      { method: "POST", body: data, headers, signal: running.signal });
    const body = await response.json();
    if (response.status === 401) element("secret").hidden = false;
    if (response.ok) show(body.videos[0]); else fail(body.error);
  } catch (error) {
    if (error.name !== "AbortError") fail("The server does not answer.");
  } finally {
    element("ask").disabled = false;
    answer.setAttribute("aria-busy", "false");
    answer.focus({ preventScroll: false });
  }
}

function showChoice() {
  element("chosen").textContent = file.files.length > 0 ? file.files[0].name : "none chosen";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
form.addEventListener("reset", () => {
  setTimeout(showChoice, 0);
  answer.replaceChildren(make("p", { class: "facts" }, "The answer comes here."));
});
file.addEventListener("change", showChoice);
for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  if (event.dataTransfer.files.length > 0) {
    file.files = event.dataTransfer.files;
    showChoice();
  }
});
