// A page that tells of health: when it hears that it shows something old, it reads itself again and puts the new
// parts in the place of the old ones, so that what is being typed, the place and the focus stay.
(function () {
  "use strict";
  const line = document.getElementById("live");
  if (!line) return;

  function listen() {
    const news = new EventSource(line.dataset.live);
    // What grows old by itself: when it was last asked, and how long something has lasted.
    const timer = line.dataset.liveEvery && setTimeout(again, 1000 * line.dataset.liveEvery);
    function again() { clearTimeout(timer); news.close(); read(); }
    news.addEventListener("changed", again);
    news.addEventListener("over", function () { news.close(); location.reload(); });
  }

  function read() {
    fetch(location.href, { credentials: "same-origin" }).then(function (answer) {
      if (answer.redirected || !answer.ok) { location.reload(); return; }
      return answer.text().then(show);
    }).catch(function () { setTimeout(read, 5000); }); // No signal: the page stays as it is and tries again.
  }

  function show(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const said = fresh.getElementById("live");
    if (!said || fresh.documentElement.lang !== document.documentElement.lang) { location.reload(); return; }
    document.querySelectorAll("[data-live-part]").forEach(function (part) {
      const now = fresh.getElementById(part.id);
      if (!now) return;
      const held = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      part.replaceChildren.apply(part, now.childNodes);
      const again = held && part.querySelector('a[href="' + CSS.escape(held) + '"]');
      if (again) again.focus({ preventScroll: true });
    });
    // Read aloud, of what moment the page is now; but not where nothing is new.
    line.setAttribute("aria-live", line.dataset.live === said.dataset.live ? "off" : "polite");
    line.firstChild.textContent = said.firstChild.textContent;
    line.dataset.live = said.dataset.live;
    listen();
  }

  listen();
})();
