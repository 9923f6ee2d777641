// Keeps what was typed but not yet sent, so that a bad signal loses nothing.
//
// A form takes part with data-draft="KEY". Drafts live in this tab (sessionStorage) and for one day only.
// Passwords, files, codes and fields marked data-no-draft are never kept. Each kept field remembers the value the
// server had given it: a draft is put back only while the server still says the same, so an answer that was saved
// in the meantime always wins.
(function () {
  "use strict";
  const PREFIX = "draft:";
  const DAY_MS = 24 * 60 * 60 * 1000;
  const SECRET = /pass|sandi|secret|token|otp|kode|code|pin_|csrf/i;
  const banner = document.getElementById("offline");

  let store;
  try {
    store = window.sessionStorage;
    store.setItem(PREFIX + "?", "1");
    store.removeItem(PREFIX + "?");
  } catch (refused) {
    store = null; // Private window or storage switched off: forms work, drafts do not.
  }

  function read(key) {
    try {
      const draft = JSON.parse(store.getItem(key));
      return draft && typeof draft.fields === "object" && Date.now() - draft.at < DAY_MS ? draft : null;
    } catch (broken) {
      return null;
    }
  }
  function write(key, draft) {
    try { store.setItem(key, JSON.stringify(draft)); } catch (full) { /* No room: the form still works. */ }
  }
  function allKeys() {
    return Object.keys(store).filter(function (key) { return key.startsWith(PREFIX); });
  }

  function kept(control) {
    if (!control.name || control.disabled || SECRET.test(control.name) || control.closest("[data-no-draft]")) return false;
    if (control.autocomplete === "one-time-code" || /password/.test(control.autocomplete)) return false;
    if (control.matches("select, textarea")) return true;
    return control.matches("input") && !/^(password|file|hidden|submit|button|reset|image)$/.test(control.type);
  }
  function slot(control) {
    return /^(radio|checkbox)$/.test(control.type) ? control.name + "=" + control.value : control.name;
  }
  function given(control) {
    if (/^(radio|checkbox)$/.test(control.type)) return String(control.defaultChecked);
    if (control.matches("select")) {
      const chosen = Array.from(control.options).filter(function (o) { return o.defaultSelected; }).map(function (o) { return o.value; });
      if (!chosen.length && !control.multiple && control.options.length) chosen.push(control.options[0].value);
      return chosen.join("\n");
    }
    return control.defaultValue;
  }
  function current(control) {
    if (/^(radio|checkbox)$/.test(control.type)) return String(control.checked);
    if (control.matches("select")) return Array.from(control.selectedOptions).map(function (o) { return o.value; }).join("\n");
    return control.value;
  }
  function put(control, value) {
    if (/^(radio|checkbox)$/.test(control.type)) control.checked = value === "true";
    else if (control.matches("select")) {
      const wanted = value.split("\n");
      Array.from(control.options).forEach(function (o) { o.selected = wanted.includes(o.value); });
    } else control.value = value;
  }

  function save(form) {
    const fields = {};
    Array.from(form.elements).filter(kept).forEach(function (control) {
      const now = current(control);
      if (now !== given(control)) fields[slot(control)] = [given(control), now];
    });
    const key = PREFIX + form.dataset.draft;
    if (Object.keys(fields).length) write(key, { at: Date.now(), sent: false, fields: fields });
    else store.removeItem(key);
  }

  function restore(form) {
    const draft = read(PREFIX + form.dataset.draft);
    if (!draft) return;
    let restored = false;
    Array.from(form.elements).filter(kept).forEach(function (control) {
      const pair = draft.fields[slot(control)];
      if (!pair || pair[0] !== given(control) || pair[1] === current(control)) return;
      put(control, pair[1]);
      control.dispatchEvent(new Event("input", { bubbles: true }));
      control.dispatchEvent(new Event("change", { bubbles: true }));
      restored = true;
    });
    if (restored) form.dataset.draftRestored = "true";
  }

  // A sent draft is finished once another page, or this form fresh from a redirect, has come back. It stays when the
  // answer was an error page (data-draft-keep), a form with errors, or the way back from a failed sending.
  function tidy(forms) {
    const entry = performance.getEntriesByType("navigation")[0];
    const arrived = !entry || entry.type === "navigate";
    const keep = document.querySelector("[data-draft-keep], [data-error-summary]");
    const here = forms.map(function (form) { return PREFIX + form.dataset.draft; });
    allKeys().forEach(function (key) {
      const draft = read(key);
      if (!draft) store.removeItem(key);
      else if (draft.sent && keep) write(key, Object.assign(draft, { sent: false }));
      else if (draft.sent && (arrived || !here.includes(key))) store.removeItem(key);
    });
  }

  const forms = Array.from(document.querySelectorAll("form[data-draft]"));
  if (store) {
    tidy(forms);
    forms.forEach(function (form) {
      restore(form);
      let timer = 0;
      function later() {
        clearTimeout(timer);
        timer = setTimeout(function () { save(form); }, 300);
      }
      form.addEventListener("input", later);
      form.addEventListener("change", later);
      form.addEventListener("submit", function () {
        clearTimeout(timer);
        save(form);
        const key = PREFIX + form.dataset.draft;
        const draft = read(key);
        if (draft && navigator.onLine) write(key, Object.assign(draft, { sent: true }));
      });
    });
    document.addEventListener("submit", function (event) {
      if (event.target.matches("[data-draft-clear-all]")) allKeys().forEach(function (key) { store.removeItem(key); });
    });
  }

  // Without a signal nothing is sent: the form waits and goes by itself when the signal is back.
  let waiting = null;
  function show() {
    if (!banner) return;
    banner.hidden = navigator.onLine;
    const words = banner.querySelector("[data-offline-words]");
    if (words) words.textContent = waiting ? banner.dataset.waiting : banner.dataset.offline;
  }
  window.addEventListener("submit", function (event) {
    const form = event.target;
    if (navigator.onLine || form.method !== "post") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting = { form: form, button: event.submitter };
    if (store && form.dataset.draft) save(form);
    show();
    if (banner) banner.scrollIntoView({ block: "nearest" });
  }, true);
  window.addEventListener("online", function () {
    show();
    if (!waiting) return;
    const next = waiting;
    waiting = null;
    if (next.button && next.button.form === next.form) next.form.requestSubmit(next.button);
    else next.form.requestSubmit();
  });
  window.addEventListener("offline", show);
  show();
})();
