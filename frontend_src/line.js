// How well the meter is heard, and the voltages.

import { MeterCard, css, html, nothing, shared } from "./card.js";

// What the network promises: 230 V, 10 % more or less
const LEAST = 207;
const MOST = 253;

export class LineCard extends MeterCard {
  static shows = ["meter", "now", "past"];

  static styles = [
    shared,
    css`
      .volts {
        display: grid;
        grid-template-columns: 24px 1fr 46px;
        gap: 8px;
        align-items: center;
        font-size: 12px;
        line-height: 16px;
        margin-top: 9px;
        font-variant-numeric: tabular-nums;
      }
      .volts:first-of-type {
        margin-top: 14px;
      }
      .volts span:last-child {
        color: var(--lm-dim);
        text-align: right;
      }
      .bar i {
        background: var(--lm-pale);
      }
      .bar u {
        position: absolute;
        top: 0;
        width: 8px;
        height: 8px;
        margin-left: -4px;
        border-radius: 4px;
        background: var(--lm-accent);
      }
      .bar .out {
        background: var(--lm-bad);
      }
      .scale {
        display: flex;
        justify-content: space-between;
        margin: 4px 54px 0 32px;
        font-size: 11px;
        line-height: 15px;
        color: var(--lm-faint);
      }
    `,
  ];

  draw() {
    const { meter, w } = this;
    const quality =
      meter.link && meter.quality != null ? w.percent(meter.quality, meter.quality < 99.95 ? 1 : 0) : "–";
    const rows = [1, 2, 3].map((n) => this._volts(n)).filter(Boolean);
    return this.card(
      w.t("line"),
      w.t("last_hour"),
      html`${this.figure("link_quality", quality, "", w.t("line"))}
        <p>${w.t(quality === "–" ? "silent" : "undamaged")}</p>
        ${rows}
        ${
          rows.length
            ? html`<div class="scale" aria-hidden="true"><span>${LEAST}</span><span>230</span><span>${MOST}&nbsp;V</span></div>`
            : nothing
        }
        ${meter.mode === "historic" ? html`<p>${w.t("historic")}</p>` : nothing}`,
    );
  }

  /** A voltage now, and where it was in a day. */
  _volts(n) {
    const { meter, now, w } = this;
    const volts = this.read ? now[`voltage_l${n}`] : null;
    if (!volts) return null;
    const day = this._store.past?.volts[n];
    const low = Math.min(volts, day?.[0] ?? volts);
    const high = Math.max(volts, day?.[1] ?? volts);
    const at = (value) => (100 * (Math.min(Math.max(value, LEAST), MOST) - LEAST)) / (MOST - LEAST);
    const phase = meter.phases === 1 ? "U" : `L${n}`;
    const words = {
      phase,
      now: w.unit(volts, "V"),
      low: w.number(low),
      high: w.unit(high, "V"),
    };
    return html`<div class="volts" role="img" aria-label=${w.t("volts_row", words)} title=${w.t("volts_row", words)}>
      <span>${phase}</span>
      <div class="bar">
        <i style="left:${at(low)}%;width:${at(high) - at(low)}%"></i>
        <u class=${volts < LEAST || volts > MOST ? "out" : ""} style="left:clamp(4px, ${at(volts)}%, calc(100% - 4px))"></u>
      </div>
      <span>${w.unit(volts, "V")}</span>
    </div>`;
  }
}
