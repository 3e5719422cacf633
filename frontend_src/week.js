// Each hour of a usual week, as a heat map.

import { svg } from "lit";
import { ChartCard, css, html, nothing, shared } from "./card.js";

const ROW = 22;
const TOP = 4;
const HEIGHT = TOP + 7 * ROW + 20;
const LEFT = 38;
const NARROW = 480;

export class WeekCard extends ChartCard {
  static properties = { ...ChartCard.properties, _over: { state: true } };

  static styles = [
    shared,
    css`
      .chart {
        height: ${HEIGHT}px;
        display: flex;
      }
      rect.cell {
        fill: var(--lm-accent);
      }
    `,
  ];

  draw() {
    const { w } = this;
    const right = this._over || w.t("week_sub");
    return this.card(w.t("week"), right, html`<div class="chart">${this._chart()}</div>`);
  }

  _chart() {
    const { w } = this;
    const { past } = this._store;
    const width = this._width;
    if (!past || !width) return nothing;
    const step = width < NARROW ? 2 : 1;
    const cells = means(past.hours, step);
    if (past.hours.length < 72) return html`<div class="empty">${w.t("week_none")}</div>`;
    const known = [...cells.values()];
    const high = Math.max(...known);
    const low = Math.min(...known);
    const count = 24 / step;
    const slot = (width - LEFT) / count;
    // 5 January 2026 is a Monday
    const days = Array.from({ length: 7 }, (_, n) =>
      new Intl.DateTimeFormat(w.language, { weekday: "short", timeZone: "UTC" }).format(Date.UTC(2026, 0, 5 + n)),
    );
    const long = (day) =>
      new Intl.DateTimeFormat(w.language, { weekday: "long", timeZone: "UTC" }).format(Date.UTC(2026, 0, 5 + day));
    const [most] = [...cells.entries()].reduce((a, b) => (b[1] > a[1] ? b : a));
    const label = w.t("week_label", {
      low: w.unit(low, "kW", 2),
      high: w.unit(high, "kW", 2),
      when: `${long(Math.floor(most / 24))} ${w.hour(most % 24)}`,
    });
    return html`<svg role="img" aria-label=${label} width=${width} height=${HEIGHT} viewBox="0 0 ${width} ${HEIGHT}"
      @pointerleave=${() => (this._over = null)}>
      ${days.map(
        (day, weekday) => svg`<text x=${LEFT - 8} y=${TOP + weekday * ROW + 14} text-anchor="end">${day}</text>
          ${Array.from({ length: count }, (_, n) => {
            const kw = cells.get(weekday * 24 + n * step);
            if (kw === undefined) return nothing;
            const opacity = 0.1 + 0.9 * ((kw - low) / (high - low || 1));
            return svg`<rect class="cell" x=${LEFT + n * slot} y=${TOP + weekday * ROW} width=${slot - 2.5}
              height=${ROW - 3} rx="3" opacity=${opacity.toFixed(2)}
              @pointerenter=${() => {
                this._over = w.t("named", { name: `${day} ${w.hour(n * step)}`, value: w.unit(kw, "kW", 2) });
              }}></rect>`;
          })}`,
      )}
      ${Array.from({ length: 8 }, (_, n) => n * 3)
        .filter((hour) => width >= NARROW || hour % 6 === 0)
        .map(
          (hour) => svg`<text x=${LEFT + (hour / step + 0.5) * slot} y=${HEIGHT - 4} text-anchor="middle">${w.hour(hour)}</text>`,
        )}
    </svg>`;
  }
}

/** Return mean kW by weekday and hour; the last hour of all is not over. */
function means(hours, step) {
  const sums = new Map();
  for (const { weekday, hour, kwh } of hours.slice(-28 * 24)) {
    const key = weekday * 24 + Math.floor(hour / step) * step;
    const [sum, count] = sums.get(key) || [0, 0];
    sums.set(key, [sum + kwh, count + 1]);
  }
  return new Map([...sums].map(([key, [sum, count]]) => [key, sum / count]));
}
