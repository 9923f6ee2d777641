// Small helps for every page. Each page works without them.
(function () {
  "use strict";

  // The menu on narrow screens.
  document.querySelectorAll("[data-menu]").forEach(function (button) {
    const menu = document.getElementById(button.getAttribute("aria-controls"));
    button.addEventListener("click", function () {
      const open = menu.classList.toggle("is-open");
      button.setAttribute("aria-expanded", String(open));
    });
    menu.addEventListener("keydown", function (event) {
      if (event.key !== "Escape" || !menu.classList.contains("is-open")) return;
      menu.classList.remove("is-open");
      button.setAttribute("aria-expanded", "false");
      button.focus();
    });
  });

  // An error summary takes the focus; its links go to the control itself.
  const summary = document.querySelector("[data-error-summary]");
  if (summary) summary.focus();
  document.addEventListener("click", function (event) {
    const link = event.target.closest("[data-error-summary] a");
    if (!link) return;
    let target = document.getElementById(link.hash.slice(1));
    if (target && !target.matches("input, select, textarea, button")) target = target.querySelector("input, select, textarea, button") || target;
    if (!target) return;
    event.preventDefault();
    (target.closest(".field") || target).scrollIntoView({ block: "start" });
    target.focus({ preventScroll: true });
  });

  document.addEventListener("click", function (event) {
    const copy = event.target.closest("[data-copy]");
    if (copy && navigator.clipboard) {
      navigator.clipboard.writeText(copy.dataset.copy).then(function () {
        const before = copy.textContent;
        copy.textContent = copy.dataset.copied || before + " ✓";
        setTimeout(function () { copy.textContent = before; }, 2500);
      });
    }
    if (event.target.closest("[data-print]")) window.print();

    const reveal = event.target.closest("[data-reveal]");
    if (reveal) {
      const input = document.getElementById(reveal.dataset.reveal);
      const show = input.type === "password";
      input.type = show ? "text" : "password";
      reveal.setAttribute("aria-pressed", String(show));
    }
  });
  document.querySelectorAll("[data-copy], [data-print], [data-reveal], [data-needs-js]").forEach(function (element) { element.hidden = false; });

  // What is chosen in a part of a page stays chosen when htmx puts a fresh part in its place.
  let chosen = [];
  document.addEventListener("htmx:beforeSwap", function (event) {
    chosen = Array.from(event.detail.target.querySelectorAll("input:checked"));
  });
  document.addEventListener("htmx:afterSwap", function (event) {
    event.detail.target.querySelectorAll("input[type=radio], input[type=checkbox]").forEach(function (fresh) {
      if (chosen.some(function (old) { return old.name === fresh.name && old.value === fresh.value; })) fresh.checked = true;
    });
  });

  // A form whose answer lives at a path: data-path-form="/tanda-terima/*/".
  document.querySelectorAll("form[data-path-form]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      const typed = form.querySelector("input:not([type=hidden])").value.trim();
      event.preventDefault();
      if (typed) location.assign(form.dataset.pathForm.replace("*", encodeURIComponent(typed)));
    });
  });

  // A second tap on a slow line does not send a form twice.
  const LOCK_MS = 8000;
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sentAt && Date.now() - Number(form.dataset.sentAt) < LOCK_MS) {
      event.preventDefault();
      return;
    }
    form.dataset.sentAt = String(Date.now());
    form.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent-at]").forEach(function (form) {
      delete form.dataset.sentAt;
      form.removeAttribute("aria-busy");
    });
  });
})();
