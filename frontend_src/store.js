// What is known of a meter: what it says now, and what the recorder kept.

import { counted, rested } from "./stack.js";
import { dayStart, hourOf } from "./time.js";

const HOUR = 3600e3;
const DAY = 24 * HOUR;
export const LIVE_HOURS = 3;
const PAST_DAYS = 35;
const YEAR = 365;
const REFRESH = 5 * 60e3;
const AGAIN = 3000;
// What is asked of the recorder: the first that somebody looks at has the others in it
const KEPT = ["past", "exported"];
const NOTHING = { days: [], months: [], year: null, today: [], hours: [], volts: [], exported: 0 };
const stores = new Map();
const met = new Map();

/** Keep what a dashboard was made from: its cards show it at once. */
export function meet(found) {
  for (const one of found) met.set(one.meter.entry, one);
}

/** Return what is known of an entry's meter; the cards of a page share it. */
export function storeOf(hass, entry) {
  let store = stores.get(entry);
  if (!store || store.connection !== hass.connection) {
    store = new Store(hass, entry);
    stores.set(entry, store);
  }
  return store;
}

class Store {
  constructor(hass, entry) {
    this.connection = hass.connection;
    this.zone = hass.config.time_zone;
    this.entry = entry;
    this.meter = null;
    this.now = null;
    this.gone = false;
    this.trail = [];
    this.past = null;
    this.exported = null;
    this._listeners = new Map();
    Object.assign(this, met.get(entry));
  }

  /** Call back whenever something is new; return what ends that. `shows` has what is wanted. */
  listen(listener, shows) {
    const before = this._wants;
    this._listeners.set(listener, shows);
    if (!this._running) this._start();
    else if (this.meter && this._wants !== before) this._load();
    return () => {
      this._listeners.delete(listener);
      // Another view of the same dashboard may want it at once
      if (!this._listeners.size) setTimeout(() => this._listeners.size || this._stop(), 3000);
    };
  }

  _tell(what) {
    for (const listener of this._listeners.keys()) listener(what);
  }

  /** Which part of the past somebody looks at. */
  get _wants() {
    const wanted = [...this._listeners.values()].flat();
    return KEPT.find((one) => wanted.includes(one));
  }

  async _start() {
    if (this._running) return;
    this._running = true;
    this._tries = 0;
    if (this.meter) this._load();
    this._ready = () => this._subscribe().then(() => this.meter && this._load());
    this.connection.addEventListener("ready", this._ready);
    await this._subscribe();
  }

  /** Subscribe; while Home Assistant starts, as soon as it knows what that is. */
  async _subscribe() {
    clearTimeout(this._again);
    try {
      this._end = await this.connection.subscribeMessage(
        (event) => this._take(event),
        { type: "linky_meter/subscribe", entry: this.entry },
        { resubscribe: false },
      );
      this.gone = false;
      if (!this._running) this._stop();
    } catch (error) {
      this.gone = error?.code === "not_found";
      if (this.gone) this._tell("meter");
      else if (this._running) this._again = setTimeout(() => this._subscribe(), AGAIN);
    }
  }

  _stop() {
    this._running = false;
    clearTimeout(this._timer);
    clearTimeout(this._again);
    this.connection.removeEventListener("ready", this._ready);
    this._end?.();
    this._end = null;
    this._loaded = null;
  }

  _take({ meter, now }) {
    if (meter) {
      this.meter = meter;
      this._tell("meter");
      if (JSON.stringify(meter.entities) !== this._loaded) this._load();
    }
    if (now) {
      this.now = now;
      const power = powerOf(now);
      if (power !== null && this._wants === "past") this.trail.push([Date.parse(now.at), power]);
      this._tell("now");
    }
  }

  /** Ask for the past, and again: soon while it is not whole, for what is new later. */
  async _load() {
    clearTimeout(this._timer);
    const asked = (this._asked = {});
    this._loaded = JSON.stringify(this.meter.entities);
    const load = { past: () => this._loadPast(asked), exported: () => this._loadExported(asked) }[this._wants];
    if (!load) return;
    const whole = await load();
    if (asked !== this._asked || !this._running) return;
    const wait = whole ? REFRESH : Math.min(REFRESH, AGAIN * 2 ** this._tries);
    this._tries = whole ? 0 : this._tries + 1;
    this._timer = setTimeout(() => this._load(), wait);
    for (const what of KEPT) this._tell(what);
  }

  /** Return whether all that there is was told. */
  async _loadPast(asked) {
    const { entities } = this.meter;
    let whole = true;
    const or = (answer, otherwise) =>
      answer.catch(() => {
        whole = false;
        return otherwise;
      });
    // Without a recorder or its history, what needs none is shown
    const [trail, past] = await Promise.all([
      or(this._history(entities), []),
      or(this._statistics(entities), this.past || NOTHING),
    ]);
    if (asked !== this._asked || !this._running) return false;
    const since = Date.now() - LIVE_HOURS * HOUR;
    const last = trail.length ? trail[trail.length - 1][0] : 0;
    // The recorder is some seconds behind
    this.trail = [...trail, ...this.trail.filter(([at]) => at > last && at > since)];
    this.past = past;
    this.exported = past.exported;
    // While Home Assistant starts, or its past is just put there, the recorder has less
    return whole && trail.length > 0 && trail[0][0] < since + REFRESH && past.hours.length > 0;
  }

  /** Only what was exported today, for who looks at many meters. */
  async _loadExported(asked) {
    const { energy_export: entity } = this.meter.entities;
    const today = dayStart(Date.now(), this.zone);
    try {
      const found = await this._ask([entity].filter(Boolean), "hour", today);
      if (asked === this._asked) this.exported = summed(found);
      return true;
    } catch (_) {
      return false;
    }
  }

  /** Return the power of the last hours as [time, watts]. */
  async _history(entities) {
    const entity = entities.active_power || entities.apparent_power;
    if (!entity) return [];
    const now = Date.now();
    const found = await this.connection.sendMessagePromise({
      type: "history/history_during_period",
      start_time: new Date(now - LIVE_HOURS * HOUR).toISOString(),
      end_time: new Date(now).toISOString(),
      entity_ids: [entity],
      minimal_response: true,
      no_attributes: true,
      significant_changes_only: false,
    });
    return (found[entity] || []).map(({ s, lu }) => [
      lu * 1000,
      s === "" || isNaN(s) ? null : Number(s),
    ]);
  }

  async _statistics(entities) {
    const { ids } = counted(this.meter);
    const whole = entities.energy_import ? [entities.energy_import] : ids;
    const volts = [1, 2, 3].map((n) => entities[`voltage_l${n}`]);
    const now = Date.now();
    const today = dayStart(now, this.zone);
    // What the total counted before its registers did
    const all = [...ids, ...whole.filter((id) => !ids.includes(id))];
    const [days, months, yearly, hourly, hours, levels, exported] = await Promise.all([
      this._ask(all, "day", now - 31 * DAY),
      this._ask(all, "month", now - 366 * DAY),
      // Without prices only; months are whole, and a year that ends today begins within one
      this._ask(this.meter.year ? [] : whole, "day", today - (YEAR + 7) * DAY),
      this._ask(all, "hour", today),
      this._ask(whole, "hour", now - PAST_DAYS * DAY),
      this._ask(volts.filter(Boolean), "hour", now - DAY, ["min", "max"], {}),
      this._ask([entities.energy_export].filter(Boolean), "hour", today),
    ]);
    return {
      days: divided(days, ids, entities.energy_import, DAY),
      months: divided(months, ids, entities.energy_import, 28 * DAY),
      year: lastYear(stacked(yearly, whole), today),
      today: divided(hourly, ids, entities.energy_import, HOUR),
      hours: stacked(hours, whole).map(({ at, sum }) => ({ ...hourOf(at, this.zone), at, kwh: sum })),
      exported: summed(exported),
      volts: [null, ...volts].map((id) => range(levels[id] || [])),
    };
  }

  async _ask(ids, period, start, types = ["change"], units = { energy: "kWh" }) {
    if (!ids.length) return {};
    return this.connection.sendMessagePromise({
      type: "recorder/statistics_during_period",
      start_time: new Date(start).toISOString(),
      statistic_ids: ids,
      period,
      types,
      units,
    });
  }
}

function range(rows) {
  if (!rows.length) return null;
  return [Math.min(...rows.map(({ min }) => min)), Math.max(...rows.map(({ max }) => max))];
}

/** Return whether a meter is read now. */
export function isRead(store) {
  return Boolean(store?.meter?.link) && store.now !== null;
}

/** Return the signed power of a moment in W, or VA where the meter tells no more. */
export function powerOf(now) {
  if (now.active_power != null) return now.active_power;
  if (now.apparent_power_export) return -now.apparent_power_export;
  return now.apparent_power ?? null;
}

/** Return the energy of all rows in kWh. */
function summed(found) {
  return stacked(found, Object.keys(found)).reduce((all, { sum }) => all + sum, 0);
}

/** Return rows of several statistics as one row a moment. */
function stacked(found, ids) {
  const rows = new Map();
  ids.forEach((id, place) => {
    for (const { start, change } of found[id] || []) {
      if (!rows.has(start)) rows.set(start, { at: start, parts: ids.map(() => 0), sum: 0 });
      const row = rows.get(start);
      const part = Math.max(change || 0, 0);
      row.parts[place] = part;
      row.sum += part;
    }
  });
  return [...rows.values()].sort((a, b) => a.at - b.at);
}

/** Return the energy of the last 365 whole days, null where fewer are known. */
function lastYear(days, today) {
  // Midnight is an hour off where the clock was changed since
  const ago = ({ at }) => Math.round((today - at) / DAY);
  if (!days.length || ago(days[0]) < YEAR) return null;
  return days.filter((day) => ago(day) >= 1 && ago(day) <= YEAR).reduce((all, { sum }) => all + sum, 0);
}

/** Return rows of registers with what the total has, and their span of time at least. */
function divided(found, ids, total, span) {
  const wholes = new Map((found[total] || []).map(({ start, change }) => [start, change || 0]));
  const rows = new Map(stacked(found, ids).map((row) => [row.at, row]));
  for (const at of wholes.keys())
    if (!rows.has(at)) rows.set(at, { at, parts: ids.map(() => 0), sum: 0 });
  return [...rows.values()]
    .sort((a, b) => a.at - b.at)
    .map(({ at, parts, sum }) => {
      const whole = wholes.get(at);
      return { at, parts, whole, span, sum: sum + rested(parts, whole) };
    });
}
