// The officer's work list: on request, how far each place is from here, the nearest first. His place is sent nowhere.
(function () {
  "use strict";
  const button = document.querySelector("[data-nearest]");
  const list = document.querySelector("[data-jobs]");
  const words = document.querySelector("[data-nearest-words]");
  if (!button || !list || !navigator.geolocation) return;
  button.hidden = false;

  // Metres between two places; flat ground is near enough within a kelurahan.
  function metres(here, lat, lng) {
    const north = (lat - here.latitude) * 111320;
    const east = (lng - here.longitude) * 111320 * Math.cos(here.latitude * Math.PI / 180);
    return Math.hypot(north, east);
  }
  function say(distance) {
    if (distance < 1000) return button.dataset.metres.replace("%s", String(Math.round(distance / 10) * 10));
    return button.dataset.kilometres.replace("%s", (distance / 1000).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 }));
  }

  button.addEventListener("click", function () {
    words.textContent = button.dataset.wait;
    navigator.geolocation.getCurrentPosition(function (position) {
      const jobs = Array.from(list.children).map(function (job) {
        const distance = metres(position.coords, Number(job.dataset.lat), Number(job.dataset.lng));
        job.querySelector("[data-distance]").textContent = say(distance);
        return { job: job, distance: distance };
      });
      jobs.sort(function (a, b) { return a.distance - b.distance; });
      list.append(...jobs.map(function (item) { return item.job; }));
      words.textContent = "";
    }, function () { words.textContent = button.dataset.no; }, { enableHighAccuracy: true, timeout: 20000, maximumAge: 60000 });
  });
})();
