// The help of the chosen maker beside the form of a device, and its usual port and path as what an empty field means.
// Without this script all makers stand under one heading, and the server fills in the same port and path.
(function () {
  "use strict";
  const select = document.getElementById("id_brand");
  const help = document.querySelector("[data-brand-help]");
  if (!select || !help) return;
  const makers = Array.from(help.querySelectorAll("[data-brand]"));
  const port = document.getElementById("id_onvif_port");
  const path = document.getElementById("id_rtsp_path");
  let before = null;

  function show(byHand) {
    const chosen = makers.find(function (maker) { return maker.dataset.brand === select.value; });
    makers.forEach(function (maker) { maker.hidden = Boolean(chosen) && maker !== chosen; });
    if (byHand) help.open = Boolean(chosen);
    // What was another maker's usual value says nothing about this one.
    [[port, "onvifPort"], [path, "rtspPath"]].forEach(function (pair) {
      const field = pair[0];
      const usual = chosen && chosen.dataset[pair[1]];
      if (!field) return;
      if (byHand && before && field.value === before.dataset[pair[1]]) field.value = "";
      field.placeholder = usual || "";
    });
    before = chosen || null;
  }

  select.addEventListener("change", function () { show(true); });
  show(false);
})();
