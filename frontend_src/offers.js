// What other offers would have cost, in words.

import { MeterCard, css, html, nothing, shared } from "./card.js";

export class OffersCard extends MeterCard {
  static shows = ["meter"];

  static styles = [
    shared,
    css`
      .rows {
        margin-top: 12px;
      }
      .row {
        display: grid;
        grid-template-columns: minmax(112px, 1.3fr) 1fr auto;
        gap: 8px;
        align-items: center;
        font-size: 12px;
        line-height: 16px;
        margin-top: 8px;
        color: var(--lm-dim);
      }
      .row span:first-child {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .row span:last-child {
        text-align: right;
        min-width: 52px;
        font-variant-numeric: tabular-nums;
      }
      .row i {
        background: var(--lm-faint);
      }
      .own {
        color: var(--lm-ink);
        font-weight: 500;
      }
      .own i {
        background: var(--lm-ok);
      }
    `,
  ];

  draw() {
    const { meter, w } = this;
    if (meter.chosen === false)
      return this.card(
        w.t("contract"),
        "",
        html`<p class="say"><b>${w.t("prices_ask")}</b></p>
          <p>${w.t("prices_why")}</p>
          ${this.link(w.t("prices_do"))}`,
      );
    if (!meter.offers?.length)
      return this.card(
        w.t("contract"),
        "",
        meter.chosen
          ? html`<p class="say"><b>${w.t("offers_ask")}</b></p>
              <p>${w.t("offers_why")}</p>
              ${this.link(w.t("offers_do"))}`
          : html`<div class="empty">${w.t("waiting")}</div>`,
      );
    return this.card(w.t("contract"), "", html`<p class="say">${this._sentence()}</p>${this._rows()}`);
  }

  /** The cheapest other offer beside one's own. */
  _sentence() {
    const { meter, w } = this;
    const [best] = meter.offers;
    const kind = best.difference < -1 ? "better" : best.difference > 1 ? "good" : "equal";
    const month = best.over === "month" ? "_month" : "";
    const marked = w.t(kind + month, {
      own: "\u0000o\u0000",
      offer: "\u0000n\u0000",
      eur: "\u0000e\u0000",
      over: w.t(`over_${best.over}`),
    });
    const parts = { o: w.contract(meter), n: this._names()[0], e: w.euros(Math.abs(best.difference), 0) };
    return marked
      .split("\u0000")
      .map((part, n) => (n % 2 ? html`${part === "n" ? parts.n : html`<b>${parts[part]}</b>`}` : part));
  }

  /** Return what offers are called, without the power that all of them have. */
  _names() {
    const { offers } = this.meter;
    const short = offers.map(({ name }) => name.replace(/ \d+ kVA$/, ""));
    return new Set(short).size === offers.length ? short : offers.map(({ name }) => name);
  }

  _rows() {
    const { meter, w } = this;
    const names = this._names();
    const own = meter.offers[0].eur - meter.offers[0].difference;
    const rows = [
      { name: w.t("yours", { own: w.contract(meter) }), eur: own, own: true },
      ...meter.offers.slice(0, 4).map((one, n) => ({ ...one, name: names[n] })),
    ].sort((a, b) => a.eur - b.eur);
    const least = rows[0].eur;
    const most = rows[rows.length - 1].eur;
    // From zero, all bars would look alike
    const zero = Math.max(0, least - 1.2 * (most - least || least));
    return html`<div class="rows">
      ${rows.map(
        (row) => html`<div class="row ${row.own ? "own" : ""}">
          <span title=${row.name}>${row.name}</span>
          <div class="bar"><i style="width:${(92 * (row.eur - zero)) / (most - zero)}%"></i></div>
          <span>${w.euros(row.eur, row.eur < 100 ? 2 : 0)}</span>
        </div>`,
      )}
    </div>`;
  }
}
