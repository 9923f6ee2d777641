// A list of cameras that is open: it is read again when it holds others than before, unless somebody is typing.
(function () {
  "use strict";
  const list = document.querySelector("[data-list-news]");
  if (!list) return;
  const news = new EventSource(list.dataset.listNews);
  news.addEventListener("changed", function () {
    const field = document.activeElement;
    if (field && field.matches("input") && field.value !== field.defaultValue) {
      list.hidden = false;
      return;
    }
    news.close();
    location.reload();
  });
  news.addEventListener("over", function () { news.close(); location.reload(); });
})();
