// Remembers whether a pin was put on the map or typed. map.js sends its own (untrusted) events; fingers send real ones.
(function () {
  "use strict";
  const source = document.getElementById("id_source");
  if (!source) return;
  ["id_latitude", "id_longitude"].forEach(function (id) {
    const input = document.getElementById(id);
    if (!input) return;
    input.addEventListener("input", function (event) { if (event.isTrusted) source.value = "typed"; });
    input.addEventListener("change", function (event) { if (!event.isTrusted) source.value = "tap"; });
  });
})();
