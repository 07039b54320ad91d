/** A map on one canvas: ground, rooms, trails and meeting places. Leaflet moves it, zooms it and loads tiles. */
import * as L from "./leaflet/leaflet.esm.min.js";
import { h, onceAFrame } from "./dom.js";
import { metresPerPixel, project } from "./geometry.js";
import { fitControl, moveByIntent, showFocus } from "./gestures.js";
import { contains, drawGraticule, drawNames, drawScale, drawSquares, drawZones, zonesOf } from "./ground.js";
import { keyOf } from "./meetings.js";
import { disc, drawPlaces, grouped, radiusOf } from "./places.js";
import { strings } from "./strings.js";
import { drawTrail, placeAt, windowAround } from "./trails.js";

/** The strength of a day's trail. */
const faint = 0.14;
/** The zoom at which a selected meeting can be told from its neighbours. */
const closeZoom = 19;

export class EventMap {
  /**
   * @param {HTMLElement} element the container of the map
   * @param {Object} settings the tiles' address, if there are any; `hasPlan` if the page brings the zones itself; `pickZone` is called with
   *   the id of a clicked zone
   * @param {AbortSignal} signal removes the map
   */
  constructor(element, settings, signal) {
    /** Leaflet fails once the map is removed, but answers and frames may come later. */
    this.signal = signal;
    this.trails = [];
    this.places = [];
    this.groups = { list: [], zoom: undefined };
    this.heat = { cells: [], most: 1 };
    this.zones = [];
    this.people = undefined;
    this.most = 1;
    this.onPickZone = settings.pickZone;
    /** Counts changes of what the bitmap shows. */
    this.version = 0;
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
    fitControl(this.map, () => this.fit());
    L.control.scale({ imperial: false }).addTo(this.map);
    if (settings.tiles) {
      L.tileLayer(settings.tiles, { attribution: settings.tilesAttribution, maxZoom: 23, maxNativeZoom: 19 }).addTo(this.map);
    }
    this.hasTiles = Boolean(settings.tiles);
    this.canvas = h("canvas", { class: "map-canvas", "aria-hidden": "true" });
    this.map.getPane("overlayPane").append(this.canvas);
    this.redraw = onceAFrame(() => this.draw());
    this.map.on("movestart", () => (this.isMoving = true));
    this.map.on("moveend", () => (this.isMoving = false));
    this.map.on("move zoom moveend resize viewreset", this.redraw);
    this.map.on("click", (event) => this.pick(event.containerPoint));
    this.map.on("mousemove", (event) => element.classList.toggle("can-pick", Boolean(this.found(event.containerPoint))));
    moveByIntent(this.map, element, signal);
    showFocus(element, signal);
    const resized = new ResizeObserver(() => this.map.invalidateSize({ animate: false }));
    resized.observe(element);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", () => this.change(), { signal });
    signal.addEventListener("abort", () => {
      resized.disconnect();
      this.map.remove();
    });
    if (!settings.hasPlan) this.loadGround(signal);
    this.redraw();
  }

  // ---- Contents

  /** Draws the bitmap again. */
  change() {
    this.version += 1;
    this.redraw();
  }

  /** Shows halls and stands, if the operator provides a map. */
  async loadGround(signal) {
    const answer = await fetch("/ground.geojson", { signal }).catch(() => undefined);
    const ground = answer?.ok ? await answer.json().catch(() => undefined) : undefined;
    if (ground && !this.zones.length) this.showZones(ground.features);
  }

  /** Shows zones: the features of a plan. */
  showZones(features) {
    this.zones = zonesOf(features);
    this.fitOnce();
    this.change();
  }

  /**
   * Colours rooms by their number of persons.
   *
   * @param {Map<number, number>} people the numbers by zone
   * @param {number} most the number of the darkest colour
   */
  showPeople(people, most) {
    Object.assign(this, { people, most: Math.max(most, 1) });
    this.change();
  }

  /** Marks a zone. */
  selectZone(id) {
    this.selectedZone = id;
    this.change();
  }

  /** Shows trails: `[{ trail, colour }]`, the colour the name of a custom property. */
  showTrails(trails) {
    this.trails = trails;
    // The map stays where the reader moved it, whatever arrives.
    if (trails.some(({ trail }) => trail.times.length)) this.fitOnce("trails");
    this.change();
  }

  /** Shows meeting places; calls `pick` with a clicked meeting. */
  showPlaces(encounters, pick) {
    this.places = encounters.map((encounter) => {
      const [x, y] = project(Number(encounter.place.latitude), Number(encounter.place.longitude));
      return { encounter, x, y, weight: encounter.significance };
    });
    this.groups = { list: [], zoom: undefined };
    this.onPick = pick;
    this.redraw();
  }

  /** Marks a meeting; moves the map there if its place is not in view. */
  select(encounter) {
    if (this.signal.aborted) return;
    this.selected = encounter;
    this.groups.zoom = undefined;
    if (encounter) {
      const place = L.latLng(Number(encounter.place.latitude), Number(encounter.place.longitude));
      const isInView = this.map.getZoom() >= closeZoom - 1 && this.map.getBounds().pad(-0.1).contains(place);
      if (!isInView) this.map.setView(place, Math.max(this.map.getZoom(), closeZoom), { animate: false });
      this.isFitted = "trails";
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
    if (cells.length) this.fitOnce();
    this.change();
  }

  // ---- The view

  /** Zooms to the contents, the first time for each kind: the ground, then trails. */
  fitOnce(kind = "ground") {
    if (this.isFitted === "trails" || this.isFitted === kind) return;
    this.fit();
    this.isFitted = kind;
  }

  /** Zooms to the contents; outliers do not count. */
  fit() {
    if (this.signal.aborted) return;
    let box = [Infinity, Infinity, -Infinity, -Infinity];
    const add = (x, y) => {
      box = [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x), Math.max(box[3], y)];
    };
    for (const { trail } of this.trails) {
      for (let index = 0; index < trail.xs.length; index += 1) if (!trail.isFar[index]) add(trail.xs[index], trail.ys[index]);
    }
    const isEmpty = () => box[0] === Infinity;
    if (isEmpty()) for (const { box: [left, top, right, bottom] } of this.zones) add(left, top), add(right, bottom);
    if (isEmpty()) for (const { left, top, right, bottom } of this.heat.cells) add(left, top), add(right, bottom);
    if (isEmpty()) return;
    const corner = (x, y) => L.CRS.EPSG3857.pointToLatLng(L.point(x, y), 0);
    this.map.fitBounds(L.latLngBounds(corner(box[0], box[1]), corner(box[2], box[3])), { padding: [24, 24], maxZoom: 20, animate: false });
  }

  /** The visible part of the world. */
  view() {
    const { min } = this.map.getPixelBounds();
    const zoom = this.map.getZoom();
    const scale = 2 ** zoom;
    const size = this.map.getSize();
    const metres = metresPerPixel(this.map.getCenter().lat) / scale;
    return { width: size.x, height: size.y, zoom, scale, left: min.x, top: min.y, metresPerPixel: metres, x: (x) => x * scale - min.x, y: (y) => y * scale - min.y };
  }

  // ---- Picking

  /** The group of meetings, or else the innermost zone, at a point. */
  found(point) {
    const view = this.view();
    let nearest;
    let least = 20 ** 2;
    for (const group of this.groups.list) {
      const square = (view.x(group.x) - point.x) ** 2 + (view.y(group.y) - point.y) ** 2;
      if (square < Math.max(radiusOf(group) + 6, 14) ** 2 && square < least) [nearest, least] = [group, square];
    }
    if (nearest || !this.onPickZone) return nearest;
    const [x, y] = [(point.x + view.left) / view.scale, (point.y + view.top) / view.scale];
    return this.zones.findLast((zone) => zone.kind !== "building" && contains(zone, x, y));
  }

  /** Selects what was clicked: of several meetings in one place the next one, of places that can be told apart none, but zooms in. */
  pick(point) {
    const found = this.found(point);
    if (!found) return;
    if (!found.places) return this.onPickZone(found.id);
    const { places } = found;
    const [xs, ys] = [places.map(({ x }) => x), places.map(({ y }) => y)];
    const extent = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)) * this.view().scale;
    if (extent > 8 && this.map.getZoom() < 21.5) return this.map.setZoomAround(L.point(point.x, point.y), this.map.getZoom() + 1.5, { animate: false });
    const index = places.findIndex(({ encounter }) => this.selected && keyOf(encounter) === keyOf(this.selected));
    this.onPick?.(places[(index + 1) % places.length].encounter);
  }

  // ---- Drawing

  draw() {
    if (this.signal.aborted) return;
    const view = this.view();
    if (!this.canvas.isConnected || !view.width || !view.height) return;
    const ratio = devicePixelRatio || 1;
    const [width, height] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      Object.assign(this.canvas, { width, height });
      Object.assign(this.canvas.style, { width: `${view.width}px`, height: `${view.height}px` });
    }
    L.DomUtil.setPosition(this.canvas, this.map.containerPointToLayerPoint([0, 0]));
    const context = this.canvas.getContext("2d");
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name);
    /** The number of trail points that this frame looked at. */
    this.drawn = 0;
    const backdrop = this.drawBackdrop(view, ratio, width, height, colour);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    context.drawImage(backdrop.canvas, Math.round((backdrop.view.left - view.left) * ratio), Math.round((backdrop.view.top - view.top) * ratio));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.drawWindow(context, view, colour);
    if (this.groups.zoom !== view.zoom) {
      this.selectedPlace = this.selected && this.places.find(({ encounter }) => keyOf(encounter) === keyOf(this.selected));
      this.groups = { zoom: view.zoom, list: grouped(this.places, view.scale, this.selectedPlace) };
    }
    drawPlaces(context, view, this.groups.list, this.selectedPlace, colour);
    for (const { trail, colour: name } of this.trails) this.drawPosition(context, view, trail, colour(name), colour("--surface"));
    drawScale(context, view, backdrop.step, colour);
  }

  /** The bitmap of everything that stays while a moment is looked for; while the map is moved, the last one. */
  drawBackdrop(view, ratio, width, height, colour) {
    const { backdrop } = this;
    const isSame = backdrop && backdrop.version === this.version && backdrop.view.zoom === view.zoom && backdrop.canvas.width === width && backdrop.canvas.height === height;
    if (isSame && (this.isMoving || (backdrop.view.left === view.left && backdrop.view.top === view.top))) return backdrop;
    const canvas = backdrop?.canvas ?? document.createElement("canvas");
    Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const step = this.hasTiles ? undefined : drawGraticule(context, view, colour);
    drawZones(context, view, this.zones, this.people, this.most, this.selectedZone, colour);
    if (!this.people) drawSquares(context, view, this.heat.cells, this.heat.most, colour);
    for (const { trail, colour: name } of this.trails) {
      context.strokeStyle = context.fillStyle = colour(name);
      context.globalAlpha = faint;
      this.drawn += drawTrail(context, view, trail, 0, trail.times.length);
    }
    context.globalAlpha = 1;
    drawNames(context, view, this.zones, this.people, colour);
    this.backdrop = { canvas, view, version: this.version, step };
    return this.backdrop;
  }

  /** The minutes around the moment, at full strength; the whole day without a moment. */
  drawWindow(context, view, colour) {
    context.globalAlpha = 0.85;
    for (const { trail, colour: name } of this.trails) {
      context.strokeStyle = context.fillStyle = colour(name);
      const [from, to] = this.moment === undefined ? [0, 0] : windowAround(trail, this.moment);
      this.drawn += drawTrail(context, view, trail, from, to);
    }
    context.globalAlpha = 1;
  }

  /** The person's place, and a ring as wide as the fix is accurate. */
  drawPosition(context, view, trail, fill, edge) {
    const place = this.moment === undefined ? undefined : placeAt(trail, this.moment);
    if (!place) return;
    const [x, y] = [view.x(place.x), view.y(place.y)];
    if (place.accuracy) {
      context.beginPath();
      context.arc(x, y, place.accuracy / view.metresPerPixel, 0, 2 * Math.PI);
      context.fillStyle = fill;
      context.globalAlpha = 0.1;
      context.fill();
      context.globalAlpha = 1;
    }
    context.lineWidth = 3;
    disc(context, x, y, 8, fill, edge);
  }
}
