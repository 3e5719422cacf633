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
      .rows,
      .row {
        display: grid;
        grid-template-columns: fit-content(60%) minmax(40px, 1fr) auto;
        column-gap: 8px;
      }
      .row {
        grid-column: 1 / -1;
        grid-template-columns: subgrid;
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
      .row .open {
        opacity: 0.4;
        border-radius: 0;
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
    // All at once, so that nothing moves
    if (meter.contracts)
      return this.card(w.t("contract"), w.t("today_prices"), this.worded ? this._year() : nothing);
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
    return this.card(
      w.t("contract"),
      "",
      html`<p class="say">${this._sentence()}</p>${this._rows(this._month())}`,
    );
  }

  /** Twelve months at today's prices, and which power would do. */
  _year() {
    const { meter } = this;
    const { says, rows } = meter.contracts;
    const own = rows.find(({ name }) => !name);
    const others = rows.filter(({ name }) => name).slice(0, meter.power ? 3 : 4);
    return html`<p class="say">${this.said(says)}</p>
      ${this._rows([own, ...others])} ${meter.power ? html`<p>${this.said(meter.power)}</p>` : nothing}`;
  }

  /** The cheapest other offer beside one's own, as long as no year can be judged. */
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

  /** One's own and others over the month; one's own has no name. */
  _month() {
    const { offers } = this.meter;
    const names = this._names();
    const own = { eur: offers[0].eur - offers[0].difference };
    return [own, ...offers.slice(0, 4).map((one, n) => ({ ...one, name: names[n] }))];
  }

  _rows(contracts) {
    const { meter, w } = this;
    const rows = contracts
      .map((one) => ({
        low: one.eur,
        high: one.eur,
        ...one,
        own: !one.name,
        name: one.name || w.t(meter.own_hours ? "yours_own" : "yours", { own: w.contract(meter) }),
      }))
      .sort((a, b) => a.eur - b.eur);
    const least = Math.min(...rows.map(({ low }) => low));
    const most = Math.max(...rows.map(({ high }) => high));
    // From zero, all bars would look alike
    const zero = Math.max(0, least - 1.2 * (most - least || least));
    const part = (eur) => (92 * (eur - zero)) / (most - zero);
    return html`<div class="rows">
      ${rows.map(
        (row) => html`<div class="row ${row.own ? "own" : ""}">
          <span title=${row.name}>${row.name}</span>
          <div class="bar">
            <i style="width:${part(row.low)}%"></i>
            <i class="open" style="left:${part(row.low)}%;width:${part(row.high) - part(row.low)}%"></i>
          </div>
          <span>${row.high - row.low > 1 ? w.range(row.low, row.high) : w.euros(row.eur, row.eur < 100 ? 2 : 0)}</span>
        </div>`,
      )}
    </div>`;
  }
}
