// A plain Leaflet map without a tile server: it draws the GeoJSON that the page names, in the colours of mitra.css.
//
// <div data-map data-mode="show|pick" data-geojson-url="URL URL" data-lat data-lng data-zoom>, see components/map.html.
// Show: cameras are markers with a popup. Pick: a tap, the GPS button or typed numbers set one pin.
// data-detail-url="URL" answers streets within ?bbox=; they are asked for as the view moves, when it is near enough.
(function () {
  "use strict";
  const WEST_JAKARTA = [-6.1675, 106.7637];
  const DETAIL_ZOOM = 15; // From here on single streets and buildings are drawn.
  const DETAIL_STEP = 0.01; // Degrees; the asked box is rounded to it, so that near views share one cached answer.
  const MANY_MARKERS = 400; // More than this and markers are drawn on the canvas instead of as elements.
  const SIGNS = { up: "✓", degraded: "!", down: "✕", unknown: "?" };
  const RANK = { kelurahan: 0, kecamatan: 0, building: 1, street: 2, hotspot: 3, view: 4, camera: 5 };

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  }

  function lineStyle(kind, properties, zoom) {
    if (kind === "street") return { color: colour("map-street"), weight: zoom >= 17 ? 6 : zoom >= 15 ? 3 : 1, opacity: 1, fill: false };
    if (kind === "building") return { stroke: false, fillColor: colour("map-building"), fillOpacity: 1 };
    if (kind === "hotspot") return { color: colour("map-hotspot"), weight: 2, dashArray: "2 6", fillColor: colour("map-hotspot"), fillOpacity: 0.12 };
    if (kind === "view") return { color: colour("map-view"), weight: 1.5, dashArray: properties.verified ? null : "5 5", fillColor: colour("map-view"), fillOpacity: properties.verified ? 0.3 : 0.12 };
    return { color: colour("map-area"), weight: 2, opacity: 0.7, dashArray: "8 5", fill: false };
  }

  function popup(box, properties) {
    const node = document.createElement("div");
    function line(tag, text) {
      if (!text) return;
      const element = document.createElement(tag);
      element.textContent = text;
      node.appendChild(tag === "strong" ? element : wrap(element));
    }
    function wrap(element) {
      const paragraph = document.createElement("p");
      paragraph.appendChild(element);
      return paragraph;
    }
    line("strong", properties.label);
    line("span", properties.state && box.dataset["t" + properties.state[0].toUpperCase() + properties.state.slice(1)]);
    line("span", properties.detail);
    // Only our own pages: an address from data is never followed elsewhere.
    if (properties.url && new URL(properties.url, location.href).origin === location.origin) {
      const link = document.createElement("a");
      link.href = properties.url;
      link.textContent = box.dataset.tMore;
      node.appendChild(wrap(link));
    }
    return node;
  }

  function marker(box, feature, latlng, many) {
    const state = feature.properties.state;
    if (many) {
      const fill = { up: "good", degraded: "warn", down: "bad" }[state] || "ink-soft";
      return L.circleMarker(latlng, { radius: 6, weight: 2, color: colour("paper"), fillColor: colour(fill), fillOpacity: 1 });
    }
    const sign = document.createElement("span");
    sign.textContent = state ? SIGNS[state] || "?" : "";
    const icon = L.divIcon({ className: "pin" + (state ? " pin--" + (SIGNS[state] ? state : "unknown") : ""), html: sign, iconSize: [26, 26] });
    const words = state ? box.dataset["t" + state[0].toUpperCase() + state.slice(1)] : "";
    return L.marker(latlng, { icon: icon, keyboard: true, title: [feature.properties.label, words].filter(Boolean).join(", "), alt: feature.properties.label || "" });
  }

  function fetchAll(urls) {
    return Promise.all(urls.map(function (url) {
      return fetch(url, { credentials: "same-origin", headers: { Accept: "application/geo+json, application/json" } }).then(function (answer) {
        if (!answer.ok) throw new Error(String(answer.status));
        return answer.json();
      });
    })).then(function (collections) {
      return collections.flatMap(function (collection) { return collection.features || []; });
    });
  }

  function draw(box, map, features) {
    const canvas = L.canvas({ padding: 0.3, tolerance: 6 });
    const ordered = features.slice().sort(function (a, b) { return (RANK[a.properties.kind] ?? 5) - (RANK[b.properties.kind] ?? 5); });
    const many = ordered.filter(function (f) { return f.geometry.type === "Point"; }).length > MANY_MARKERS;
    const layer = L.geoJSON({ type: "FeatureCollection", features: ordered }, {
      renderer: canvas,
      style: function (feature) { return lineStyle(feature.properties.kind, feature.properties, map.getZoom()); },
      pointToLayer: function (feature, latlng) { return marker(box, feature, latlng, many); },
      interactive: box.dataset.mode !== "pick",
      onEachFeature: function (feature, shape) {
        const properties = feature.properties;
        if (properties.kind === "kelurahan" && properties.label) {
          shape.bindTooltip(properties.label, { permanent: true, direction: "center", className: "area-name" });
        } else if (properties.label && box.dataset.mode !== "pick") shape.bindPopup(function () { return popup(box, properties); });
      },
    }).addTo(map);

    function restyle() {
      layer.eachLayer(function (shape) {
        if (shape.setStyle && shape.feature.geometry.type !== "Point") shape.setStyle(lineStyle(shape.feature.properties.kind, shape.feature.properties, map.getZoom()));
      });
    }
    // A name wider than its area is hidden: overlapping names help nobody. So is each one among single houses.
    function fitNames() {
      layer.eachLayer(function (shape) {
        const name = shape.getTooltip && shape.getTooltip();
        if (!name || !name.getElement()) return;
        const bounds = shape.getBounds();
        const width = map.latLngToLayerPoint(bounds.getNorthEast()).x - map.latLngToLayerPoint(bounds.getSouthWest()).x;
        name.getElement().classList.toggle("is-tight", map.getZoom() >= 16 || name.getElement().offsetWidth + 4 > width);
      });
    }
    map.on("zoomend", restyle);
    map.on("zoomend moveend", fitNames);
    fitNames();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);
    return layer;
  }

  // Streets and buildings under the rest, for the part of the map in view.
  function detail(box, map, url) {
    let asked = "";
    let layer = null;
    map.createPane("ground").style.zIndex = 350; // Above the ground's colour, below areas and markers.
    const canvas = L.canvas({ pane: "ground", padding: 0.3 });

    function style(feature) { return lineStyle(feature.properties.kind, feature.properties, map.getZoom()); }
    function look() {
      if (map.getZoom() < DETAIL_ZOOM) {
        if (layer) layer.remove();
        return;
      }
      const view = map.getBounds();
      const wanted = [Math.floor(view.getWest() / DETAIL_STEP), Math.floor(view.getSouth() / DETAIL_STEP), Math.ceil(view.getEast() / DETAIL_STEP), Math.ceil(view.getNorth() / DETAIL_STEP)]
        .map(function (steps) { return (steps * DETAIL_STEP).toFixed(2); }).join(",");
      if (layer) layer.addTo(map);
      if (wanted === asked) return;
      asked = wanted;
      fetchAll([url + "?bbox=" + wanted]).then(function (features) {
        if (wanted !== asked) return;
        if (layer) layer.remove();
        features.sort(function (a, b) { return RANK[a.properties.kind] - RANK[b.properties.kind]; });
        layer = L.geoJSON({ type: "FeatureCollection", features: features }, { pane: "ground", renderer: canvas, interactive: false, style: style });
        if (map.getZoom() >= DETAIL_ZOOM) layer.addTo(map);
        box.dataset.detail = "true";
      }).catch(function () { asked = ""; }); // The map is of use without its streets.
    }
    map.on("moveend", look);
    map.on("zoomend", function () { if (layer) layer.setStyle(style); });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () { if (layer) layer.setStyle(style); });
    look();
  }

  // What the page is about: the markers and hot spots if there are any, else everything that was drawn.
  function subject(layer) {
    const bounds = L.latLngBounds([]);
    layer.eachLayer(function (shape) {
      if (["camera", "hotspot", "view"].indexOf(shape.feature.properties.kind) >= 0) bounds.extend(shape.getBounds ? shape.getBounds() : shape.getLatLng());
    });
    return bounds.isValid() ? bounds : layer.getBounds();
  }

  function number(input) {
    const text = input ? input.value.trim().replace(",", ".") : "";
    const value = Number(text);
    return text && Number.isFinite(value) ? value : null;
  }

  function pickable(box, map) {
    const block = box.closest("[data-map-block]");
    const words = block.querySelector("[data-map-words]");
    const locate = block.querySelector("[data-locate]");
    const latInput = document.getElementById(box.dataset.latInput);
    const lngInput = document.getElementById(box.dataset.lngInput);
    const accuracyInput = document.getElementById(box.dataset.accuracyInput);
    const sourceInput = box.dataset.sourceInput ? document.getElementById(box.dataset.sourceInput) : null;
    if (!latInput || !lngInput) return;
    let pin = null;

    function say(text) { if (words) words.textContent = text; }
    function show(latlng) {
      if (pin) pin.setLatLng(latlng);
      else {
        // parseFromString takes no part of the page's data: the drawing below is ours and constant.
        const svg = new DOMParser().parseFromString('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M12 23s8-7.600 8-13.300a8 8 0 0 0-16 0C4 15.400 12 23 12 23z"/><circle cx="12" cy="9.700" r="2.800" fill="#fff"/></svg>', "image/svg+xml").documentElement;
        const icon = L.divIcon({ className: "pin pin--chosen", html: svg, iconSize: [40, 40], iconAnchor: [20, 39] });
        pin = L.marker(latlng, { icon: icon, draggable: true, keyboard: false }).addTo(map);
        pin.on("dragend", function () { choose(pin.getLatLng(), null); });
      }
    }
    function choose(latlng, accuracy) {
      latInput.value = latlng.lat.toFixed(6);
      lngInput.value = latlng.lng.toFixed(6);
      if (accuracyInput) accuracyInput.value = accuracy === null ? "" : String(Math.round(accuracy));
      if (sourceInput) sourceInput.value = accuracy === null ? "tap" : "gps";
      [latInput, lngInput].forEach(function (input) { input.dispatchEvent(new Event("change", { bubbles: true })); });
      show(latlng);
      const where = latlng.lat.toFixed(5) + ", " + latlng.lng.toFixed(5);
      say(accuracy === null ? box.dataset.tPin + " " + where + "." : box.dataset.tGps + " " + Math.round(accuracy) + " " + box.dataset.tMetres + ".");
    }
    function typed() {
      const lat = number(latInput), lng = number(lngInput);
      if (lat === null || lng === null || Math.abs(lat) > 90 || Math.abs(lng) > 180) return;
      show(L.latLng(lat, lng));
      map.panTo([lat, lng]);
    }

    map.on("click", function (event) { choose(event.latlng, null); });
    [latInput, lngInput].forEach(function (input) {
      input.addEventListener("input", function () {
        if (accuracyInput) accuracyInput.value = "";
        if (sourceInput) sourceInput.value = "typed";
        typed();
      });
    });
    typed();
    window.addEventListener("pageshow", typed); // On the way back the browser fills the fields after this script.

    if (locate && !navigator.geolocation) locate.hidden = true;
    else if (locate) locate.addEventListener("click", function () {
      say(box.dataset.tGpsWait);
      navigator.geolocation.getCurrentPosition(function (position) {
        const here = L.latLng(position.coords.latitude, position.coords.longitude);
        map.setView(here, 18);
        choose(here, position.coords.accuracy);
      }, function () { say(box.dataset.tGpsNo); }, { enableHighAccuracy: true, timeout: 20000, maximumAge: 0 });
    });
  }

  function start(box) {
    const block = box.closest("[data-map-block]");
    block.hidden = false;
    const lat = parseFloat(String(box.dataset.lat).replace(",", "."));
    const lng = parseFloat(String(box.dataset.lng).replace(",", "."));
    const centred = Number.isFinite(lat) && Number.isFinite(lng);
    const map = L.map(box, { attributionControl: false, minZoom: 10, maxZoom: 20, zoomSnap: 0.5, scrollWheelZoom: box.dataset.mode !== "pick" });
    map.setView(centred ? [lat, lng] : WEST_JAKARTA, centred ? Number(box.dataset.zoom) || 15 : 12);
    L.control.scale({ imperial: false }).addTo(map);
    if (box.dataset.mode === "pick") pickable(box, map);

    const urls = (box.dataset.geojsonUrl || "").split(/\s+/).filter(Boolean);
    // A page that already names its streets needs no more of them.
    if (box.dataset.detailUrl && !urls.some(function (url) { return url.startsWith(box.dataset.detailUrl + "?"); })) detail(box, map, box.dataset.detailUrl);
    fetchAll(urls).then(function (features) {
      const layer = draw(box, map, features);
      if (!centred && features.length) map.fitBounds(subject(layer), { padding: [24, 24], maxZoom: 17 });
      box.dataset.ready = "true";
    }).catch(function () {
      const note = document.createElement("p");
      note.className = "map-note";
      note.setAttribute("role", "status");
      note.textContent = box.dataset.tFail;
      block.appendChild(note);
    });
  }

  document.querySelectorAll("[data-map]").forEach(start);
})();
