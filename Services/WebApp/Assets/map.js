/** A map on one canvas: ground, graticule, trails, meeting places and heat. Leaflet moves it, zooms it and loads tiles. */
import * as L from "./leaflet/leaflet.esm.min.js";
import { h, onceAFrame } from "./dom.js";
import { metres } from "./format.js";
import { keyOf } from "./meetings.js";
import { strings } from "./strings.js";

/** Web Mercator at zoom 0, in pixels: multiplied by 2^zoom it is a place on the map. */
function project(latitude, longitude) {
  const { x, y } = L.CRS.EPSG3857.latLngToPoint(L.latLng(latitude, longitude), 0);
  return [x, y];
}

/**
 * Locations as columns, so that a hundred thousand of them are drawn in a few milliseconds.
 *
 * @param {Array<Object>} locations locations of the API in the order of time
 */
export function trailOf(locations, moment) {
  const trail = { times: new Float64Array(locations.length), xs: new Float64Array(locations.length), ys: new Float64Array(locations.length) };
  locations.forEach((location, index) => {
    trail.times[index] = moment(location.creation_time);
    [trail.xs[index], trail.ys[index]] = project(Number(location.latitude), Number(location.longitude));
  });
  return trail;
}

/** The index of the last location at or before a moment, or -1. */
function indexAt(times, time) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Maximum age of a person's last location on the map, in milliseconds. */
const staleness = 15 * 60_000;
/** Maximum time between locations that a line connects, in milliseconds. */
const longestStep = 10 * 60_000;

export class EventMap {
  /**
   * @param {HTMLElement} element the container of the map
   * @param {Object} settings the tiles' address, if there are any
   * @param {AbortSignal} signal removes the map
   */
  constructor(element, settings, signal) {
    this.trails = [];
    this.places = [];
    this.heat = { cells: [], most: 1 };
    this.ground = [];
    this.moment = undefined;
    this.selected = undefined;
    this.map = L.map(element, {
      zoomControl: false,
      attributionControl: Boolean(settings.tiles),
      zoomAnimation: false,
      fadeAnimation: false,
      inertia: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      maxZoom: 23,
      zoomSnap: 0.25,
      center: [0, 0],
      zoom: 2,
    });
    element.setAttribute("role", "application");
    element.setAttribute("aria-label", strings.map.label);
    L.control.zoom({ zoomInTitle: strings.map.zoomIn, zoomOutTitle: strings.map.zoomOut }).addTo(this.map);
    L.control.scale({ imperial: false }).addTo(this.map);
    if (settings.tiles) {
      L.tileLayer(settings.tiles, { attribution: settings.tilesAttribution, maxZoom: 23, maxNativeZoom: 19 }).addTo(this.map);
    }
    this.hasTiles = Boolean(settings.tiles);
    this.canvas = h("canvas", { class: "map-canvas", "aria-hidden": "true" });
    this.map.getPane("overlayPane").append(this.canvas);
    this.redraw = onceAFrame(() => this.draw());
    this.map.on("move zoom resize viewreset", this.redraw);
    this.map.on("click", (event) => this.pick(event.containerPoint));
    const resized = new ResizeObserver(() => this.map.invalidateSize({ animate: false }));
    resized.observe(element);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", this.redraw);
    signal.addEventListener("abort", () => {
      resized.disconnect();
      dark.removeEventListener("change", this.redraw);
      this.map.remove();
    });
    this.loadGround(signal);
    this.redraw();
  }

  /** Shows halls and stands, if the operator provides a map. */
  async loadGround(signal) {
    const answer = await fetch("/ground.geojson", { signal }).catch(() => undefined);
    if (!answer?.ok) return;
    const { features } = await answer.json();
    for (const { geometry, properties } of features) {
      if (geometry.type !== "Polygon") continue;
      const ring = geometry.coordinates[0].map(([longitude, latitude]) => project(latitude, longitude));
      const xs = ring.map(([x]) => x);
      const ys = ring.map(([, y]) => y);
      const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
      this.ground.push({ ring, box, kind: properties?.kind ?? "", name: properties?.name ?? "" });
    }
    if (!this.isFitted) this.fit();
    this.redraw();
  }

  /** Shows trails: `[{ trail, colour }]`, the colour the name of a custom property. */
  showTrails(trails) {
    this.trails = trails;
    this.fit();
    this.redraw();
  }

  /** Shows meeting places; calls `pick` with a clicked meeting. */
  showPlaces(encounters, pick) {
    this.places = encounters.map((encounter) => {
      const [x, y] = project(Number(encounter.place.latitude), Number(encounter.place.longitude));
      return { encounter, x, y };
    });
    this.onPick = pick;
    this.redraw();
  }

  /** Marks a meeting and moves the map there. */
  select(encounter) {
    this.selected = encounter;
    if (encounter) {
      const place = [Number(encounter.place.latitude), Number(encounter.place.longitude)];
      this.map.setView(place, Math.max(this.map.getZoom(), 19), { animate: false });
    }
    this.redraw();
  }

  /** Shows the places of all persons at a time. */
  showMoment(moment) {
    this.moment = moment;
    this.redraw();
  }

  /** Shows a heat map: `[{ south, west, north, east, persons }]`. */
  showHeat(cells) {
    this.heat = {
      most: Math.max(1, ...cells.map((cell) => cell.persons)),
      cells: cells.map((cell) => {
        const [left, bottom] = project(cell.south, cell.west);
        const [right, top] = project(cell.north, cell.east);
        return { left, top, right, bottom, persons: cell.persons };
      }),
    };
    if (!this.isFitted && cells.length) this.fit();
    this.redraw();
  }

  /** Zooms to the contents. */
  fit() {
    let box = [Infinity, Infinity, -Infinity, -Infinity];
    const add = (x, y) => {
      box = [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x), Math.max(box[3], y)];
    };
    for (const { trail } of this.trails) trail.xs.forEach((x, index) => add(x, trail.ys[index]));
    if (box[0] === Infinity) {
      for (const cell of this.heat.cells) {
        add(cell.left, cell.top);
        add(cell.right, cell.bottom);
      }
    }
    if (box[0] === Infinity) for (const { ring } of this.ground) ring.forEach(([x, y]) => add(x, y));
    if (box[0] === Infinity) return;
    this.isFitted = true;
    const corner = (x, y) => L.CRS.EPSG3857.pointToLatLng(L.point(x, y), 0);
    this.map.fitBounds(L.latLngBounds(corner(box[0], box[1]), corner(box[2], box[3])), { padding: [24, 24], maxZoom: 20, animate: false });
  }

  pick(point) {
    const view = this.view();
    let nearest;
    let least = 18 ** 2;
    for (const place of this.places) {
      const square = (view.x(place.x) - point.x) ** 2 + (view.y(place.y) - point.y) ** 2;
      if (square < least) [nearest, least] = [place, square];
    }
    if (nearest) this.onPick?.(nearest.encounter);
  }

  /** The visible part of the world. */
  view() {
    const { min } = this.map.getPixelBounds();
    const scale = 2 ** this.map.getZoom();
    const size = this.map.getSize();
    return { width: size.x, height: size.y, scale, x: (x) => x * scale - min.x, y: (y) => y * scale - min.y };
  }

  draw() {
    if (!this.canvas.isConnected) return;
    const view = this.view();
    const ratio = devicePixelRatio || 1;
    const [width, height] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
      this.canvas.style.width = `${view.width}px`;
      this.canvas.style.height = `${view.height}px`;
    }
    L.DomUtil.setPosition(this.canvas, this.map.containerPointToLayerPoint([0, 0]));
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, view.width, view.height);
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name);
    if (!this.hasTiles) this.drawGraticule(context, view, colour);
    this.drawGround(context, view, colour);
    this.drawHeat(context, view, colour);
    for (const { trail, colour: name } of this.trails) drawTrail(context, view, trail, colour(name));
    this.drawPlaces(context, view, colour);
    for (const { trail, colour: name } of this.trails) this.drawPosition(context, view, trail, colour(name), colour("--surface"));
  }

  /** A graticule at round metres, for orientation without a ground map. */
  drawGraticule(context, view, colour) {
    const { lat } = this.map.getCenter();
    const metresPerPixel = (40_075_016.686 * Math.cos((lat * Math.PI) / 180)) / (256 * view.scale);
    if (!(metresPerPixel > 0) || this.map.getZoom() < 3) return;
    const rough = metresPerPixel * 110;
    const magnitude = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * magnitude).find((value) => value >= rough) ?? rough;
    const pixels = step / metresPerPixel;
    const { min } = this.map.getPixelBounds();
    context.strokeStyle = colour("--graticule");
    context.fillStyle = colour("--quiet");
    context.lineWidth = 1;
    context.beginPath();
    for (let x = -(min.x % pixels); x < view.width; x += pixels) {
      context.moveTo(Math.round(x) + 0.5, 0);
      context.lineTo(Math.round(x) + 0.5, view.height);
    }
    for (let y = -(min.y % pixels); y < view.height; y += pixels) {
      context.moveTo(0, Math.round(y) + 0.5);
      context.lineTo(view.width, Math.round(y) + 0.5);
    }
    context.stroke();
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "right";
    context.fillText(`squares of ${metres(step)}`, view.width - 8, view.height - 8);
    context.textAlign = "left";
  }

  drawGround(context, view, colour) {
    const fills = { building: "--ground", hall: "--hall", booth: "--booth", room: "--room", cafe: "--room", canteen: "--room" };
    context.lineWidth = 1;
    context.strokeStyle = colour("--ground-line");
    for (const { ring, box, kind } of this.ground) {
      if (view.x(box[2]) < 0 || view.y(box[3]) < 0 || view.x(box[0]) > view.width || view.y(box[1]) > view.height) continue;
      context.beginPath();
      for (const [x, y] of ring) context.lineTo(view.x(x), view.y(y));
      context.closePath();
      context.fillStyle = colour(fills[kind] ?? "--ground");
      context.fill();
      context.stroke();
    }
    context.fillStyle = colour("--quiet");
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const { box, kind, name } of this.ground) {
      const width = view.x(box[2]) - view.x(box[0]);
      if (kind === "building" || !name || context.measureText(name).width > width - 6) continue;
      const y = kind === "hall" ? view.y(box[1]) + 10 : (view.y(box[1]) + view.y(box[3])) / 2;
      context.fillText(name, (view.x(box[0]) + view.x(box[2])) / 2, y);
    }
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
  }

  drawHeat(context, view, colour) {
    context.fillStyle = colour("--heat");
    for (const cell of this.heat.cells) {
      const [x, y] = [view.x(cell.left), view.y(cell.top)];
      const [width, height] = [view.x(cell.right) - x, view.y(cell.bottom) - y];
      if (x > view.width || y > view.height || x + width < 0 || y + height < 0) continue;
      context.globalAlpha = 0.15 + (0.65 * cell.persons) / this.heat.most;
      context.fillRect(x, y, Math.max(width, 2), Math.max(height, 2));
    }
    context.globalAlpha = 1;
  }

  drawPlaces(context, view, colour) {
    context.lineWidth = 2;
    for (const { encounter, x, y } of this.places) {
      const isSelected = this.selected && keyOf(encounter) === keyOf(this.selected);
      context.beginPath();
      context.arc(view.x(x), view.y(y), isSelected ? 11 : Math.min(4 + Math.log2(1 + encounter.significance / 30), 10), 0, 2 * Math.PI);
      context.fillStyle = colour(isSelected ? "--selected" : "--meeting");
      context.strokeStyle = colour("--surface");
      context.globalAlpha = isSelected ? 1 : 0.85;
      context.fill();
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  drawPosition(context, view, trail, colour, edge) {
    if (this.moment === undefined) return;
    const index = indexAt(trail.times, this.moment);
    if (index < 0 || this.moment - trail.times[index] > staleness) return;
    context.beginPath();
    context.arc(view.x(trail.xs[index]), view.y(trail.ys[index]), 8, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.strokeStyle = edge;
    context.lineWidth = 3;
    context.fill();
    context.stroke();
  }
}

/** Dots and the lines between them; one dot per pixel. */
function drawTrail(context, view, trail, colour) {
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.globalAlpha = 0.5;
  context.lineWidth = 1.5;
  context.beginPath();
  let [lastX, lastY, lastTime] = [NaN, NaN, -Infinity];
  const dots = [];
  for (let index = 0; index < trail.times.length; index += 1) {
    const x = Math.round(view.x(trail.xs[index]));
    const y = Math.round(view.y(trail.ys[index]));
    const time = trail.times[index];
    if (x === lastX && y === lastY) {
      lastTime = time;
      continue;
    }
    if (time - lastTime > longestStep) context.moveTo(x, y);
    else context.lineTo(x, y);
    if (x > -4 && y > -4 && x < view.width + 4 && y < view.height + 4) dots.push(x, y);
    [lastX, lastY, lastTime] = [x, y, time];
  }
  context.stroke();
  context.globalAlpha = 0.9;
  for (let index = 0; index < dots.length; index += 2) context.fillRect(dots[index] - 1.5, dots[index + 1] - 1.5, 3, 3);
  context.globalAlpha = 1;
}
