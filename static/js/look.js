// The page of a running look: says how the still went once it has loaded, and clears it when the time is over.
(function () {
  "use strict";
  const still = document.getElementById("still");
  const words = document.querySelector("[data-still-words]");
  if (!still || !words) return;

  function tell() {
    fetch(words.dataset.stillWords, { credentials: "same-origin" }).then(function (answer) {
      return answer.ok ? answer.text() : "";
    }).then(function (fragment) {
      if (fragment) words.innerHTML = fragment; // Our own page's fragment, escaped by its template.
    }).catch(function () { /* The picture itself says what went wrong. */ });
  }
  if (still.complete) tell();
  else ["load", "error"].forEach(function (name) { still.addEventListener(name, tell); });

  // The right to look may end before the time does: then the picture goes at once, and the page says why.
  const news = new EventSource(words.dataset.news);
  news.addEventListener("over", function () {
    news.close();
    still.remove();
    location.reload();
  });

  const left = Number(words.dataset.secondsLeft) * 1000;
  setTimeout(function () {
    still.remove();
    location.reload();
  }, Math.max(left, 0) + 500);
})();
