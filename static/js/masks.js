// Draws areas on a camera's picture. What is drawn stands in the text field of the form, one area a line, corners as
// "x,y" in percent; without this script the field is typed. Drag over the picture for a rectangle; tap corner by
// corner for any other shape, and tap the first one again to close it; drag a corner to move it.
(function () {
  "use strict";
  const figure = document.querySelector("[data-draw-areas]");
  const field = figure && document.getElementById(figure.dataset.drawAreas);
  const image = figure && figure.querySelector("img");
  if (!field || !image) return;

  const SVG = "http://www.w3.org/2000/svg";
  const TAP = 8; // Pixels that a finger may slip and still tap.
  const REACH = 22; // Pixels around a corner that take hold of it.
  const AREAS_MAX = 8;
  const CORNERS_MAX = 16;
  const surface = document.createElementNS(SVG, "svg");
  const count = figure.querySelector("[data-draw-count]");
  const close = figure.querySelector("[data-draw-close]");
  let areas = read();
  let open = []; // The corners tapped so far.
  let drag = null; // {from, to} of a rectangle, or {corner} that moves.

  function read() {
    return field.value.split("\n").map(function (line) {
      return line.trim().split(/\s+/).map(function (corner) { return corner.split(",").map(Number); });
    }).filter(function (area) {
      return area.length > 2 && area.every(function (corner) {
        return corner.length === 2 && corner.every(function (number) { return number >= 0 && number <= 100; });
      });
    });
  }
  function write() {
    field.value = areas.map(function (area) {
      return area.map(function (corner) { return corner.map(rounded).join(","); }).join(" ");
    }).join("\n");
  }
  function rounded(number) { return Math.round(number * 10) / 10; }

  function width() { return image.naturalWidth || 16; }
  function height() { return image.naturalHeight || 9; }
  function onPicture(corner) { return [corner[0] * width() / 100, corner[1] * height() / 100]; }
  function at(event) {
    const box = surface.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map(function (part) {
      return Math.min(Math.max(part * 100, 0), 100);
    });
  }
  function pixels(one, other) {
    const box = surface.getBoundingClientRect();
    return Math.hypot((one[0] - other[0]) * box.width / 100, (one[1] - other[1]) * box.height / 100);
  }
  function rectangle(one, other) {
    return [one, [other[0], one[1]], other, [one[0], other[1]]].map(function (corner) { return corner.slice(); });
  }

  function put(kind, name, attributes) {
    const element = document.createElementNS(SVG, kind);
    element.setAttribute("class", name);
    Object.keys(attributes).forEach(function (key) { element.setAttribute(key, attributes[key]); });
    surface.appendChild(element);
  }
  function points(corners) {
    return corners.map(function (corner) { return onPicture(corner).join(","); }).join(" ");
  }
  function corners(area) {
    const radius = 7 * width() / (surface.getBoundingClientRect().width || width());
    area.forEach(function (corner) {
      const place = onPicture(corner);
      put("circle", "draw__corner", { cx: place[0], cy: place[1], r: radius });
    });
  }
  function draw() {
    surface.setAttribute("viewBox", "0 0 " + width() + " " + height());
    surface.replaceChildren();
    areas.forEach(function (area) { put("polygon", "draw__area", { points: points(area) }); corners(area); });
    if (open.length) { put("polyline", "draw__open", { points: points(open) }); corners(open); }
    if (drag && drag.to) put("polygon", "draw__open", { points: points(rectangle(drag.from, drag.to)) });
    if (count) count.textContent = count.dataset.drawCount + " " + areas.length;
    if (close) close.hidden = open.length < 3;
  }
  function changed() { write(); draw(); }
  function finish() {
    if (open.length > 2 && areas.length < AREAS_MAX) areas.push(open);
    open = [];
    changed();
  }

  surface.addEventListener("pointerdown", function (event) {
    if (drag || (event.button && event.pointerType === "mouse")) return;
    event.preventDefault();
    const place = at(event);
    const first = open[0];
    const held = areas.flat().concat(open).filter(function (corner) { return pixels(corner, place) < REACH; })
      .sort(function (one, other) { return pixels(one, place) - pixels(other, place); })[0];
    drag = { from: place, corner: held, closes: held && held === first && open.length > 2, moved: false };
    try { surface.setPointerCapture(event.pointerId); } catch (gone) { /* The finger is off again. */ }
  });
  surface.addEventListener("pointermove", function (event) {
    if (!drag) return;
    const place = at(event);
    if (!drag.moved && pixels(drag.from, place) < TAP) return;
    drag.moved = true;
    if (drag.corner) { drag.corner[0] = place[0]; drag.corner[1] = place[1]; } else drag.to = place;
    draw();
  });
  surface.addEventListener("pointerup", function () {
    if (!drag) return;
    const done = drag;
    drag = null;
    if (done.closes && !done.moved) return finish();
    if (done.corner) return changed();
    if (areas.length >= AREAS_MAX) return changed();
    if (done.to) areas.push(rectangle(done.from, done.to));
    else if (open.length < CORNERS_MAX) open.push(done.from);
    changed();
  });
  surface.addEventListener("pointercancel", function () { drag = null; draw(); });

  figure.querySelector("[data-draw-undo]").addEventListener("click", function () {
    if (open.length) open.pop(); else areas.pop();
    changed();
  });
  figure.querySelector("[data-draw-clear]").addEventListener("click", function () {
    areas = [];
    open = [];
    changed();
  });
  if (close) close.addEventListener("click", finish);
  field.addEventListener("input", function () { areas = read(); draw(); });
  field.form.addEventListener("submit", function () { if (open.length > 2) finish(); }, true);

  surface.setAttribute("aria-hidden", "true"); // The same stands as text in the field.
  image.parentElement.appendChild(surface);
  image.addEventListener("load", draw);
  window.addEventListener("resize", draw);
  draw();
})();
