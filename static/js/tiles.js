// Several running looks side by side: their pictures one after another, the time left, and the end of any of them.
(function () {
  "use strict";
  const list = document.querySelector("[data-tiles]");
  if (!list) return;
  const tiles = Array.from(list.querySelectorAll("[data-look]"));
  const opened = Date.now();

  function close(tile, word) {
    const open = tile.querySelector("[data-open]");
    if (!open) return;
    open.remove(); // With the picture: nothing of it stays on the page.
    const over = tile.querySelector("[data-over]");
    const words = over.querySelector("span");
    words.textContent = words.dataset[word];
    over.hidden = false;
  }

  // Cameras of one recorder are asked in turn, so the next picture waits for the one before.
  const owed = tiles.map(function (tile) { return tile.querySelector("img[data-still]"); });
  function load() {
    const still = owed.shift();
    if (!still) return;
    if (!still.isConnected) { load(); return; }
    ["load", "error"].forEach(function (name) { still.addEventListener(name, load, { once: true }); });
    still.src = still.dataset.still;
  }
  load();

  function tick() {
    tiles.forEach(function (tile) {
      const left = Math.ceil(Number(tile.dataset.secondsLeft) - (Date.now() - opened) / 1000);
      if (left <= 0) { close(tile, "time"); return; }
      const words = tile.querySelector("[data-left]");
      if (words) {
        const clock = Math.floor(left / 60) + "." + String(left % 60).padStart(2, "0");
        words.textContent = words.dataset.words.replace("%s", clock);
      }
    });
  }
  tick();
  setInterval(tick, 1000);

  // The right to look may end before the time does: then the picture goes at once.
  if (!tiles.length) return;
  const news = new EventSource(list.dataset.news);
  news.addEventListener("running", function (event) {
    const still = JSON.parse(event.data);
    tiles.forEach(function (tile) {
      if (!still.includes(tile.dataset.look)) close(tile, "ended");
    });
  });
  news.addEventListener("over", function () { news.close(); location.reload(); });
})();
