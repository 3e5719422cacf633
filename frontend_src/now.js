// The power now, and how much room there is.

import { barStyles, powerBar } from "./bar.js";
import { MeterCard, css, html, nothing, shared } from "./card.js";
import { powerOf } from "./store.js";

// Seconds to a trip that leave no time to look at anything else
const SOON = 600;

export class NowCard extends MeterCard {
  static styles = [
    shared,
    barStyles,
    css`
      .figure strong {
        font-size: 44px;
        line-height: 48px;
        letter-spacing: -1px;
      }
      .figure em {
        margin-left: -4px;
      }
      .phase {
        display: grid;
        grid-template-columns: 24px 1fr auto;
        gap: 8px;
        align-items: center;
        font-size: 12px;
        line-height: 16px;
        margin-top: 9px;
        font-variant-numeric: tabular-nums;
      }
      .phase span:last-child {
        color: var(--lm-dim);
        min-width: 124px;
        text-align: right;
        white-space: nowrap;
      }
      .said {
        min-height: 18px;
      }
      .last {
        margin-top: auto;
        padding-top: 10px;
      }
      .alarm {
        background: #c0392b;
        background: color-mix(in srgb, var(--lm-bad) 87%, #000);
        --lm-ink: #fff;
        --lm-dim: #fff;
        --lm-faint: #fff;
        --lm-grid: rgba(255, 255, 255, 0.3);
        border-color: transparent;
      }
      .alarm i {
        background: #fff !important;
      }
      .alarm u {
        background: rgba(0, 0, 0, 0.5);
      }
      .alarm .seconds {
        font-size: 64px;
        line-height: 64px;
        font-weight: 500;
        font-variant-numeric: tabular-nums;
        display: flex;
        align-items: baseline;
        gap: 14px;
      }
      .alarm .seconds span {
        font-size: 18px;
        font-weight: 400;
      }
      .alarm .say {
        margin-bottom: 2px;
        font-weight: 500;
      }
    `,
  ];

  draw() {
    const { meter, now, w } = this;
    if (!this.read) return this._unread();
    const trip = now.time_to_trip ?? null;
    if (now.breaker_open) return this._alarm(w.t("open"), nothing, w.t("open_sub"));
    if (trip !== null && trip <= SOON) {
      const seconds = trip < 120 ? w.unit(Math.max(0, Math.round(trip)), "s") : w.wait(trip);
      return this._alarm(w.t("trip_in"), seconds, w.t("trip_sub"));
    }
    if (now.overload) return this._alarm(w.t("over"), nothing, w.t("over_sub"));
    const voltage = meter.phases === 1 && now.voltage_l1 ? ` · ${w.unit(now.voltage_l1, "V")}` : "";
    return this.card(
      w.t("now"),
      meter.phases === 1 && now.current_l1 != null && powerOf(now) !== null
        ? w.unit(now.current_l1, "A", 1) + voltage
        : "",
      html`${this._power()}
        ${this._said()}
        ${powerBar(meter, now, w)} ${this._phases()}
        <p class="last">${this._last(trip)}</p>`,
    );
  }

  _last(trip) {
    const { now, w } = this;
    if (trip !== null) return html`<b>${w.t("trip_later", { wait: w.wait(trip) })}</b>`;
    return now.overvoltage ? html`<b>${w.t("overvoltage")}</b>` : w.t("no_trip");
  }

  get _exports() {
    return powerOf(this.now) < 0;
  }

  _power() {
    const { meter, now, w } = this;
    const watts = powerOf(now);
    const active = now.active_power != null;
    const key = active ? "active_power" : "apparent_power";
    if (watts !== null) return this.figure(key, w.kw(watts), active ? "kW" : "kVA", w.t("now"));
    if (meter.phases === 1 && now.current_l1 != null)
      return this.figure("current_l1", w.number(now.current_l1, 1), "A", w.t("now"));
    // What is not known for a moment takes as much room
    return meter.tells_power ? this.figure(key, "–", "", w.t("now")) : nothing;
  }

  /** What is drawn and left; the oldest meters tell no power, and concentrators nothing. */
  _said() {
    const { meter, now, w } = this;
    if (meter.tells_power && powerOf(now) === null) return html`<p class="said">${w.t("no_power_now")}</p>`;
    return html`${meter.tells_power ? nothing : html`<p>${w.t("no_power")}</p>`}
      <p class="said">${this._drawn()}${this._left()}</p>`;
  }

  _drawn() {
    const { now, w } = this;
    const va = this._exports ? now.apparent_power_export : now.apparent_power;
    if (va == null) return "";
    return w.t(this._exports ? "injected" : "drawn", { va: w.unit(va, "VA") });
  }

  /** What may still be switched on; with three phases, on the one that has least left. */
  _left() {
    const { meter, now, w } = this;
    if (now.available_power == null || this._exports) return "";
    const phase = meter.phases === 3 ? fullest(now) : null;
    const room = Math.max(0, now.available_power) / (phase ? 3000 : 1000);
    const words = w.t(phase ? "left_phase" : "left", { power: "\u0000", phase: `L${phase}` });
    const said = bold(words, w.unit(room, "kVA", 1));
    return now.apparent_power == null ? said : html` · ${said}`;
  }

  _phases() {
    const { meter, now, w } = this;
    if (meter.phases !== 3) return nothing;
    return [1, 2, 3].map((n) => {
      const current = now[`current_l${n}`];
      if (current == null && !this._told?.has(n)) return nothing;
      this._told = new Set(this._told).add(n);
      const left = now[`available_current_l${n}`];
      const limit = now[`current_limit_l${n}`] || (left != null ? current + left : 60);
      const amperes = current == null ? "–" : w.unit(current, "A", 1);
      const words = left == null ? amperes : w.t("phase_left", { current: amperes, left: w.number(left, 1) });
      return html`<div class="phase">
        <span>L${n}</span>
        <div class="bar"><i class=${left < 0.15 * limit ? "near" : ""}
          style="width:${Math.min(100, (100 * (current ?? 0)) / limit)}%"></i></div>
        <span>${words}</span>
      </div>`;
    });
  }

  _briefly() {
    const watts = powerOf(this.now);
    return watts === null ? "" : `${this.w.kw(watts)} ${this.now.active_power != null ? "kW" : "kVA"}`;
  }

  _alarm(what, seconds, sub) {
    return this.card(
      this.w.t("now"),
      this._briefly(),
      html`<div role="alert">
          <p class="say">${what}</p>
          ${seconds === nothing ? nothing : html`<div class="seconds">${seconds}</div>`}
          <p>${sub}</p>
        </div>
        ${powerBar(this.meter, this.now, this.w)} ${this._phases()}`,
      { class: "alarm" },
    );
  }

  /** Since when and why the meter is not read. */
  _unread() {
    const { meter, hass, w } = this;
    const key = meter.state === "loaded" ? meter.cause : meter.reason;
    if (key) this._loadReasons();
    const why = key && hass.localize(`component.linky_meter.exceptions.${key}.message`);
    return this.card(
      w.t("now"),
      "",
      html`<div role="status">
          <p class="say"><b>${w.unread(meter) || w.t("no_meter")}</b></p>
          ${why ? html`<p>${why}</p>` : nothing}
          <p>${w.t("no_meter_sub")}</p>
        </div>
        ${this.link(w.t("connection"))}`,
    );
  }

  async _loadReasons() {
    if (this._reasons) return;
    this._reasons = true;
    await this.hass.loadBackendTranslation?.("exceptions", "linky_meter");
    this._turn = (this._turn || 0) + 1;
  }
}

/** Return the number of the phase with least current left, null where it is not known. */
function fullest(now) {
  const known = [1, 2, 3].filter((n) => now[`available_current_l${n}`] != null);
  const left = (n) => now[`available_current_l${n}`];
  return known.length ? known.reduce((least, n) => (left(n) < left(least) ? n : least)) : null;
}

/** Return words around a part that stands out. */
function bold(words, part) {
  const [before, after] = words.split("\u0000");
  return html`${before}<b>${part}</b>${after}`;
}
