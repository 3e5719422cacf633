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
      button {
        font-family: inherit;
        text-align: start;
        cursor: pointer;
      }
    `,
  ];

  shouldUpdate(changed) {
    const before = changed.get("hass");
    return super.shouldUpdate(changed) || unusual(before, this.meter) !== unusual(this.hass, this.meter);
  }

  draw() {
    const { meter, w } = this;
    const kva = meter.subscribed
      ? w.unit(meter.subscribed / 1000, "kVA", meter.subscribed % 1000 ? 1 : 0)
      : "";
    const phases = { 1: w.t("single"), 3: w.t("three") }[meter.phases];
    const reason = unusual(this.hass, meter);
    const facts = [w.contract(meter), kva, phases].filter(Boolean);
    return html`<header>
      <h1>${meter.name}</h1>
      <span class="chip ${this.read ? "" : "lost"}" role="status"><i></i>${w.t(this.read ? "live" : "not_read")}</span>
      ${
        reason
          ? html`<button class="chip lost" @click=${() => this._open("unusual_use", "details")}><i></i>${reason}</button>`
          : nothing
      }
      ${facts.length ? html`<span class="chip">${facts.join(" · ")}</span>` : nothing}
    </header>`;
  }
}

/** What is unusual about the use of a house, in words. */
function unusual(hass, meter) {
  const state = hass?.states[meter?.entities.unusual_use];
  return state?.state === "on" ? state.attributes.reason : undefined;
}
