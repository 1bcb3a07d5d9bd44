// Makes some pages livelier. Nothing depends on it: every page works without.
"use strict";

// An error summary takes focus, and its link puts the cursor into the field.
const problem = document.getElementById("problem");
if (problem) problem.focus();

// On a phone the navigation scrolls, and only it: the present page is in view.
const present = document.querySelector(".labhead [aria-current]");
if (present) {
  const nav = present.closest("ul");
  const at = present.getBoundingClientRect(), frame = nav.getBoundingClientRect();
  nav.scrollLeft += at.left + at.width / 2 - frame.left - frame.width / 2;
}

// "Show" buttons reveal a password while they are pressed in.
for (const eye of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(eye.dataset.reveal);
  eye.hidden = false;
  eye.setAttribute("aria-controls", input.id);
  eye.addEventListener("click", () => {
    const show = input.type === "password";
    input.type = show ? "text" : "password";
    eye.setAttribute("aria-pressed", String(show));
    input.focus();
  });
  input.form.addEventListener("submit", () => { input.type = "password"; });
}

// The meter of strength asks the server, when the person pauses. What is typed
// is sent in the body of a request, once a pause, and kept nowhere.
for (const place of document.querySelectorAll("[data-strength]")) {
  const input = document.getElementById(place.dataset.strength);
  const button = input.form.querySelector("[data-weigh]");
  button.hidden = true; // the meter does by itself what the button is for
  let pause = 0, asking = null;
  const show = (answer) => {
    const meter = place.querySelector("meter"), measured = answer.querySelector("meter");
    meter.value = measured.value;
    place.querySelector("[data-measure]").hidden = answer.querySelector("[data-measure]").hidden;
    place.querySelector("[role=status]").textContent = answer.querySelector("[role=status]").textContent;
  };
  const weigh = async () => {
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(button.formAction, {
        method: "POST", credentials: "same-origin", signal: asking.signal,
        body: new URLSearchParams({ password: input.value, support: input.form.elements.support.value }),
      });
      const next = parse(await answer.text()).querySelector("[data-strength]");
      if (next) show(next);
    } catch { /* a newer question is under way, or the next pause asks again */ }
  };
  input.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(weigh, 300); });
  input.form.addEventListener("submit", () => { clearTimeout(pause); asking?.abort(); });
}

// One press is enough: a second one while the first is under way is dropped.
for (const form of document.querySelectorAll("form[method=post]")) {
  let sent = false;
  form.addEventListener("submit", (e) => {
    if (sent) e.preventDefault();
    sent = true;
    setTimeout(() => { sent = false; }, 4000);
  });
}

const parse = (text) => new DOMParser().parseFromString(text, "text/html");
const fetchPage = async (url) => {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(answer.statusText);
  return parse(await answer.text());
};

// Pages that wait for something look for themselves and move on when it is there.
const body = document.body;
const live = document.getElementById("live");
if (body.dataset.refresh && !live) {
  const look = async () => {
    try {
      const next = await fetchPage(body.dataset.refreshUrl);
      if (next.body.dataset.refreshUrl !== body.dataset.refreshUrl) {
        location.assign("/passwordreset/session");
        return;
      }
    } catch { /* the lab may be restarting: look again */ }
    setTimeout(look, Number(body.dataset.refresh) * 1000);
  };
  setTimeout(look, Number(body.dataset.refresh) * 1000);
}

// "Try again" appears ten seconds after something was sent.
const resend = document.querySelector(".resend[data-after]");
if (resend) {
  setTimeout(async () => {
    try {
      const next = (await fetchPage("/passwordreset/session")).querySelector(".resend");
      if (next) resend.replaceChildren(...next.childNodes);
    } catch { /* the link on the page does the same */ }
  }, (Number(resend.dataset.after) + 0.3) * 1000);
}

// Lab pages show arrivals at once. What a person is typing in stays untouched.
if (live) {
  const busy = () => live.contains(document.activeElement) && document.activeElement.matches("input");
  const look = async () => {
    if (busy()) return;
    const next = (await fetchPage(location.href)).getElementById("live");
    if (!next || next.innerHTML === live.innerHTML) return;
    const focused = live.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    live.replaceChildren(...next.childNodes);
    if (focused) live.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
  };
  // One look at a time: an older answer must not come after a newer one.
  let looking = false, again = false;
  const renew = async () => {
    again = true;
    if (looking) return;
    looking = true;
    while (again) {
      again = false;
      try { await look(); } catch { /* look again at the next sign of life */ }
    }
    looking = false;
  };
  if (live.dataset.live) new EventSource(live.dataset.live).addEventListener("message", renew);
  if (live.dataset.every) setInterval(renew, Number(live.dataset.every) * 1000);
}

// A clock that runs, runs on the page too.
const clock = document.querySelector("[data-tick]");
if (clock) {
  const from = Date.parse(clock.dataset.tick);
  const began = performance.now();
  setInterval(() => {
    const now = new Date(from + performance.now() - began).toISOString();
    clock.textContent = `${now.slice(0, 10)} ${now.slice(11, 19)} UTC`;
  }, 1000);
}
