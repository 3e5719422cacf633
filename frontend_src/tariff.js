// What counts now, what it costs, what comes next; Tempo's days.

import { MeterCard, colourOf, css, html, nothing, shared } from "./card.js";

const DAY = 24 * 3600e3;
const UNTOLD = ["unknown", "unavailable"];

export class TariffCard extends MeterCard {
  static shows = ["meter"];

  static styles = [
    shared,
    css`
      .tariff {
        font-size: 22px;
        line-height: 30px;
      }
      .strip {
        display: flex;
        height: 16px;
        border-radius: 8px;
        overflow: hidden;
        margin-top: 12px;
      }
      .strip i {
        display: block;
        min-width: 1px;
      }
      .strip .unknown {
        background: repeating-linear-gradient(
          45deg,
          var(--lm-grid) 0 5px,
          var(--lm-white2) 5px 10px
        );
      }
      .scale {
        display: flex;
        justify-content: space-between;
        font-size: 11px;
        line-height: 15px;
        color: var(--lm-faint);
        margin-top: 4px;
      }
      .tiles {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 8px;
        margin-top: 12px;
      }
      .tile {
        border-radius: 10px;
        padding: 9px 12px;
        font-size: 11px;
        line-height: 15px;
        border: 1px solid transparent;
        min-height: 56px;
      }
      .tile b {
        display: block;
        color: inherit;
        font-size: 16px;
        line-height: 22px;
      }
      .blue {
        background: #1976d2;
        color: #fff;
      }
      .white {
        background: #eceff1;
        border-color: #b0bec5;
        color: #263238;
      }
      .red {
        background: #c62828;
        color: #fff;
      }
      .none {
        border-color: var(--divider-color, #e0e0e0);
        color: var(--lm-dim);
      }
      ul {
        list-style: none;
        margin: 14px 0 0;
        padding: 0;
      }
      li {
        display: grid;
        grid-template-columns: 10px 1fr auto;
        gap: 8px;
        align-items: center;
        font-size: 13px;
        line-height: 20px;
        margin-top: 6px;
        color: var(--lm-dim);
        font-variant-numeric: tabular-nums;
      }
      li i {
        height: 10px;
        border-radius: 3px;
      }
      .warn {
        color: var(--lm-ink);
        font-weight: 500;
      }
    `,
  ];

  connectedCallback() {
    super.connectedCallback();
    // "in 12 min" goes on
    this._clock = setInterval(() => this.requestUpdate(), 30e3);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this._clock);
  }

  draw() {
    const { meter, w } = this;
    const index = meter.indexes?.[meter.index];
    const price = index?.price;
    return this.card(
      w.t("tariff"),
      price != null ? html`<b>${w.euros(price, 4)}</b>/kWh` : "",
      html`<div class="tariff">${this._own() || w.tariff(index) || w.contract(meter) || "–"}</div>
        <p>${this._next()}</p>
        ${this._strip()} ${this._tiles()} ${this._prices()} ${this._warning()}`,
    );
  }

  _own() {
    return ownTariff(this.hass, this.meter);
  }

  get _windows() {
    return (this.meter.windows || [])
      .map((one) => ({ ...one, start: Date.parse(one.start), end: Date.parse(one.end) }))
      .filter(({ end }) => end > Date.now());
  }

  _next() {
    const { meter, w } = this;
    if (this._own()) return w.t("own_hours");
    const [, next] = this._windows;
    if (!next)
      return meter.contract === "base" || meter.indexes?.[meter.index]?.tariff === "all_hours"
        ? w.t("same")
        : w.t(meter.mode === "historic" ? "next_learned" : "no_next");
    const index = meter.indexes[next.index];
    const [before, after] = w
      .t("next", {
        tariff: this._named(index, next),
        time: "\u0000",
        wait: w.wait((next.start - Date.now()) / 1000),
      })
      .split("\u0000");
    const said =
      index?.price != null ? w.t("named", { name: after, value: w.euros(index.price, 4) }) : after;
    return html`${before}<b>${w.time(next.start)}</b>${said}`;
  }

  /** What comes next, without the colour if that stays. */
  _named(index, { off_peak: offPeak }) {
    const { meter, w } = this;
    const colour = (one) => /^(blue|white|red)_/.exec(one?.tariff || "")?.[1];
    if (index && colour(index) !== colour(meter.indexes[meter.index])) return w.tariff(index);
    return index && !colour(index) ? w.tariff(index) : w.t(offPeak ? "off_peak" : "peak");
  }

  /** The tariffs of the next day, as far as they are known. */
  _strip() {
    const { meter, w } = this;
    if (this._own()) return nothing;
    const now = Date.now();
    const windows = this._windows.filter(({ start }) => start < now + DAY);
    if (windows.length < 2) return nothing;
    const end = Math.min(windows[windows.length - 1].end, now + DAY);
    const places = Object.keys(meter.indexes);
    const marks = Array.from({ length: 5 }, (_, n) => now + (n * (end - now)) / 4);
    const words = windows.map(
      (one) => `${w.tariff(meter.indexes[one.index]) || "?"} ${w.time(Math.max(one.start, now))}`,
    );
    return html`<div class="strip" role="img" aria-label=${words.join(", ")}>
        ${windows.map((one) => {
          const index = meter.indexes[one.index];
          const colour = index ? `background:${colourOf(index, places.indexOf(String(one.index)))}` : "";
          const part = Math.min(one.end, end) - Math.max(one.start, now);
          return html`<i class=${index ? "" : "unknown"} style="flex:${part / 60e3};${colour}"
            title=${w.tariff(index)}></i>`;
        })}
      </div>
      <div class="scale" aria-hidden="true">
        ${marks.map((at) => html`<span>${w.hourAt(at)}</span>`)}
      </div>`;
  }

  _tiles() {
    const { tempo } = this.meter;
    if (!tempo) return nothing;
    const { w } = this;
    const { left } = tempo;
    const others = ["white", "red"]
      .filter((colour) => left[colour] != null)
      .map((colour) => w.t(`n_${colour}`, { n: left[colour] }));
    return html`<div class="tiles">
      ${this._tile(w.t("today"), tempo.today, tempo.today && this._left(left[tempo.today]))}
      ${this._tile(
        w.t("tomorrow"),
        tempo.tomorrow,
        others.length ? w.t("left_colours", { list: others.join(" · ") }) : "",
      )}
    </div>`;
  }

  _tile(day, colour, sub) {
    return html`<div class="tile ${colour || "none"}">
      ${day}<b>${this.w.t(colour || "unknown_colour")}</b>${sub || nothing}
    </div>`;
  }

  _left(days) {
    if (days == null) return "";
    if (days < 2) return this.w.t(days ? "one_left" : "last_left");
    return this.w.t("days_left", { n: days });
  }

  /** The prices of all tariffs, where there are few and no days to show. */
  _prices() {
    const { meter, w } = this;
    const rows = Object.entries(meter.indexes || {}).filter(([, { price }]) => price != null);
    if (meter.tempo || rows.length < 2) return nothing;
    const places = Object.keys(meter.indexes);
    return html`<ul>
      ${rows.map(
        ([key, index]) => html`<li>
          <i style="background:${colourOf(index, places.indexOf(key))}"></i>
          <span>${w.tariff(index)}</span><span>${w.euros(index.price, 4)}</span>
        </li>`,
      )}
    </ul>`;
  }

  /** What a red day costs is worth a sentence the day before. */
  _warning() {
    const { meter, w } = this;
    if (meter.tempo?.tomorrow !== "red" || meter.tempo.today === "red") return nothing;
    const peak = Object.values(meter.indexes).find(({ tariff }) => tariff === "red_peak");
    if (peak?.price == null) return nothing;
    return html`<p class="warn">${w.t("red_tomorrow", { price: `${w.euros(peak.price, 4)}/kWh` })}</p>`;
  }
}

/** The tariff of a contract with hours of its own, which no index of the meter tells. */
export function ownTariff(hass, meter) {
  const state = hass.states[meter.entities.contract_tariff];
  return !state || UNTOLD.includes(state.state) ? "" : hass.formatEntityState(state);
}
