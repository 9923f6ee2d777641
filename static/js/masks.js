// Draws areas on a camera's picture. What is drawn stands in the text field of the form, one area a line, corners as
// "x,y" in percent; without this script the field is typed. Drag over the picture for a rectangle; tap corner by
// corner for any other shape, and tap the first one again to close it; drag a corner to move it; tap into an area to
// choose it. An outline that crosses itself is not taken, nor more areas than the device covers.
(function () {
  "use strict";
  const figure = document.querySelector("[data-draw-areas]");
  const field = figure && document.getElementById(figure.dataset.drawAreas);
  const image = figure && figure.querySelector("img");
  if (!field || !image) return;

  const SVG = "http://www.w3.org/2000/svg";
  const TAP = 8; // Pixels that a finger may slip and still tap.
  const REACH = 22; // Pixels around a corner that take hold of it.
  const AREAS_MAX = Number(figure.dataset.most) || 8;
  const CORNERS_MAX = 16;
  const surface = document.createElementNS(SVG, "svg");
  const count = figure.querySelector("[data-draw-count]");
  const close = figure.querySelector("[data-draw-close]");
  const says = figure.querySelector("[data-draw-says]");
  const one = figure.querySelector("[data-draw-one]");
  let areas = read();
  let chosen = null; // One of the areas.
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
  function say(what) { if (says) says.textContent = what ? figure.dataset["says" + what] : ""; }
  function turn(a, b, c) { return Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])); }
  function between(a, b, c) {
    return Math.min(a[0], b[0]) <= c[0] && c[0] <= Math.max(a[0], b[0]) &&
      Math.min(a[1], b[1]) <= c[1] && c[1] <= Math.max(a[1], b[1]);
  }
  function meet(a, b, c, d) {
    const turns = [turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)];
    if (turns[0] !== turns[1] && turns[2] !== turns[3]) return true;
    return [[a, b, c], [a, b, d], [c, d, a], [c, d, b]].some(function (end, index) {
      return turns[index] === 0 && between(end[0], end[1], end[2]);
    });
  }
  function crosses(corners) { // As `crosses_itself` on the server.
    const last = corners.length - 1;
    return corners.some(function (corner, first) {
      return corners.some(function (other, second) {
        if (second < first + 2 || (first === 0 && second === last)) return false;
        return meet(corner, corners[first + 1], other, corners[second === last ? 0 : second + 1]);
      });
    });
  }
  function areaAt(place) {
    return areas.slice().reverse().find(function (area) {
      let inside = false;
      area.forEach(function (a, index) {
        const b = area[index ? index - 1 : area.length - 1];
        const over = (a[1] > place[1]) !== (b[1] > place[1]);
        if (over && place[0] < (b[0] - a[0]) * (place[1] - a[1]) / (b[1] - a[1]) + a[0]) inside = !inside;
      });
      return inside;
    }) || null;
  }
  function isFull() { return areas.length + (open.length ? 1 : 0) >= AREAS_MAX; }
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
    areas.forEach(function (area) { 
      put("polygon", area === chosen ? "draw__area draw__area--chosen" : "draw__area", { points: points(area) });
      corners(area);
    });
    if (open.length) { put("polyline", "draw__open", { points: points(open) }); corners(open); }
    if (drag && drag.to) put("polygon", "draw__open", { points: points(rectangle(drag.from, drag.to)) });
    if (count) count.textContent = count.dataset.drawCount.replace("#", areas.length + (open.length ? 1 : 0));
    if (close) close.hidden = open.length < 3;
    if (one) one.hidden = !areas.includes(chosen);
  }
  function changed() { write(); draw(); }
  function finish() {
    if (open.length > 2 && crosses(open)) { say("Crossing"); return false; }
    if (open.length > 2) areas.push(open);
    open = [];
    say("");
    changed();
    return true;
  }

  surface.addEventListener("pointerdown", function (event) {
    if (drag || (event.button && event.pointerType === "mouse")) return;
    event.preventDefault();
    const place = at(event);
    const first = open[0];
    const held = areas.flat().concat(open).filter(function (corner) { return pixels(corner, place) < REACH; })
      .sort(function (one, other) { return pixels(one, place) - pixels(other, place); })[0];
    say("");
    drag = { from: place, corner: held, at: held && held.slice(), closes: held && held === first && open.length > 2, moved: false };
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
    if (done.corner) {
      chosen = areas.find(function (area) { return area.includes(done.corner); }) || null;
      if (chosen && crosses(chosen)) { // Back to where it was.
        done.corner[0] = done.at[0];
        done.corner[1] = done.at[1];
        say("Crossing");
      }
      return changed();
    }
    if (!done.to && !open.length) {
      chosen = areaAt(done.from);
      if (chosen) return changed();
    }
    if (done.to ? isFull() : !open.length && isFull()) say("Full");
    else if (done.to) areas.push(chosen = rectangle(done.from, done.to));
    else if (open.length < CORNERS_MAX) open.push(done.from);
    changed();
  });
  surface.addEventListener("pointercancel", function () { drag = null; draw(); });

  if (one) one.addEventListener("click", function () {
    areas = areas.filter(function (area) { return area !== chosen; });
    chosen = null;
    say("");
    changed();
  });
  figure.querySelector("[data-draw-undo]").addEventListener("click", function () {
    say("");
    if (open.length) open.pop(); else areas.pop();
    changed();
  });
  figure.querySelector("[data-draw-clear]").addEventListener("click", function () {
    areas = [];
    open = [];
    say("");
    changed();
  });
  if (close) close.addEventListener("click", finish);
  field.addEventListener("input", function () { areas = read(); draw(); });
  field.form.addEventListener("submit", function (event) {
    if (open.length > 2 && !finish()) event.preventDefault();
  }, true);

  surface.setAttribute("aria-hidden", "true"); // The same stands as text in the field.
  image.parentElement.appendChild(surface);
  image.addEventListener("load", draw);
  window.addEventListener("resize", draw);
  draw();
})();
