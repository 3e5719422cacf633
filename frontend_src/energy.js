// Days and months, stacked by tariff in the tariffs' own colours.

import { svg } from "lit";
import { Stack } from "./stack.js";
import { ChartCard, colourOf, css, digitsOf, html, nothing, shared, ticks } from "./card.js";

const HEIGHT = 204;
const LEFT = 30;
const DAYS = [30, 14];
const NARROW = 480;
const DAY = 24 * 3600e3;

export class EnergyCard extends ChartCard {
  static properties = { ...ChartCard.properties, _months: { state: true }, _over: { state: true } };

  static styles = [
    shared,
    css`
      .chart {
        height: ${HEIGHT}px;
        display: flex;
        position: relative;
      }
      h2 {
        align-items: center;
      }
      .choose {
        display: flex;
        gap: 2px;
        margin: -4px 0;
      }
      .choose button {
        all: unset;
        cursor: pointer;
        font-size: 12px;
        font-weight: 500;
        line-height: 20px;
        padding: 4px 12px;
        border-radius: 14px;
        color: var(--lm-dim);
      }
      .choose button[aria-pressed="true"] {
        background: var(--lm-grid);
        color: var(--lm-ink);
      }
      ul {
        list-style: none;
        display: flex;
        flex-wrap: wrap;
        gap: 4px 14px;
        margin: 8px 0 0;
        padding: 0;
        font-size: 12px;
        line-height: 16px;
        min-height: 16px;
        color: var(--lm-dim);
      }
      li i {
        display: inline-block;
        width: 10px;
        height: 10px;
        border-radius: 3px;
        margin-right: 5px;
        vertical-align: -1px;
      }
      .over {
        margin-left: auto;
        min-width: 64px;
        text-align: right;
        color: var(--lm-ink);
        font-variant-numeric: tabular-nums;
      }
      .bars:hover rect {
        opacity: 0.55;
      }
      .bars g:hover rect {
        opacity: 1;
      }
    `,
  ];

  draw() {
    const { w } = this;
    const { past } = this._store;
    const rows = past ? this._rows(past) : null;
    const choose = html`<div class="choose">
      ${[
        [false, "days"],
        [true, "months"],
      ].map(
        ([months, word]) => html`<button aria-pressed=${String(Boolean(this._months) === months)}
          @click=${() => {
            this._months = months;
            this._over = null;
          }}>${w.t(word)}</button>`,
      )}
    </div>`;
    return this.card(
      w.t(rows?.hourly ? "hours_today" : "energy"),
      rows?.hourly && past.months.length < 2 ? nothing : choose,
      html`<div class="chart">${rows ? this._chart(rows) : nothing}</div>${this._legend(rows)}`,
    );
  }

  card(title, right, content) {
    return html`<ha-card role="region" aria-label=${this.w.t("energy")}>
      <h2><span>${title}</span>${right}</h2>
      ${content}
    </ha-card>`;
  }

  /** Return what is shown: days, months, or on the first day its hours. */
  _rows(past) {
    const narrow = this._width < NARROW;
    if (this._months) return { bars: past.months.slice(-12), least: 6, months: true, days: 366 };
    const { days: most } = this._expected();
    const bars = past.days.slice(-most);
    if (bars.length < 2) return { bars: past.today, least: 24, hourly: true, days: 1 };
    return { bars, least: narrow ? 10 : 14, days: most };
  }

  /** Return how many days there may be. */
  _expected() {
    return { bars: [], days: DAYS[Number(this._width < NARROW)] };
  }

  /** Return the tariffs that are shown, with their colours. */
  _tariffs({ bars, days }) {
    const stack = new Stack(this.meter);
    const found = stack.tariffs(bars, Date.now() - days * DAY);
    const colour = ({ key, index, place }) =>
      found.length > 1 && ["all_hours", "total"].includes(key) ? "var(--lm-all)" : colourOf(index, place);
    return { stack, colour, tariffs: found };
  }

  _chart(rows) {
    const { w } = this;
    const { bars, least, months, hourly } = rows;
    const width = this._width;
    if (!width) return nothing;
    if (!bars.length) return html`<div class="empty">${w.t(hourly ? "first_hour" : "first_day")}</div>`;
    const { stack, colour } = this._tariffs(rows);
    const marks = ticks(0, Math.max(...bars.map(({ sum }) => sum), 1), 3);
    const top = marks[marks.length - 1];
    const y = (kwh) => HEIGHT - 24 - (kwh / top) * (HEIGHT - 34);
    const slots = Math.max(bars.length, least);
    const slot = (width - LEFT - 2) / slots;
    const thick = Math.min(Math.max(slot * 0.7, 2), 44);
    const every = Math.ceil((width < NARROW ? 52 : 64) / slot);
    const digits = digitsOf(marks);
    const total = bars.reduce((sum, one) => sum + one.sum, 0);
    const label = w.t("energy_label", {
      what: w.t(months ? "months" : hourly ? "hours_today" : "days"),
      n: bars.length,
      kwh: w.kwh(total),
    });
    const named = (at) => {
      if (months) return w.counted(at, { month: "short" });
      if (hourly) return w.hourAt(at, { timeZone: w.home });
      return w.counted(at, { day: "numeric", month: "short" });
    };
    return html`<svg role="img" aria-label=${label} width=${width} height=${HEIGHT} viewBox="0 0 ${width} ${HEIGHT}">
      ${marks.map(
        (mark) => svg`<line class="grid" x1=${LEFT} x2=${width} y1=${y(mark)} y2=${y(mark)}></line>
          <text x=${LEFT - 8} y=${y(mark) + 4} text-anchor="end">${w.number(mark, digits)}</text>`,
      )}
      <g class="bars" @pointerleave=${() => (this._over = null)}>
        ${bars.map((bar, n) => {
          const x = LEFT + n * slot + (slot - thick) / 2;
          let low = 0;
          const parts = stack.parts(bar);
          const radius = Math.min(3, thick / 4);
          return svg`<g @pointerenter=${() => (this._over = bar)}>
            <rect x=${LEFT + n * slot} y="10" width=${slot} height=${HEIGHT - 34} fill="transparent"></rect>
            ${parts.map(({ part, kwh }, n) => {
              const bottom = y(low);
              low += kwh;
              const height = Math.max(bottom - y(low), 0.5);
              return n === parts.length - 1 && height > radius
                ? svg`<path d=${rounded(x, y(low), thick, height, radius)} fill=${colour(part)}></path>`
                : svg`<rect x=${x} y=${y(low)} width=${thick} height=${height} fill=${colour(part)}></rect>`;
            })}
            ${
              (bars.length - 1 - n) % every === 0
                ? svg`<text x=${Math.min(x + thick / 2, width - 18)} y=${HEIGHT - 5} text-anchor="middle">${named(bar.at)}</text>`
                : nothing
            }
          </g>`;
        })}
      </g>
    </svg>`;
  }

  _legend(rows) {
    const { w } = this;
    // Before there are bars, too: nothing is to move when they come
    const { tariffs, colour } = this._tariffs(rows || this._expected());
    const bar = this._over;
    let words = "\u00a0";
    if (bar) words = w.t("named", { name: w.counted(bar.at, spelled(rows)), value: w.kwh(bar.sum) });
    else if (rows?.bars.length) words = w.kwh(rows.bars.reduce((sum, one) => sum + one.sum, 0));
    return html`<ul>
      ${tariffs.length > 1
        ? tariffs.map(
            (one) =>
              html`<li><i style="background:${colour(one)}"></i>${w.tariff(one.index, { short: true }) || w.t("undivided")}</li>`,
          )
        : nothing}
      <li class="over">${words}</li>
    </ul>`;
  }
}

function spelled({ months, hourly }) {
  if (months) return { month: "long", year: "numeric" };
  return hourly ? { hour: "numeric" } : { weekday: "short", day: "numeric", month: "short" };
}

function rounded(x, y, width, height, radius) {
  return `M${x} ${y + height}V${y + radius}q0 ${-radius} ${radius} ${-radius}h${width - 2 * radius}q${radius} 0 ${radius} ${radius}V${y + height}Z`;
}
