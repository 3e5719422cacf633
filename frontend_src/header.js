// Whose meter it is, and whether it is read.

import { MeterCard, css, html, nothing, shared } from "./card.js";

export class HeaderCard extends MeterCard {
  static styles = [
    shared,
    css`
      header {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 12px;
        min-height: 32px;
      }
      h1 {
        font-size: 22px;
        font-weight: 400;
        line-height: 30px;
        margin: 0;
        color: var(--primary-text-color);
      }
      .chip {
        font-size: 12px;
        line-height: 18px;
        color: var(--lm-dim);
        border: 1px solid var(--divider-color, #e0e0e0);
        border-radius: 14px;
        padding: 3px 10px;
        background: var(--card-background-color);
      }
      .chip i {
        display: inline-block;
        width: 7px;
        height: 7px;
        border-radius: 4px;
        margin-right: 7px;
        vertical-align: 1px;
        background: var(--lm-ok);
      }
      .lost {
        color: var(--lm-ink);
      }
      .lost i {
        background: var(--lm-bad);
      }
    `,
  ];

  draw() {
    const { meter, w } = this;
    const kva = meter.subscribed
      ? w.unit(meter.subscribed / 1000, "kVA", meter.subscribed % 1000 ? 1 : 0)
      : "";
    const phases = { 1: w.t("single"), 3: w.t("three") }[meter.phases];
    const facts = [w.contract(meter), kva, phases].filter(Boolean);
    return html`<header>
      <h1>${meter.name}</h1>
      <span class="chip ${this.read ? "" : "lost"}" role="status"><i></i>${w.t(this.read ? "live" : "not_read")}</span>
      ${facts.length ? html`<span class="chip">${facts.join(" · ")}</span>` : nothing}
    </header>`;
  }
}
