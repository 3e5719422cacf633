// The power of the last hours, drawn on as it comes.

import { svg as svgOf } from "lit";
import { ChartCard, css, digitsOf, html, nothing, shared, ticks } from "./card.js";
import { LIVE_HOURS } from "./store.js";

const HEIGHT = 196;
const LEFT = 30;
const HOUR = 3600e3;
const STEPS = [5, 10, 15, 30, 60].map((minutes) => minutes * 60e3);
const STEP = 20e3;
const LEAST_MINUTES = 10;

export class LiveCard extends ChartCard {
  static shows = ["meter", "past", "now"];

  static styles = [
    shared,
    css`
      .chart {
        height: ${HEIGHT}px;
        margin-top: auto;
        margin-bottom: auto;
        position: relative;
        display: flex;
      }
      .line {
        fill: none;
        stroke: var(--lm-accent);
        stroke-width: 1.8;
        stroke-linejoin: round;
      }
    `,
  ];

  draw() {
    const { w } = this;
    const watts = this.meter.entities.active_power || this.now?.active_power != null;
    const unit = watts ? "kW" : "kVA";
    return this.card(w.t("power"), unit, html`<div class="chart">${this._chart(unit)}</div>`);
  }

  _chart(unit) {
    const { w } = this;
    if (!this._width || !this._store.past) return nothing;
    const points = binned(this._store.trail, Date.now());
    const known = points.filter(([, value]) => value !== null);
    if (known.length < 2)
      return html`<div class="empty">${w.t(this.meter.tells_power === false ? "no_power" : "power_none")}</div>`;
    const values = known.map(([, value]) => value / 1000);
    const low = Math.min(0, ...values);
    const high = Math.max(0.5, ...values);
    const marks = ticks(low, high, 4);
    const width = this._width;
    const to = points[points.length - 1][0];
    // On the first day there is less
    const from = Math.max(to - LIVE_HOURS * HOUR, Math.min(known[0][0], to - LEAST_MINUTES * 60e3));
    const x = (at) => LEFT + ((at - from) / (to - from)) * (width - LEFT - 6);
    const y = (kw) =>
      HEIGHT - 24 - ((kw - marks[0]) / (marks[marks.length - 1] - marks[0])) * (HEIGHT - 34);
    const last = known[known.length - 1];
    const runs = split(points).map((run) => run.map(([at, value]) => `${x(at).toFixed(1)} ${y(value / 1000).toFixed(1)}`));
    const digits = digitsOf(marks);
    const label = w.t("power_label", {
      since: w.time(from),
      low: w.unit(Math.min(...values), unit, 2),
      high: w.unit(Math.max(...values), unit, 2),
      now: w.unit(last[1] / 1000, unit, 2),
    });
    return html`<svg role="img" aria-label=${label} width=${width} height=${HEIGHT} viewBox="0 0 ${width} ${HEIGHT}">
      <defs>
        <linearGradient id="fade" x1="0" x2="0" y1="0" y2="1">
          <stop offset="0" stop-color="var(--lm-accent)" stop-opacity=".4"></stop>
          <stop offset="1" stop-color="var(--lm-accent)" stop-opacity=".04"></stop>
        </linearGradient>
      </defs>
      ${marks.map(
        (mark) => svgOf`<line class="grid" x1=${LEFT} x2=${width} y1=${y(mark)} y2=${y(mark)}></line>
          <text x=${LEFT - 8} y=${y(mark) + 4} text-anchor="end">${w.number(mark, digits).replace("-", "−")}</text>`,
      )}
      ${runs.map((run) => {
        const [first, end] = [run[0].split(" ")[0], run[run.length - 1].split(" ")[0]];
        return svgOf`<path fill="url(#fade)" d="M${run.join("L")}L${end} ${y(0)}L${first} ${y(0)}Z"></path>
          <path class="line" d="M${run.join("L")}"></path>`;
      })}
      <circle cx=${x(last[0])} cy=${y(last[1] / 1000)} r="3.5" fill="var(--lm-accent)"></circle>
      ${steps(from, to).map(
        (at) => svgOf`<text x=${Math.min(x(at), width - 18)} y=${HEIGHT - 5} text-anchor="middle">${
          at % HOUR ? w.time(at) : w.hourAt(at)
        }</text>`,
      )}
    </svg>`;
  }
}

/** Return round moments between two, four at most. */
function steps(from, to) {
  const step = STEPS.find((one) => (to - from) / one <= 4) || HOUR;
  const found = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step)
    if (at - from > (to - from) / 30) found.push(at);
  return found;
}

/** Return runs of points without a gap. */
function split(points) {
  const runs = [[]];
  for (const point of points) {
    if (point[1] === null) runs.push([]);
    else runs[runs.length - 1].push(point);
  }
  return runs.filter((run) => run.length > 1);
}

/** Return means of equal stretches of time; each value holds until the next. */
export function binned(trail, now) {
  const from = now - LIVE_HOURS * HOUR;
  const found = [];
  let place = 0;
  let value;
  while (place < trail.length && trail[place][0] <= from) value = trail[place++][1];
  for (let start = from; start < now; start += STEP) {
    const end = Math.min(start + STEP, now);
    let sum = 0;
    let known = 0;
    let at = start;
    for (;;) {
      const next = place < trail.length && trail[place][0] < end ? trail[place][0] : end;
      if (value != null) {
        sum += value * (next - at);
        known += next - at;
      }
      at = next;
      if (next === end) break;
      value = trail[place++][1];
    }
    if (known) found.push([end, sum / known]);
    else if (found.length && found[found.length - 1][1] !== null) found.push([end, null]);
  }
  if (found.length && value != null) found.push([now, value]);
  return found;
}
